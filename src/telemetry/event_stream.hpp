#pragma once
// One client that follows what happens (server-sent events, WHATWG HTML section 9.2): looks once an interval whether
// there is something new and writes it; never has more than one page of events in memory, however slowly the client
// reads. Runs on its connection's strand.

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "telemetry/event_feed.hpp"
#include "telemetry/http_routes.hpp"
#include "telemetry/web_stream.hpp"

namespace isthmus::telemetry {

class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  struct Parts {
    WebStream& connection;        ///< The response's header has been written.
    std::shared_ptr<void> owner;  ///< Keeps the connection.
    std::shared_ptr<void> place;  ///< In the feed.
    EventFeed& feed;              ///< Outlives it, as do the options.
    const HttpOptions& options;
  };
  EventStream(Parts parts, const Subscription& from);

  void start();

 private:
  void listen();
  void look(bool timely);
  void add_snapshot();
  void add_events();
  void skip(std::uint64_t after, std::uint64_t up_to);
  void write();
  void wait();
  void end();

  Parts parts_;
  boost::asio::steady_timer timer_;
  std::optional<std::uint64_t> last_seen_;  ///< As the client says; nothing: it wants what is new.
  std::optional<std::uint64_t> position_;   ///< The last event that it was told, once the log could be read.
  std::size_t behind_{0};                   ///< Events told since it was last up to date.
  std::optional<Timestamp> snapshot_;       ///< The last one that it was told.
  std::string head_;                        ///< What is being written, before `page_`.
  std::shared_ptr<const EventPage> page_;
  std::chrono::steady_clock::time_point written_;
  std::array<char, 256> heard_{};
  bool ended_{false};
};

}  // namespace isthmus::telemetry
