#pragma once
// A prober in a simulated network and in virtual time: a day passes in a moment. One thread.

#include <algorithm>
#include <functional>
#include <queue>
#include <stdexcept>
#include <utility>
#include <vector>

#include "isthmus/probes/prober.hpp"
#include "support/path_simulator.hpp"

namespace isthmus::support {

class ProberWorld {
 public:
  ProberWorld(probes::ProberSettings settings, PathSimulator& network)
      : network_(network), prober_(probes::Prober::create(std::move(settings), [this](const IpAddress& to) {
                                     return has_route_ ? std::optional(source_to(to)) : std::nullopt;
                                   }).value()) {}
  ProberWorld(const ProberWorld&) = delete;
  ProberWorld& operator=(const ProberWorld&) = delete;

  static inline const IpAddress source = IpAddress::v4(0xC0000201);  // 192.0.2.1
  static inline const IpAddress source_v6 = IpAddress::parse("2001:db8::1").value();
  static const IpAddress& source_to(const IpAddress& destination) { return destination.is_v4() ? source : source_v6; }

  /// Lets time pass; every event happens at its time and in order.
  void run_for(Duration duration) {
    const Instant end = now_ + duration;
    while (true) {
      step();
      Instant next = prober_.next_deadline();
      if (!arriving_.empty()) next = std::min(next, arriving_.top().at);
      if (next > end) break;
      // A deadline that stays in the past would never let time move on.
      now_ = std::max(next, now_ + Duration(1));
      if (++steps_ > kMaxSteps) throw std::runtime_error("the prober spins");
    }
    now_ = std::max(now_, end);
  }

  void inject(Packet bytes, Duration after = Duration::zero()) { arriving_.push({now_ + after, std::move(bytes)}); }
  void set_route(bool has_route) { has_route_ = has_route; }
  /// The errno that sending gives from now on; 0 for success.
  void set_send_error(int error_number) { send_error_ = error_number; }
  /// Called with every reply of the network before it is on its way; may change, multiply or remove it.
  std::function<void(std::vector<SimReply>&)> meddle;

  probes::Prober& prober() { return prober_; }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] Timestamp wall() const { return Timestamp(std::chrono::seconds(1506848871)) + now_.time_since_epoch(); }
  std::vector<Observation> observations;
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Later {
    bool operator()(const SimReply& a, const SimReply& b) const { return a.at > b.at; }
  };
  static constexpr std::uint64_t kMaxSteps = 50'000'000;

  void step() {
    while (!arriving_.empty() && arriving_.top().at <= now_) {
      const SimReply reply = arriving_.top();
      arriving_.pop();
      prober_.handle_packet(reply.bytes, reply.at);
    }
    prober_.handle_timeout(now_);
    while (auto packet = prober_.poll_packet(now_, wall())) {
      if (send_error_ != 0) {
        prober_.handle_send_failure(packet->key, send_error_, now_);
        continue;
      }
      std::vector<SimReply> replies;
      if (auto reply = network_.send(packet->bytes, now_)) replies.push_back(std::move(*reply));
      if (meddle) meddle(replies);
      for (SimReply& reply : replies) arriving_.push(std::move(reply));
    }
    while (auto observation = prober_.poll_observation()) observations.push_back(std::move(*observation));
  }

  PathSimulator& network_;
  bool has_route_{true};
  int send_error_{0};
  probes::Prober prober_;
  std::priority_queue<SimReply, std::vector<SimReply>, Later> arriving_;
  Instant now_{std::chrono::hours(1)};
  std::uint64_t steps_{0};
};

/// The traces and ping series among observations, in order.
template <typename Kind>
std::vector<Kind> only(const std::vector<Observation>& observations) {
  std::vector<Kind> result;
  for (const Observation& o : observations) {
    if (const auto* kind = std::get_if<Kind>(&o)) result.push_back(*kind);
  }
  return result;
}

}  // namespace isthmus::support
