#pragma once
// Claims the partitions of a core at the broker, as agents claim their names: two cores that judge the same targets
// would tell everything twice. Created, started and stopped by the core's service; forbidden() may be called from any
// thread.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/config/config.hpp"
#include "isthmus/fleet/membership.hpp"

namespace isthmus::app {

class PartitionClaims {
 public:
  /// `folder`: where it is kept who this core is; made if it is not there. Two cores must not share one. Errors: the
  /// folder cannot be written.
  [[nodiscard]] static Result<std::unique_ptr<PartitionClaims>> create(const std::shared_ptr<fleet::Broker>& broker,
                                                                       const config::PartitionRange& range,
                                                                       const std::string& folder);

  void start();
  /// Gives the partitions back.
  void stop();

  /// Why the partition may not be read now; empty: it is ours.
  [[nodiscard]] std::string forbidden(std::uint32_t partition) const;
  /// Whether another core is known to have it.
  [[nodiscard]] bool is_elsewhere(std::uint32_t partition) const;

 private:
  PartitionClaims() = default;

  std::vector<std::pair<std::uint32_t, std::unique_ptr<fleet::Membership>>> members_;
};

}  // namespace isthmus::app
