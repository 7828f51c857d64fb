#pragma once
// Archived traces on their way into a PathMap: whose network each was sent to, and where its vantage point stands.
// Belongs to one thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/inference/path_map.hpp"
#include "isthmus/ip2as/network_data.hpp"

namespace isthmus::app {

/// "NAME=ASN:PREFIX,PREFIX" as the user says who is asked for.
[[nodiscard]] Result<inference::TargetNetwork> parse_target(const std::string& text);

struct IntakeSettings {
  std::vector<inference::TargetNetwork> targets{};  ///< Empty: whoever originates the destination of a trace.
  std::optional<Prefix> explained{};                ///< Traces into it are kept, those around it are not.
};

class TraceIntake {
 public:
  /// `data` must not be null.
  TraceIntake(std::shared_ptr<const ip2as::NetworkData> data, IntakeSettings settings);

  void take(const Trace& trace);
  /// Reads each conclusion in the light of all others, until none changes any more.
  void settle();

  [[nodiscard]] const inference::PathMap& map() const { return map_; }
  /// Traces to nobody who was asked for.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

 private:
  std::optional<inference::TargetId> target_of(const IpAddress& destination);
  std::optional<inference::TargetId> find_target(const IpAddress& destination);
  void place_vantage(const Trace& trace);

  std::shared_ptr<const ip2as::NetworkData> data_;
  IntakeSettings settings_;
  inference::PathMap map_;
  std::vector<inference::TargetId> target_ids_;  // Of settings_.targets.
  boost::unordered_flat_map<IpAddress, std::optional<inference::TargetId>, std::hash<IpAddress>> known_;
  std::unordered_set<std::string> placed_;  // Vantage points whose AS is known.
  std::uint64_t left_out_{0};
};

}  // namespace isthmus::app
