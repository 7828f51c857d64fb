#pragma once
// How routers and networks treat probes: who stays silent, which address answers, what tunnels and firewalls do.
// Drawn once per router, AS and block; immutable, any thread reads.

#include <cstdint>
#include <vector>

#include "support/internet/announcements.hpp"
#include "support/internet/topology.hpp"

namespace isthmus::testing::internet {

/// Which of its addresses a router answers with.
enum class AnswersWith : std::uint8_t {
  ingress,         ///< The interface that the probe came in by.
  towards_source,  ///< The one that the answer leaves by, as RFC 1812 section 4.3.2.4 has it.
  forward,         ///< The one that the probe would have left by.
  loopback,
};

struct RouterHabits {
  bool silent{false};
  bool limited{false};   ///< Answers only a part of the probes.
  bool zero_ttl{false};  ///< Forwards packets whose TTL has run out.
  AnswersWith with{AnswersWith::ingress};
  std::uint8_t initial_ttl{255};
};

/// What traceroute sees of an MPLS tunnel (Donnet et al. 2012).
enum class Tunnels : std::uint8_t {
  none,
  explicit_labels,  ///< Every router inside answers and quotes its labels.
  implicit,         ///< Every router answers, quotes no labels, but a TTL that counts up.
  opaque,           ///< Only the last router is seen, with a label.
  invisible,        ///< Only the last router is seen.
};

/// What happens to probes at the border of a network that is probed.
enum class Edge : std::uint8_t {
  open,
  drops_inside,        ///< The border router answers, nothing behind it.
  drops_all,           ///< The border router is silent as well.
  prohibits,           ///< The border router refuses (administratively prohibited).
  provider_prohibits,  ///< The provider's router before it refuses.
};

struct BlockHabits {
  bool unused{false};    ///< Nobody is there: packets go back and forth between border and provider.
  bool repeated{false};  ///< The last router answers in the name of the destination.
};

class Habits {
 public:
  Habits(const Settings& settings, const AsGraph& graph, const Topology& topology);

  [[nodiscard]] const RouterHabits& of(RouterId router) const { return routers_[router]; }
  [[nodiscard]] Tunnels tunnels(AsIndex as) const { return tunnels_[as]; }
  [[nodiscard]] Edge edge(AsIndex as) const { return edges_[as]; }
  [[nodiscard]] BlockHabits block(std::uint32_t network) const;

 private:
  void draw_as(AsIndex as);
  [[nodiscard]] RouterHabits draw_router(RouterId router) const;

  const Settings& settings_;
  const AsGraph& graph_;
  const Topology& topology_;
  std::vector<bool> silent_as_;
  std::vector<bool> has_links_;
  std::vector<RouterHabits> routers_;
  std::vector<Tunnels> tunnels_;
  std::vector<Edge> edges_;
};

}  // namespace isthmus::testing::internet
