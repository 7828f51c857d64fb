#pragma once
// Where events come from, for whoever follows the log: a running isthmus, or a store on this machine. One thread.

#include <memory>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/event_query.hpp"
#include "isthmus/store/store.hpp"
#include "isthmus/telemetry/http_client.hpp"

namespace isthmus::app {

class EventSource {
 public:
  EventSource() = default;
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;
  virtual ~EventSource() = default;
  /// As of the query, oldest first; at most 1000 at once.
  [[nodiscard]] virtual Result<std::vector<Event>> events(const EventQuery& query) = 0;
};

/// Asks /api/v1/events. `url`: where isthmus listens.
[[nodiscard]] std::unique_ptr<EventSource> http_feed(std::string url, telemetry::HttpAccess access);
/// Reads a store that is open.
[[nodiscard]] std::unique_ptr<EventSource> store_feed(std::unique_ptr<store::Store> store);

/// "/api/v1/events?limit=100&kind=block_down"
[[nodiscard]] std::string events_request(const EventQuery& query);

/// What is new since the last time, and what is to be told of the feed itself.
class EventFollower {
 public:
  /// The first call gets the latest `query.limit` events that match, all later ones what has come since.
  EventFollower(EventSource& feed, EventQuery query);

  /// New events, oldest first. An error is the feed's: try again.
  [[nodiscard]] Result<std::vector<Event>> next();

  /// Whether the log was begun anew, so that numbers began again: it is read from its beginning then. Once each time.
  [[nodiscard]] bool take_restart();

 private:
  [[nodiscard]] Result<std::vector<Event>> first();

  EventSource& feed_;
  EventQuery query_;
  std::optional<std::uint64_t> last_;
  bool restarted_{false};
};

}  // namespace isthmus::app
