#pragma once
// Events that wait in memory until the file can be written, and the ids that they get. One for a store. Changed by
// whoever writes, one at a time; matching() and size() from any thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/model/event_query.hpp"

namespace isthmus::store {

class Backlog {
 public:
  explicit Backlog(std::size_t limit) : limit_(limit) {}

  /// Gives the events their ids and keeps them. How many of the oldest were lost for that.
  std::uint64_t add(std::vector<Event>& events);
  /// The first event that is new to a file gets an id after the last one in it.
  void number_from(std::uint64_t last);
  /// A damaged file knew which ids are taken, the new one does not.
  void number_without_file(Timestamp now);
  /// Only for whoever changes it.
  [[nodiscard]] const std::deque<Event>& waiting() const { return events_; }
  /// All of them are in the file.
  void clear();

  [[nodiscard]] std::map<std::uint64_t, Event> matching(const EventQuery& query) const;
  [[nodiscard]] std::size_t size() const;

 private:
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::uint64_t next_id_{0};  // 0: not known yet. Guarded by mutex_
  std::deque<Event> events_;  // To be changed with mutex_ held
};

}  // namespace isthmus::store
