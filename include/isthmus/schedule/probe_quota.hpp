#pragma once
// A hard budget of probes an hour, of which traces that go the whole way may have a part only: what checks whether
// anything changed must not be starved by looking at what did not. Takes the time, returns the wait; one thread.

#include <cstddef>

#include "isthmus/base/time.hpp"
#include "isthmus/schedule/token_bucket.hpp"

namespace isthmus::schedule {

/// In any time of T hours no more than `per_hour * T` probes and one burst: a tenth of an hour's, or 32, which is a
/// trace, where that is more. From 320 an hour on the burst is taken off the rate, so that no hour has more than
/// `per_hour`.
class ProbeQuota {
 public:
  enum class Use : std::uint8_t { whole_trace, check };
  static constexpr std::uint32_t kTrace = 32;

  /// `whole_traces`: the part of it for Use::whole_trace, in (0, 1]. Precondition: per_hour >= 1.
  ProbeQuota(double per_hour, double whole_traces);

  /// How long until `probes` (or as many as are ever there) may leave.
  [[nodiscard]] Duration wait(Use use, Instant now, std::size_t probes = 1) const;
  /// Takes so many (or as many as are ever there) if they are there.
  bool take(Use use, Instant now, std::size_t probes = 1);
  /// Probes a second in the long run, everything together.
  [[nodiscard]] double per_second() const { return per_second_; }

 private:
  double per_second_;
  TokenBucket all_;
  TokenBucket whole_;
};

}  // namespace isthmus::schedule
