#include "isthmus/resilience/quorum.hpp"

#include <algorithm>
#include <set>

namespace isthmus::resilience {

Quorum quorum_of(std::span<const VantageView> vantages) {
  std::set<Asn> all;
  std::set<Asn> valid;
  for (const VantageView& vantage : vantages) {
    all.insert(vantage.asn);
    if (vantage.state == VantageState::valid) valid.insert(vantage.asn);
  }
  return {.networks = static_cast<std::uint32_t>(valid.size()),
          .needed = std::min(kWitnesses, static_cast<std::uint32_t>(all.size()))};
}

}  // namespace isthmus::resilience
