#include "telemetry/http_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

#include "telemetry/event_stream.hpp"

namespace isthmus::telemetry {
namespace {

namespace http = boost::beast::http;

// No request of ours is longer: a path with a few parameters, no body worth reading.
constexpr std::uint32_t kMaxHeaderBytes = 8192;
constexpr std::uint64_t kMaxBodyBytes = 4096;

// How long and how much to listen to a peer after the last answer.
constexpr std::chrono::seconds kDrainTime{1};
constexpr std::size_t kDrainBytes = 256 * 1024;

// What to tell a peer whose bytes were no acceptable request; 0: nothing, it is gone or took too long.
unsigned status_of(const boost::system::error_code& failure) {
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow) return 431;
  if (failure == http::error::body_limit) return 413;
  if (failure == http::error::end_of_stream || failure == http::error::partial_message) return 0;
  const bool malformed = failure.category() == http::make_error_code(http::error::bad_method).category();
  return malformed ? 400 : 0;
}

constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr const char* kStrictest = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

// Above it an answer is large. Health, badges and errors stay below, and are given whatever else is under way.
constexpr std::size_t kLarge = 64 * 1024;

// Below it a packet is a packet.
constexpr std::size_t kLeastPacked = 1024;

// What a browser or a scraper gets that speaks HTTP to a port where TLS is spoken.
constexpr std::string_view kUseTls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 33\r\n"
    "Connection: close\r\n\r\nthis port wants TLS: write https\n";

bool has_header(const Response& response, std::string_view wanted) {
  const auto is_wanted = [wanted](const auto& header) { return header.first == wanted; };
  return std::ranges::any_of(response.headers, is_wanted);
}

std::string_view view_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

HttpSession::HttpSession(boost::asio::ip::tcp::socket socket, const SharedParts& shared, OnEnd on_end)
    : shared_(shared),
      access_(shared.access.get()),
      stream_(boost::beast::tcp_stream(std::move(socket)), access_ ? access_->tls() : nullptr),
      on_end_(std::move(on_end)),
      buffer_(kMaxHeaderBytes + kMaxBodyBytes) {}

HttpSession::~HttpSession() { on_end_(); }

void HttpSession::start() {
  boost::asio::dispatch(stream_.get_executor(),
                        [self = shared_from_this()] { self->stream_.encrypted() ? self->agree() : self->read(); });
}

void HttpSession::interrupt() {
  boost::asio::post(stream_.get_executor(), [self = shared_from_this()] {
    self->leaving_ = true;
    // What follows events has no end to wait for; its client comes back and asks for what it missed.
    if (self->reading_ || self->following_) self->stream_.close();
  });
}

void HttpSession::close_now() { stream_.close(); }

void HttpSession::agree() {
  stream_.tcp().expires_after(shared_.options.request_timeout);
  stream_.async_handshake(boost::asio::ssl::stream_base::server,
                          [self = shared_from_this()](const boost::system::error_code& failed) {
                            if (!failed) return self->read();
                            const bool from_tls = failed.category() == boost::asio::error::get_ssl_category();
                            const auto code = static_cast<unsigned long>(failed.value());
                            if (from_tls && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST) self->refuse_plain();
                          });
}

void HttpSession::refuse_plain() {
  stream_.tcp().expires_after(shared_.options.write_timeout);
  boost::asio::async_write(stream_.tcp(), boost::asio::buffer(kUseTls),
                           [self = shared_from_this()](const boost::system::error_code& failed, std::size_t) {
                             if (!failed) self->close_tcp();
                           });
}

void HttpSession::read() {
  reading_ = true;
  parser_.emplace();
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(kMaxBodyBytes);
  // One limit for the whole request: a peer that sends a byte now and then does not prolong it.
  stream_.tcp().expires_after(shared_.options.request_timeout);
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const boost::system::error_code& status, std::size_t) { self->on_read(status); });
}

void HttpSession::on_read(const boost::system::error_code& status) {
  reading_ = false;
  access_ = shared_.access.get();
  keep_alive_ = !status && parser_->get().keep_alive();
  body_wanted_ = status || parser_->get().method() != http::verb::head;
  if (status) {
    const unsigned answer = status_of(status);
    if (answer == 0) return close();
    return write({answer, kPlainText, "not a request that isthmus accepts\n", {}, {}, {}});
  }
  if (!access_ || access_->users().empty()) return answer();
  shared_.gate.ask(access_, view_of(parser_->get()[http::field::authorization]),
                   [self = shared_from_this()](Verdict verdict) {
                     boost::asio::post(self->stream_.get_executor(), [self, verdict] { self->admit(verdict); });
                   });
}

void HttpSession::admit(Verdict verdict) {
  switch (verdict) {
    case Verdict::allowed: return answer();
    case Verdict::refused:
      return write({401,
                    kPlainText,
                    "say who you are: a user and a password of web_config\n",
                    {},
                    {{"WWW-Authenticate", "Basic realm=\"isthmus\""}},
                    {}});
    case Verdict::too_busy:
      return write({503,
                    kPlainText,
                    "too many passwords are being compared; come back in a second\n",
                    {},
                    {{"Retry-After", "1"}},
                    {}});
  }
}

