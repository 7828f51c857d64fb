#pragma once
// What the readers of all formats share: what a record turned out to be, and how observations are built in memory that
// is used again. One thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

enum class RecordKind : std::uint8_t {
  trace,    ///< Read into a Trace.
  ping,     ///< Read into a PingSeries.
  other,    ///< Sound, but nothing for us: another kind of measurement, or one that never had a destination.
  bad,      ///< Does not follow its format.
  foreign,  ///< Of another format.
};

/// A round trip beyond this is no measurement; also keeps conversions to nanoseconds in range.
inline constexpr Duration kLongestRoundTrip = std::chrono::hours(1);

/// The observation as a T, whose memory stays when it was one before. The caller sets every field.
template <typename T>
T& reuse_as(Observation& observation) {
  T* held = std::get_if<T>(&observation);
  return held != nullptr ? *held : observation.emplace<T>();
}

/// The same where traces and pings come in turns: what was of the other kind is kept in `spare` until one comes again.
template <typename T>
T& reuse_as(Observation& observation, Observation& spare) {
  if (!std::holds_alternative<T>(observation)) std::swap(observation, spare);
  return reuse_as<T>(observation);
}

/// Writes hops over those of an earlier trace.
class HopList {
 public:
  explicit HopList(std::vector<Hop>& hops) : hops_(hops) {}
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] Hop& last() { return hops_[size_ - 1]; }
  Hop& add(Ttl ttl) {
    if (size_ == hops_.size()) hops_.emplace_back();
    Hop& hop = hops_[size_++];
    hop.ttl = ttl;
    hop.outcomes.clear();
    hop.measured.reset();
    return hop;
  }
  void remove_last() { --size_; }
  /// Hops that were probed and said nothing, or that no record tells of: silent up to and without this TTL.
  void fill_up_to(int ttl) {
    while (!empty() && last().ttl + 1 < ttl) add(static_cast<Ttl>(last().ttl + 1)).outcomes.emplace_back(TimedOut{});
  }
  /// Takes away what is left of the earlier trace.
  void finish() { hops_.resize(size_); }

 private:
  std::vector<Hop>& hops_;
  std::size_t size_{0};
};

/// 0.0.0.0 for both addresses that say that there is none.
[[nodiscard]] inline IpAddress known_or_none(const IpAddress& address) {
  return address == IpAddress::v6({}) ? IpAddress{} : address;
}

/// The IPv4 address inside an IPv4-mapped one (::ffff:192.0.2.1, RFC 4291 section 2.5.5.2), which is how programs that
/// use one kind of socket for both write what was probed over IPv4; any other as it is.
[[nodiscard]] IpAddress without_mapping(const IpAddress& address);

/// Why a trace ended, from its hops alone: for formats that do not say.
[[nodiscard]] StopReason deduce_stop(const Trace& trace);

}  // namespace isthmus::formats
