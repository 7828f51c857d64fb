#pragma once
// Empties a spool into a channel: so many batches under way at a time, each removed once it has arrived, sent again
// when nobody answered for it or it was refused. In order: a core takes what comes behind later numbers for repeated.
// Time comes in as an argument. Belongs to the agent's sending thread.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "fleet/channel.hpp"
#include "fleet/spool.hpp"

namespace isthmus::fleet {

struct SenderStatus {
  std::uint64_t arrived_batches{0};  ///< Since the start.
  std::uint64_t duplicates{0};       ///< Of these, what the broker had before.
  std::uint64_t refused{0};
  std::uint64_t unanswered{0};
  std::string problem;  ///< Why the latest one that did not arrive did not; empty once one has arrived since.
};

class Sender {
 public:
  /// Both outlive the sender.
  Sender(Spool& spool, Channel& channel) : spool_(spool), channel_(channel) {}

  /// Takes in what has become of batches, and sends more.
  void turn(Instant now);
  /// The first half of it: sends nothing.
  void take(Instant now) { take_deliveries(now); }
  /// When turn() has something to do besides deliveries; Instant::max() when nothing waits.
  [[nodiscard]] Instant next_turn() const;
  [[nodiscard]] const SenderStatus& status() const { return status_; }

 private:
  void take_deliveries(Instant now);
  void send_more(Instant now);
  void fail(std::uint64_t number, const std::string& problem, Instant now);

  Spool& spool_;
  Channel& channel_;
  std::set<std::uint64_t> under_way_;
  std::vector<std::uint64_t> arrived_;  // not removed yet
  std::uint64_t openings_{0};           // of the spool's file when it was read last
  std::uint64_t sent_to_{0};            // everything up to here was sent, and has arrived or is under way
  bool in_doubt_{false};                // something that was sent did not arrive, and
  std::uint64_t alone_{0};              // this, which was sent since, has not yet; 0: none was
  Instant not_before_{Instant::min()};
  SenderStatus status_;
};

}  // namespace isthmus::fleet
