#include "probes/survey/topology.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace isthmus::probes::survey {
namespace {

constexpr std::uint8_t kMost = std::numeric_limits<std::uint8_t>::max();
constexpr int kMaxSteps = 64;

// Flows after which k next hops are all of them with 95 % confidence: MDA's exact table; beyond its end the
// increments hardly change.
constexpr std::array<std::uint8_t, 16> kEnoughFlows{6, 6, 11, 16, 21, 27, 33, 38, 44, 51, 57, 63, 70, 76, 83, 90};

std::uint8_t enough_flows(std::uint8_t seen) {
  if (seen < kEnoughFlows.size()) return kEnoughFlows[seen];
  return static_cast<std::uint8_t>(std::min(250, 90 + (seen - 15) * 7));
}

void count(std::uint8_t& counter) {
  if (counter < kMost) ++counter;
}

}  // namespace

Topology::Topology(std::size_t expected_interfaces) : links_(expected_interfaces * 2) {
  nodes_.reserve(expected_interfaces);
}

Topology::Node& Topology::at(InterfaceId id) {
  if (id >= nodes_.size()) nodes_.resize(id + std::size_t{1});
  return nodes_[id];
}

void Topology::connect(InterfaceId near, InterfaceId far, std::uint8_t distance) {
  at(std::max(near, far));
  if (near == far) return;
  Node& before = nodes_[near];
  Node& behind = nodes_[far];
  if (behind.predecessor == kNoInterface || distance < behind.predecessor_distance) {
    behind.predecessor = near;
    behind.predecessor_distance = distance;
  }
  if (distance != 1) return;
  count(before.flows_onward);
  if (links_.add((std::uint64_t{near} << 32) | far) != 1) return;
  count(before.successors);
  count(behind.predecessors);
}

// The branches of a balancer are known once many flows have passed it. An interface that all of them lead to has no
// further predecessor to be found.
bool Topology::has_all_branches(const Node& node) const {
  if (node.predecessors < 2) return false;
  const Node& branch = nodes_[node.predecessor];
  if (branch.predecessor == kNoInterface || branch.predecessor_distance != 1) return false;
  const Node& balancer = nodes_[branch.predecessor];
  return balancer.successors == node.predecessors && balancer.flows_onward >= enough_flows(balancer.successors);
}

bool Topology::wants_predecessor(InterfaceId id) const {
  if (id >= nodes_.size()) return true;
  const Node& node = nodes_[id];
  const std::uint8_t enough = enough_flows(node.predecessors);
  return node.asked < enough && node.in_vain < enough && !has_all_branches(node);
}

void Topology::ask(InterfaceId id) { count(at(id).asked); }

void Topology::unask(InterfaceId id) {
  Node& node = at(id);
  if (node.asked > 0) --node.asked;
}

void Topology::ask_in_vain(InterfaceId id) {
  unask(id);
  count(at(id).in_vain);
}

Topology::Upward Topology::predecessor(InterfaceId id) const {
  if (id >= nodes_.size()) return {};
  return {nodes_[id].predecessor, nodes_[id].predecessor_distance};
}

Topology::Upward Topology::wanting_ancestor(InterfaceId id, Ttl ttl) const {
  int at_ttl = ttl;
  for (int step = 0; step < kMaxSteps; ++step) {
    const Upward up = predecessor(id);
    at_ttl -= up.ttl;
    if (up.id == kNoInterface || at_ttl <= 1) return {};
    id = up.id;
    if (wants_predecessor(id)) return {id, static_cast<Ttl>(at_ttl)};
  }
  return {};
}

}  // namespace isthmus::probes::survey
