#include "support/responder/world_packet.h"

#include <gtest/gtest.h>
#include <tins/tins.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/wire/checksum.hpp"
#include "isthmus/wire/decode.hpp"
#include "support/responder/record_file.hpp"

namespace isthmus::responder {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr const char* kSourceV4 = "192.168.7.2";
constexpr const char* kSourceV6 = "fd30::2";

// The answer to a frame, from its IP header on, and what became of the frame.
struct Outcome {
  std::uint32_t fate{kNoProbe};
  Bytes ip;
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span(ip)); }
};

// A world in which everybody answers, so that a test may ask whom it likes.
WorldSettings talkative() {
  WorldSettings world = kDefaultWorld;
  world.silent_router_percent = 0;
  world.silent_host_percent = 0;
  return world;
}

class WorldPacket : public ::testing::Test {
 protected:
  Outcome ask(const Bytes& frame) {
    Scratch scratch;
    // What lies behind a frame is not zero in real life either.
    std::memset(scratch.bytes, 0xaa, sizeof scratch.bytes);
    std::memcpy(scratch.bytes + kFrameAt, frame.data(), frame.size());
    Probe probe;
    if (world_parse(&scratch, static_cast<std::uint32_t>(frame.size()), &probe) == 0) return {};
    const Hop hop = world_hop(&world, probe.destination, probe.flow, probe.ttl);
    if (hop.exists == 0 || hop.answers == 0) return {};
    last_flow = probe.flow;
    const Answer answer = world_answer(&world, &scratch, &probe, &hop);
    if (answer.length == 0) return {answer.fate, {}};
    // The way through the kernel copies only the changed bytes; the rest must already lie behind them.
    const std::uint8_t* const start = scratch.bytes + answer.start;
    EXPECT_TRUE(std::equal(start + answer.changed, start + answer.length,
                           frame.data() + (answer.start + answer.changed - kFrameAt)));
    EXPECT_EQ(0, std::memcmp(start, frame.data() + 6, 6)) << "goes back to the station that asked";
    return {answer.fate, Bytes(start + kEthernet, start + answer.length)};
  }

  static Bytes frame_of(Tins::PDU& ip) {
    Tins::EthernetII ethernet("02:00:00:00:00:0b", "02:00:00:00:00:0a");
    ethernet.inner_pdu(ip.clone());
    return ethernet.serialize();
  }

  static Bytes udp(const std::string& destination, int ttl,
                   const std::string& payload = "thirty-two bytes of payload here") {
    Tins::IP ip = Tins::IP(destination, kSourceV4) / Tins::UDP(33434, 40000) / Tins::RawPDU(payload);
    ip.ttl(static_cast<std::uint8_t>(ttl));
    return frame_of(ip);
  }

  static Bytes udp_v6(const std::string& destination, int ttl) {
    Tins::IPv6 ip = Tins::IPv6(destination, kSourceV6) / Tins::UDP(33434, 40000) / Tins::RawPDU("payload");
    ip.hop_limit(static_cast<std::uint8_t>(ttl));
    return frame_of(ip);
  }

  static wire::DecodedPacket decoded(const Outcome& outcome) {
    const wire::DecodeResult result = wire::decode_packet(outcome.bytes());
    EXPECT_TRUE(std::holds_alternative<wire::DecodedPacket>(result));
    return std::holds_alternative<wire::DecodedPacket>(result) ? std::get<wire::DecodedPacket>(result)
                                                               : wire::DecodedPacket{};
  }

  static void expect_good_checksums_v4(const Outcome& outcome) {
    EXPECT_EQ(wire::internet_checksum(outcome.bytes().first(20)), 0) << "IP header";
    if (outcome.ip[9] == kIcmp) {
      EXPECT_EQ(wire::internet_checksum(outcome.bytes().subspan(20)), 0) << "ICMP";
    }
  }

