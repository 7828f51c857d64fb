#pragma once
// What `isthmus trace` can be told. Main thread only.

#include <cstdint>
#include <optional>
#include <string>

#include "app/color_choice.hpp"
#include "app/one_shot.hpp"

namespace isthmus::app {

struct TraceOptions {
  OneShotOptions common;
  std::string protocol{"udp"};
  std::optional<std::uint16_t> flows;
  std::uint16_t port{0};  ///< 0: what is usual for the protocol.
  std::string timeout{"1s"};
  std::optional<int> attempts;
  int gap_limit{5};
  int max_ttl{32};
  bool mda{false};
  bool full_mda{false};
  int confidence{95};
  bool dot{false};
  bool live{false};
  std::optional<std::uint64_t> rounds;
  std::string interval{"1s"};
  bool no_names{false};
  ColorChoice color;

  /// Round after round.
  [[nodiscard]] bool is_lasting() const { return live || rounds.has_value(); }
  // Round after round the paths of several flows are worth their probes, and a silent hop is asked again anyway.
  [[nodiscard]] std::uint16_t flow_count() const { return flows.value_or(is_lasting() ? 4 : 1); }
  [[nodiscard]] int attempt_count() const { return attempts.value_or(is_lasting() ? 1 : 2); }
  [[nodiscard]] Protocol probe_protocol() const;
  [[nodiscard]] std::uint16_t probe_port() const;
};

void add_trace_options(CLI::App& command, TraceOptions& options);

}  // namespace isthmus::app
