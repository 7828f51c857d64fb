#include "isthmus/inference/last_hop.hpp"

namespace isthmus::inference {
namespace {

struct Words {
  std::string_view name;
  std::string_view sentence;
};

// In the order of Rule.
constexpr std::array<Words, kRules> kWords{{
    {"adjacent", "a router of this network answers right before the target"},
    {"gap", "a router of this network answers last before the target, with silent hops in between"},
    {"registered", "the last router's space is announced by nobody, and was given to this network"},
    {"bridged", "the last router is in no data; the network before it, or behind it elsewhere, is this one"},
    {"third_party", "the target's border answered from another provider's space; the network before it is this one"},
    {"exchange_member", "the last router is this network's port on an exchange"},
    {"exchange_port", "the last router is the target's own port on an exchange; the network before it is this one"},
    {"exchange_sides", "an exchange's port that no list names; the networks on both sides tell whose it is"},
    {"hidden", "this network alone is known to link the last one seen with the target, and stayed hidden in between"},
    {"silent", "traces keep dying after one router of this network: the target's border is silent"},
    {"refused", "a router of this network, or the target's border numbered from it, turned the probes away"},
    {"looped", "probes go back and forth behind a router of this network, which sells the target transit"},
    {"unreached", "the trace died under way"},
    {"unreachable", "a router before the target refused to forward"},
    {"unmapped", "no hop before the target belongs to a known network"},
    {"inside", "the vantage point sits in the target's network"},
    {"broken", "the trace ran in a loop, or could not be sent"},
}};

// In the order of Clue.
constexpr std::array<std::string_view, kClues> kClueWords{{
    "one hop before the target is silent",
    "two or three hops before the target are silent",
    "more than three hops before the target are silent",
    "hops before the last router are silent",
    "the hop before the last router is of the same network",
    "the hop before the last router is of another network",
    "no known network comes before it",
    "it is known to sell the target transit",
    "it is known to peer with the target",
    "it is known to buy transit from the target",
    "providers of the target are known, and it is none of them",
    "no provider of the target is known",
    "the network before the last router is a known provider of the target, too",
    "the network before the last router has no known relation with the target",
    "the networks of the last two hops have no known relation",
    "the last router carries traces to other targets as well",
    "different networks were seen right before the last router",
    "the last router is known to answer from space that packets do not come through",
    "the network that the path came from is known to be linked with it",
    "the network that the path came from is not known to be linked with it",
    "other networks are known to link the same two, but fit less well",
    "a router that no data maps lies between",
    "a router with a private address lies between",
    "several networks announce the last router's address",
    "another vantage AS sees it right before the target as well",
    "the target did not answer",
}};

}  // namespace

std::string_view to_string(Rule rule) { return kWords[static_cast<std::size_t>(rule)].name; }
std::string_view describe(Rule rule) { return kWords[static_cast<std::size_t>(rule)].sentence; }
std::string_view describe(Clue clue) { return kClueWords[static_cast<std::size_t>(clue)]; }

}  // namespace isthmus::inference
