#pragma once
// `isthmus trace` round after round: --live and --rounds. Main thread only.

#include <cstdint>
#include <string>

#include "app/one_shot.hpp"
#include "isthmus/ip2as/prefix_table.hpp"

namespace isthmus::app {

struct TraceRounds {
  std::string title;        ///< What is traced and how, in one line.
  std::uint64_t rounds{0};  ///< 0: until somebody ends it.
  bool live{false};         ///< A view on the terminal; otherwise nothing is shown until the report.
  bool json{false};         ///< Every trace as a line, and no report.
  bool color{false};
  bool host_names{true};                        ///< Looked up while it runs.
  const ip2as::PrefixTable* networks{nullptr};  ///< May be null.
};

/// Runs, shows, and reports. `settings` are those of the prober; they trace one address. The exit code: 0 when the
/// latest round of every flow came to its destination.
[[nodiscard]] int run_trace_rounds(const TraceRounds& plan, net::PacketIo& io, probes::Prober& prober,
                                   const probes::ProberSettings& settings);

}  // namespace isthmus::app
