// The responder on packet sockets: a TPACKET_V3 ring to receive, so that a busy machine loses nothing while this
// process waits for its turn, and send() for the answers. Works wherever CAP_NET_RAW does.

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cstring>

#include "support/responder/packet_ring.hpp"
#include "support/responder/responder.hpp"

namespace isthmus::responder {
namespace {

std::uint64_t monotonic_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

class SocketResponder final : public Responder {
 public:
  SocketResponder(const std::string& interface, const WorldSettings& world)
      : world_(world), ring_(interface), buckets_(kMaxRouters), flows_(world.blocks) {}

  void run(int stop) override {
    std::array<pollfd, 2> waits{{{ring_.fd(), POLLIN, 0}, {stop, POLLIN, 0}}};
    while (true) {
      while (ring_.read_block([&](const std::uint8_t* bytes, std::uint32_t length) { handle(bytes, length); })) {
      }
      ::poll(waits.data(), waits.size(), -1);
      if (waits[1].revents != 0) break;
    }
    counters_.lost += ring_.drops();
  }

  [[nodiscard]] Counters counters() const override { return counters_; }
  [[nodiscard]] std::vector<FlowRecord> flows() const override { return flows_; }

 private:
  void handle(const std::uint8_t* bytes, std::uint32_t length) {
    if (length > kMaxFrame) {
      ++counters_.fates[kNoProbe];
      return;
    }
    std::memcpy(scratch_.bytes + kFrameAt, bytes, length);
    const Answer answer = answer_to(length);
    if (answer.length != 0 && ::send(ring_.fd(), scratch_.bytes + answer.start, answer.length, 0) < 0) {
      ++counters_.lost;
      return;
    }
    ++counters_.fates[answer.fate];
  }

  Answer answer_to(std::uint32_t length) {
    Probe probe;
    if (world_parse(&scratch_, length, &probe) == 0) return world_arp(&scratch_, length);
    const Hop hop = world_hop(&world_, probe.destination, probe.flow, probe.ttl);
    if (hop.exists == 0) return {kNoProbe, 0, 0, 0};
    world_record_flow(&flows_[probe.destination >> 8], probe.destination, probe.flow);
    if (hop.answers == 0) return {hop.is_host != 0 ? kSilentHost : kSilentRouter, 0, 0, 0};
    if (hop.limited != 0 && world_limit_allows(&world_, &buckets_[hop.router], monotonic_nanoseconds()) == 0) {
      return {kLimited, 0, 0, 0};
    }
    return world_answer(&world_, &scratch_, &probe, &hop);
  }

  WorldSettings world_;
  PacketRing ring_;
  Scratch scratch_{};
  std::vector<std::uint64_t> buckets_;
  std::vector<FlowRecord> flows_;
  Counters counters_;
};

}  // namespace

std::unique_ptr<Responder> make_socket_responder(const std::string& interface, const WorldSettings& world) {
  return std::make_unique<SocketResponder>(interface, world);
}

}  // namespace isthmus::responder
