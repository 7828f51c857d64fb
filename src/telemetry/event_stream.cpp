#include "telemetry/event_stream.hpp"

#include <boost/asio/write.hpp>
#include <utility>

namespace isthmus::telemetry {
namespace {

using Status = boost::system::error_code;

// What a client is told of what it missed; whoever missed more asks /api/v1/events.
constexpr std::size_t kMostMissed = 1000;

// How long a browser waits before it connects again.
constexpr const char* kGreeting = "retry: 2000\n\n";

}  // namespace

EventStream::EventStream(Parts parts, const Subscription& from)
    : parts_(std::move(parts)), timer_(parts_.connection.get_executor()), last_seen_(from.last_event_id) {}

void EventStream::start() {
  head_ = kGreeting;
  listen();
  look(true);
}

// Nothing is expected of the client, but its going must be noticed.
void EventStream::listen() {
  parts_.connection.tcp().expires_never();
  parts_.connection.async_read_some(
      boost::asio::buffer(heard_),
      [self = shared_from_this()](const Status& failed, std::size_t) { failed ? self->end() : self->listen(); });
}

// `timely`: an interval has passed, so that another snapshot may be told.
void EventStream::look(bool timely) {
  if (ended_) return;
  if (timely) add_snapshot();
  add_events();
  const bool is_silent = std::chrono::steady_clock::now() - written_ >= parts_.options.stream_heartbeat;
  if (head_.empty() && !page_ && is_silent) head_ = ": still here\n\n";
  head_.empty() && !page_ ? wait() : write();
}

void EventStream::add_snapshot() {
  const auto time = parts_.feed.snapshot_time();
  if (!time || time == snapshot_) return;
  snapshot_ = time;
  head_ += "event: snapshot\ndata: {\"time\":\"" + to_rfc3339(*time) + "\"}\n\n";
}

// A log that cannot be read now may be readable in a moment.
void EventStream::add_events() {
  if (!position_) {
    const auto latest = parts_.feed.latest_id();
    if (!latest) return;
    position_ = *latest;
    // An id that is still to come is of another log.
    if (last_seen_ && *last_seen_ <= *latest) position_ = *last_seen_;
    if (last_seen_ && *last_seen_ > *latest) skip(*last_seen_, *latest);
  }
  if (behind_ >= kMostMissed) {
    const auto latest = parts_.feed.latest_id();
    if (!latest) return;
    if (*latest > *position_) skip(*position_, *latest);
    behind_ = 0;
  }
  const auto page = parts_.feed.after(*position_);
  if (!page) return;
  if ((*page)->events > 0) page_ = *page;
  position_ = (*page)->last_id;
  behind_ = (*page)->full ? behind_ + (*page)->events : 0;
}

// Says so: a gap that nobody knows of would be taken for quiet.
void EventStream::skip(std::uint64_t after, std::uint64_t up_to) {
  const std::string id = std::to_string(up_to);
  head_ += "event: gap\nid: " + id + "\ndata: {\"after\":" + std::to_string(after) + ",\"up_to\":" + id + "}\n\n";
  position_ = up_to;
}

void EventStream::write() {
  const std::array<boost::asio::const_buffer, 2> bytes{
      boost::asio::buffer(head_), page_ ? boost::asio::buffer(page_->text) : boost::asio::const_buffer()};
  parts_.connection.tcp().expires_after(parts_.options.write_timeout);
  boost::asio::async_write(parts_.connection, bytes, [self = shared_from_this()](const Status& failed, std::size_t) {
    if (failed) return self->end();
    const bool more = self->page_ && self->page_->full;
    self->head_.clear();
    self->page_.reset();
    self->written_ = std::chrono::steady_clock::now();
    more ? self->look(false) : self->wait();
  });
}

void EventStream::wait() {
  if (ended_) return;
  timer_.expires_after(parts_.options.stream_interval);
  timer_.async_wait([self = shared_from_this()](const Status& cancelled) {
    if (!cancelled) self->look(true);
  });
}

void EventStream::end() {
  ended_ = true;
  timer_.cancel();
  parts_.connection.close();
}

}  // namespace isthmus::telemetry
