#pragma once
// The inside of Core, spread over core_*.cpp by what triggers it. Belongs to the core's thread.

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "isthmus/resilience/core.hpp"
#include "resilience/diversity.hpp"
#include "resilience/late_book.hpp"
#include "resilience/path_log.hpp"
#include "resilience/records.hpp"
#include "resilience/target_measure.hpp"
#include "resilience/vote.hpp"
#include "resilience/ways.hpp"

namespace isthmus::resilience {

class Core::Impl {
 public:
  Impl(CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data, const Baseline& restored);

  void handle_observation(const Observation& observation, Timestamp now);
  void handle_report(const ProberReport& report, Timestamp now);
  void handle_tick(Timestamp now);
  void handle_pause(Timestamp now);
  void set_rehearsal(bool on);
  [[nodiscard]] bool is_news() const { return !rehearsal_; }
  [[nodiscard]] Timestamp next_deadline() const;
  [[nodiscard]] Snapshot snapshot(Timestamp now, Effort effort);
  [[nodiscard]] Baseline baseline() const;
  [[nodiscard]] BaselineChanges poll_baseline(Timestamp now, bool drift);
  void forget_polled_baseline();
  [[nodiscard]] PathChanges poll_path_changes();
  [[nodiscard]] std::vector<LateTally> poll_late() { return late_.poll(); }
  void reconfigure(CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data);

  std::deque<Event> events;
  std::deque<RetraceRequest> retraces;
  std::deque<PingRequest> ping_requests;
  std::deque<UpstreamAdvice> advice;
  RejectionCounts rejected{};

 private:
  // core.cpp
  void reject(Rejection reason) { ++rejected[static_cast<std::size_t>(reason)]; }
  [[nodiscard]] bool takes_in(const Observation& observation, Timestamp now);
  [[nodiscard]] bool is_known(const Observation& observation) const;

  // core_ping.cpp: echo outcomes.
  void handle_series(std::size_t vantage, const PingSeries& series, Timestamp now);
  void handle_control(std::size_t vantage, const PingSeries& series, Timestamp now);
  void handle_target_ping(std::size_t vantage, BlockId id, const PingSeries& series, const PingOutcome& ping,
                          Timestamp now);
  void count_ping(std::size_t vantage, BlockId id, const PingOutcome& ping, bool answered);
  static void note_recovery(BlockRecord& block, Timestamp answered);
  [[nodiscard]] std::size_t watchers_of(const BlockRecord& block) const;
  void confirm_suspicions(std::size_t vantage, Timestamp now);

  // core_trace.cpp: traces, upstreams, redundancy.
  void handle_trace(std::size_t vantage, const Trace& trace, Timestamp now);
  void advise(const Trace& trace, const inference::LastHop& last_hop);
  [[nodiscard]] bool is_reachable(const BlockRecord& block) const;
  void apply_change(BlockId id, const UpstreamChange& change, Timestamp now);
  [[nodiscard]] Duration overlap_needed(Redundancy redundancy) const;
  void review_block_redundancy(BlockId id, Timestamp now);
  void review_target_redundancy(TargetRecord& target, Timestamp now);
  void sweep_paths(Timestamp now);
  void sweep_block(BlockId id);

  // core_diversity.cpp: ways, and what hangs on them.
  [[nodiscard]] std::shared_ptr<const Way> way_of(const TargetRecord& target, const BlockRecord& block,
                                                  const inference::Path& path);
  void note_way(BlockId id, const inference::PathMap::Update& update);
  void forget_way(BlockId id, const inference::PathKey& key);
  /// Of the blocks whose ways are not read yet, or of all.
  void read_ways(bool anew);
  void measure_diversity(Effort effort);
  void measure_block(BlockId id);
  void measure_targets(Effort effort);
  std::size_t go_on_measuring(std::size_t most);

