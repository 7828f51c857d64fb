#pragma once
// The works of MultipathEngine: an explorer, the probes that are out, and what holds them back. Belongs to one thread.

#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "isthmus/probes/multipath.hpp"
#include "isthmus/schedule/random_order.hpp"
#include "isthmus/schedule/router_budget.hpp"
#include "isthmus/schedule/token_bucket.hpp"
#include "probes/multipath/explorer.hpp"
#include "probes/multipath/graph.hpp"
#include "probes/multipath/pace.hpp"
#include "probes/traceroute/codec.hpp"

namespace isthmus::probes {

class MultipathEngine::Impl {
 public:
  Impl(const MultipathSettings& settings, Timestamp wall);

  std::span<const std::byte> poll_packet(Instant now, std::span<std::byte, kMaxPacket> out);
  void handle_send_failure(int error_number, Instant now);
  void handle_packet(std::span<const std::byte> bytes, Instant received);
  void handle_timeout(Instant now);
  [[nodiscard]] Instant next_deadline() const;
  [[nodiscard]] bool finished() const { return gave_up_ || explorer_.finished(); }
  [[nodiscard]] MultipathResult result(Timestamp wall) const;

 private:
  using Cell = FlowMap::Cell;
  struct Out {
    int attempt{1};
    Instant sent{};
    std::uint64_t number{0};
  };
  struct Concluded {
    int attempts{1};
    bool answered{false};
  };

  std::optional<Explorer::Ask> next_ask(Instant now);
  [[nodiscard]] Instant earliest(const Explorer::Ask& ask, Instant now) const;
  void charge(const Explorer::Ask& ask, Instant now);
  [[nodiscard]] const IpAddress* predicted_router(const Cell& cell) const;
  [[nodiscard]] FlowId flow_id(FlowMap::Flow flow) const { return FlowId{static_cast<std::uint16_t>(order_.at(flow))}; }
  [[nodiscard]] TraceProbe probe_of(const Cell& cell, int attempt) const;
  [[nodiscard]] Verdict verify(const wire::DecodedPacket& packet, const Cell& cell, int attempt) const;
  [[nodiscard]] std::optional<InvalidReason> read(const wire::DecodedPacket& packet, Instant received);
  std::optional<InvalidReason> accept(const wire::DecodedPacket& packet, const Cell& cell, Instant received);
  [[nodiscard]] bool others_answer(Ttl ttl) const;
  void forget_answered();

  MultipathSettings settings_;
  TraceCodec codec_;
  Explorer explorer_;
  schedule::RandomOrder order_;
  schedule::TokenBucket bucket_;
  std::optional<schedule::RouterBudget> budget_;
  std::map<Cell, Out> out_;
  std::deque<std::pair<Cell, Out>> timeouts_;  // in the order of sending; stale where out_ has another number
  std::multimap<Instant, Explorer::Ask> held_;
  std::map<Cell, Concluded> concluded_;
  std::unordered_map<std::uint16_t, FlowMap::Flow> flow_of_;
  std::map<Ttl, HopPace> pace_;
  RttByPlace rtts_;
  std::optional<Explorer::Ask> last_;  // polled last
  int failed_in_a_row_{0};
  bool gave_up_{false};
  std::uint64_t sent_{0};
  Instant last_seen_{Instant::min()};
  MultipathResult result_;  // the counters of it
};

}  // namespace isthmus::probes
