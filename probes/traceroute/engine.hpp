#pragma once
// Paris traces without end: rounds over the flows of addresses, a bounded number at once, each trace reported when it
// ends. Remembers every path's distance and routers, so that the next trace neither overshoots nor asks a router more
// than its budget, and leaves out what need not be asked again. Between whole traces sentinels look whether the paths
// are still the known ones; what they find changed is reported as a trace, too. Sans-I/O; belongs to one prober, on its
// thread.

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "isthmus/probes/settings.hpp"
#include "isthmus/schedule/check_plan.hpp"
#include "isthmus/schedule/probe_quota.hpp"
#include "isthmus/schedule/rounds.hpp"
#include "isthmus/schedule/router_budget.hpp"
#include "probes/traceroute/near_hops.hpp"
#include "probes/traceroute/probe_run.hpp"
#include "probes/traceroute/probe_table.hpp"
#include "probes/traceroute/sentinel_run.hpp"
#include "probes/traceroute/watch.hpp"

namespace isthmus::probes {

struct TraceGoal {
  std::string target;
  IpAddress address;
  friend auto operator<=>(const TraceGoal&, const TraceGoal&) = default;
};

class TraceEngine {
 public:
  TraceEngine(const wire::KeySeed& seed, std::string vantage, SourceLookup source_for);

  /// Replaces what is traced. Goals that stay keep their phase, their memory and their traces under way.
  void set_goals(const std::vector<TraceGoal>& goals, const TraceSettings& settings, Instant now);
  /// Replies a second asked of one router at most, whatever it was found to answer; 0: no such ceiling.
  void set_router_limit(double replies_per_second);
  /// Probes an hour to all addresses of a target; targets that are not named have no such limit. Takes effect with the
  /// next set_goals(). What a target has used up of an unchanged limit stays used up.
  void set_quotas(std::map<std::string, double> per_hour) { quota_settings_ = std::move(per_hour); }
  /// All flows to the goal, ahead of what is waiting. Ignored when it is none of the goals.
  void trace_now(const TraceGoal& goal, Instant now);
  /// Looks at the paths of all flows to the goal at once; those that are not known, or not watched, are traced.
  void look_now(const TraceGoal& goal, Instant now);
  /// Which router carries the flow on its last hop before the target's network: the one whose change matters. Ignored
  /// for what is not traced.
  void advise(const TraceGoal& goal, FlowId flow, const IpAddress& router);

  std::optional<OpenProbe> poll_probe(Instant now, Timestamp wall);
  /// Nothing when the packet was the answer to a probe, otherwise why it was not.
  std::optional<InvalidReason> handle_reply(const wire::DecodedPacket& packet, Instant received);
  void handle_send_failure(std::uint64_t number, int error_number, Instant now);
  void handle_timeout(Instant now);
  std::optional<Trace> poll_observation();

  /// Writes the packet of a probe and returns how much of `out` that is.
  std::span<const std::byte> encode(const OpenProbe& probe, std::span<std::byte, TraceCodec::kMaxPacket> out) {
    return table_.encode(probe, out);
  }
  /// Since when (or from when on) a probe is due; Instant::max() when none is planned.
  [[nodiscard]] Instant next_probe_time() const;
  /// Since when (or from when on) a trace is due, also while all that may be under way at once are.
  [[nodiscard]] Instant next_trace_time() const;
  [[nodiscard]] Instant next_timeout() const { return timeouts_.empty() ? Instant::max() : timeouts_.begin()->first; }
  [[nodiscard]] std::uint64_t send_failures() const { return send_failures_; }

 private:
  using RunId = std::uint64_t;
  struct PathMemory {
    std::optional<Ttl> distance;
    std::map<Ttl, IpAddress> routers;  // who answered last at each TTL
    int partial{0};                    // traces since one went the whole way
    bool waiting{false};               // for a trace to begin
    bool tracing{false};
    bool looking{false};
    bool traced_next{false};  // as soon as the look under way is over
    schedule::CheckPlan::Id id{0};
    std::optional<Watch> watch;  // with sentinels
  };
  using Memories = std::vector<PathMemory>;  // one a flow
  struct Waiting {
    TraceGoal goal;
    FlowId flow;
    Instant due{};
    bool urgent{false};
  };
  struct Active {
    TraceGoal goal;
    FlowId flow;
    std::unique_ptr<ProbeRun> run;
    const SentinelRun* sentinel;  // the run, when it is one
    bool is_extra;                // of a sentinel
    schedule::ProbeQuota::Use use;
    std::size_t paid;    // probes that its target's quota has been charged for already
    Memories* memories;  // of the goal
    Ttl first_ttl{1};
    bool moved{false};  // somebody else answered than was foreseen: the path is another one
    IpAddress source;
    Instant started{};
    Timestamp wall{};
    Instant send_key{Instant::max()};  // where the run stands in sends_ and timeouts_
    Instant timeout_key{Instant::max()};
  };
  using Queue = std::set<std::pair<Instant, RunId>>;

