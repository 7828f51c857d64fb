#pragma once
// The upstreams of one block: which are present, which were lost, and when that changes. Fed with the
// conclusion of every trace to the block; keeps counts per vantage point, so that a trace costs the same
// however many flows there are. Belongs to the core's thread; no I/O.

#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/inference/path_map.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/resilience/baseline.hpp"

namespace isthmus::resilience {

/// What the tracker must know of the world at the moment of a decision. Vantage points are indices.
struct UpstreamContext {
  std::vector<Asn> vantage_asns;
  std::vector<bool> trusted;
  bool reachable{false};        ///< The block answers; while it does not, nothing is lost.
  Timestamp reachable_since{};  ///< Since it last was down.
  Duration trace_interval{};    ///< Or of looks that would have reported something new.
  Timestamp now{};
};

struct UpstreamChange {
  EventKind kind{EventKind::upstream_appeared};  ///< upstream_appeared, _lost or _restored.
  Asn asn;
  bool baseline{false};               ///< Part of what is normal, learned at the start: no news.
  std::vector<std::size_t> vantages;  ///< That agree.
  std::vector<PackedTrace> traces;    ///< Before and after, at most four.
};

class UpstreamTracker {
 public:
  explicit UpstreamTracker(std::size_t vantages) : vantages_(vantages) {}

  void restore(const BlockMemory& memory);
  void remember(BlockMemory& memory) const;

  /// One more trace. Follow up with review().
  void handle_path(std::size_t vantage, const inference::Path& path, const UpstreamContext& context);
  /// A flow that is traced no more.
  void forget_path(std::size_t vantage, const IpAddress& address, FlowId flow);
  /// What has become certain since the last call.
  [[nodiscard]] std::vector<UpstreamChange> review(const UpstreamContext& context);

  enum class Standing : std::uint8_t { candidate, present, lost };
  /// How one vantage point sees one upstream.
  struct Carrier {
    std::uint32_t latest{0};     ///< Flows whose latest conclusion it is.
    std::uint32_t window{0};     ///< Flows that show it in one of their two latest conclusions.
    std::uint32_t sightings{0};  ///< Traces that showed it in the present run.
    double share{0};             ///< Of this vantage point's flows, when last seen.
    std::uint32_t newer{0};      ///< Traces since then that show another upstream.
    std::optional<Timestamp> newer_since;
    bool newer_twice{false};  ///< Those traces span two rounds.
    std::optional<Timestamp> last_seen;
    PackedTrace trace;   ///< The latest that showed it,
    PackedTrace before;  ///< and what its flow had shown before.
  };
  struct Upstream {
    Standing standing{Standing::candidate};
    bool remembered{false};  ///< From before a restart and not seen since.
    Timestamp first_seen{};
    Timestamp last_seen{};
    Timestamp last_started{};  ///< When the latest trace that showed it began.
    // The present run of sightings: begun by the first one after no flow showed it, or after it was lost.
    bool run_open{false};
    Timestamp run_started{};
    Timestamp run_first_ended{};
    std::optional<Timestamp>
        run_again_started;   ///< Start of the first trace that showed it after the first was complete.
    bool run_solid{false};   ///< At least one sighting that reached the target with confidence A or B.
    bool run_silent{false};  ///< At least one sighting by the silent rule.
    std::vector<Carrier> carriers;
  };
  [[nodiscard]] const std::map<Asn, Upstream>& upstreams() const { return upstreams_; }
  [[nodiscard]] std::vector<Asn> present() const;
  [[nodiscard]] bool learned(Timestamp now) const;
  /// When learning will end by itself; nothing before the first conclusive trace.
  [[nodiscard]] std::optional<Timestamp> learning_ends() const { return learning_ends_; }

  /// Vantage points in a new order: `from[i]` is the old index of the new i-th one, if it existed.
  void remap(const std::vector<std::optional<std::size_t>>& from);

 private:
  struct FlowKey {
    std::size_t vantage;
    IpAddress address;
    FlowId flow;
    friend bool operator==(const FlowKey&, const FlowKey&) = default;
    friend std::size_t hash_value(const FlowKey& key) {
      std::size_t seed = std::hash<IpAddress>{}(key.address);
      boost::hash_combine(seed, key.vantage);
      boost::hash_combine(seed, key.flow.value);
      return seed;
    }
  };
  struct Flow {
    Asn shown[2];  // The two latest conclusions, newest first; none when there are fewer.
    std::uint32_t inconclusive{0};
  };
  struct Vantage {
    std::uint32_t flows{0};
    std::uint32_t rounds{0};  // Of conclusive traces, since the start.
    std::optional<Timestamp> round_ends;
    Timestamp latest_started{};
    PackedTrace latest;
  };

  void count(const FlowKey& key, const Flow& flow, int sign);
  void see(std::size_t vantage, const inference::Path& path);
  void age_others(std::size_t vantage, const inference::Path& path);
  void note_round(Vantage& vantage, const inference::Path& path);
  [[nodiscard]] bool is_baseline(const Upstream& upstream) const;
  [[nodiscard]] bool is_confirmed(const Upstream& upstream, const UpstreamContext& context) const;
  [[nodiscard]] bool is_lost(const Upstream& upstream, const UpstreamContext& context) const;
  [[nodiscard]] bool forgotten_is_lost(const UpstreamContext& context) const;
  [[nodiscard]] UpstreamChange gained(EventKind kind, Asn asn, const Upstream& upstream,
                                      const UpstreamContext& context) const;
  [[nodiscard]] UpstreamChange lost(Asn asn, const Upstream& upstream, const UpstreamContext& context) const;

  std::vector<Vantage> vantages_;
  boost::unordered_flat_map<FlowKey, Flow> flows_;
  std::map<Asn, Upstream> upstreams_;
  bool has_baseline_{false};
  std::optional<Timestamp> learning_ends_;
};

/// When an upstream was seen in its present run: the first and a second time, and by the latest trace.
struct SeenPeriod {
  Timestamp first_ended{};
  Timestamp again_started{};
  Timestamp last_started{};
};

/// Nothing when no trusted vantage point shows it now.
[[nodiscard]] std::optional<SeenPeriod> seen_period(const UpstreamTracker::Upstream& upstream,
                                                    const std::vector<bool>& trusted);

/// At least two of the upstreams were seen in the same period: an older one still `overlap` after the newest had come,
/// and after that had been confirmed. (When a block moves from one provider to another, the vantage points follow one
/// by one: both are known for a moment, but the block never had two.)
[[nodiscard]] bool seen_together(const std::vector<SeenPeriod>& periods, Duration overlap);

}  // namespace isthmus::resilience
