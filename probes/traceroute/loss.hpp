#pragma once
// Why probes of one flow were lost, from the rounds in which they were. Pure; any thread.

#include <optional>
#include <vector>

#include "isthmus/probes/diagnosis.hpp"

namespace isthmus::probes {

struct LossDiagnosis {
  std::vector<HopDiagnosis> hops;
  std::optional<Ttl> cut;
};

/// Precondition: at least one round; all of one flow, in the order in which they were made.
[[nodiscard]] LossDiagnosis diagnose_loss(const std::vector<const Trace*>& rounds);

}  // namespace isthmus::probes
