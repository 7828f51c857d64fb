// The limit of a survey on this machine: sends a probe for every block and TTL from a patched template and reads every
// answer, with nothing of a tool between. One thread, one packet socket or, to send only, AF_XDP in copy mode; what it
// takes, no tool that sends likewise can undercut. Prints one JSON line.

#include <sys/resource.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstring>
#include <iostream>
#include <optional>

#include "bench/plain_xdp.hpp"
#include "net/file_descriptor.hpp"
#include "support/responder/packet_ring.hpp"
#include "support/responder/world_packet.h"

namespace isthmus::responder {
namespace {

constexpr std::size_t kProbe = 60;
constexpr std::uint64_t kBatch = 64;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// A UDP probe without a checksum of its own (RFC 768 allows it), so that only the IP header has to be patched.
std::array<std::uint8_t, kProbe> make_template(std::uint32_t source) {
  std::array<std::uint8_t, kProbe> frame{};
  const std::array<std::uint8_t, 6> to{0x02, 0x69, 0x73, 0x74, 0x68, 0x02};
  const std::array<std::uint8_t, 6> from{0x02, 0x69, 0x73, 0x74, 0x68, 0x01};
  std::memcpy(frame.data(), to.data(), to.size());
  std::memcpy(frame.data() + 6, from.data(), from.size());
  world_put16(frame.data() + 12, kTypeIpV4);
  std::uint8_t* const ip = frame.data() + kEthernet;
  world_put32(ip + 12, source);
  world_put32(ip + 16, 10U << 24);
  world_put_ipv4(ip, kProbe - kEthernet, 0, kUdp);
  world_put16(ip + 20, 33000);
  world_put16(ip + 22, 33434);
  world_put16(ip + 24, kProbe - kEthernet - 20);
  return frame;
}

class Survey {
 public:
  Survey(const std::string& interface, std::uint32_t blocks, std::uint32_t ttls, bool read, bool xdp)
      : ring_(interface), frame_(make_template(0xc0a80702)), blocks_(blocks), ttls_(ttls), read_(read) {
    base_sum_ = ~world_get16(frame_.data() + kEthernet + 10) & 0xffffU;
    if (xdp) xdp_.emplace(interface);
  }

  void run() {
    // An odd step through a power of two visits everything once, and neighbours far apart.
    const std::uint64_t all = std::uint64_t{blocks_} * ttls_;
    constexpr std::uint64_t kStep = 0x9e3779b1;
    std::uint64_t at = 0;
    for (std::uint64_t i = 0; i < all; ++i, at = (at + kStep) % all) {
      send(static_cast<std::uint32_t>(at / ttls_), static_cast<std::uint32_t>(at % ttls_) + 1);
      if (read_ && i % 256 == 255) read();
    }
    if (xdp_) xdp_->sender.flush();
    if (read_) read_until_silence();
  }

  std::uint64_t sent{0};
  std::uint64_t refused{0};
  std::uint64_t replies{0};
  std::uint64_t strangers{0};
  double last_reply{0};
  [[nodiscard]] std::uint64_t drops() const { return ring_.drops(); }

 private:
  void send(std::uint32_t block, std::uint32_t ttl) {
    std::uint8_t* const ip = frame_.data() + kEthernet;
    ip[8] = static_cast<std::uint8_t>(ttl);
    world_put16(ip + 17, block);
    ip[19] = 1;
    world_put_checksum(ip + 10, base_sum_ + (ttl << 8) + (block >> 8) + ((block & 255) << 8 | 1));
    if (xdp_) {
      std::memcpy(xdp_->sender.slot(), frame_.data(), frame_.size());
      xdp_->sender.push(kProbe);
      if (++sent % kBatch == 0) xdp_->sender.flush();
    } else {
      ::send(ring_.fd(), frame_.data(), frame_.size(), 0) > 0 ? ++sent : ++refused;
    }
  }

  bool read() {
    bool any = false;
    while (ring_.read_block([this](const std::uint8_t* bytes, std::uint32_t length) { take(bytes, length); }))
      any = true;
    return any;
  }

  void take(const std::uint8_t* bytes, std::uint32_t length) {
    const std::uint8_t* const ip = bytes + kEthernet;
    const bool error = length >= kEthernet + 56 && ip[9] == kIcmp && (ip[20] == 11 || ip[20] == 3);
    const bool ours = error && world_get16(ip + 28 + 20) == 33000 && ip[28 + 16] == 10;
    ours ? ++replies : ++strangers;
  }

  void read_until_silence() {
    constexpr double kSilence = 0.05;
    last_reply = now();
    while (now() - last_reply < kSilence) {
      if (read()) last_reply = now();
    }
  }

  struct Xdp {
    explicit Xdp(const std::string& interface)
        : socket(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0)),
          sender(socket.get(), ::if_nametoindex(interface.c_str())) {}
    net::FileDescriptor socket;
    bench::PlainXdp sender;
  };

  PacketRing ring_;
  std::optional<Xdp> xdp_;
  std::array<std::uint8_t, kProbe> frame_;
  std::uint32_t base_sum_;
  std::uint32_t blocks_;
  std::uint32_t ttls_;
  bool read_;
};

int run(int argc, char** argv) {
  std::string interface;
  std::uint32_t blocks = kMaxBlocks;
  std::uint32_t ttls = 16;
  bool send_only = false;
  bool xdp = false;
  CLI::App app{"Measures what a survey of every block takes at least"};
  app.add_option("--interface", interface, "where probes leave")->required();
  app.add_option("--blocks", blocks, "a power of two")->capture_default_str();
  app.add_option("--ttls", ttls, "a power of two")->capture_default_str();
  auto* const only = app.add_flag("--send-only", send_only, "read no answers");
  app.add_flag("--xdp", xdp, "send through AF_XDP")->needs(only);
  CLI11_PARSE(app, argc, argv);

  Survey survey(interface, blocks, ttls, !send_only, xdp);
  const double started = now();
  survey.run();
  const double ended = send_only ? now() : survey.last_reply;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::cout << R"({"sent":)" << survey.sent << R"(,"refused":)" << survey.refused << R"(,"replies":)" << survey.replies
            << R"(,"strangers":)" << survey.strangers << R"(,"drops":)" << survey.drops() << R"(,"seconds":)"
            << ended - started << R"(,"cpu_seconds":)" << seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime) << "}"
            << std::endl;
  return 0;
}

}  // namespace
}  // namespace isthmus::responder

int main(int argc, char** argv) {
  try {
    return isthmus::responder::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "survey_limit: " << error.what() << "\n";
    return 1;
  }
}
