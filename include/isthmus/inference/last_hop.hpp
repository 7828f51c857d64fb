#pragma once
// What one trace, read in the light of all others, says about the last hop before the target's own network. Value
// types; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "isthmus/model/address.hpp"
#include "isthmus/model/event.hpp"

namespace isthmus::inference {

/// The rule that decided, so that every conclusion can say why.
enum class Rule : std::uint8_t {
  // These name an upstream.
  adjacent,         ///< The provider's router answers right before the target's network.
  gap,              ///< The same, with silent hops in between.
  registered,       ///< The last router's space is announced by nobody; whom it was given to is the upstream.
  bridged,          ///< The last router is in no data; the AS before it, or what lies behind it, names the upstream.
  third_party,      ///< The target's border answered from another provider's space; the AS before it is the upstream.
  exchange_member,  ///< The last router is another member's port on an exchange.
  exchange_port,    ///< The last router is the target's own port on an exchange; the AS before it is the upstream.
  exchange_sides,   ///< A port that no list names; what lies on both sides tells whose it is.
  hidden,           ///< One AS alone is known to link the last one seen with the target: it stayed hidden in between.
  silent,           ///< Traces keep dying after one provider's router: the target's border is silent.
  refused,          ///< A provider's router, or the target's border numbered from it, turned the probes away.
  looped,           ///< Probes go back and forth behind a provider's router.
  // These do not.
  unreached,    ///< The trace died under way.
  unreachable,  ///< A router somewhere before the target refused.
  unmapped,     ///< No hop before the target belongs to a known network.
  inside,       ///< The vantage point sits in the target's network.
  broken,       ///< A loop somewhere on the way, or nothing could be sent.
};
inline constexpr std::size_t kRules = 17;
[[nodiscard]] std::string_view to_string(Rule rule);
/// One sentence for a person.
[[nodiscard]] std::string_view describe(Rule rule);

/// What speaks for or against the upstream that a rule names.
enum class Clue : std::uint8_t {
  silent_hop,        ///< One silent TTL before the target.
  silent_hops,       ///< Two or three.
  long_silence,      ///< More.
  silence_before,    ///< Silence between the last router and the known one before it.
  run,               ///< The hop before the last one is of the same network.
  lone,              ///< It is of another network.
  first,             ///< There is no known hop before.
  provider,          ///< The relationships name it as a provider of the target.
  peer,              ///< As a peer.
  customer,          ///< As a customer.
  stranger,          ///< They know providers of the target, and it is none.
  uncharted,         ///< They know no provider of the target.
  rival_provider,    ///< The other reading of the last hops would name a known provider too.
  rival_stranger,    ///< The other reading would name somebody without a known relation.
  unrelated_before,  ///< No known relation between the networks of the last two hops.
  shared,            ///< The last router carries traces to other targets as well.
  mixed_before,      ///< Different networks were seen right before the last router.
  elsewhere,         ///< The last router is known to answer from space that the probes do not come through.
  linked,            ///< The network that the path came from is known to be linked with the upstream.
  unlinked,          ///< It is not.
  several_links,     ///< Others are known to link the same two networks, but fit less well.
  unmapped_hop,      ///< A router that no data maps lies between.
  private_hop,       ///< A router with a private address lies between.
  dual_origin,       ///< Several ASes announce the last router's address.
  confirmed,         ///< Another vantage AS shows the same upstream right before the target.
  unreached,         ///< The target did not answer.
};
inline constexpr std::size_t kClues = 26;

class Clues {
 public:
  void set(Clue clue, bool holds = true) {
    if (holds) bits_ |= bit(clue);
  }
  [[nodiscard]] bool has(Clue clue) const { return (bits_ & bit(clue)) != 0; }
  [[nodiscard]] std::uint32_t bits() const { return bits_; }
  friend bool operator==(const Clues&, const Clues&) = default;

 private:
  static std::uint32_t bit(Clue clue) { return std::uint32_t{1} << static_cast<unsigned>(clue); }
  std::uint32_t bits_{0};
};

/// A few words for a person.
[[nodiscard]] std::string_view describe(Clue clue);

struct LastHop {
  std::optional<Asn> upstream;  ///< The likeliest; empty when nothing can be said.
  Rule rule{Rule::unmapped};
  Confidence confidence{Confidence::c};  ///< A: `probability` at least 0.95, B: at least 0.8.
  float probability{0};                  ///< That `upstream` is right, in [0, 1].
  Clues clues{};
  bool reached{false};                ///< The destination, or a router of the target's network, answered.
  std::uint8_t gap{0};                ///< Silent TTLs between `router` and the target's network, or the trace's end.
  std::optional<IpAddress> router{};  ///< The last router that answered before the target, or before the silence.

  /// Sure enough to be counted. What is not stays unknown: its mass is never spread over the others.
  [[nodiscard]] bool conclusive() const { return upstream && confidence != Confidence::c; }
  friend bool operator==(const LastHop&, const LastHop&) = default;
};

}  // namespace isthmus::inference