void HttpSession::answer() {
  const auto& request = parser_->get();
  const bool packed = accepts_gzip(view_of(request[http::field::accept_encoding]));
  Response response = respond({.method = view_of(request.method_string()),
                               .target = view_of(request.target()),
                               .from_browser_page = request.find(http::field::origin) != request.end(),
                               .last_event_id = view_of(request["Last-Event-ID"]),
                               .accepts_gzip = packed,
                               .if_none_match = view_of(request[http::field::if_none_match])},
                              shared_.handlers);
  if (response.stream && body_wanted_) return follow(*response.stream);
  if (response.body.size() > kLarge) {
    room_ = shared_.budget.take(response.body.size());
    if (!room_) {
      return write(
          {503, kPlainText, "too many large answers are under way; come back later\n", {}, {{"Retry-After", "5"}}, {}});
    }
  }
  // Files of the web page come packed, or are not worth it.
  if (response.body.size() < kLeastPacked || has_header(response, "Vary")) return write(std::move(response));
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!packed) return write(std::move(response));
  gzip_.emplace(std::move(response.body));
  response.headers.emplace_back("Content-Encoding", "gzip");
  pack(std::move(response));
}

// Megabytes take a while: between two steps other connections have their turn.
void HttpSession::pack(Response response) {
  if (gzip_->step()) {
    boost::asio::post(stream_.get_executor(), [self = shared_from_this(), response = std::move(response)]() mutable {
      self->pack(std::move(response));
    });
    return;
  }
  response.body = gzip_->take();
  gzip_.reset();
  write(std::move(response));
}

void HttpSession::fill_header(const Response& response, bool keep_alive) {
  response_ = {};
  response_.result(response.status);
  response_.set(http::field::content_type, response.content_type);
  response_.set(http::field::cache_control, "no-store");
  response_.set("X-Content-Type-Options", "nosniff");
  response_.set("X-Frame-Options", "DENY");
  response_.set("Content-Security-Policy", response.policy.empty() ? kStrictest : response.policy);
  if (!response.allow.empty()) response_.set(http::field::allow, response.allow);
  if (access_) {
    for (const auto& [name, value] : access_->headers()) response_.set(name, value);
  }
  for (const auto& [name, value] : response.headers) {
    value.empty() ? void(response_.erase(name)) : response_.set(name, value);
  }
  response_.keep_alive(keep_alive);
}

void HttpSession::write(Response response) {
  keep_alive_ = keep_alive_ && !leaving_;
  fill_header(response, keep_alive_);
  // HEAD: the length of what GET would bring, without bringing it (RFC 9110 section 9.3.2).
  // A 304 has the length of what it stands for or none (RFC 9110 section 8.6).
  if (response.status != 304) response_.content_length(response.body.size());
  if (body_wanted_) response_.body() = std::move(response.body);  // Megabytes, for metrics.
  stream_.tcp().expires_after(shared_.options.write_timeout);
  serializer_.emplace(response_);
  const auto done = [self = shared_from_this()](const boost::system::error_code& status, std::size_t) {
    self->on_write(status);
  };
  body_wanted_ ? http::async_write(stream_, *serializer_, done) : http::async_write_header(stream_, *serializer_, done);
}

// The end of the connection is the end of the response: no length and no chunks are needed, and a proxy has nothing to
// wait for.
void HttpSession::follow(const Subscription& subscription) {
  if (leaving_) return close();
  auto place = shared_.feed.enter();
  if (!place) {
    return write(
        {503, kPlainText, "too many follow events already; come back later\n", {}, {{"Retry-After", "30"}}, {}});
  }
  following_ = true;
  fill_header({200, "text/event-stream", {}, {}, {{"X-Accel-Buffering", "no"}}, {}}, false);
  stream_.tcp().expires_after(shared_.options.write_timeout);
  serializer_.emplace(response_);
  http::async_write_header(
      stream_, *serializer_,
      [self = shared_from_this(), place, subscription](const boost::system::error_code& failed, std::size_t) {
        if (failed) return;
        const EventStream::Parts parts{self->stream_, self, place, self->shared_.feed, self->shared_.options};
        std::make_shared<EventStream>(parts, subscription)->start();
      });
}

void HttpSession::on_write(const boost::system::error_code& status) {
  // Whoever is only told what is wrong earns no place.
  answered_ = answered_ || response_.result_int() < 400;
  // A connection that stays open does not keep the megabytes that it has brought.
  response_.body() = std::string();
  room_.reset();
  if (status || !keep_alive_ || leaving_) return close();
  read();
}

// Closing a socket with unread bytes resets the connection, and the peer may then lose the answer that tells it what
// was wrong (RFC 9112 section 9.6): say that nothing more comes, and listen to the rest for a moment.
void HttpSession::close() {
  if (!stream_.encrypted()) return close_tcp();
  reading_ = true;
  stream_.tcp().expires_after(kDrainTime);
  stream_.async_shutdown([self = shared_from_this()](const boost::system::error_code&) { self->close_tcp(); });
}

void HttpSession::close_tcp() {
  boost::system::error_code failed;
  stream_.tcp().socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, failed);
  if (failed) return;
  reading_ = true;
  stream_.tcp().expires_after(kDrainTime);
  drain(kDrainBytes);
}

void HttpSession::drain(std::size_t allowance) {
  buffer_.clear();
  stream_.tcp().async_read_some(
      buffer_.prepare(kMaxHeaderBytes),
      [self = shared_from_this(), allowance](const boost::system::error_code& status, std::size_t bytes) {
        if (!status && bytes < allowance) self->drain(allowance - bytes);
      });
}

}  // namespace isthmus::telemetry
