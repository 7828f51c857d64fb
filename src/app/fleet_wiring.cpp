#include "app/fleet_wiring.hpp"

#include <utility>

namespace isthmus::app {

fleet::BrokerSettings broker_settings(const config::BrokerConfig& config, std::string name) {
  return {.name = std::move(name),
          .servers = config.servers,
          .credentials = config.credentials,
          .nkey = config.nkey,
          .nkey_seed = config.nkey_seed_file,
          .ca = config.ca,
          .certificate = config.certificate,
          .key = config.key_file};
}

fleet::StreamSettings stream_settings(const config::FleetConfig& config) {
  return {.name = config.stream,
          .partitions = config.partition.of,
          .replicas = config.replicas,
          .kept = config.kept,
          .most_bytes = config.max_bytes};
}

}  // namespace isthmus::app
