#pragma once
// Has the balance between the upstreams of a target moved for good? Fed once a round with the shares as they are;
// belongs to the core's thread; no I/O.
//
// A share that load balancers toss to and fro is as unsteady in the past as it is now: what is usual is a mean and a
// spread, both learned. Mass that became unknown, or was lost together with its blocks, has not shifted: only what one
// known upstream gained and another one lost counts.

#include <cstddef>
#include <map>
#include <optional>

#include "isthmus/model/address.hpp"

namespace isthmus::resilience {

class ShareWatch {
 public:
  static constexpr double kLeastShift = 0.15;  ///< Part of the whole; less is no event.
  static constexpr double kSpreads = 4;        ///< So many times its usual spread as well.
  static constexpr int kRoundsToBelieve = 3;   ///< In a row, in the same direction.

  struct Shift {
    std::map<Asn, double> before;  ///< Usual shares until then, in [0, 1].
    std::map<Asn, double> after;
    Asn gainer;  ///< Gained most,
    Asn loser;   ///< lost most.
    double moved{0};
  };
  /// `shares`: part of the units that each upstream carries, in [0, 1]; what is unknown is missing from the sum.
  [[nodiscard]] std::optional<Shift> handle_round(const std::map<Asn, double>& shares);
  /// An upstream came or went, or there was an outage: shares moved for a reason that was told. What is usual is
  /// learned anew.
  void restart();

 private:
  struct Usual {
    double mean{0};
    double variance{0};
  };
  [[nodiscard]] double deviation(Asn asn, double share) const;
  void learn(const std::map<Asn, double>& shares);

  std::map<Asn, Usual> usual_;
  int rounds_{0};  // Learned from.
  int moved_rounds_{0};
  Asn gainer_;
  Asn loser_;
};

}  // namespace isthmus::resilience
