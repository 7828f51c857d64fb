#pragma once
// The way of one flow through routers: which exit each AS chooses, which interior routers lie between, and where the
// flow enters the target. Knows nothing of who answers. One thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "support/internet/routes.hpp"
#include "support/internet/topology.hpp"

namespace isthmus::testing::internet {

/// A router on the way. Addresses are kNone where there is none.
struct Step {
  RouterId router{0};
  AsIndex as{0};
  std::uint32_t in{kNone};    ///< Its interface that the flow comes in by.
  std::uint32_t out{kNone};   ///< Its interface that the flow leaves by.
  std::uint32_t link{kNone};  ///< The link from another AS that it comes in by; kNone: from within.
  std::uint32_t delay_us{0};  ///< From the vantage point to here, one way.
};

struct Way {
  std::vector<Step> steps;
  std::vector<AsIndex> ases;  ///< In the order they are crossed.
  bool arrives{false};        ///< Ends at the router that the block hangs on.
};

/// Where a flow goes.
struct Destination {
  AsIndex holder{0};
  std::uint32_t network{0};  ///< The /24.
  bool anywhere{false};      ///< The users are behind every origin (announced by siblings from several places).
};

class Forwarding {
 public:
  Forwarding(const Settings& settings, const AsGraph& graph, const Topology& topology)
      : seed_(settings.seed), settings_(settings), graph_(graph), topology_(topology) {}

  /// `routes` are those to the announcement that covers the destination, `announcement` is its number. `flow` is a
  /// hash of all that load balancers look at.
  void find(RouterId from, const Destination& to, Routes& routes, std::uint32_t announcement, const Outages& outages,
            std::uint64_t flow, Way& way) const;

  struct Exit {
    std::uint32_t link{0};
    RouterId near{0};
    RouterId far{0};
    std::uint32_t near_address{0};
    std::uint32_t far_address{0};
  };
  /// The link by which a router's AS lets go of packets for these routes; nothing when it has no route or is an
  /// origin.
  [[nodiscard]] std::optional<Exit> choose_exit(RouterId at, Routes& routes, std::uint32_t announcement,
                                                const Outages& outages, std::uint64_t flow) const;
  /// The next router towards `to` within an AS and the address of `from`'s interface to it. Precondition: they differ.
  [[nodiscard]] std::uint32_t interior_interface(RouterId from, RouterId to, std::uint64_t flow) const;

 private:
  void walk_to(RouterId to, std::uint64_t flow, Way& way) const;
  void step_to(RouterId router, Way& way) const;
  void cross(const Exit& exit, Way& way) const;
  [[nodiscard]] std::optional<Exit> nearest(RouterId at, const Neighbour& neighbour, const Outages& outages,
                                            std::uint64_t choice, std::uint64_t flow, std::uint32_t& distance) const;
  [[nodiscard]] std::optional<Exit> exit_to(RouterId at, AsIndex neighbour, const Outages& outages,
                                            std::uint64_t flow) const;

  std::uint64_t seed_;
  const Settings& settings_;
  const AsGraph& graph_;
  const Topology& topology_;
};

}  // namespace isthmus::testing::internet