  PathMemory* memory_of(const TraceGoal& goal, FlowId flow);
  void trace_first(const TraceGoal& goal, FlowId flow, Instant now);
  void start_rounds(Instant now);
  void start_waiting(Instant now, Timestamp wall);
  void start(const Waiting& waiting, std::size_t paid, Instant now, Timestamp wall);
  [[nodiscard]] bool is_looked_at(const Waiting& waiting);
  void activate(Active active, Instant now);
  void report_no_route(const Waiting& waiting, Timestamp wall);
  [[nodiscard]] Ttl first_ttl_of(const PathMemory& memory, const IpAddress& source, Instant now) const;
  std::optional<OpenProbe> ask(RunId id, Instant now);
  [[nodiscard]] Duration longest_wait() const;
  bool within_budget(Active& active, Ttl ttl, const IpAddress& router, Instant now);
  [[nodiscard]] static std::optional<IpAddress> predicted_router(const Memories& memories, FlowId flow, Ttl ttl);
  void update(RunId id, Instant now);
  void finish(RunId id, Instant now);
  void drop(RunId id);
  [[nodiscard]] static bool differs(const Trace& trace, const Active& active, const PathMemory& memory);
  // In place of a number of partial traces: the next one goes the whole way, whatever it costs.
  static constexpr int kWholeWayNext = std::numeric_limits<int>::max();

  static void remember(const Active& active, const Trace& trace, PathMemory& memory);
  [[nodiscard]] Trace trace_of(const Active& active, Instant now) const;

  // engine_sentinels.cpp: looks between whole traces, and the quotas of targets.
  void adopt_quotas(Instant now);
  void plan_looks(Instant now);
  void forget_looks(const PathMemory& memory);
  void share_quota(const std::string& target, std::size_t paths, Instant now);
  [[nodiscard]] schedule::ProbeQuota* quota_of(const std::string& target);
  [[nodiscard]] bool waits_for_quota(const Waiting& waiting, Instant now);
  void serve_quotas(Instant now, Timestamp wall);
  void empty_queues(const std::function<bool(const Waiting&)>& gone);
  [[nodiscard]] std::size_t price_of(const Waiting& waiting);
  [[nodiscard]] Duration quota_wait(const Active& active, Instant now);
  void pay(Active& active, Instant now);
  void start_looks(Instant now, Timestamp wall);
  [[nodiscard]] std::optional<Post> post_of(Watch& watch, Instant now) const;
  void start_look(schedule::CheckPlan::Id id, Instant now, Timestamp wall);
  void finish_look(RunId id, Instant now);
  void watch_whole(PathMemory& memory, const Trace& trace, Instant now);

  ProbeTable table_;
  std::string vantage_;
  SourceLookup source_for_;
  TraceSettings settings_;
  schedule::RouterBudget budget_{0};
  NearHops near_;
  schedule::Rounds rounds_;
  std::map<TraceGoal, Memories> goals_;
  std::map<std::string, TraceGoal> goal_of_key_;
  std::deque<Waiting> waiting_;
  schedule::CheckPlan looks_;
  std::unordered_map<schedule::CheckPlan::Id, std::pair<TraceGoal, FlowId>> looked_at_;
  schedule::CheckPlan::Id next_path_{0};
  std::map<std::string, double> quota_settings_;
  struct Quota {
    double per_hour{0};
    double whole{1};  // part of it for whole traces
    schedule::ProbeQuota left;
    std::deque<Waiting> queue{};  // in order: who needs much must not starve
  };
  std::map<std::string, Quota> quotas_;
  std::set<std::pair<Instant, std::string>> served_;  // when the first of a quota's queue may begin
  std::unordered_map<RunId, Active> active_;
  Queue sends_;
  Queue timeouts_;
  RunId next_run_{0};
  std::deque<Trace> observations_;
  std::uint64_t send_failures_{0};
};

}  // namespace isthmus::probes
