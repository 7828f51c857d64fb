#pragma once
// What the open streams of one server share: how many there are, and the log's events as the text they are sent as,
// made once for all who stand at the same place. One for a server; any thread.

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "isthmus/telemetry/http_server.hpp"

namespace isthmus::telemetry {

/// Events that follow one another in the log.
struct EventPage {
  std::uint64_t after{0};    ///< They are those after this one,
  std::uint64_t last_id{0};  ///< up to this one.
  std::size_t events{0};
  bool full{false};  ///< There may be more.
  std::string text;
};

class EventFeed {
 public:
  /// `handlers` outlive it.
  EventFeed(const Handlers& handlers, std::size_t max_streams) : handlers_(handlers), max_streams_(max_streams) {}

  /// A place for one stream, given back when it goes; null when all are taken.
  [[nodiscard]] std::shared_ptr<void> enter();

  /// When the latest snapshot was made; nothing before the first one.
  [[nodiscard]] std::optional<Timestamp> snapshot_time() const;
  /// The latest event's id; 0 when there is none yet.
  [[nodiscard]] Result<std::uint64_t> latest_id() const;
  [[nodiscard]] Result<std::shared_ptr<const EventPage>> after(std::uint64_t id);

 private:
  const Handlers& handlers_;
  const std::size_t max_streams_;
  std::atomic<std::size_t> streams_{0};
  std::mutex mutex_;
  std::deque<std::shared_ptr<const EventPage>> recent_;  // guarded by mutex_
};

/// One event as a stream tells it: its id, its name, and the JSON of /api/v1/events.
[[nodiscard]] std::string stream_text(const Event& event);

}  // namespace isthmus::telemetry
