#pragma once
// One `isthmus ping` from its first probe to its summary. Main thread only.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/color_choice.hpp"
#include "app/live/ping_live.hpp"
#include "app/one_shot.hpp"

namespace isthmus::app {

struct PingOptions {
  OneShotOptions common;
  std::string file;
  std::string protocol{"icmp"};
  std::uint16_t port{0};
  std::optional<std::size_t> count;
  std::string interval{"1s"};
  std::string timeout{"2s"};
  std::string resolve_interval{"60s"};
  ColorChoice color;
  bool live{false};
  bool lines{false};
  bool quiet{false};

  [[nodiscard]] std::size_t probes() const { return count.value_or(live ? 0 : 4); }
  [[nodiscard]] bool is_endless() const { return probes() == 0; }
};

/// Pings until everybody was asked as often as wanted, or somebody ends it, and shows, or prints, what comes. `live`
/// may be null. The exit code: 0 when every target answered.
[[nodiscard]] int run_ping(const PingOptions& options, OneShotTargets targets, probes::ProberSettings settings,
                           net::PacketIo& io, probes::Prober& prober, std::unique_ptr<PingLive> live);

}  // namespace isthmus::app