  // core_state.cpp: votes, states of blocks, targets and vantage points.
  void follow_guard(std::size_t vantage, Timestamp now);
  [[nodiscard]] Ballot count_opinions(const BlockRecord& block) const;
  [[nodiscard]] Timestamp beginning_of(State state, const BlockRecord& block, Timestamp now) const;
  void review_block(BlockId id, Timestamp now);
  void announce_block(BlockId id, State before, Timestamp now);
  void review_target(TargetRecord& target, Timestamp now);
  [[nodiscard]] bool partial_is_certain(const TargetRecord& target, Timestamp now) const;
  [[nodiscard]] bool is_divided(const TargetRecord& target) const;
  void announce_target(TargetRecord& target, State state, Timestamp now);
  void begin(Timestamp now);
  void notice_own_pause(Timestamp now);
  void note_unwatched(Timestamp now);
  void forget_pause(Timestamp now);
  void review_all(Timestamp now);
  /// `answers`: the address that just did; nothing: one more vantage point found the block silent.
  void ask_for_pings(BlockId id, std::optional<IpAddress> answers, Timestamp now);
  void ask_for_traces(BlockId id, std::optional<std::size_t> vantage, const IpAddress& address, Timestamp now,
                      bool path_changed = false);
  void request_traces(BlockId id, std::optional<std::size_t> vantage, const std::optional<IpAddress>& otherwise,
                      bool path_changed);

  // core_fate.cpp: what the silence of a block means.
  [[nodiscard]] State judge_silence(BlockId id, Timestamp now);
  void ask_what_silence_means(BlockId id, Timestamp now);
  [[nodiscard]] bool is_contradicted(const BlockRecord& block) const;
  void end_silence(BlockId id);
  [[nodiscard]] Duration review_interval() const;
  void review_silences(Timestamp now);
  [[nodiscard]] bool is_outage(BlockId id, bool waited, Timestamp now);
  [[nodiscard]] bool went_together(TargetRecord& target, const BlockFate::Silence& silence, Timestamp now);
  [[nodiscard]] Timestamp last_reached(BlockId id) const;
  [[nodiscard]] double evidence_of_paths(BlockId id, Timestamp since) const;

  // core_health.cpp: strained upstreams, shares that shift.
  void note_carriage(BlockId id, std::size_t vantage, const inference::Path& traced);
  void note_probe(BlockId id, std::size_t vantage, const IpAddress& address, const PingOutcome& ping,
                  const Reply* answer);
  void prove_losses(std::size_t vantage, Timestamp proof);
  void review_health(Timestamp now);
  void review_shares(Timestamp now);
  void announce_strain(TargetRecord& target, const UpstreamHealth::Strain& strain, Timestamp now);
  void announce_shift(TargetRecord& target, const ShareWatch::Shift& shift, Timestamp now);

  // core_events.cpp: what people read.
  void raise(Event event, TargetRecord* target);
  [[nodiscard]] std::string describe(Asn asn) const;
  [[nodiscard]] std::string describe(const FailingHop& hop) const;
  void show_paths(Event& event, BlockId id) const;
  [[nodiscard]] Event block_event(BlockId id, EventKind kind, State before, Timestamp now) const;
  [[nodiscard]] Event target_event(const TargetRecord& target, EventKind kind, Timestamp now) const;
  [[nodiscard]] Event upstream_event(BlockId id, const UpstreamChange& change, Timestamp now) const;
  [[nodiscard]] Event redundancy_event(const TargetRecord& target, const BlockRecord* block, EventKind kind,
                                       Timestamp now) const;
  [[nodiscard]] std::vector<std::string> names_of(const std::vector<std::size_t>& vantages) const;

  // core_snapshot.cpp
  /// To be called for everything that a block's view shows: only what was touched is looked at again.
  void touch(BlockId id, Touch touch);
  void update_ledgers(Timestamp now);
  [[nodiscard]] bool follow_validity();
  /// A block to look at, and moves on to the one after it, around and around. There must be blocks.
  BlockId next_after(BlockId& at) const;
  std::size_t fill_ledger(TargetRecord& target, Timestamp now);
  void end_learning(Timestamp now);
  void refresh(BlockId id, Timestamp now);
  void review_some(Timestamp now);
  [[nodiscard]] ShareTally tally_of(BlockId id) const;
  [[nodiscard]] BlockView block_view(BlockId id, const ShareTally& tally, Timestamp now);
  [[nodiscard]] const std::shared_ptr<const TargetView>& view_of(TargetRecord& target);
  [[nodiscard]] VantageView view_of(const VantageRecord& vantage) const;

