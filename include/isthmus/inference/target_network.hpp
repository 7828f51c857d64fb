#pragma once
// The network whose upstreams are asked for. Value type; any thread.

#include <string>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::inference {

struct TargetNetwork {
  std::string name;
  Asn asn;
  std::vector<Prefix> prefixes;        ///< What it holds, also where others announce it; may be empty.
  std::vector<Asn> known_providers{};  ///< Who sells it transit as its operator says; may be empty or incomplete.
  friend bool operator==(const TargetNetwork&, const TargetNetwork&) = default;
};

}  // namespace isthmus::inference
