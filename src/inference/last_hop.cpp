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

}  // namespace

std::string_view to_string(Rule rule) { return kWords[static_cast<std::size_t>(rule)].name; }
std::string_view describe(Rule rule) { return kWords[static_cast<std::size_t>(rule)].sentence; }

}  // namespace isthmus::inference