  // core_memory.cpp
  void adopt_settings(CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data);
  void adopt_target(TargetRecord& target, const TargetSettings& settings,
                    const std::vector<std::optional<std::size_t>>& vantage_from);
  void restore(const Baseline& restored);
  [[nodiscard]] TargetMemory target_memory_of(const TargetRecord& target) const;
  [[nodiscard]] BlockMemory block_memory_of(const BlockRecord& block) const;
  [[nodiscard]] VantageMemory memory_of(const VantageRecord& vantage) const;
  void restore_addresses(BlockRecord& block, const BlockMemory& known);
  void restore_target(TargetRecord& target, const TargetMemory& memory);

  // core_rehearsal.cpp: the past once more.
  void drop_news();

  // core_history.cpp: what the store keeps.
  void log_path(BlockId id, std::size_t vantage, const inference::Path& path, const Trace& trace);
  void mark_unsaved(BlockId id);
  void recount_unsaved();
  [[nodiscard]] bool has_new_facts(BlockRecord& block) const;
  void add_drifting(Timestamp now, bool all, std::vector<std::set<std::size_t>>& due);
  void mark_restored(const Baseline& restored);

  CoreSettings settings_;
  std::shared_ptr<const ip2as::NetworkData> data_;  // Never null.
  inference::PathMap paths_;
  WayTable ways_;
  DiversityCache diversity_;
  std::deque<BlockId> unmeasured_;  // Blocks whose ways changed.
  std::size_t measured_next_{0};    // The target whose turn it is.
  struct TargetInWork {
    std::size_t target;
    std::size_t next_block;
    TargetMeasure measure;
  };
  std::optional<TargetInWork> in_work_;  // A large one is measured over several snapshots.
  std::vector<VantageRecord> vantages_;
  std::vector<TargetRecord> targets_;
  std::unordered_map<std::string, std::size_t> vantage_index_;
  std::unordered_map<std::string, std::size_t> target_index_;
  UpstreamContext context_;    // Its vantage part is kept current, the rest is filled in per block.
  std::uint32_t networks_{0};  // ASes with a vantage point.
  std::optional<Timestamp> last_call_;
  bool rehearsal_{false};
  std::vector<std::map<EventKind, std::uint64_t>> told_of_targets_;   // Event counts when the rehearsal began.
  std::vector<std::map<EventKind, std::uint64_t>> told_of_vantages_;  // The same.
  bool reconfigured_{false};                                          // Votes are to be counted anew.
  std::set<BlockId> open_silences_;                                   // Not decided yet.
  Timestamp next_silence_review_{};
  std::optional<Timestamp> health_round_began_;
  std::optional<Timestamp> share_round_began_;
  std::size_t block_count_{0};  // Of all targets.
  std::optional<Timestamp> sweep_began_;
  std::size_t swept_{0};  // Blocks since then.
  BlockId sweep_at_{0, 0};

  // For snapshots.
  std::vector<BlockId> touched_;                      // Since the latest one, each once.
  std::set<std::pair<Timestamp, BlockId>> learning_;  // Whose learning will end by itself, and when.
  std::vector<Asn> valid_asns_;      // Of valid vantage points, ascending, each once: as shares count them.
  bool trust_changed_{false};        // Somebody votes who did not, or the other way round.
  std::size_t blocks_to_review_{0};  // Because these two have changed,
  BlockId review_at_{0, 0};          // from here on.
  std::vector<std::optional<std::size_t>> vantage_of_path_;  // By the PathMap's numbers.

  // For the store.
  static constexpr std::uint32_t kPathChangesAnHour = 1000;  // Of one target: some 100 KB in the store.
  PathLog path_log_{kPathChangesAnHour};
  LateBook late_;
  std::vector<PathChange> path_changes_;
  Timestamp flows_forgotten_{};
  std::vector<BlockId> unsaved_;  // Blocks whose memory may differ from what the store was told.
  BaselineChanges removed_;       // Only what is gone.
  std::optional<Timestamp> drift_polled_;
  double drift_owed_{0};  // Blocks whose turn has come since.
  BlockId drift_next_{};
};

}  // namespace isthmus::resilience
