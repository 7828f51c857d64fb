#pragma once
// The internet of known truth (support/responder/world.h) in virtual time, for IPv4 surveys over UDP: takes the packets
// of a prober and gives the answers with the time they arrive at. Remembers which flows were asked, so that what those
// flows can reveal is known exactly. One thread.

#include <map>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "support/responder/world.h"

namespace isthmus::testing {

class InternetSimulator {
 public:
  struct Arrival {
    Instant at;
    std::vector<std::byte> bytes;
  };

  explicit InternetSimulator(const responder::WorldSettings& world) : world_(world) {}

  /// The usual world: every tenth router silent, three hosts of ten.
  static responder::WorldSettings usual_world(std::uint32_t blocks);

  /// One host in each block, ascending.
  [[nodiscard]] std::vector<IpAddress> targets() const;
  static IpAddress router_address(std::uint32_t router) { return IpAddress::v4(0x64000000U + router); }

  void send(std::span<const std::byte> packet, Instant now);
  /// What has arrived by now, in order.
  std::optional<Arrival> receive(Instant now);
  /// When the next answer arrives.
  [[nodiscard]] std::optional<Instant> next() const;

  /// Every n-th answer is lost; 0: none.
  void lose_every(std::uint64_t n) { lose_every_ = n; }
  /// The first flow that asks this destination gets no further than this TTL.
  void cut(const IpAddress& destination, std::uint32_t behind) { cuts_[destination] = {behind, std::nullopt}; }

  struct Truth {
    std::set<IpAddress> routers;
    std::set<std::pair<IpAddress, IpAddress>> links;  // between routers
    std::set<IpAddress> hosts;
  };
  /// What the flows that were asked can reveal.
  [[nodiscard]] Truth truth() const;
  /// Who answers this flow at this TTL; nothing when silent.
  [[nodiscard]] std::optional<IpAddress> at(const IpAddress& destination, std::uint32_t flow, std::uint32_t ttl) const;
  /// Who stands at this TTL of this flow, silent or not.
  [[nodiscard]] responder::Hop hop(const IpAddress& destination, std::uint32_t flow, std::uint32_t ttl) const;
  /// The hashes of the flows that were asked of a destination.
  [[nodiscard]] const std::set<std::uint32_t>& flows_to(const IpAddress& destination) const;
  [[nodiscard]] std::uint64_t probes() const { return probes_; }
  [[nodiscard]] const std::set<IpAddress>& destinations() const { return destinations_; }

 private:
  struct Later {
    bool operator()(const Arrival& a, const Arrival& b) const { return a.at > b.at; }
  };
  struct Cut {
    std::uint32_t behind{0};
    std::optional<std::uint32_t> flow;
  };
  [[nodiscard]] bool is_cut(const IpAddress& destination, std::uint32_t flow, std::uint32_t ttl);
  [[nodiscard]] bool allowed(const responder::Hop& hop, Instant now);

  responder::WorldSettings world_;
  std::map<IpAddress, std::set<std::uint32_t>> flows_;
  std::set<IpAddress> destinations_;
  std::map<std::uint32_t, std::uint64_t> limits_;
  std::map<IpAddress, Cut> cuts_;
  std::priority_queue<Arrival, std::vector<Arrival>, Later> arrivals_;
  std::uint64_t probes_{0};
  std::uint64_t answers_{0};
  std::uint64_t lose_every_{0};
};

}  // namespace isthmus::testing
