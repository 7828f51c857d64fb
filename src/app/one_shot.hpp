#pragma once
// What `isthmus ping` and `isthmus trace` share: options, names to addresses, sockets, and a bounded run of a prober.
// Main thread only.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/ip2as/prefix_table.hpp"
#include "isthmus/net/raw_socket_io.hpp"
#include "isthmus/probes/prober.hpp"

namespace CLI {
class App;
}

namespace isthmus::app {

struct OneShotOptions {
  std::vector<std::string> targets;
  std::string netns;
  std::string interface;
  std::string source;
  std::string config;  ///< With `vantage`: take the binding from there.
  std::string vantage;
  std::vector<std::string> deny;
  std::vector<std::string> ip2as;
  double rate{100};
  bool json{false};
};

void add_one_shot_options(CLI::App& command, OneShotOptions& options);

/// One thing to probe: what the user wrote and the address it stands for.
struct NamedAddress {
  std::string name;
  IpAddress address;
};

/// Resolves names (IPv4). Every name that cannot be resolved is an error: a one-shot command has somebody watching.
[[nodiscard]] Result<std::vector<NamedAddress>> resolve(const std::vector<std::string>& names);

/// Settings with the targets, rate and deny list filled in, everything else switched off.
[[nodiscard]] Result<probes::ProberSettings> one_shot_settings(const OneShotOptions& options,
                                                               const std::vector<NamedAddress>& targets);

[[nodiscard]] Result<std::unique_ptr<net::PacketIo>> open_one_shot(const OneShotOptions& options);

/// The prefix data named by --ip2as, or an empty table.
[[nodiscard]] Result<ip2as::PrefixTable> load_names(const OneShotOptions& options);

/// From now on Ctrl-C and SIGTERM end waits instead of the process, so that what is known can still be printed.
void catch_interrupt();
[[nodiscard]] bool is_interrupted();

/// Runs until `on_observation` has returned false, the user has pressed Ctrl-C, or `limit` has passed.
/// False when it ended before on_observation had enough.
bool run_one_shot(net::PacketIo& io, probes::Prober& prober, Duration limit,
                  const std::function<bool(const Observation&)>& on_observation);

}  // namespace isthmus::app
