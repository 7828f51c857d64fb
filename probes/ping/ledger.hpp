#pragma once
// Which echo probes are out, and what became of the recent ones: turns a packet into the answer to one probe, exactly
// once. Belongs to one engine, on its thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <variant>

#include "isthmus/model/observation.hpp"
#include "probes/ping/codec.hpp"

namespace isthmus::probes {

class EchoLedger {
 public:
  struct Answer {
    std::uint64_t number{0};
    Reply reply;
  };

  explicit EchoLedger(EchoCodec codec) : codec_(std::move(codec)) {}

  /// A new probe, out from now on.
  EchoProbe open(const IpAddress& source, const IpAddress& destination, Instant sent, Instant deadline);
  /// The answer to a probe that was out, or why the packet is none. Only an answer changes anything.
  std::variant<Answer, InvalidReason> settle(const wire::DecodedPacket& packet, Instant received);
  /// The probe leaves at this moment. Its deadline stays.
  void restamp(std::uint64_t number, Instant sent);
  /// The probe never left: forgotten. False when it was not out.
  bool cancel(std::uint64_t number);
  /// The next probe whose time is over; it is out no longer, a later answer is `too_late`.
  std::optional<std::uint64_t> pop_expired(Instant now);
  /// Instant::max() when nothing is out.
  [[nodiscard]] Instant next_deadline() const {
    return deadlines_.empty() ? Instant::max() : deadlines_.begin()->first;
  }
  [[nodiscard]] std::size_t outstanding() const { return deadlines_.size(); }
  [[nodiscard]] const EchoCodec& codec() const { return codec_; }

 private:
  enum class State : std::uint8_t { out, answered, expired };
  struct Entry {
    IpAddress source;
    Instant sent{};
    Instant deadline{};
    State state{State::out};
  };
  void finish(std::uint64_t number, Entry& entry, State state);

  EchoCodec codec_;
  std::uint64_t next_{0};
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::set<std::pair<Instant, std::uint64_t>> deadlines_;
  std::deque<std::uint64_t> finished_;  // oldest first, bounded
};

}  // namespace isthmus::probes
