#pragma once
// What the core keeps of each vantage point, block and target. Plain structs behind Core::Impl; vantage
// points are indices into the settings. Belongs to the core's thread.

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "isthmus/inference/path_map.hpp"
#include "isthmus/resilience/baseline.hpp"
#include "isthmus/resilience/settings.hpp"
#include "isthmus/resilience/snapshot.hpp"
#include "resilience/belief.hpp"
#include "resilience/fate.hpp"
#include "resilience/seen_ways.hpp"
#include "resilience/share_watch.hpp"
#include "resilience/target_ledger.hpp"
#include "resilience/upstream_health.hpp"
#include "resilience/upstream_tracker.hpp"
#include "resilience/vantage_guard.hpp"

namespace isthmus::resilience {

/// A state with its memory: `unknown` comes and goes without forgetting what was known before it.
struct StateMemory {
  State state{State::unknown};
  Timestamp since{};
  State known{State::unknown};  ///< The last state that was not unknown.
  Timestamp known_since{};

  /// `began`: when it came to be so, as far as can be told.
  void set(State next, Timestamp began) {
    if (next == state) return;
    state = next;
    since = began;
    if (next == State::unknown) return;
    if (next != known) known_since = began;
    known = next;
    since = known_since;
  }
};

/// How often in a ping interval a partial condition that has not been told yet is looked at.
inline constexpr int kLooksAtPartial = 8;

using BlockId = std::pair<std::size_t, std::size_t>;  ///< Target, block.

/// A lost probe, until it is known that its vantage point could see at that time.
struct UnprovenLoss {
  std::size_t target;
  Asn upstream;
  Timestamp sent{};
};

struct VantageRecord {
  VantageSettings settings;
  VantageGuard guard;
  bool trusted{false};           ///< As the votes last took it.
  std::set<BlockId> suspicions;  ///< Blocks it suspects to be down until a control answers.
  std::vector<UnprovenLoss> losses;
  std::optional<std::uint64_t> saved_facts;  ///< As in TargetRecord.
  std::map<EventKind, std::uint64_t> events;
};

/// What the next snapshot has to look at of a block: what vantage points believe, or everything.
enum class Touch : std::uint8_t { none, beliefs, paths };

/// The way that probes of one vantage point to a block take.
struct Carriage {
  Asn upstream;                    ///< None unless all its flows agree.
  std::optional<float> usual_rtt;  ///< Seconds; follows slowly.
};

/// What the store was last told of a block.
struct SavedMark {
  std::optional<std::uint64_t> facts;  ///< A fingerprint; none when it was told nothing yet.
  bool unsaved{false};                 ///< They may be others since.
};

struct BlockRecord {
  BlockRecord(const Block& its_block, std::size_t vantages)
      : block(its_block), beliefs(vantages), carriages(vantages), upstreams(vantages), retraced(vantages) {}
  Block block;
  std::vector<BlockBelief> beliefs;  ///< One per vantage point, as are
  std::vector<Carriage> carriages;
  UpstreamTracker upstreams;
  SeenWays ways;
  std::vector<PackedTrace> latest_change;  ///< Paths before and after an upstream last came or went.
  StateMemory state;
  BlockFate fate;
  std::optional<Timestamp> silent_since;  ///< Since when votes say "down", while it is open whether that is an outage.
  bool outage{false};                     ///< It was decided that it is.
  std::optional<Timestamp> answered_again;    ///< The first answer since it was down, by whoever still gets them.
  std::optional<Timestamp> recovering_since;  ///< It answers somebody again, but is not yet up.
  bool announced_down{false};
  std::shared_ptr<const FailingHop> failing;  ///< Of the outage that was announced; null when none is known.
  Timestamp reachable_since{};                ///< Since it last was down.
  Redundancy redundancy{Redundancy::never};
  std::vector<std::optional<Timestamp>> retraced;  ///< When a trace was last asked for, per vantage point.
  std::optional<Timestamp> retraced_by_all;
  std::optional<Timestamp> retraced_in_silence;  ///< By all, for it was open what its silence meant.
  std::optional<Timestamp> pings_asked;          ///< When all vantage points were last asked to ping it.
  Touch touched{Touch::none};                    ///< Since the latest snapshot.
  SavedMark saved;
};

/// Several blocks that fell silent within one round, too many for hosts that left.
struct JointOutage {
  Timestamp last_left{};         ///< The last answer before it.
  Duration window{};             ///< Time within which they fell silent.
  double log_choices_of_one{0};  ///< Ways in which one more block may be among them by chance.
};

struct TargetRecord {
  TargetSettings settings;
  std::optional<inference::TargetId> paths;  ///< Its number in the core's PathMap, from the first settings on.
  std::vector<BlockRecord> blocks;
  std::unordered_map<Block, std::size_t> block_index;
  std::array<std::size_t, kStates.size()> blocks_in{};  ///< Number of blocks in each state.
  std::set<std::size_t> silent;                         ///< Blocks that nobody gets answers from, decided or not.
  Timestamp joint_judged_at{};                          ///< When their silence was last looked at as a whole,
  std::optional<Timestamp> latest_outage;               ///< Last answer before the outage decided last.
  std::optional<JointOutage> joint_outage;              ///< and what it was, if it was an outage.
  StateMemory state;
  State announced{State::unknown};              ///< The state that events have told of.
  std::optional<Timestamp> partial_since;       ///< A partial condition that has not been told yet,
  Timestamp partial_reviewed{};                 ///< and when it was last looked at.
  std::map<Asn, std::uint32_t> carried_blocks;  ///< Blocks by which an upstream is present.
  Redundancy redundancy{Redundancy::never};
  std::vector<PackedTrace> latest_change;  ///< As in its blocks.
  UpstreamHealth health;
  ShareWatch share_watch;
  std::vector<PingStatistics> pings;                 ///< One per vantage point.
  Timestamp next_redundancy_review{};                ///< Of a target with many blocks.
  std::shared_ptr<const TargetDiversity> diversity;  ///< Null before the first snapshot.
  bool diversity_stale{true};                        ///< The ways to one of its blocks changed since.
  std::uint64_t diversity_rest{0};                   ///< Snapshots that it waits for before it is measured again.
  std::map<EventKind, std::uint64_t> events;
  TargetLedger ledger;                       ///< Empty before the first snapshot with these settings.
  std::shared_ptr<const TargetView> view;    ///< In the latest snapshot;
  bool touched{false};                       ///< something of it has changed since.
  std::optional<std::uint64_t> saved_facts;  ///< Fingerprint of what the store was last told of it, blocks aside.
};

}  // namespace isthmus::resilience
