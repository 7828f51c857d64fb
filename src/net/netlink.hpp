#pragma once
// The kernel's own tables over rtnetlink (RFC 3549): links, routes, neighbours, and notices of their changes. Needs no
// capability. One thread.

#include <linux/rtnetlink.h>

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/address.hpp"
#include "net/file_descriptor.hpp"
#include "net/route_table.hpp"

namespace isthmus::net {

using MacAddress = std::array<std::uint8_t, 6>;

struct Link {
  int index{0};
  std::string name;
  unsigned mtu{0};
  bool up{false};
  bool ethernet{false};
  bool resolves{false};  ///< Neighbours have link-layer addresses that must be asked for.
  MacAddress mac{};
};

struct NeighbourNotice {
  int interface { 0 };
  IpAddress address;
  std::uint16_t state{0};  ///< NUD_*; 0 when the kernel has forgotten it.
  std::optional<MacAddress> mac;
};

/// A route as the kernel lists it, with the table it stands in.
struct ListedRoute {
  Route route;
  std::uint32_t table{0};
};

class Netlink {
 public:
  /// Subscribes to changes of all that it can list. Call inside the vantage point's namespace.
  [[nodiscard]] static Result<Netlink> open();

  [[nodiscard]] std::vector<Link> links();
  [[nodiscard]] std::vector<ListedRoute> routes();
  /// Whether the namespace has no routing rules but those that every namespace has.
  [[nodiscard]] bool only_usual_rules();
  /// The kernel's own look-up; nothing when there is no route.
  [[nodiscard]] std::optional<Route> route_to(const IpAddress& destination, const std::optional<IpAddress>& source,
                                              int interface);
  [[nodiscard]] std::optional<NeighbourNotice> neighbour(int interface, const IpAddress& address);

  struct Changes {
    bool tables{false};  ///< Links, addresses, routes or rules changed, or notices were lost.
    std::vector<NeighbourNotice> neighbours;
  };
  /// What changed since the last call; never blocks.
  [[nodiscard]] Changes take_changes();

 private:
  Netlink(FileDescriptor requests, FileDescriptor notices)
      : requests_(std::move(requests)), notices_(std::move(notices)), buffer_(kBuffer) {}
  static constexpr std::size_t kBuffer = 64 << 10;  ///< More than the kernel ever puts into one reading.
  using OnMessage = std::function<void(const nlmsghdr&)>;
  /// Sends the request and reads the answer to its end; 0 or an errno.
  int ask(std::span<const std::byte> request, const OnMessage& on_message);
  void dump(std::uint16_t type, int family, const OnMessage& on_message);

  FileDescriptor requests_;
  FileDescriptor notices_;
  std::vector<std::byte> buffer_;
  std::uint32_t sequence_{0};
};

}  // namespace isthmus::net
