#pragma once
// One trace under way: which TTL to ask next, when to stop waiting, and why it ended. Knows nothing of bytes or
// other traces. Belongs to one engine, on its thread.

#include <cstddef>
#include <optional>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "isthmus/probes/settings.hpp"
#include "probes/traceroute/probe_run.hpp"

namespace isthmus::probes {

class TraceRun : public ProbeRun {
 public:
  /// `distance`: the TTL at which the destination answered last time; the trace does not look beyond it unless the
  /// destination is silent there.
  TraceRun(const TraceSettings& settings, const IpAddress& destination, std::optional<Ttl> distance, Instant now);

  [[nodiscard]] std::optional<Ttl> next_ttl(Instant now) const override;
  [[nodiscard]] Instant next_send() const override;
  [[nodiscard]] Instant next_timeout() const override;
  [[nodiscard]] const std::optional<IpAddress>& asked_of(Ttl ttl) const override { return at(ttl).router; }
  [[nodiscard]] bool is_retry(Ttl ttl) const override { return at(ttl).outcomes.size() % 2 != 0; }
  void sent(Ttl ttl, const std::optional<IpAddress>& router, Instant now) override;
  void hold(Ttl ttl, Instant until) override;
  void withhold(Ttl ttl, Instant now) override;
  void answered(Ttl ttl, const Reply& reply, Instant now) override;
  void failed(Ttl ttl, int error_number, Instant now) override;
  std::optional<Expired> pop_timeout(Instant now) override;
  [[nodiscard]] std::vector<Asked> still_out() const override;
  [[nodiscard]] bool finished() const override { return stop_.has_value(); }
  [[nodiscard]] std::vector<Hop> hops() const override;
  [[nodiscard]] StopReason stop() const override { return *stop_; }
  [[nodiscard]] std::optional<Ttl> distance() const override;

 private:
  struct HopState {
    std::vector<Outcome> outcomes;
    bool out{false};  // a probe is on its way
    bool answered{false};
    Instant not_before{};  // when it may be asked (again)
    Instant sent{};
    std::optional<IpAddress> router;  // who is to answer it
  };
  struct End {
    Ttl ttl{0};
    StopReason reason{StopReason::reached};
  };

  [[nodiscard]] HopState& at(Ttl ttl) { return hops_[static_cast<std::size_t>(ttl - settings_.first_ttl)]; }
  [[nodiscard]] const HopState& at(Ttl ttl) const { return hops_[static_cast<std::size_t>(ttl - settings_.first_ttl)]; }
  [[nodiscard]] Ttl ttl_of(std::size_t index) const { return static_cast<Ttl>(settings_.first_ttl + index); }
  [[nodiscard]] bool is_resolved(const HopState& hop) const;
  [[nodiscard]] bool is_due(const HopState& hop) const { return !hop.out && !is_resolved(hop); }
  [[nodiscard]] Instant deadline(std::size_t index) const;
  [[nodiscard]] int last_ttl() const { return settings_.first_ttl - 1 + static_cast<int>(hops_.size()); }
  [[nodiscard]] int horizon() const;
  void note_end(Ttl ttl, StopReason reason);
  void note_loop(const IpAddress& router);
  void advance(Instant now);
  void extend(Instant now);

  TraceSettings settings_;
  IpAddress destination_;
  std::optional<Ttl> distance_hint_;
  std::vector<HopState> hops_;  // from first_ttl on, without holes
  int last_answered_;           // highest TTL that answered, first_ttl - 1 at the start
  int passed_to_;               // highest TTL that probes are known to have come to, likewise
  Duration slowest_{};
  std::optional<End> end_;  // the lowest TTL known to be the last
  std::optional<StopReason> stop_;
};

}  // namespace isthmus::probes
