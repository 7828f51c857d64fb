#pragma once
// A trace as inference reads it: which interfaces answered at which TTL and how it ended, in a few words of memory.
// Value type; its interface numbers belong to one InterfaceTable.

#include <optional>
#include <vector>

#include "inference/interface_table.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::inference {

struct Step {
  InterfaceId interface { 0 };
  Ttl ttl{1};
  bool echo{false};     ///< The destination answered.
  bool refused{false};  ///< It said that it cannot or may not forward.
  friend bool operator==(const Step&, const Step&) = default;
};

/// Where in a path the target's network begins.
struct Boundary {
  std::size_t first_own{0};  ///< Index of its first step; the number of steps when it never answered.
  bool reached{false};
  bool inside{false};  ///< The very first answer is its own.
  friend bool operator==(const Boundary&, const Boundary&) = default;
};

/// Answers in the order of their TTL, each router once.
struct SeenPath {
  std::vector<Step> steps;
  Ttl first_ttl{0};  ///< The first TTL that was probed,
  Ttl last_ttl{0};   ///< and the last one, silent or not.
  StopReason stop{StopReason::gap_limit};
  Boundary boundary{};  ///< For the target that it is read for; see find_boundary().
  /// The refusal came from whom the destination hangs on, or was made on its behalf: "host unreachable" or
  /// "prohibited", not "no route".
  bool at_the_door{false};
  friend bool operator==(const SeenPath&, const SeenPath&) = default;
};

/// Reads a trace: the first answer of each hop, without echo replies of strangers (off-path answers), adjacent repeats
/// (a router that forwards at TTL zero, a destination at several TTLs) and loops (a router that comes again means that
/// the hops in between were one); nothing after the first answer of the destination, or after a refusal.
[[nodiscard]] SeenPath read_path(const Trace& trace, InterfaceTable& interfaces);

}  // namespace isthmus::inference
