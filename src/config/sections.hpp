#pragma once
// The sections of the configuration file, one function each. `document` is the whole file.

#include <cstddef>

#include "config/reader.hpp"
#include "isthmus/config/config.hpp"

namespace isthmus::config {

[[nodiscard]] std::vector<VantageConfig> read_vantages(Reader& reader, const Section& document);
/// `vantages`: how many share the quota of a target.
[[nodiscard]] std::vector<TargetConfig> read_targets(Reader& reader, const Section& document, std::size_t vantages);
/// Controls lie outside every target.
[[nodiscard]] std::vector<IpAddress> read_controls(Reader& reader, const Section& document,
                                                   const std::vector<TargetConfig>& targets);
/// `blocks`: how many all targets have; from kQuietFrom on probing is quiet by default.
[[nodiscard]] ProbingConfig read_probing(Reader& reader, const Section& document, std::size_t blocks);
[[nodiscard]] Ip2AsConfig read_ip2as(Reader& reader, const Section& document);
[[nodiscard]] ExporterConfig read_exporter(Reader& reader, const Section& document);
[[nodiscard]] StoreConfig read_store(Reader& reader, const Section& document);

}  // namespace isthmus::config
