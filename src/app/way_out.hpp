#pragma once
// Where the probes of `isthmus ping`, `trace` and `map` leave from, and what never leaves. Main thread only.

#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "isthmus/schedule/deny_list.hpp"

namespace CLI {
class App;
}

namespace isthmus::app {

struct WayOutOptions {
  std::string netns;
  std::string interface;
  std::string source;
  std::string config;  ///< Its deny list and rate hold; with `vantage` its binding, too.
  std::string vantage;
  std::vector<std::string> deny;
  std::string io{"automatic"};
};

struct WayOut {
  net::Binding binding;
  net::IoOptions io;
  schedule::DenyList deny;
  double rate{0};  ///< Packets a second: what was asked for, or what the configuration allows.
};

void add_way_out_options(CLI::App& command, WayOutOptions& options);

/// Reads the configuration and the deny lists; one that cannot be read is an error, for without it nothing is probed.
[[nodiscard]] Result<WayOut> way_out_of(const WayOutOptions& options, double rate);

}  // namespace isthmus::app