  // RFC 8200 section 8.1.
  static std::uint16_t checksum_v6(const Outcome& outcome) {
    wire::OnesComplementSum sum;
    sum.add(outcome.bytes().subspan(8, 32));
    sum.add(static_cast<std::uint16_t>(outcome.ip.size() - 40));
    sum.add(outcome.ip[6]);
    sum.add(outcome.bytes().subspan(40));
    return sum.checksum();
  }

  std::uint32_t distance_of(std::uint32_t block) const { return world_distance(&world, block); }
  static std::string router_v4(std::uint32_t router) {
    return Tins::IPv4Address(Tins::Endian::host_to_be(0xac100000U + router)).to_string();
  }

  WorldSettings world{talkative()};
  std::uint32_t last_flow{0};
};

TEST_F(WorldPacket, EveryTtlIsAnsweredByTheRouterThatStandsThere) {
  const std::uint32_t block = 0x1234;
  for (std::uint32_t ttl = 1; ttl < distance_of(block); ++ttl) {
    const Outcome outcome = ask(udp("10.18.52.9", static_cast<int>(ttl)));
    ASSERT_EQ(outcome.fate, std::uint32_t{kTimeExceeded});
    expect_good_checksums_v4(outcome);
    const wire::DecodedPacket packet = decoded(outcome);
    const Hop hop = world_hop(&world, block << 8 | 9, last_flow, ttl);
    EXPECT_EQ(to_string(packet.ip.source), router_v4(hop.router));
    EXPECT_EQ(to_string(packet.ip.destination), kSourceV4);
    EXPECT_EQ(packet.ip.ttl, Ttl{static_cast<std::uint8_t>(256 - ttl)});
    EXPECT_EQ(packet.icmp_type, 11);
    const auto& error = std::get<wire::IcmpError>(packet.message);
    EXPECT_EQ(error.quoted.ttl, Ttl{1});
    EXPECT_EQ(to_string(error.quoted.destination), "10.18.52.9");
    EXPECT_EQ(std::get<wire::QuotedUdp>(error.transport).source_port, 40000);
    EXPECT_EQ(wire::internet_checksum(outcome.bytes().subspan(28, 20)), 0) << "the quoted header";
  }
}

TEST_F(WorldPacket, SomeRoutersQuoteEightBytesAndSomeEverything) {
  std::set<std::size_t> lengths;
  for (int block = 0; block < 64; ++block) {
    const Outcome outcome = ask(udp("10.0." + std::to_string(block) + ".1", 7));
    expect_good_checksums_v4(outcome);
    lengths.insert(outcome.ip.size());
  }
  EXPECT_EQ(lengths, (std::set<std::size_t>{28 + 28, 28 + 60}));
}

TEST_F(WorldPacket, OddLengthsKeepTheirChecksums) {
  for (const char* payload : {"", "1", "12", "123"}) {
    for (int ttl = 1; ttl < 20; ++ttl) expect_good_checksums_v4(ask(udp("10.1.2.3", ttl, payload)));
  }
}

TEST_F(WorldPacket, AHostTellsItsDistanceByTheQuotedTtl) {
  const Outcome outcome = ask(udp("10.1.2.3", 32));
  ASSERT_EQ(outcome.fate, std::uint32_t{kPortUnreachable});
  expect_good_checksums_v4(outcome);
  const wire::DecodedPacket packet = decoded(outcome);
  EXPECT_EQ(to_string(packet.ip.source), "10.1.2.3");
  EXPECT_EQ(packet.icmp_type, 3);
  EXPECT_EQ(packet.icmp_code, 3);
  const auto& error = std::get<wire::IcmpError>(packet.message);
  EXPECT_EQ(error.quoted.ttl, Ttl{static_cast<std::uint8_t>(32 - distance_of(0x0102) + 1)});
}

