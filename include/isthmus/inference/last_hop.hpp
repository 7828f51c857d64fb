#pragma once
// From one trace to the upstream that carries its destination on the last hop before the target's own
// network. Pure functions over immutable values; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/model/address.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::ip2as {
class PrefixTable;
}

namespace isthmus::inference {

/// The network whose upstreams are asked for.
struct TargetNetwork {
  std::string name;
  Asn asn;
  std::vector<Prefix> prefixes;
  friend bool operator==(const TargetNetwork&, const TargetNetwork&) = default;
};

/// Names of the rules, so that every conclusion can say why. String literals: valid for ever.
namespace rule {
inline constexpr std::string_view kAdjacent = "adjacent";  ///< The provider's router answers just before the target.
inline constexpr std::string_view kGap = "gap";            ///< Silent hops lie between the two.
inline constexpr std::string_view kHidden = "hidden";      ///< The last router is unmapped; the AS before it is taken.
inline constexpr std::string_view kSilent = "silent";      ///< Traces keep dying after one provider router.
inline constexpr std::string_view kUnreached = "unreached";      ///< The last mapped router of a trace that died.
inline constexpr std::string_view kUnreachable = "unreachable";  ///< A router before the target refused: no evidence.
inline constexpr std::string_view kUnmapped = "unmapped";        ///< No hop before the target maps to an AS.
inline constexpr std::string_view kInside = "inside";            ///< The vantage point sits in the target itself.
inline constexpr std::string_view kBroken = "broken";            ///< A loop, or nothing could be sent.
}  // namespace rule

/// What one trace says about the last hop.
struct LastHop {
  std::optional<Asn> upstream;  ///< Empty when the trace is no evidence.
  Confidence confidence{Confidence::c};
  std::string_view rule{rule::kUnmapped};
  std::optional<IpAddress> router;  ///< The last router that answered before the target (or before the silence).
  int gap{0};                       ///< Silent TTLs between that router and the target's network.
  bool reached{false};              ///< The destination, or a router of the target's network, answered.

  /// Fit to be counted: it got through, or the silent rule stands for it. A trace that merely died somewhere
  /// is not.
  [[nodiscard]] bool conclusive() const { return upstream && (reached || rule == rule::kSilent); }
  friend bool operator==(const LastHop&, const LastHop&) = default;
};

/// Normalises the trace (first answers, loops cut, nothing after the first answer of the target, echo replies
/// of strangers ignored), maps its hops, and applies the rules above.
///
/// A border router of the customer that is numbered from its provider's space needs no special care: the
/// owner of that space is the upstream either way.
[[nodiscard]] LastHop infer_last_hop(const Trace& trace, const TargetNetwork& target,
                                     const ip2as::PrefixTable& prefixes);

}  // namespace isthmus::inference
