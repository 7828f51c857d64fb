#pragma once
// What a live ping knows of its targets: constant memory for each, however long it runs. No I/O; one thread.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/live/rtt_stats.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::app {

/// Why probes got no answer, most frequent first: "3 timeout, 1 !host".
using Faults = std::vector<std::pair<std::string, std::uint64_t>>;
void count_fault(Faults& faults, std::string_view fault);
[[nodiscard]] std::string faults_text(const Faults& faults);

struct PingRow {
  static constexpr std::size_t kRecent = 40;
  static constexpr float kLost = -1;

  std::string name;
  IpAddress address;
  std::uint64_t sent{0};
  RttStats rtt{};
  Faults faults{};
  std::array<float, kRecent> recent{};  ///< A ring of round-trip times, or kLost; `sent` tells where it ends.

  [[nodiscard]] std::uint64_t lost() const { return sent - rtt.count; }
  /// The latest outcomes, the last one at the end, at most `count`.
  [[nodiscard]] std::vector<float> latest(std::size_t count) const;
};

class PingBoard {
 public:
  /// Adds a target, or tells that its name stands for another address now.
  void set_address(const std::string& name, const IpAddress& address);
  void take(const PingSeries& series);
  /// Forgets all figures, not the targets.
  void reset();

  [[nodiscard]] const std::vector<PingRow>& rows() const { return rows_; }
  /// Indices of rows(): in their order, or with most loss first, then with the longest mean.
  [[nodiscard]] std::vector<std::size_t> order(bool worst_first) const;

 private:
  std::vector<PingRow> rows_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

}  // namespace isthmus::app
