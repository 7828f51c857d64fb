#pragma once
// How much one vantage point believes that one block is reachable, from the echo outcomes of the block's
// addresses. Belongs to the core's thread; no I/O.
//
// The belief is a log-likelihood ratio, in the manner of Trinocular, but over the individual addresses, each
// with its own answer rate: P(reply | up) = rate * (1 - loss). Since both factors stay below 1, one lost
// packet never decides.

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::resilience {

enum class Opinion : std::uint8_t { none, up, down };

class BlockBelief {
 public:
  /// An answer is proof enough, whatever the vantage point's controls do.
  void handle_reply(const IpAddress& address, Timestamp sent);

  /// A probe without an answer (or refused by a router). Counts nothing for an address that never answered.
  /// The caller keeps misses of a vantage point that cannot see to itself. Once the misses are enough, the
  /// block is suspected to be down; confirm_down() makes it an opinion.
  void handle_miss(const IpAddress& address, Timestamp sent, Duration ping_interval);

  /// `proof`: sending time of a probe to elsewhere that was answered. Turns a suspicion whose misses began
  /// before that into the opinion "down": the vantage point could see while the block was silent. True when
  /// it did.
  bool confirm_down(Timestamp proof);

  /// The vantage point turned out to be unable to see: misses that have not yet decided anything are void.
  void forget_misses();

  /// Whether what became of the probe sent to the address at this moment was told before. Remembers the latest two.
  [[nodiscard]] bool knows(const IpAddress& address, Timestamp sent) const;

  /// An address known from before a restart.
  void restore(const IpAddress& address, double answer_rate);

  [[nodiscard]] Opinion opinion() const { return opinion_; }
  [[nodiscard]] bool suspects_down() const { return suspects_down_; }
  /// Some probes in a row were missed, enough or not.
  [[nodiscard]] bool is_missing() const { return run_started_.has_value(); }
  [[nodiscard]] double probability() const;
  /// Sending time of the latest answered probe, and of the first unanswered one since then.
  [[nodiscard]] std::optional<Timestamp> last_answered() const { return last_answered_; }
  [[nodiscard]] std::optional<Timestamp> silent_since() const { return run_started_; }

  struct Address {
    double answer_rate;
    std::uint32_t misses{0};          ///< In a row.
    bool dark{false};                 ///< Silent while others of the block answer: its misses say nothing.
    std::array<Timestamp, 2> told{};  ///< Sending times of the latest probes told of, newest told first.
  };
  [[nodiscard]] const std::map<IpAddress, Address>& addresses() const { return addresses_; }

 private:
  std::map<IpAddress, Address> addresses_;
  double log_odds_{0};
  Opinion opinion_{Opinion::none};
  bool suspects_down_{false};
  std::optional<Timestamp> last_answered_;  // Sending time of the latest answered probe.
  std::optional<Timestamp> run_started_;    // First and latest miss since then.
  std::optional<Timestamp> run_latest_;
};

}  // namespace isthmus::resilience
