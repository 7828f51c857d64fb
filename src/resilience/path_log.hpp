#pragma once
// When the path of a flow has lastingly become another one. Remembers what every flow shows in some sixty bytes, so
// that a million flows can be followed. Belongs to the core's thread; no I/O.
//
// A change is told once a second trace confirms it. A flow that changes again and again (a load balancer that splits by
// packet, a router that answers now and then) has to show the new path for longer and longer: every change within an
// hour doubles the traces in a row that the next one needs, as route flap damping (RFC 2439) does with routes.

#include <boost/unordered/unordered_flat_map.hpp>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/inference/path_map.hpp"
#include "isthmus/resilience/path_change.hpp"

namespace isthmus::resilience {

class PathLog {
 public:
  struct Flow {
    inference::TargetId target{0};
    inference::VantageId vantage{0};
    IpAddress address;
    FlowId flow;
    friend bool operator==(const Flow&, const Flow&) = default;
    friend std::size_t hash_value(const Flow& flow);
  };
  /// What one trace shows.
  struct Sight {
    PathSummary summary;
    /// Every TTL up to the router answered: an AS that is missing is not merely silent.
    bool complete{true};
    friend bool operator==(const Sight&, const Sight&) = default;
    friend std::size_t hash_value(const Sight& sight);
  };
  struct Change {
    PathSummary before;
    PathSummary after;
    Timestamp since{};  ///< When the new path was first seen.
  };

  /// Changes kept of one target in one hour; more are counted.
  explicit PathLog(std::uint32_t hourly_limit) : hourly_limit_(hourly_limit) {}

  /// One more trace, which ended at `time`. `fingerprint` is equal only for traces that show the same; `look` tells
  /// what this one shows and is called only when its fingerprint is another than that of the trace before.
  template <typename Look>
  std::optional<Change> handle_trace(const Flow& flow, std::uint64_t fingerprint, Timestamp time, const Look& look) {
    const auto [entry, is_new] = memory_.try_emplace(flow);
    Memory& memory = entry->second;
    if (is_new || memory.fingerprint != fingerprint) {
      memory.fingerprint = fingerprint;
      show(memory, look(), time, is_new);
    }
    return confirm(memory, time);
  }

  /// Whether a change of this target at this time is to be kept; if not, it is counted.
  [[nodiscard]] bool admit(const std::string& target, Timestamp time);
  /// What was not admitted since the last poll.
  [[nodiscard]] std::vector<PathChangesLeftOut> poll_left_out();

  /// Forgets flows that were not traced since.
  void forget_before(Timestamp time);
  [[nodiscard]] std::size_t size() const { return memory_.size(); }

 private:
  using SightId = std::uint32_t;
  struct Memory {
    std::uint64_t fingerprint{0};
    SightId settled{0};  // What counts as its path,
    SightId shown{0};    // and what the latest trace showed.
    Timestamp first_shown{};
    Timestamp latest{};
    Timestamp changed{};
    std::uint16_t run{0};      // Traces in a row that showed it.
    std::uint8_t restless{0};  // Changes of late.
  };
  struct Entry {
    Sight sight;
    std::uint32_t uses{0};
  };
  struct Hour {
    std::int64_t number{0};  // Since 1970.
    std::uint32_t kept{0};
  };

  void show(Memory& memory, Sight sight, Timestamp time, bool is_new);
  std::optional<Change> confirm(Memory& memory, Timestamp time);
  SightId keep(Sight sight);
  void release(SightId id);
  void replace(SightId& id, SightId by);

  std::uint32_t hourly_limit_;
  boost::unordered_flat_map<Flow, Memory> memory_;
  // Thousands of flows show the same few paths: each is kept once.
  std::vector<Entry> sights_;
  std::vector<SightId> free_;
  boost::unordered_flat_map<Sight, SightId> ids_;
  std::map<std::string, Hour> hours_;
  std::map<std::pair<std::int64_t, std::string>, std::uint64_t> left_out_;
};

}  // namespace isthmus::resilience
