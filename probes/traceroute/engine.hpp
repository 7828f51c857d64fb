#pragma once
// Paris traces without end: rounds over the flows of addresses, a bounded number at once, each trace reported when it
// ends. Remembers every path's distance and routers, so that the next trace neither overshoots nor asks a router more
// than its budget, and leaves out what need not be asked again. Sans-I/O; belongs to one prober, on its thread.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "isthmus/probes/settings.hpp"
#include "isthmus/schedule/rounds.hpp"
#include "isthmus/schedule/router_budget.hpp"
#include "probes/traceroute/near_hops.hpp"
#include "probes/traceroute/probe_table.hpp"
#include "probes/traceroute/run.hpp"

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
  /// All flows to the goal, ahead of what is waiting. Ignored when it is none of the goals.
  void trace_now(const TraceGoal& goal, Instant now);

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
    bool busy{false};                  // waiting or under way
  };
  using Memories = std::vector<PathMemory>;  // one a flow
  struct Waiting {
    TraceGoal goal;
    FlowId flow;
    Instant due{};
  };
  struct Active {
    TraceGoal goal;
    FlowId flow;
    TraceRun run;
    Memories* memories;  // of the goal
    Ttl first_ttl{1};
    IpAddress source;
    Instant started{};
    Timestamp wall{};
    Instant send_key{Instant::max()};  // where the run stands in sends_ and timeouts_
    Instant timeout_key{Instant::max()};
  };
  using Queue = std::set<std::pair<Instant, RunId>>;

  PathMemory* memory_of(const TraceGoal& goal, FlowId flow);
  void start_rounds(Instant now);
  void start_waiting(Instant now, Timestamp wall);
  void start(const Waiting& waiting, Instant now, Timestamp wall);
  void report_no_route(const Waiting& waiting, Timestamp wall);
  [[nodiscard]] Ttl first_ttl_of(const PathMemory& memory, const IpAddress& source, Instant now) const;
  std::optional<OpenProbe> ask(RunId id, Instant now);
  bool within_budget(Active& active, Ttl ttl, const IpAddress& router, Instant now);
  [[nodiscard]] static std::optional<IpAddress> predicted_router(const Memories& memories, FlowId flow, Ttl ttl);
  void update(RunId id, Instant now);
  void finish(RunId id, Instant now);
  void drop(RunId id);
  [[nodiscard]] static bool differs(const Trace& trace, const Active& active, const PathMemory& memory);
  static void remember(const Active& active, const Trace& trace, PathMemory& memory);

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
  std::unordered_map<RunId, Active> active_;
  Queue sends_;
  Queue timeouts_;
  RunId next_run_{0};
  std::deque<Trace> observations_;
  std::uint64_t send_failures_{0};
};

}  // namespace isthmus::probes
