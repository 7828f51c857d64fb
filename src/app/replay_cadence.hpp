#pragma once
// How often an archive measures: who made it had another schedule than the configuration's, and the core must know when
// silence is news. Pure; one thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/model/observation.hpp"

namespace isthmus::app {

/// Learns the interval between rounds from some observations, in any order. A stream is all that one vantage point
/// sends to one address: its interval is the median between its results, or, where they come in bursts of several
/// flows, the median between results of the same flow. The archive's interval is the median over its streams.
class CadenceEstimator {
 public:
  void add(const Observation& observation);

  /// In whole seconds, at least one. Nothing when no stream had enough results.
  [[nodiscard]] std::optional<Duration> ping_interval() const { return interval_of(pings_); }
  [[nodiscard]] std::optional<Duration> trace_interval() const { return interval_of(traces_); }

 private:
  struct StreamKey {
    std::string vantage;
    IpAddress address;
    friend bool operator==(const StreamKey&, const StreamKey&) = default;
  };
  struct StreamHash {
    std::size_t operator()(const StreamKey& key) const noexcept {
      return std::hash<std::string>{}(key.vantage) * 31 + std::hash<IpAddress>{}(key.address);
    }
  };
  struct Sent {
    Timestamp at;
    std::uint16_t flow;
  };
  using Streams = boost::unordered_flat_map<StreamKey, std::vector<Sent>, StreamHash>;

  [[nodiscard]] static std::optional<Duration> interval_of(const Streams& streams);
  [[nodiscard]] static std::optional<Duration> interval_of(std::vector<Sent> sent);

  Streams pings_;
  Streams traces_;
};

}  // namespace isthmus::app
