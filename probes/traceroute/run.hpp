#pragma once
// One trace under way: which TTL to ask next, when to stop waiting, and why it ended. Knows nothing of bytes or
// other traces. Belongs to one engine, on its thread.

#include <cstddef>
#include <optional>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "isthmus/probes/settings.hpp"

namespace isthmus::probes {

class TraceRun {
 public:
  /// `distance`: the TTL at which the destination answered last time; the trace does not look beyond it unless the
  /// destination is silent there.
  TraceRun(const TraceSettings& settings, const IpAddress& destination, std::optional<Ttl> distance, Instant now);

  /// A probe of this run, by what tells it from the others.
  struct Asked {
    Ttl ttl{1};
    bool retry{false};
  };

  /// A probe that is given up.
  struct Expired : Asked {
    std::optional<IpAddress> router;  // who was to answer
    Instant sent{};
    bool passed{false};  // a hop behind has answered this trace: probes get that far
  };

  /// The lowest TTL that may be asked now. Asked again only after sent(), hold() or the probe's end.
  [[nodiscard]] std::optional<Ttl> next_ttl(Instant now) const;
  /// When next_ttl() has or will have one; Instant::max() while all there is to do is wait for answers.
  [[nodiscard]] Instant next_send() const;
  /// When the next probe that is out has to be given up; Instant::max() when none is out.
  [[nodiscard]] Instant next_timeout() const;

  /// Who was to answer the last probe at this TTL, as far as anybody knew.
  [[nodiscard]] const std::optional<IpAddress>& asked_of(Ttl ttl) const { return at(ttl).router; }
  /// Whether the next probe at this TTL is told from the last one by its parity.
  [[nodiscard]] bool is_retry(Ttl ttl) const { return at(ttl).outcomes.size() % 2 != 0; }

  /// `router`: who is to answer, as far as anybody knows.
  void sent(Ttl ttl, const std::optional<IpAddress>& router, Instant now);
  /// Do not ask this TTL before `until`.
  void hold(Ttl ttl, Instant until);
  /// The probe does not leave and will not: whoever would answer it has no answer to give (SendFailed with EBUSY).
  void withhold(Ttl ttl, Instant now);
  /// The probe that was out at this TTL was answered, could not be sent, or is given up.
  void answered(Ttl ttl, const Reply& reply, Instant now);
  void failed(Ttl ttl, int error_number, Instant now);
  /// The next probe that is given up now; the caller forgets it.
  std::optional<Expired> pop_timeout(Instant now);

  /// Probes that are out, as far as a trace that ended no longer cares.
  [[nodiscard]] std::vector<Asked> still_out() const;
  [[nodiscard]] bool finished() const { return stop_.has_value(); }
  /// Preconditions of both: finished().
  [[nodiscard]] std::vector<Hop> hops() const;
  [[nodiscard]] StopReason stop() const { return *stop_; }
  /// The TTL at which the destination answered, if it did.
  [[nodiscard]] std::optional<Ttl> distance() const;

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
  Duration slowest_{};
  std::optional<End> end_;  // the lowest TTL known to be the last
  std::optional<StopReason> stop_;
};

}  // namespace isthmus::probes
