#pragma once
// What one router's ICMP limit is, learnt from which probes it answered. Sans-I/O; a value of 40 bytes.
//
// A limit shows in that asking less makes the loss go away, and asking more brings no more answers; loss on the path
// takes its share whatever the rate. So loss is met with an experiment, not with a belief:
//
//   free   no limit known, nothing is counted. The first unanswered probe begins an epoch (watch).
//   watch  an epoch at the present rate. Hardly any loss: free. Otherwise, ask no more than was answered (less).
//   less   did the loss go away? Then that is the limit (hold). Otherwise still less, and after a few times it is the
//          path's usual loss: back to free.
//   hold   ask at the limit. Loss again: less. A few epochs without: try what lies above (more).
//   more   ask a tenth more, then more boldly, as long as that many more answers come; otherwise back to hold.
//
// An epoch counts probes by when they were sent, and is judged when the fate of all of them is known. It begins after
// the loss was noticed, when a router's saved-up burst is gone. A rate is that of the time in which somebody wanted to
// ask: a router met by six probes a minute, all at once, is not asked ten seconds apart.

#include <cstdint>
#include <limits>

#include "isthmus/base/time.hpp"

namespace isthmus::schedule {

class LimitEstimator {
 public:
  static constexpr double kUnlimited = std::numeric_limits<double>::infinity();

  /// Probes a second that may be asked now, experiments included.
  [[nodiscard]] double rate() const;
  /// The limit found; kUnlimited when there is none.
  [[nodiscard]] double limit() const { return static_cast<double>(limit_); }

  /// `settle`: how long after its sending a probe is given up at the latest.
  void asked(Instant now, Duration settle);
  void answered(Instant sent, Instant now, Duration settle);
  /// Unanswered by a router that forwards.
  void unanswered(Instant sent, Instant now, Duration settle);
  /// Unanswered, and the router is not to blame.
  void excused(Instant sent);

 private:
  enum class Phase : std::uint8_t { free, watch, less, hold, more };
  struct Epoch;

  void count_time(Instant now);
  [[nodiscard]] bool counts(Instant sent) const;
  void begin(Phase phase);
  void judge_when_settled(Instant now, Duration settle);
  void judge(const Epoch& epoch);
  void judge_watch(const Epoch& epoch);
  void judge_less(const Epoch& epoch);
  void judge_hold(const Epoch& epoch);
  void judge_more(const Epoch& epoch);
  void meet_loss(const Epoch& epoch);
  void keep_loss(const Epoch& epoch);
  void try_less(const Epoch& epoch, std::uint8_t tries);
  void try_more();
  [[nodiscard]] bool is_loss(const Epoch& epoch) const;
  void learn_base(double loss, double weight);
  [[nodiscard]] double base() const;

  Instant start_{};        // when the first probe of the epoch was asked
  std::uint32_t span_{0};  // microseconds from start_ to the end, or to the latest probe while the epoch is open
  std::uint32_t busy_{0};  // microseconds of those in which somebody wanted to ask
  float limit_{std::numeric_limits<float>::infinity()};
  float trial_{0};          // the rate of an experiment under way
  std::uint16_t asked_{0};  // in the epoch
  std::uint16_t answered_{0};
  std::uint16_t lost_{0};
  std::uint16_t base_{0};  // the path's usual loss, in 1/65535
  std::uint16_t seen_{0};  // the loss that the experiment of asking less is to make go away, likewise
  Phase phase_{Phase::free};
  bool closed_{false};             // no more probes are counted, the fate of some is not known yet
  std::uint8_t tries_{0};          // times in a row that less was asked and the loss stayed
  std::uint8_t clean_ : 4 {0};     // epochs in hold without loss
  std::uint8_t patience_ : 2 {0};  // 2^(1 + patience) of them before more is tried
  std::uint8_t boldness_ : 2 {0};  // how much more
};
static_assert(sizeof(LimitEstimator) == 40);

}  // namespace isthmus::schedule
