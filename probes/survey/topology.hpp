#pragma once
// What a survey that saves probes has to know of each interface: the links before and behind it, and whether enough
// flows were asked for what precedes it. Owned by one thread.
//
// The stopping rule is MDA's (Veitch, Augustin, Friedman, Teixeira 2009), turned round: having seen k predecessors of
// an interface, ask until so many flows were asked that a further, equally likely one would have shown itself. Two
// things end it sooner: interfaces that are known to have a predecessor set of their own, and a balancer whose
// branches are all there already.

#include <cstdint>
#include <vector>

#include "probes/survey/cell.hpp"
#include "probes/survey/key_set.hpp"

namespace isthmus::probes::survey {

class Topology {
 public:
  explicit Topology(std::size_t expected_interfaces);

  /// Two answers of one flow at TTLs `distance` apart; at a distance of 1 they are a link.
  void connect(InterfaceId near, InterfaceId far, std::uint8_t distance);
  /// Whether another flow should be asked for what precedes this interface.
  [[nodiscard]] bool wants_predecessor(InterfaceId id) const;
  /// One more flow is asked for it; and that one was not answered; and that one went another way.
  void ask(InterfaceId id);
  void ask_in_vain(InterfaceId id);
  void unask(InterfaceId id);

  struct Upward {
    InterfaceId id{kNoInterface};
    Ttl ttl{0};
  };
  /// The nearest interface on the way back from this one, seen at `ttl`, that still wants a predecessor.
  [[nodiscard]] Upward wanting_ancestor(InterfaceId id, Ttl ttl) const;
  /// One way back: who precedes the interface, and how many TTLs lie between.
  [[nodiscard]] Upward predecessor(InterfaceId id) const;
  [[nodiscard]] std::size_t links() const { return links_.size(); }

  struct Node {
    InterfaceId predecessor{kNoInterface};
    std::uint8_t predecessor_distance{0};
    std::uint8_t asked{0};
    std::uint8_t in_vain{0};
    std::uint8_t predecessors{0};
    std::uint8_t successors{0};
    std::uint8_t flows_onward{0};  ///< Flows seen to go from here to some successor; saturates.
  };
  [[nodiscard]] const Node& node(InterfaceId id) const { return nodes_[id]; }

 private:
  Node& at(InterfaceId id);
  [[nodiscard]] bool has_all_branches(const Node& node) const;

  std::vector<Node> nodes_;
  KeySet links_;
};

}  // namespace isthmus::probes::survey
