#pragma once
// What a vantage point is assigned: whom to probe, how often, within which limits. Written by whoever has the
// configuration of a fleet, read by agents, who do of it what their own file allows. The schema stands in
// assignment.proto. Value types and pure functions; any thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::fleet {

/// The schema that is written, and the only one that is read.
inline constexpr std::uint32_t kAssignmentSchema = 1;
/// A larger one is refused: NATS takes a megabyte by default.
inline constexpr std::size_t kMostAssignmentBytes = 1'000'000;
/// As many as a configuration may have: blocks of all targets together, and controls.
inline constexpr std::size_t kMostAssignedBlocks = 65'536;

struct AssignedTarget {
  std::string name;
  std::vector<Prefix> prefixes;
  std::vector<IpAddress> addresses;
  double trace_probes_per_hour{0};  ///< Of this vantage point alone; 0: no such limit.
  friend bool operator==(const AssignedTarget&, const AssignedTarget&) = default;
};

/// As in the section `probing` of a configuration, with the same bounds.
struct AssignedPings {
  Duration interval{std::chrono::seconds(10)};
  Duration timeout{std::chrono::seconds(2)};
  Protocol protocol{Protocol::icmp};
  std::uint16_t port{0};
  bool rotate{false};
  friend bool operator==(const AssignedPings&, const AssignedPings&) = default;
};
struct AssignedTraces {
  Duration interval{std::chrono::seconds(60)};
  Duration timeout{std::chrono::seconds(1)};
  Protocol protocol{Protocol::udp};
  std::uint16_t port{0};
  std::uint16_t flows{6};
  std::uint8_t attempts{2};
  Ttl max_ttl{32};
  std::uint8_t gap_limit{5};
  std::optional<Duration> sentinel_interval{};
  friend bool operator==(const AssignedTraces&, const AssignedTraces&) = default;
};

struct Assignment {
  std::string vantage;
  std::uint64_t serial{0};  ///< Ascends with each change.
  Timestamp written{};
  std::string stream;  ///< Its name, for whoever looks.
  std::uint32_t partitions{1};
  std::vector<AssignedTarget> targets;  ///< None: nothing is to be probed.
  std::vector<IpAddress> controls;
  std::uint32_t rate_limit{1};
  std::uint32_t router_limit{1};
  bool quiet{false};  ///< The census goes slowly.
  AssignedPings pings;
  AssignedTraces traces;
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

/// Whether they ask for the same, whenever they were written.
[[nodiscard]] bool same_work(const Assignment& a, const Assignment& b);

[[nodiscard]] std::string encode(const Assignment& assignment);
/// Errors: parse_failed (not an assignment, or one that no configuration could have come to: each names the field),
/// refused (another schema).
[[nodiscard]] Result<Assignment> decode_assignment(std::string_view bytes);

/// What an agent's file allows, whoever asks.
struct AssignmentLimits {
  std::vector<Prefix> allow;
  std::uint32_t rate_limit{1};
  std::uint32_t router_limit{1};
};

struct Confined {
  Assignment assignment;
  std::vector<std::string> refusals;  ///< One for each target or control left out and each rate lowered.
};

/// What of the assignment may be done: a target or control that reaches outside the allow list is left out as a whole,
/// rates are lowered to their ceilings.
[[nodiscard]] Confined confine(Assignment assignment, const AssignmentLimits& limits);

/// All addresses that none of the prefixes holds.
[[nodiscard]] std::vector<Prefix> everything_but(std::span<const Prefix> prefixes);

}  // namespace isthmus::fleet
