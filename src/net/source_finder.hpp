#pragma once
// Which address packets to a destination leave from, by asking the kernel's own look-up; answers are remembered until
// the kernel says that addresses, links, routes or rules changed. One thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "net/file_descriptor.hpp"
#include "net/netlink.hpp"
#include "net/routing_tables.hpp"

namespace isthmus::net {

class SourceFinder {
 public:
  /// Call inside the vantage point's namespace.
  [[nodiscard]] static Result<SourceFinder> open(const Binding& binding);

  /// Nothing when there is no route.
  [[nodiscard]] std::optional<IpAddress> source_for(const IpAddress& destination);

  struct InterfaceState {
    int index{0};  ///< 0: there is none.
    bool up{false};
  };
  /// In the namespace it was opened in, from whichever thread.
  [[nodiscard]] InterfaceState state_of(const std::string& interface) const;

 private:
  // In place of one of sources_.
  static constexpr std::uint8_t kUnknown = 0xff;
  static constexpr std::uint8_t kNoRoute = 0xfe;
  /// 18 bytes, flat: each ping asks.
  struct Answer {
    IpAddress destination;
    std::uint8_t source{kUnknown};  ///< Unknown: the place is free.
  };

  SourceFinder(FileDescriptor v4, FileDescriptor v6, Binding binding, std::optional<Netlink> netlink);
  void forget_what_changed();
  void start_anew();
  std::uint8_t* place_by_route(const IpAddress& destination);
  Answer& place_of(const IpAddress& destination);
  Answer& add(const IpAddress& destination);
  void make_room();
  [[nodiscard]] std::uint8_t number_of(const std::optional<IpAddress>& source);
  [[nodiscard]] std::optional<IpAddress> ask_kernel(const IpAddress& destination) const;

  FileDescriptor v4_;
  FileDescriptor v6_;
  std::optional<Netlink> netlink_;  ///< None: a system without rtnetlink.
  Binding binding_;
  std::optional<RoutingTables> tables_;
  std::vector<std::uint8_t> by_route_;  ///< Which of sources_ packets by each route of the main table leave from.
  std::vector<IpAddress> sources_;
  std::vector<Answer> answers_;  ///< Open addressing, a power of two of them, at most half in use.
  std::size_t known_{0};
  Instant last_look_{};
  Instant last_start_{};
};

}  // namespace isthmus::net
