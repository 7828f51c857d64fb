#pragma once
// What `isthmus ping` and `isthmus trace` share: options, names to addresses, and a bounded run of a prober. Main
// thread only.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/names.hpp"
#include "app/way_out.hpp"
#include "isthmus/base/result.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/net/packet_io.hpp"
#include "isthmus/probes/prober.hpp"

namespace CLI {
class App;
}

namespace isthmus::app {

struct OneShotOptions {
  std::vector<std::string> targets;
  WayOutOptions way_out;
  std::vector<std::string> ip2as;
  double rate{100};
  bool only_v4{false};
  bool only_v6{false};
  bool json{false};
};

/// What results name as their vantage point.
[[nodiscard]] std::string vantage_name(const OneShotOptions& options);

void add_one_shot_options(CLI::App& command, OneShotOptions& options);

/// The family that -4 or -6 asks for.
[[nodiscard]] std::optional<Family> family_of(const OneShotOptions& options);

struct OneShotTargets {
  std::vector<NamedAddress> found;
  bool complete{true};  ///< Every name was resolved.
};

/// Resolves the targets. Those that do not resolve are reported, as lines or as JSON like a result of `type` ("ping",
/// "traceroute"), and left out.
[[nodiscard]] OneShotTargets resolve_targets(const OneShotOptions& options, const char* type);

/// Settings with the targets, rate and deny list filled in, everything else switched off.
[[nodiscard]] Result<probes::ProberSettings> one_shot_settings(const OneShotOptions& options, const WayOut& way,
                                                               const std::vector<NamedAddress>& targets);

/// The prefix data named by --ip2as, or an empty table.
[[nodiscard]] Result<ip2as::PrefixTable> load_names(const OneShotOptions& options);

/// From now on Ctrl-C and SIGTERM end waits instead of the process, so that what is known can still be printed.
void catch_interrupt();
[[nodiscard]] bool is_interrupted();

/// Ends what runs as Ctrl-C does.
void interrupt();

/// How a run goes on and ends.
struct OneShotRun {
  Duration limit{Duration::max()};         ///< It ends after that, at the latest.
  Duration longest_turn{Duration::max()};  ///< on_turn is called at least as often.
  /// False when it was the last one that is wanted.
  std::function<bool(const Observation&)> on_observation;
  /// Called whenever something may have happened.
  std::function<void()> on_turn{};
};

/// Runs until `on_observation` has returned false, the user has pressed Ctrl-C, or the limit has passed. False when it
/// ended before on_observation had enough.
bool run_one_shot(net::PacketIo& io, probes::Prober& prober, const OneShotRun& run);

}  // namespace isthmus::app
