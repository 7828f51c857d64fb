#pragma once
// What `isthmus status` tells: read from the documents of the HTTP API, written for eighty columns. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/live/line.hpp"
#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"
#include "isthmus/model/event.hpp"

namespace isthmus::app {

struct StatusUpstream {
  Asn asn;
  std::string name;
  State state{State::unknown};
  double share{0};  ///< Of (vantage AS, block) pairs.
};

struct StatusTarget {
  std::string name;
  State state{State::unknown};
  std::optional<Timestamp> since;
  std::size_t blocks{0};
  std::size_t blocks_up{0};
  std::optional<std::int64_t> min_cut;  ///< Of networks; nothing where no way is known.
  double unknown_share{1};
  std::vector<StatusUpstream> upstreams;  ///< The one with the largest share first.
};

struct StatusVantage {
  std::string name;
  VantageState state{VantageState::unknown};
  std::optional<Timestamp> since;
  std::optional<Timestamp> last_observation;
  std::int64_t controls{0};
  std::int64_t controls_answering{0};
  std::string reason;
};

struct StatusReport {
  Timestamp time{};
  std::vector<StatusTarget> targets;  ///< The worst first.
  std::vector<StatusVantage> vantages;

  [[nodiscard]] bool all_up() const;
};

/// From /api/v1/targets and /api/v1/vantages.
[[nodiscard]] Result<StatusReport> read_status(std::string_view targets, std::string_view vantages);

[[nodiscard]] std::string status_text(const StatusReport& report, Charset charset);

}  // namespace isthmus::app
