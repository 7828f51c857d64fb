#pragma once
// Targets that are listed elsewhere: in files, or behind an URL. No network here: Environment::fetch does that.

#include <string>

#include "config/target_list.hpp"
#include "isthmus/config/load.hpp"

namespace isthmus::config {

/// The section `targets_from`.
[[nodiscard]] TargetSourcesConfig read_target_sources(Reader& reader, const Section& document);

/// Reads all that the sources list. Problems go to `reader`, each with the place in the file that it is about.
[[nodiscard]] std::vector<TargetSource> read_listed_targets(Reader& reader, const TargetSourcesConfig& from,
                                                            TargetList& targets);

/// A list of targets: ours, or of groups as Prometheus' file_sd and http_sd have them. `reader` is the list's own.
void read_target_list(Reader& reader, const std::string& text, TargetList& targets);

}  // namespace isthmus::config
