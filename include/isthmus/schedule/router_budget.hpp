#pragma once
// How much may be asked of each router: one token bucket a router, shared by all targets and flows, at the rate at
// which the router turned out to answer. Takes the time, returns the wait. Belongs to one thread.
//
//   if (const Duration wait = budget.wait(router, now); wait > Duration::zero()) ask something else meanwhile
//   else if (budget.take(router, now)) send
//   ... budget.answered(router, sent, now) or budget.unanswered(router, sent, now, silence)

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/schedule/limit_estimator.hpp"

namespace isthmus::schedule {

/// What the silence of a router says about it.
enum class Silence : std::uint8_t {
  forwarding,  ///< A hop behind it answered the same flow at about that time: it forwards, and withholds answers.
  path,        ///< Everything behind it was silent too, or nobody asked: that says nothing about the router.
};

/// Routers that answer everything are never slowed down, and without a ceiling take no memory. Others take 72 bytes,
/// for `capacity` routers at most: those asked longest ago are forgotten first, and when every single one was asked
/// just now, unknown routers have to wait (fails closed).
class RouterBudget {
 public:
  /// `ceiling`: replies a second asked of a router at most, whatever it could bear; 0 means no ceiling.
  explicit RouterBudget(double ceiling, std::size_t capacity = 65536);

  /// What was learnt stays.
  void set_ceiling(double ceiling) { ceiling_ = ceiling > 0 ? ceiling : LimitEstimator::kUnlimited; }

  [[nodiscard]] Duration wait(const IpAddress& router, Instant now) const;
  /// Takes a token if there is one: a probe that this router will answer is about to leave.
  bool take(const IpAddress& router, Instant now);
  /// What became of a probe that take() allowed and that left at `sent`. Reports may be left out, or come in any
  /// order; a router's limit is learnt from those that come.
  void answered(const IpAddress& router, Instant sent, Instant now);
  void unanswered(const IpAddress& router, Instant sent, Instant now, Silence silence);

  /// Answers a second that the router was found to give at most; nothing while no limit has shown.
  [[nodiscard]] std::optional<double> limit(const IpAddress& router) const;
  /// Whether the router's own answers, and not the ceiling, decide how often it is asked: a limit that was found or is
  /// being looked for.
  [[nodiscard]] bool is_slowed(const IpAddress& router) const;
  /// Routers remembered.
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  // IPv4 addresses as IPv4-mapped ones (RFC 4291 section 2.5.5.2).
  struct Key {
    std::uint64_t high{0};
    std::uint64_t low{0};
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Entry {
    Key key;
    Instant next{Instant::min()};  // when the next token is due; the last one was taken before that
    LimitEstimator estimator;
  };
  static_assert(sizeof(Entry) == 64);  // and twice four bytes of index

  static Key key_of(const IpAddress& router);
  [[nodiscard]] std::size_t slot_of(const Key& key) const;
  [[nodiscard]] Duration interval_of(const Entry& entry) const;
  Entry* find(const IpAddress& router);
  [[nodiscard]] const Entry* find(const IpAddress& router) const;
  Entry* find_or_add(const IpAddress& router, Instant now);
  bool make_room(Instant now);
  void rebuild_index(std::size_t slots);

  double ceiling_{LimitEstimator::kUnlimited};
  std::size_t capacity_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> index_;    // open addressing; position in entries_ plus one, 0 is free
  Duration settle_{};                   // how long after its sending the latest probe was given up
  Instant full_until_{Instant::min()};  // no entry can be forgotten before
};

}  // namespace isthmus::schedule
