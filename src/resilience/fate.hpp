#pragma once
// Nobody gets an answer from a block any more. Is the block cut off, or did its hosts merely go away? Belongs to the
// core's thread; no I/O.
//
// Hosts leave one by one, an outage takes all at the same moment. With L the addresses that were answering until then,
// w the time within which they fell silent, h_i how often address i leaves by itself and o how often a block of the
// internet has an outage, the odds of an outage are
//
//     o w / prod(h_i w)
//
// A single address that leaves once a day says next to nothing; two that never left say almost everything. How often an
// address leaves is learned (Gamma prior, one departure a day until it has shown better). Departures bunch: a host that
// is switched off in the evening leaves all its days within an hour or two, so that at that hour its rate is about 24
// times its mean. Who has not been watched for a day and a half might be such a host.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/resilience/baseline.hpp"

namespace isthmus::resilience {

class BlockFate {
 public:
  /// The owner of the target names the address as one that answers: it is expected to leave twice a year.
  void name_address(const IpAddress& address);

  /// An answer to anybody. Misses of others from before it count against them alone.
  void handle_answer(const IpAddress& address, Timestamp sent);
  /// A miss of a vantage point that can see. `watchers`: how many of them look at the block.
  void handle_miss(const IpAddress& address, Timestamp sent, std::size_t vantage, std::size_t watchers);
  /// What was missed until now says nothing about hosts: there was an outage, or vantage points have got other numbers.
  void forget_misses();
  /// Nobody looked until now. Whoever does not answer any more may have left at any time since it last did.
  void handle_pause(Timestamp now);

  /// For a restart, which is a pause as well. To be restored before anything answers.
  [[nodiscard]] std::vector<HostMemory> remember() const;
  void restore(const std::vector<HostMemory>& hosts);

  /// The addresses that answered until the silence began.
  struct Silence {
    std::size_t addresses{0};
    Timestamp first_left{};         ///< Their earliest last answer, and
    Timestamp last_left{};          ///< their latest one, or the end of the pause in which they fell silent.
    double log_departure_rates{0};  ///< Sum of the logarithms of their rates, in departures a day.
  };
  [[nodiscard]] Silence silence() const;

  /// Natural logarithm of the odds that one outage silenced all of them against that each left by itself. `round`: time
  /// between two probes of an address; nobody can tell when in between it left. Minus infinity when nobody answered
  /// before.
  [[nodiscard]] static double log_odds(const Silence& silence, Duration round);
  /// Natural logarithm of the probability that each left by itself, within the same time.
  [[nodiscard]] static double log_coincidence(const Silence& silence, Duration window);
  /// Time within which they fell silent.
  [[nodiscard]] static Duration window_of(const Silence& silence, Duration round);
  /// The silence of two blocks together.
  [[nodiscard]] static Silence join(const Silence& a, const Silence& b);

 private:
  struct Address {
    IpAddress address;
    Timestamp last_answer{};
    double watched_days{0};  // During which it answered.
    std::uint32_t departures{0};
    std::vector<std::uint8_t> misses;  // By vantage point, since its last answer; no more than one needs to say.
    std::uint32_t missed{0};           // Their sum.
    std::uint32_t away_after{0};       // So many of them mean that it is away.
    bool answered{false};
    bool gone{false};
    bool named{false};

    [[nodiscard]] bool is_away() const { return missed > 0 && missed >= away_after; }
    void forget_misses();
  };
  Address& record_of(const IpAddress& address);
  void find_departed(Timestamp answered);
  [[nodiscard]] static double departure_rate(const Address& address);

  std::vector<Address> addresses_;           // Ascending.
  Timestamp slept_from_{Timestamp::min()};   // The latest answer before the latest pause,
  Timestamp slept_until_{Timestamp::min()};  // and its end.
  bool missing_{false};                      // Some address that has not gone has misses.
};

}  // namespace isthmus::resilience
