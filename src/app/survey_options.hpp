#pragma once
// What `isthmus map` is told, and what it needs before the first probe: settings, names. Main thread
// only.

#include <string>
#include <vector>

#include "app/way_out.hpp"
#include "isthmus/base/result.hpp"
#include "isthmus/ip2as/load.hpp"
#include "isthmus/probes/survey.hpp"

namespace CLI {
class App;
}

namespace isthmus::app {

struct MapOptions {
  std::vector<std::string> targets;  ///< Prefixes, addresses, or files of them.
  double rate{100};
  std::string mode{"saving"};
  std::string protocol{"udp"};
  std::uint16_t port{0};     ///< 0: the protocol's usual one.
  std::uint16_t flows{0};    ///< 0: 6, or 1 when there are very many addresses.
  std::size_t addresses{1};  ///< In each block of a prefix.
  int max_ttl{32};
  int window{4};
  std::string timeout{"1s"};
  WayOutOptions way_out;
  ip2as::DataFiles data;  ///< Tells whose routers they are.
  std::string state;      ///< File to go on from after an interruption.
  bool json{false};
  std::string dot;  ///< File; "-" is standard output.
  std::string svg;
};

void add_map_options(CLI::App& command, MapOptions& options);

/// Everything but source, targets and key.
[[nodiscard]] Result<probes::SurveySettings> survey_settings(const MapOptions& options, const WayOut& way);

[[nodiscard]] Result<std::shared_ptr<const ip2as::NetworkData>> survey_names(const MapOptions& options);

}  // namespace isthmus::app
