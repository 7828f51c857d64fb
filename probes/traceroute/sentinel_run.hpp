#pragma once
// One look at a known path: a probe at one TTL, and, only when something else than the known router answers, as many
// more as it takes to see what has changed (after RemapRoute; Cunha et al., "RemapRoute: Local Remapping of Internet
// Path Changes"). What did not change is taken over from the known path, with the time it was measured. Belongs to one
// engine, on its thread.

#include <map>
#include <memory>
#include <set>

#include "isthmus/probes/settings.hpp"
#include "probes/traceroute/known_path.hpp"
#include "probes/traceroute/probe_run.hpp"

namespace isthmus::probes {

/// Where a path is looked at, and what is expected there.
struct Post {
  Ttl ttl{1};
  std::optional<IpAddress> router;  ///< Nothing: silence.
  /// Answers by somebody else, in a row, before that is believed; at least 1.
  int looks{3};
  /// Unanswered probes in a row that count as silence, at least 1.
  int misses{3};
  /// Silence says nothing here: another post asks whether the path still works.
  bool silence_counts{true};
  bool is_extra{false};  ///< The regular look at the path follows at once.
};

class SentinelRun : public ProbeRun {
 public:
  enum class Finding : std::uint8_t {
    unchanged,    ///< As expected.
    undecided,    ///< The probe could not be sent, or went unanswered where that says nothing.
    balanced,     ///< Now one router answers, now another: packets of one flow take different paths there.
    fell_silent,  ///< The router expected is silent, or everything from there on; nobody else answers in its place.
    changed,      ///< The path is another one.
  };

  /// `path` is not null and not empty, and has a hop at the post's TTL or ends right before it.
  SentinelRun(const TraceSettings& settings, const IpAddress& destination, std::shared_ptr<const KnownPath> path,
              Post post, Instant now);

  /// Precondition of all below: finished(). What hops(), stop() and distance() describe is news when the path changed
  /// or fell silent; when it is unchanged, it is the known path with the post measured anew.
  [[nodiscard]] Finding finding() const { return *finding_; }
  [[nodiscard]] const Post& post() const { return post_; }
  /// Probes at the post, and how many of them were answered.
  [[nodiscard]] int asked_at_post() const;
  [[nodiscard]] int answered_at_post() const;

  [[nodiscard]] std::optional<Ttl> next_ttl(Instant now) const override;
  [[nodiscard]] Instant next_send() const override;
  [[nodiscard]] Instant next_timeout() const override;
  [[nodiscard]] const std::optional<IpAddress>& asked_of(Ttl ttl) const override { return hops_.at(ttl).router; }
  [[nodiscard]] bool is_retry(Ttl ttl) const override { return hops_.at(ttl).outcomes.size() % 2 != 0; }
  void sent(Ttl ttl, const std::optional<IpAddress>& router, Instant now) override;
  void hold(Ttl ttl, Instant until) override;
  void withhold(Ttl ttl, Instant now) override;
  void answered(Ttl ttl, const Reply& reply, Instant now) override;
  void failed(Ttl ttl, int error_number, Instant now) override;
  std::optional<Expired> pop_timeout(Instant now) override;
  [[nodiscard]] std::vector<Asked> still_out() const override;
  [[nodiscard]] bool finished() const override { return finding_.has_value(); }
  [[nodiscard]] std::vector<Hop> hops() const override;
  [[nodiscard]] StopReason stop() const override { return stop_; }
  [[nodiscard]] std::optional<Ttl> distance() const override;

 private:
  struct HopState {
    std::vector<Outcome> outcomes;
    int answers{0};
    int answers_wanted{1};
    int attempts{1};  // without an answer
    bool out{false};
    Instant not_before{};
    Instant sent{};
    std::optional<IpAddress> router;  // who is to answer
  };

  void advance(Instant now);
  void decide();
  void look_around();
  [[nodiscard]] std::optional<int> find_branch();
  [[nodiscard]] std::optional<int> walk_left(int from, int down_to);
  void find_end(int branch);
  [[nodiscard]] bool only_the_end_is_silent(int branch) const;
  bool end_at(int ttl, const Reply& reply, int branch);
  bool try_join(int ttl, const Reply& reply, int branch);
  [[nodiscard]] bool is_consistent(int from, int shift) const;
  void end(int ttl, StopReason reason);
  void conclude(int last, StopReason reason);

  bool need(int ttl);
  [[nodiscard]] const HopState* state(int ttl) const;
  [[nodiscard]] const Reply* answer(int ttl) const;
  [[nodiscard]] bool is_same(int ttl, int known_ttl) const;
  [[nodiscard]] bool is_expected(const Reply& reply) const;
  [[nodiscard]] bool is_destination(const Reply& reply) const;
  [[nodiscard]] bool is_resolved(const HopState& hop) const;
  [[nodiscard]] Instant deadline(Ttl ttl, const HopState& hop) const;

  TraceSettings settings_;
  IpAddress destination_;
  std::shared_ptr<const KnownPath> path_;
  Post post_;
  std::map<Ttl, HopState> hops_;
  std::set<Ttl> wanted_;  // what has to be known before anything can be decided
  Instant now_{};
  Duration slowest_{};
  int highest_answered_{0};
  int passed_to_{0};  // highest TTL that probes are known to have come to
  bool joins_{true};  // until a join turned out to be none

  std::optional<Finding> finding_;
  StopReason stop_{StopReason::gap_limit};
  int branch_{0};  // up to here the path is the known one,
  int join_{0};    // and from here on again, `shift_` TTLs later than before; 0: it never is again
  int shift_{0};
  int last_{0};
};

}  // namespace isthmus::probes
