#pragma once
// How a packet gets to the next hop past the kernel's IP stack: route, link, and the neighbour's link-layer address,
// all from the kernel's own tables. Where they are more than a few plain routes, the kernel is asked for each
// destination and the answer is kept for some seconds. Never blocks and never resolves by itself: a probe that goes the
// kernel's way makes the kernel resolve. One thread.

#include <memory>
#include <unordered_map>

#include "isthmus/base/time.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "net/netlink.hpp"
#include "net/routing_tables.hpp"

namespace isthmus::net {

/// By the link to `mac` if there is a link; otherwise through the kernel, or not at all.
struct Way {
  enum class How : std::uint8_t {
    link,         ///< As a frame to `mac`.
    kernel,       ///< By a raw IP socket.
    kernel_lost,  ///< By a raw IP socket to make the kernel ask for the neighbour again, but it counts as `error`.
    nowhere,      ///< Not at all: `error`.
  };
  How how{How::nowhere};
  const Link* link{nullptr};
  const MacAddress* mac{nullptr};
  int error{0};
};

class WayFinder {
 public:
  /// Call inside the vantage point's namespace.
  [[nodiscard]] static Result<std::unique_ptr<WayFinder>> open(const Binding& binding);

  /// Takes in what changed; cheap enough for each batch.
  void refresh(Instant now);
  /// Valid until the next call.
  [[nodiscard]] Way way_to(const IpAddress& destination, Instant now);
  /// The Ethernet link that most packets will leave by: the binding's, that of the default route, or the only one. Null
  /// when there is none.
  [[nodiscard]] const Link* main_link();

 private:
  struct Neighbour {
    enum class State : std::uint8_t { unknown, waiting, known, failed };
    State state{State::unknown};
    MacAddress mac{};
    unsigned queued{0};    ///< Probes that wait in the kernel for the address.
    Instant since{};       ///< Waiting began.
    Instant next_check{};  ///< When a probe goes the kernel's way again, so that it looks whether the neighbour lives.
  };
  struct Hop {
    int interface;
    IpAddress address;
    friend bool operator==(const Hop&, const Hop&) = default;
  };
  struct HopHash {
    std::size_t operator()(const Hop& hop) const noexcept {
      return std::hash<IpAddress>{}(hop.address) ^ (static_cast<std::size_t>(hop.interface) << 20);
    }
  };
  struct Asked {
    std::optional<Route> route;
    Instant when{};
  };

  WayFinder(Netlink netlink, Binding binding) : netlink_(std::move(netlink)), binding_(std::move(binding)) {}
  void reload();
  void take_notices();
  void take(const NeighbourNotice& notice);
  const Route* route_to(const IpAddress& destination, Instant now);
  const Route* ask_kernel(const IpAddress& destination, Instant now);
  Neighbour& neighbour(const Hop& hop);
  Way way_by(const Link& link, Neighbour& next, Instant now);
  Way way_while_waiting(Neighbour& neighbour, Instant now);

  Netlink netlink_;
  Binding binding_;
  std::unordered_map<int, Link> links_;
  std::optional<RoutingTables> tables_;
  int interface_{0};  ///< The binding's, as it is now.
  std::unordered_map<IpAddress, Asked> asked_;
  std::unordered_map<Hop, Neighbour, HopHash> neighbours_;
  /// The gateway that was used last, which most packets use: spares looking it up for each of them.
  struct Last {
    const Route* route{nullptr};
    const Link* link{nullptr};
    Neighbour* neighbour{nullptr};
  };
  Last last_{};
  Instant last_refresh_{};
  Instant last_reload_{};
  bool stale_{false};
};

}  // namespace isthmus::net