TEST_F(WorldPacket, AHostEchoesWhatItWasSent) {
  Tins::ICMP icmp;
  icmp.type(Tins::ICMP::ECHO_REQUEST);
  icmp.id(77);
  icmp.sequence(5);
  Tins::IP ip = Tins::IP("10.1.2.3", kSourceV4) / icmp / Tins::RawPDU("odd");
  ip.ttl(64);
  const Outcome outcome = ask(frame_of(ip));
  ASSERT_EQ(outcome.fate, std::uint32_t{kEchoReply});
  expect_good_checksums_v4(outcome);
  const wire::DecodedPacket packet = decoded(outcome);
  const auto& reply = std::get<wire::EchoReply>(packet.message);
  EXPECT_EQ(reply.id, 77);
  EXPECT_EQ(reply.sequence, 5);
  EXPECT_EQ(std::memcmp(reply.payload.data(), "odd", 3), 0);
}

TEST_F(WorldPacket, ASynIsResetOrAcceptedAndNothingElseIs) {
  for (const auto& [port, fate, flags] :
       {std::tuple{33434, std::uint32_t{kTcpReset}, 0x14}, std::tuple{80, std::uint32_t{kTcpSynAck}, 0x12}}) {
    Tins::TCP tcp(static_cast<std::uint16_t>(port), 40000);
    tcp.flags(Tins::TCP::SYN);
    tcp.seq(0xfffffffe);
    Tins::IP ip = Tins::IP("10.1.2.3", kSourceV4) / tcp;
    ip.ttl(64);
    const Outcome outcome = ask(frame_of(ip));
    ASSERT_EQ(outcome.fate, fate);
    expect_good_checksums_v4(outcome);
    wire::OnesComplementSum sum;
    sum.add(outcome.bytes().subspan(12, 8)).add(6).add(20).add(outcome.bytes().subspan(20));
    EXPECT_EQ(sum.checksum(), 0);
    EXPECT_EQ(outcome.ip[33], flags);
    EXPECT_EQ(world_get32(outcome.ip.data() + 28), 0xffffffff) << "acknowledges the SYN";
    EXPECT_EQ(world_get16(outcome.ip.data() + 20), static_cast<std::uint32_t>(port));
    EXPECT_EQ(world_get16(outcome.ip.data() + 22), 40000U);
  }
  Tins::TCP reset(80, 40000);
  reset.flags(Tins::TCP::RST);
  Tins::IP ip = Tins::IP("10.1.2.3", kSourceV4) / reset;
  EXPECT_EQ(ask(frame_of(ip)).fate, std::uint32_t{kNoProbe});
}

TEST_F(WorldPacket, AHostDropsABadChecksumAndARouterDoesNotLook) {
  Bytes frame = udp("10.1.2.3", 32);
  frame.back() ^= 1;
  EXPECT_EQ(ask(frame).fate, std::uint32_t{kBadChecksum});
  frame = udp("10.1.2.3", 3);
  frame.back() ^= 1;
  EXPECT_EQ(ask(frame).fate, std::uint32_t{kTimeExceeded});
}

TEST_F(WorldPacket, ADamagedHeaderGetsNoAnswer) {
  const Bytes good = udp("10.1.2.3", 3);
  for (std::size_t byte = kEthernet; byte < kEthernet + 20; ++byte) {
    Bytes bad = good;
    bad[byte] ^= 0x10;
    EXPECT_EQ(ask(bad).fate, std::uint32_t{kNoProbe}) << "byte " << byte;
  }
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_EQ(ask(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length))).fate,
              std::uint32_t{kNoProbe});
  }
}

TEST_F(WorldPacket, OnlyWhatABalancerHashesChangesTheFlow) {
  ask(udp("10.1.2.3", 3));
  const std::uint32_t flow = last_flow;
  ask(udp("10.1.2.3", 5, "another payload, another checksum"));
  EXPECT_EQ(last_flow, flow);
  Tins::IP other = Tins::IP("10.1.2.3", kSourceV4) / Tins::UDP(33434, 40001) / Tins::RawPDU("x");
  other.ttl(3);
  ask(frame_of(other));
  EXPECT_NE(last_flow, flow);
}

