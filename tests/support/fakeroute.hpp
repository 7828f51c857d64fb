#pragma once
// A network of load balancers for multipath algorithms, in the manner of Fakeroute (Augustin et al.): which router a
// flow meets at a TTL is a fixed pseudo-random choice, and the whole truth is known. No packets and no time: a flow and
// a TTL go in, an answer or silence comes out. One thread.
//
// A topology is text, one line a router, `vp` being the vantage point and `dst` the destination:
//
//   vp -> r1
//   r1 -> a b*3      # next hops; b gets three times the share of a
//   a b -> dst       # both
//   silent b         # forwards, but never answers
//   limited a 3      # answers every third probe only
//   loss 0.05        # of probes and answers together

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "isthmus/model/address.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::support {

class Fakeroute {
 public:
  using Place = std::pair<Ttl, IpAddress>;
  using Link = std::pair<Place, Place>;

  /// Throws std::invalid_argument, naming the line, when the text is no topology without cycles.
  Fakeroute(std::string_view topology, std::uint64_t seed);

  /// Who answers, if anybody does.
  std::optional<IpAddress> ask(std::uint32_t flow, Ttl ttl);

  [[nodiscard]] IpAddress address(const std::string& name) const { return address_.at(name); }
  [[nodiscard]] IpAddress destination() const { return address("dst"); }
  /// Everything that flows can meet and that answers, and every step between two such.
  [[nodiscard]] const std::set<Place>& places() const { return places_; }
  [[nodiscard]] const std::set<Link>& links() const { return links_; }

 private:
  struct Router {
    std::vector<std::pair<std::string, double>> next;
    bool silent{false};
    int limited{1};
    int asked{0};
  };

  void read(std::string_view line, int number);
  void walk(const std::string& name, Ttl ttl);
  const std::string& choose(const std::string& name, std::uint32_t flow) const;
  double random();

  std::map<std::string, Router> routers_;
  std::map<std::string, IpAddress> address_;
  std::set<std::pair<std::string, Ttl>> walked_;
  std::set<Place> places_;
  std::set<Link> links_;
  std::uint64_t seed_;
  std::uint64_t state_;
  double loss_{0};
};

}  // namespace isthmus::support
