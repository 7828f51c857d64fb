#pragma once
// The metrics page and the few lines of text of an agent, which has no core and no snapshot. Pure functions; any
// thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::telemetry {

/// One vantage point of an agent. Counters count since the start of the process.
struct AgentVantageStatus {
  std::string vantage;
  bool probing{false};
  bool name_ours{false};   ///< As the broker says now.
  bool name_taken{false};  ///< Another agent has it.
  std::string other_host;  ///< Whose host this is.
  std::uint64_t serial{0};
  Timestamp assigned{};  ///< When what is assigned was written.
  std::size_t targets{0};
  std::size_t controls{0};
  std::size_t refusals{0};           ///< Parts of the present assignment that this agent's file does not allow.
  std::uint64_t assignments_bad{0};  ///< Assignments that were no good as a whole.
  std::optional<ProberReport> report{};
  std::uint64_t waiting_batches{0};
  std::uint64_t waiting_bytes{0};
  std::uint64_t arrived{0};
  std::uint64_t refused{0};
  std::uint64_t unanswered{0};
  std::uint64_t dropped_batches{0};
  std::uint64_t dropped_messages{0};
  std::uint64_t queue_drops{0};
  std::uint64_t spool_failures{0};
  std::uint64_t requests{0};
  std::uint64_t requests_dropped{0};
  std::uint64_t requests_malformed{0};
  std::optional<Duration> clock_offset{};
  std::string problem;  ///< With its mend; empty while all is well.
};

/// What can be wrong with the connection to the broker, as a label.
inline constexpr std::array<const char*, 4> kBrokerProblems{"unreachable", "credentials", "tls", "other"};

struct AgentStatus {
  std::string version;
  bool connected{false};
  std::uint64_t connects{0};
  std::string problem;       ///< Of the connection.
  std::string problem_kind;  ///< One of kBrokerProblems.
  bool reload_successful{true};
  Timestamp reload_success{};
  std::vector<AgentVantageStatus> vantages;
};

/// Prometheus text format, version 0.0.4.
[[nodiscard]] std::string metrics_text(const AgentStatus& status);
/// For people.
[[nodiscard]] std::string agent_page(const AgentStatus& status);

}  // namespace isthmus::telemetry