TEST_F(WorldPacket, IpV6IsAnsweredAlongTheSameRouters) {
  const std::uint32_t block = 0x1234;
  for (std::uint32_t ttl = 1; ttl < distance_of(block) + 4; ++ttl) {
    const Outcome outcome = ask(udp_v6("fd10:0:1234::9", static_cast<int>(ttl)));
    ASSERT_FALSE(outcome.ip.empty());
    EXPECT_EQ(checksum_v6(outcome), 0);
    const wire::DecodedPacket packet = decoded(outcome);
    const Hop hop = world_hop(&world, block << 8 | 9, last_flow, ttl);
    const auto& error = std::get<wire::IcmpError>(packet.message);
    if (hop.is_host != 0) {
      EXPECT_EQ(outcome.fate, std::uint32_t{kPortUnreachable});
      EXPECT_EQ(to_string(packet.ip.source), "fd10:0:1234::9");
      EXPECT_EQ(error.quoted.ttl, Ttl{static_cast<std::uint8_t>(ttl - hop.distance + 1)});
    } else {
      EXPECT_EQ(outcome.fate, std::uint32_t{kTimeExceeded});
      EXPECT_EQ(world_get32(outcome.ip.data() + 8), 0xfd200000U);
      EXPECT_EQ(world_get32(outcome.ip.data() + 20), hop.router);
      EXPECT_EQ(error.quoted.ttl, Ttl{1});
    }
  }
}

TEST_F(WorldPacket, IpV6HostsAnswerEchoAndSyn) {
  Tins::ICMPv6 icmp(Tins::ICMPv6::ECHO_REQUEST);
  icmp.identifier(77);
  icmp.sequence(5);
  Tins::IPv6 echo = Tins::IPv6("fd10:0:1::1", kSourceV6) / icmp / Tins::RawPDU("odd");
  echo.hop_limit(64);
  const Outcome echoed = ask(frame_of(echo));
  ASSERT_EQ(echoed.fate, std::uint32_t{kEchoReply});
  EXPECT_EQ(checksum_v6(echoed), 0);
  EXPECT_EQ(std::get<wire::EchoReply>(decoded(echoed).message).id, 77);

  Tins::TCP tcp(443, 40000);
  tcp.flags(Tins::TCP::SYN);
  Tins::IPv6 syn = Tins::IPv6("fd10:0:1::1", kSourceV6) / tcp;
  syn.hop_limit(64);
  const Outcome accepted = ask(frame_of(syn));
  ASSERT_EQ(accepted.fate, std::uint32_t{kTcpSynAck});
  EXPECT_EQ(checksum_v6(accepted), 0);
}

TEST_F(WorldPacket, ArpIsAnsweredForEveryAddress) {
  Tins::EthernetII request = Tins::ARP::make_arp_request("192.168.7.1", kSourceV4, "02:00:00:00:00:0a");
  const Bytes frame = request.serialize();
  Scratch scratch{};
  std::memcpy(scratch.bytes + kFrameAt, frame.data(), frame.size());
  const Answer answer = world_arp(&scratch, static_cast<std::uint32_t>(frame.size()));
  ASSERT_EQ(answer.fate, std::uint32_t{kArpReply});
  Tins::EthernetII reply(scratch.bytes + answer.start, answer.length);
  const auto& arp = reply.rfind_pdu<Tins::ARP>();
  EXPECT_EQ(arp.opcode(), Tins::ARP::REPLY);
  EXPECT_EQ(arp.sender_ip_addr().to_string(), "192.168.7.1");
  EXPECT_EQ(arp.sender_hw_addr().to_string(), "02:69:73:74:68:02");
  EXPECT_EQ(arp.target_ip_addr().to_string(), kSourceV4);
  EXPECT_EQ(reply.dst_addr().to_string(), "02:00:00:00:00:0a");
}

}  // namespace
}  // namespace isthmus::responder
