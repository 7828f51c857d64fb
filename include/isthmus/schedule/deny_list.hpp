#pragma once
// Addresses that are never probed. Fails closed: a list that cannot be read as a whole is no list, and whoever needs
// one must not start. Immutable once built; any thread.

#include <string_view>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::schedule {

class DenyList {
 public:
  /// What nobody may probe: "this network" 0.0.0.0/8 (RFC 1122), multicast 224.0.0.0/4 and ff00::/8, reserved
  /// 240.0.0.0/4 with the limited broadcast, and the unspecified address ::. Loopback and private space are allowed.
  DenyList();

  /// The defaults plus a text of one CIDR or address a line; blank lines and `#` comments are ignored. The first line
  /// that cannot be read is the error, as "name:line: what".
  static Result<DenyList> parse(std::string_view text, std::string_view name);

  void add(const Prefix& prefix);
  void add(const DenyList& other);
  [[nodiscard]] bool contains(const IpAddress& address) const;

 private:
  struct Range {
    IpAddress first;
    IpAddress last;
  };
  void merge();

  std::vector<Range> ranges_;  // ascending, disjoint
};

}  // namespace isthmus::schedule
