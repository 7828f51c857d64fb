#pragma once
// The lists of a baseline's row as JSON text; see schema.cpp. Pure functions; any thread.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/resilience/baseline.hpp"

namespace isthmus::store {

[[nodiscard]] std::string upstreams_to_json(const std::vector<resilience::UpstreamMemory>& upstreams);
[[nodiscard]] std::string addresses_to_json(const std::vector<resilience::AddressMemory>& addresses);
[[nodiscard]] std::string hosts_to_json(const std::vector<resilience::HostMemory>& hosts);
[[nodiscard]] std::string events_to_json(const std::map<EventKind, std::uint64_t>& events);

/// Nothing when the text is not what the functions above write.
[[nodiscard]] std::optional<std::vector<resilience::UpstreamMemory>> upstreams_from_json(const std::string& text);
[[nodiscard]] std::optional<std::vector<resilience::AddressMemory>> addresses_from_json(const std::string& text);
[[nodiscard]] std::optional<std::vector<resilience::HostMemory>> hosts_from_json(const std::string& text);
[[nodiscard]] std::optional<std::map<EventKind, std::uint64_t>> events_from_json(const std::string& text);

}  // namespace isthmus::store
