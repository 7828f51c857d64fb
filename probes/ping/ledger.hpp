#pragma once
// Which probes are out, and what became of the recent ones: 32 bytes each, in order of their numbers, in blocks that
// are used again. All probes of a ledger wait equally long, so that the order of numbers is that of deadlines.
// Belongs to one engine, on its thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "isthmus/base/time.hpp"
#include "probes/ping/ring.hpp"

namespace isthmus::probes {

class ProbeLedger {
 public:
  static constexpr std::uint64_t kNoNumber = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::uint32_t kNoOwner = std::numeric_limits<std::uint32_t>::max();

  enum class State : std::uint8_t { out, answered, expired, cancelled };
  struct Entry {
    Instant sent{};
    Timestamp wall{};
    std::uint32_t owner{kNoOwner};  ///< Whom the probe is for; the engine's index.
    std::uint32_t back{0};          ///< How far before this one its owner's previous probe is; 0: unknown.
    std::uint16_t source{0};        ///< The engine's index of the address it left from.
    State state{State::out};
  };

  /// A new probe, out from now on; its number. `previous` is that of the owner's last one, or kNoNumber.
  std::uint64_t open(const Entry& entry, std::uint64_t previous);
  /// A probe that is out or remembered, or nullptr.
  [[nodiscard]] Entry* find(std::uint64_t number);
  [[nodiscard]] const Entry* find(std::uint64_t number) const;
  /// The owner's probe before this one, or kNoNumber.
  [[nodiscard]] std::uint64_t previous(std::uint64_t number) const;
  /// The probe is out no longer. False when it was not.
  bool finish(std::uint64_t number, State state);
  /// The latest number given out whose bits in `mask` are those of `number`, whether or not it is remembered, and from
  /// there back while remembered; kNoNumber when there is none. `mask` covers the lowest bits, or all.
  [[nodiscard]] std::uint64_t latest_like(std::uint64_t number, std::uint64_t mask) const;
  [[nodiscard]] std::uint64_t previous_like(std::uint64_t number, std::uint64_t mask) const;
  /// The next probe that has waited for `timeout`; it becomes expired.
  std::optional<Entry> pop_expired(Instant now, Duration timeout);
  /// Instant::max() when nothing is out.
  [[nodiscard]] Instant next_deadline(Duration timeout) const;
  [[nodiscard]] std::uint64_t next_number() const { return next_; }

  /// Gives every probe a new owner: `owners[old]`, kNoOwner for those that are gone.
  void change_owners(const std::vector<std::uint32_t>& owners);
  /// Cancels all that is out.
  void cancel_all();

 private:
  static constexpr std::size_t kBlock = 1024;
  using Block = std::array<Entry, kBlock>;

  void forget_old();

  Ring<std::unique_ptr<Block>> blocks_;  // from that of first_ to that of next_
  std::vector<std::unique_ptr<Block>> spare_;
  std::uint64_t first_{0};       // the oldest that is remembered
  std::uint64_t oldest_out_{0};  // all before are finished
  std::uint64_t next_{0};
};

}  // namespace isthmus::probes
