#include "net/answer_filter.hpp"

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>

namespace isthmus::net {
namespace {

// Where a jump goes; resolved when the program is complete.
enum class To : std::uint8_t { next, accept, drop, icmp, tcp, ports, port_matches };

// More than these would need jumps longer than a byte; then every port passes, and the reader sorts them out.
constexpr std::size_t kMaxPorts = 64;

constexpr std::uint32_t kIcmp = 1;
constexpr std::uint32_t kTcp = 6;
constexpr std::uint32_t kIcmpV6 = 58;

class Program {
 public:
  void load(std::uint16_t how, std::uint32_t offset) {
    code_.push_back({static_cast<std::uint16_t>(BPF_LD | how), 0, 0, offset});
    targets_.push_back({To::next, To::next});
  }
  void statement(std::uint16_t code, std::uint32_t k) {
    code_.push_back({code, 0, 0, k});
    targets_.push_back({To::next, To::next});
  }
  void jump(std::uint16_t how, std::uint32_t k, To yes, To no) {
    code_.push_back({static_cast<std::uint16_t>(BPF_JMP | how | BPF_K), 0, 0, k});
    targets_.push_back({yes, no});
  }
  void label(To name) { labels_[static_cast<std::size_t>(name)] = code_.size(); }

  std::vector<sock_filter> finish() {
    label(To::accept);
    statement(BPF_RET | BPF_K, 0xffffffff);
    label(To::drop);
    statement(BPF_RET | BPF_K, 0);
    for (std::size_t i = 0; i < code_.size(); ++i) {
      if (BPF_CLASS(code_[i].code) != BPF_JMP) continue;
      code_[i].jt = distance(i, targets_[i].yes);
      code_[i].jf = distance(i, targets_[i].no);
    }
    return std::move(code_);
  }

 private:
  struct Targets {
    To yes;
    To no;
  };
  std::uint8_t distance(std::size_t from, To to) const {
    if (to == To::next) return 0;
    const std::size_t there = labels_[static_cast<std::size_t>(to)];
    if (there <= from || there - from - 1 > 255) throw std::logic_error("packet filter: a jump that cannot be");
    return static_cast<std::uint8_t>(there - from - 1);
  }

  std::vector<sock_filter> code_;
  std::vector<Targets> targets_;
  std::size_t labels_[7]{};
};

// RFC 9293 section 3.1: RST, or SYN with ACK; the flags are in byte 13. With `load` relative to the TCP header.
void add_tcp(Program& program, const TcpAnswers& tcp, std::uint16_t relative, std::uint32_t base) {
  program.label(To::tcp);
  if (!tcp.wanted) {
    program.statement(BPF_RET | BPF_K, 0);
    return;
  }
  program.load(static_cast<std::uint16_t>(BPF_B | relative), base + 13);
  program.jump(BPF_JSET, 0x04, To::ports, To::next);
  program.statement(BPF_ALU | BPF_AND | BPF_K, 0x12);
  program.jump(BPF_JEQ, 0x12, To::ports, To::drop);
  program.label(To::ports);
  if (!tcp.from.empty() && tcp.from.size() <= kMaxPorts) {
    program.load(static_cast<std::uint16_t>(BPF_H | relative), base);
    for (const std::uint16_t port : tcp.from) program.jump(BPF_JEQ, port, To::port_matches, To::next);
    program.statement(BPF_RET | BPF_K, 0);
  }
  program.label(To::port_matches);
  program.load(static_cast<std::uint16_t>(BPF_H | relative), base + 2);
  program.jump(BPF_JGE, tcp.to.first, To::next, To::drop);
  program.jump(BPF_JGT, tcp.to.last, To::drop, To::accept);
}

void add_v4(Program& program, const std::optional<IpAddress>& destination) {
  // RFC 791 section 3.1: fragment offset in the low 13 bits of bytes 6 and 7, protocol in byte 9, destination at 16.
  program.load(BPF_H | BPF_ABS, 6);
  program.jump(BPF_JSET, 0x3fff, To::drop, To::next);
  if (destination) {
    program.load(BPF_W | BPF_ABS, 16);
    program.jump(BPF_JEQ, destination->v4_value(), To::next, To::drop);
  }
  program.statement(BPF_LDX | BPF_B | BPF_MSH, 0);  // X is the header's length.
  program.load(BPF_B | BPF_ABS, 9);
}

void add_v6(Program& program, const std::optional<IpAddress>& destination) {
  // RFC 8200 section 3: next header in byte 6, destination from byte 24 on.
  for (std::uint32_t word = 0; destination && word < 4; ++word) {
    std::uint32_t wanted = 0;
    for (std::uint32_t i = 0; i < 4; ++i) wanted = (wanted << 8) | destination->bytes()[4 * word + i];
    program.load(BPF_W | BPF_ABS, 24 + 4 * word);
    program.jump(BPF_JEQ, wanted, To::next, To::drop);
  }
  program.load(BPF_B | BPF_ABS, 6);
  // Hop-by-hop options, routing and destination options: the reader skips them.
  for (const std::uint32_t extension : {0U, 43U, 60U}) program.jump(BPF_JEQ, extension, To::accept, To::next);
}

// Echo reply, destination unreachable, time exceeded.
void add_icmp(Program& program, Family family) {
  program.label(To::icmp);
  const bool v4 = family == Family::ipv4;
  if (v4) {
    program.load(BPF_B | BPF_IND, 0);
  } else {
    program.load(BPF_B | BPF_ABS, 40);
  }
  program.jump(BPF_JEQ, v4 ? 0 : 129, To::accept, To::next);
  program.jump(BPF_JEQ, v4 ? 3 : 1, To::accept, To::next);
  program.jump(BPF_JEQ, v4 ? 11 : 3, To::accept, To::drop);
}

}  // namespace

std::vector<sock_filter> answer_filter(Family family, const TcpAnswers& tcp,
                                       const std::optional<IpAddress>& destination) {
  Program program;
  // Not what this machine overhears or what is meant for all.
  program.load(BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE));
  program.jump(BPF_JEQ, PACKET_HOST, To::next, To::drop);
  const bool v4 = family == Family::ipv4;
  if (v4) {
    add_v4(program, destination);
  } else {
    add_v6(program, destination);
  }
  program.jump(BPF_JEQ, v4 ? kIcmp : kIcmpV6, To::icmp, To::next);
  program.jump(BPF_JEQ, kTcp, To::tcp, To::drop);
  add_icmp(program, family);
  add_tcp(program, tcp, v4 ? BPF_IND : BPF_ABS, v4 ? 0 : 40);
  return program.finish();
}

std::vector<sock_filter> tcp_answer_filter(Family family, const TcpAnswers& tcp) {
  Program program;
  if (family == Family::ipv4) program.statement(BPF_LDX | BPF_B | BPF_MSH, 0);
  add_tcp(program, tcp, family == Family::ipv4 ? BPF_IND : BPF_ABS, 0);
  return program.finish();
}

int attach_filter(int socket, std::vector<sock_filter> program) {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0 ? 0 : errno;
}

}  // namespace isthmus::net
