#pragma once
// Explains events to whoever asks over HTTP, with the configuration and the network data of now. Any thread.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "isthmus/config/config.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/store/store.hpp"

namespace isthmus::app {

class EventExplainer {
 public:
  void renew(const config::Config& config, std::shared_ptr<const ip2as::NetworkData> data);
  /// The document of `isthmus explain --json`; not_found when the log has no such event.
  [[nodiscard]] Result<std::string> explain(const store::Store& store, std::uint64_t event) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const config::Config> config_;    // guarded by mutex_
  std::shared_ptr<const ip2as::NetworkData> data_;  // guarded by mutex_
};

}  // namespace isthmus::app
