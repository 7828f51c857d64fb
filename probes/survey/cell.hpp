#pragma once
// What is known of one path at one TTL, in eight bytes: the whole state that a survey keeps of a probe.
// Value types; any thread.

#include <cstdint>
#include <limits>

#include "isthmus/model/observation.hpp"

namespace isthmus::probes::survey {

/// One flow to one address: target * flows + flow.
using PathIndex = std::uint32_t;

/// Microseconds since the survey began, modulo 2^32 (71 minutes): only differences count, and no probe waits as long.
using Tick = std::uint32_t;

enum class Mark : std::uint8_t {
  unsent,
  waiting,
  silent,   ///< Timed out; an answer may still come.
  failed,   ///< Never left.
  derived,  ///< Not asked: an answer from further out tells that the destination stands here.
  time_exceeded,
  echo_reply,
  tcp_syn_ack,
  tcp_rst,
  unreachable,  ///< And up to 15 more, one for each ICMP code of 0 to 15.
};

/// Ids of interfaces have 24 bits. The last one is not in the table: the destination of the path itself.
using InterfaceId = std::uint32_t;
inline constexpr InterfaceId kDestination = (1U << 24) - 1;
inline constexpr InterfaceId kNoInterface = std::numeric_limits<InterfaceId>::max();
inline constexpr std::uint8_t kMaxAttempts = 4;

class Cell {
 public:
  [[nodiscard]] Mark mark() const {
    const std::uint8_t state = state_bits();
    return state >= kUnreachable ? Mark::unreachable : static_cast<Mark>(state);
  }
  [[nodiscard]] bool answered() const { return state_bits() >= static_cast<std::uint8_t>(Mark::time_exceeded); }
  /// A router answered; the destination's own answers do not count.
  [[nodiscard]] bool is_router() const { return answered() && interface() != kDestination; }
  [[nodiscard]] bool is_destination() const {
    return mark() == Mark::derived || (answered() && interface() == kDestination);
  }
  [[nodiscard]] bool waiting() const { return mark() == Mark::waiting; }
  [[nodiscard]] InterfaceId interface() const { return word_ & kDestination; }
  [[nodiscard]] std::uint8_t icmp_code() const {
    return mark() == Mark::unreachable ? static_cast<std::uint8_t>(state_bits() - kUnreachable) : std::uint8_t{0};
  }
  /// How often it was asked before the last time.
  [[nodiscard]] std::uint8_t attempt() const { return static_cast<std::uint8_t>((word_ >> 29) & 3); }
  [[nodiscard]] bool weak() const { return (word_ >> 31) != 0; }
  /// When it was sent while waiting or silent, how long the answer took afterwards.
  [[nodiscard]] Tick time() const { return time_; }

  void send(Tick now, std::uint8_t attempt) {
    time_ = now;
    word_ = state_word(Mark::waiting) | (std::uint32_t{attempt} << 29);
  }
  void mark_silent() { set_state(Mark::silent); }
  void mark_failed() { set_state(Mark::failed); }
  void mark_unsent() { set_state(Mark::unsent); }
  void derive(Tick round_trip) {
    time_ = round_trip;
    word_ = state_word(Mark::derived);
  }
  /// Precondition: code < 16 when the reply is an unreachable.
  void answer(ReplyKind kind, std::uint8_t code, InterfaceId from, Tick round_trip, bool is_weak) {
    const std::uint32_t attempts = word_ & (3U << 29);
    time_ = round_trip;
    word_ = attempts | from | (std::uint32_t{state_of(kind, code)} << 24) | (std::uint32_t{is_weak} << 31);
  }

  /// For a survey's file.
  [[nodiscard]] std::uint64_t packed() const { return (std::uint64_t{word_} << 32) | time_; }
  static Cell unpack(std::uint64_t bits) {
    Cell cell;
    cell.word_ = static_cast<std::uint32_t>(bits >> 32);
    cell.time_ = static_cast<std::uint32_t>(bits);
    return cell;
  }

 private:
  static constexpr std::uint8_t kUnreachable = 16;

  [[nodiscard]] std::uint8_t state_bits() const { return static_cast<std::uint8_t>((word_ >> 24) & 31); }
  static std::uint32_t state_word(Mark mark) { return static_cast<std::uint32_t>(mark) << 24; }
  void set_state(Mark mark) { word_ = (word_ & (3U << 29)) | state_word(mark); }
  static std::uint8_t state_of(ReplyKind kind, std::uint8_t code) {
    switch (kind) {
      case ReplyKind::time_exceeded: return static_cast<std::uint8_t>(Mark::time_exceeded);
      case ReplyKind::echo_reply: return static_cast<std::uint8_t>(Mark::echo_reply);
      case ReplyKind::tcp_syn_ack: return static_cast<std::uint8_t>(Mark::tcp_syn_ack);
      case ReplyKind::tcp_rst: return static_cast<std::uint8_t>(Mark::tcp_rst);
      case ReplyKind::unreachable: break;
    }
    return static_cast<std::uint8_t>(kUnreachable + (code & 15));
  }

  Tick time_{0};
  std::uint32_t word_{0};  // interface 24 | state 5 | attempt 2 | weak 1
};
static_assert(sizeof(Cell) == 8);

/// One probe to be sent.
struct Ask {
  PathIndex path{0};
  Ttl ttl{1};
  std::uint8_t attempt{0};
};

/// A verified answer, as far as a survey needs it.
struct Answer {
  PathIndex path{0};
  Ttl ttl{1};
  IpAddress from;
  ReplyKind kind{ReplyKind::time_exceeded};
  std::uint8_t icmp_code{0};
  Ttl reply_ttl{0};
  Ttl quoted_ttl{0};  ///< 0: nothing was quoted.
  bool weak{false};
  InterfaceId id{kNoInterface};  ///< Filled in once the address has its number.
};

}  // namespace isthmus::probes::survey
