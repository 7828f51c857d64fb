// Runs the packet filters in a small interpreter of classic BPF: what passes and what does not, without a kernel.

#include "net/answer_filter.hpp"

#include <gtest/gtest.h>
#include <linux/if_packet.h>

#include "lab/test_packets.hpp"

namespace isthmus::net {
namespace {

using lab::Packet;

struct Machine {
  const Packet& packet;
  std::uint32_t packet_type;

  // Out of bounds ends the program with 0, as in the kernel.
  [[nodiscard]] std::optional<std::uint32_t> load(std::uint32_t at, std::uint32_t size) const {
    if (at == static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)) return packet_type;
    if (std::uint64_t{at} + size > packet.size()) return std::nullopt;
    std::uint32_t value = 0;
    for (std::uint32_t i = 0; i < size; ++i) value = (value << 8) | std::to_integer<std::uint32_t>(packet[at + i]);
    return value;
  }

  [[nodiscard]] bool accepts(const std::vector<sock_filter>& program) const {
    std::uint32_t a = 0;
    std::uint32_t x = 0;
    for (std::size_t pc = 0; pc < program.size(); ++pc) {
      const auto& [code, jt, jf, k] = program[pc];
      const std::uint32_t size = BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
      if (BPF_CLASS(code) == BPF_LD || BPF_CLASS(code) == BPF_LDX) {
        const auto value = load(BPF_MODE(code) == BPF_IND ? x + k : k, size);
        if (!value) return false;
        (BPF_CLASS(code) == BPF_LDX ? x : a) = BPF_MODE(code) == BPF_MSH ? 4 * (*value & 15) : *value;
      } else if (BPF_CLASS(code) == BPF_ALU) {
        a &= k;
      } else if (BPF_CLASS(code) == BPF_RET) {
        return k != 0;
      } else {
        const bool yes = BPF_OP(code) == BPF_JEQ    ? a == k
                         : BPF_OP(code) == BPF_JSET ? (a & k) != 0
                         : BPF_OP(code) == BPF_JGE  ? a >= k
                                                    : a > k;
        pc += yes ? jt : jf;
      }
    }
    ADD_FAILURE() << "ran off the end";
    return false;
  }
};

IpAddress address(const char* text) { return IpAddress::parse(text).value(); }
const lab::ProbeHeader kV4{IpAddress::v4(0xC0000201), IpAddress::v4(0xC6336401)};
const lab::ProbeHeader kV6{address("2001:db8::1"), address("2001:db8::2")};

bool passes(const std::vector<sock_filter>& program, const Packet& packet, std::uint32_t type = PACKET_HOST) {
  return Machine{packet, type}.accepts(program);
}

Packet icmp(const lab::ProbeHeader& header, std::uint8_t type) {
  return with_ip_header(header, header.destination.is_v4() ? 1 : 58,
                        Packet{std::byte{type}, {}, {}, {}, {}, {}, {}, {}});
}

Packet tcp(const lab::ProbeHeader& header, std::uint8_t flags, std::uint16_t from = 80, std::uint16_t to = 40000) {
  Packet packet = lab::tcp_syn(header, from, to, 1);
  packet.at(packet.size() - 20 + 13) = std::byte{flags};
  return packet;
}

TEST(AnswerFilter, LetsOnlyIcmpThatCanAnswerThrough) {
  const auto v4 = answer_filter(Family::ipv4, {}, {});
  const auto v6 = answer_filter(Family::ipv6, {}, {});
  for (int type = 0; type < 256; ++type) {
    EXPECT_EQ(passes(v4, icmp(kV4, static_cast<std::uint8_t>(type))), type == 0 || type == 3 || type == 11) << type;
    EXPECT_EQ(passes(v6, icmp(kV6, static_cast<std::uint8_t>(type))), type == 129 || type == 1 || type == 3) << type;
  }
  EXPECT_FALSE(passes(v4, lab::udp_datagram(kV4, 1, 2)));
  EXPECT_FALSE(passes(v6, lab::udp_datagram(kV6, 1, 2)));
}

TEST(AnswerFilter, LetsOnlySynAckAndRstThrough) {
  for (const auto& header : {kV4, kV6}) {
    const auto program = answer_filter(header.destination.family(), {}, {});
    for (int flags = 0; flags < 64; ++flags) {
      const bool wanted = (flags & 0x04) != 0 || (flags & 0x12) == 0x12;
      EXPECT_EQ(passes(program, tcp(header, static_cast<std::uint8_t>(flags))), wanted) << flags;
    }
    const auto none = answer_filter(header.destination.family(), {.wanted = false, .from = {}, .to = {}}, {});
    EXPECT_FALSE(passes(none, tcp(header, 0x12)));
    EXPECT_TRUE(passes(none, icmp(header, header.destination.is_v4() ? 11 : 3)));
  }
}

TEST(AnswerFilter, KnowsThePortsOfProbes) {
  const TcpAnswers answers{.wanted = true, .from = {80, 443}, .to = {32768, 65535}};
  for (const auto& header : {kV4, kV6}) {
    const auto program = answer_filter(header.destination.family(), answers, {});
    EXPECT_TRUE(passes(program, tcp(header, 0x12, 80, 32768)));
    EXPECT_TRUE(passes(program, tcp(header, 0x14, 443, 65535)));
    EXPECT_FALSE(passes(program, tcp(header, 0x12, 81, 32768)));
    EXPECT_FALSE(passes(program, tcp(header, 0x12, 80, 32767)));
  }
  const auto narrow = answer_filter(Family::ipv4, {.wanted = true, .from = {}, .to = {1000, 2000}}, {});
  EXPECT_TRUE(passes(narrow, tcp(kV4, 0x12, 5, 2000)));
  EXPECT_FALSE(passes(narrow, tcp(kV4, 0x12, 5, 2001)));
}

TEST(AnswerFilter, MorePortsThanAProgramHoldsAllPass) {
  const auto program =
      answer_filter(Family::ipv4, {.wanted = true, .from = std::vector<std::uint16_t>(1000, 80), .to = {}}, {});
  EXPECT_TRUE(passes(program, tcp(kV4, 0x12, 81, 1)));
}

TEST(AnswerFilter, ReadsTheHeaderLengthOfIpv4) {
  Packet packet = icmp(kV4, 0);
  packet.insert(packet.begin() + 20, 8, std::byte{3});  // Options that look like another type.
  packet[0] = std::byte{0x47};
  EXPECT_TRUE(passes(answer_filter(Family::ipv4, {}, {}), packet));
  packet.at(28) = std::byte{8};
  EXPECT_FALSE(passes(answer_filter(Family::ipv4, {}, {}), packet));
}

TEST(AnswerFilter, WantsWholePacketsToThisMachineAndAddress) {
  Packet fragment = icmp(kV4, 0);
  for (const int offset : {0x2000, 0x0001, 0x1fff}) {
    lab::put16(fragment, 6, static_cast<std::uint16_t>(offset));
    EXPECT_FALSE(passes(answer_filter(Family::ipv4, {}, {}), fragment)) << offset;
  }
  lab::put16(fragment, 6, 0x4000);
  EXPECT_TRUE(passes(answer_filter(Family::ipv4, {}, {}), fragment)) << "do not fragment is no fragment";
  EXPECT_FALSE(passes(answer_filter(Family::ipv4, {}, {}), icmp(kV4, 0), PACKET_OTHERHOST));
  EXPECT_FALSE(passes(answer_filter(Family::ipv4, {}, {}), icmp(kV4, 0), PACKET_OUTGOING));
  for (const auto& header : {kV4, kV6}) {
    const auto reply = icmp(header, header.destination.is_v4() ? 0 : 129);
    EXPECT_TRUE(passes(answer_filter(header.destination.family(), {}, header.destination), reply));
    EXPECT_FALSE(passes(answer_filter(header.destination.family(), {}, header.source), reply));
  }
}

TEST(AnswerFilter, ShortPacketsDoNotPass) {
  for (const auto& header : {kV4, kV6}) {
    const Packet whole = tcp(header, 0x12);
    for (std::size_t size = 0; size + 6 < whole.size(); ++size) {
      EXPECT_FALSE(passes(answer_filter(header.destination.family(), {}, {}),
                          Packet(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))));
    }
  }
}

TEST(AnswerFilter, OfRawTcpSocketsStartsWhereTheyDo) {
  const TcpAnswers answers{.wanted = true, .from = {80}, .to = {}};
  EXPECT_TRUE(passes(tcp_answer_filter(Family::ipv4, answers), tcp(kV4, 0x12)));
  EXPECT_FALSE(passes(tcp_answer_filter(Family::ipv4, answers), tcp(kV4, 0x10)));
  Packet segment = tcp(kV6, 0x12);
  segment.erase(segment.begin(), segment.begin() + 40);
  EXPECT_TRUE(passes(tcp_answer_filter(Family::ipv6, answers), segment));
  segment.at(1) = std::byte{81};
  EXPECT_FALSE(passes(tcp_answer_filter(Family::ipv6, answers), segment));
}

}  // namespace
}  // namespace isthmus::net
