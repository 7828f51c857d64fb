#pragma once
// The sections of the configuration file, one function each. `document` is the whole file.

#include <cstddef>

#include "config/reader.hpp"
#include "config/target_list.hpp"
#include "isthmus/config/config.hpp"

namespace isthmus::config {

[[nodiscard]] std::vector<VantageConfig> read_vantages(Reader& reader, const Section& document);
/// Those of the file itself, which needs none when it has other sources.
void read_targets(Reader& reader, const Section& document, TargetList& targets);
/// Controls lie outside every target.
[[nodiscard]] std::vector<IpAddress> read_controls(Reader& reader, const Section& document,
                                                   const std::vector<TargetConfig>& targets);
/// `blocks`: how many all targets have; from kQuietFrom on probing is quiet by default.
[[nodiscard]] ProbingConfig read_probing(Reader& reader, const Section& document, std::size_t blocks);
/// Where the keys rate_limit, router_limit and deny of a section `probing` go.
struct Limits {
  std::uint32_t& rate_limit;
  std::uint32_t& router_limit;
  std::vector<std::string>& deny_files;
  std::vector<Prefix>& deny;
};
void read_limits(Reader& reader, const Section& section, const Limits& limits);
[[nodiscard]] Ip2AsConfig read_ip2as(Reader& reader, const Section& document);
[[nodiscard]] ExporterConfig read_exporter(Reader& reader, const Section& document);
[[nodiscard]] StoreConfig read_store(Reader& reader, const Section& document);
/// Nothing when the file has no section `fleet`.
[[nodiscard]] std::optional<FleetConfig> read_fleet(Reader& reader, const Section& document);
/// Where the broker is and who we are to it: the keys that a core's and an agent's section `fleet` share.
[[nodiscard]] BrokerConfig read_broker(Reader& reader, const Section& section);
/// The sections `probing` and `fleet` of an agent's file.
void read_agent_probing(Reader& reader, const Section& document, AgentConfig& agent);
void read_agent_fleet(Reader& reader, const Section& document, AgentConfig& agent);

}  // namespace isthmus::config
