#pragma once
// What one prober has sent and refused since its start. Belongs to that prober, on its thread.

#include <array>
#include <map>
#include <utility>

#include "isthmus/probes/prober.hpp"

namespace isthmus::probes {

class Counters {
 public:
  void sent(ProbeKey::Engine engine, Protocol protocol) { ++sent_[{engine, protocol}]; }
  void invalid(InvalidReason reason) { ++invalid_[static_cast<std::size_t>(reason)]; }
  void denied() { ++denied_; }

  void write(ProberReport& report) const {
    constexpr std::array kNames{"ping", "traceroute", "discovery"};
    for (const auto& [key, probes] : sent_) {
      report.sent.push_back({kNames[static_cast<std::size_t>(key.first)], key.second, probes});
    }
    report.invalid = invalid_;
    report.denied = denied_;
  }

 private:
  std::map<std::pair<ProbeKey::Engine, Protocol>, std::uint64_t> sent_;
  std::array<std::uint64_t, kInvalidReasons> invalid_{};
  std::uint64_t denied_{0};
};

}  // namespace isthmus::probes
