#pragma once
// How the path of one flow is watched between whole traces: where the next look goes, what is expected there, and how
// many unanswered probes count as silence. Knows nothing of networks: which router is the upstream is advice. Belongs
// to one engine, on its thread.

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "probes/traceroute/known_path.hpp"
#include "probes/traceroute/sentinel_run.hpp"

namespace isthmus::probes {

class Watch {
 public:
  /// Every so many looks of a flow go behind the upstream: a path may go on through it, and from there on through
  /// another provider.
  static constexpr unsigned kBehindEvery = 4;
  /// Every so many looks, another one goes to some other hop of the path: changes before the upstream show only there.
  static constexpr int kPatrolEvery = 16;

  /// So many looks report a new or changed path although they found it unchanged, and every so many later on: whoever
  /// judges paths believes no single trace, and waits some rounds after an outage; none of that costs a probe.
  static constexpr int kConfirmations = 4;
  static constexpr int kReportEvery = 10;

  /// `flow` decides which hop is patrolled first: flows to one address share most hops.
  explicit Watch(FlowId flow) : flow_(flow.value), patrol_(flow.value) {}

  /// Takes in a trace that went the whole way; whether it shows another path than before to whoever looks at the post.
  bool saw_whole(const Trace& trace);
  /// Somebody asked for a look: the next one goes to the upstream and behind it, and is reported whatever it finds.
  void want_report();
  /// Takes in what a look at the path found out.
  void saw_change(const Trace& trace);
  /// Takes in a look that found the path unchanged; whether that is to be reported.
  bool saw_unchanged(const Trace& trace);
  /// The router that carries the path on its last hop before the target's network, as far as anybody knows better.
  void advise(const IpAddress& router) { advised_ = router; }
  /// Routers take turns at this TTL, for packets of one flow.
  void saw_balanced(Ttl ttl) { balanced_.insert(ttl); }
  /// Probes at the post and answers to them, in a look that found nothing wrong.
  void count_answers(int asked, int answered);

  /// Whether the next look is a whole trace.
  [[nodiscard]] bool needs_whole() const { return !path_; }
  /// Where the next look goes; moves on. Precondition: a trace was seen.
  [[nodiscard]] Post next_post();
  /// The hops next to a post that could be asked in its place: the upstream, the one before it, the one behind it.
  [[nodiscard]] std::vector<Post> posts_instead(const Post& post) const;
  /// Where a look goes that is to find a change of upstream: the advised router, or the last one that answers before
  /// the destination; where it is silent, the nearest one before it. Precondition: a trace was seen.
  [[nodiscard]] Ttl upstream_ttl() const;
  /// Null until a trace was seen; never empty.
  [[nodiscard]] const std::shared_ptr<const KnownPath>& path() const { return path_; }

 private:
  void take(const Trace& trace);
  [[nodiscard]] std::optional<Post> post_of_return();
  [[nodiscard]] Post post_of_upstream();
  [[nodiscard]] std::optional<Ttl> ttl_behind(Ttl upstream) const;
  [[nodiscard]] std::optional<Post> post_of_patrol(Ttl upstream);
  [[nodiscard]] Post post_at(Ttl ttl) const;
  [[nodiscard]] int misses() const;

  std::shared_ptr<const KnownPath> path_;
  std::optional<IpAddress> advised_;
  std::optional<Ttl> advised_ttl_;  // where that router was met
  std::set<Ttl> balanced_;
  int confirmations_left_{kConfirmations};
  int unreported_{0};
  unsigned looks_{0};
  enum class Wanted : std::uint8_t { nothing, upstream, behind } wanted_{Wanted::nothing};
  unsigned flow_;
  unsigned patrol_;
  float lost_{0.02F};  // part of the probes at the post without an answer, lately
};

}  // namespace isthmus::probes
