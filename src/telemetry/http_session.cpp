#include "telemetry/http_session.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/write.hpp>
#include <utility>

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

std::string_view view_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Whether "Accept-Encoding: br;q=1, gzip;q=0.5" allows gzip (RFC 9110 section 12.5.3).
bool accepts_gzip(boost::beast::string_view accept) {
  for (const auto& [coding, parameters] : http::ext_list(accept)) {
    if (!boost::beast::iequals(coding, "gzip")) continue;
    for (const auto& [name, value] : parameters) {
      if (boost::beast::iequals(name, "q")) return value.find_first_not_of("0.") != value.npos;
    }
    return true;
  }
  return false;
}

}  // namespace

HttpSession::HttpSession(boost::asio::ip::tcp::socket socket, const HttpOptions& options, const Handlers& handlers,
                         OnEnd on_end)
    : stream_(std::move(socket)),
      options_(options),
      handlers_(handlers),
      on_end_(std::move(on_end)),
      buffer_(kMaxHeaderBytes + kMaxBodyBytes) {}

HttpSession::~HttpSession() { on_end_(); }

void HttpSession::start() {
  boost::asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->read(); });
}

void HttpSession::interrupt() {
  boost::asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->reading_) self->stream_.close();
  });
}

void HttpSession::close_now() { stream_.close(); }

void HttpSession::read() {
  reading_ = true;
  parser_.emplace();
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(kMaxBodyBytes);
  // One limit for the whole request: a peer that sends a byte now and then does not prolong it.
  stream_.expires_after(options_.request_timeout);
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const boost::system::error_code& status, std::size_t) { self->on_read(status); });
}

void HttpSession::on_read(const boost::system::error_code& status) {
  reading_ = false;
  if (status) {
    const unsigned answer = status_of(status);
    if (answer == 0) return close();
    return write({answer, "text/plain; charset=utf-8", "not a request that isthmus accepts\n", {}}, false, true);
  }
  const auto& request = parser_->get();
  const auto method = request.method_string();
  const auto target = request.target();
  Response response = respond({.method = {method.data(), method.size()},
                               .target = {target.data(), target.size()},
                               .from_browser_page = request.find(http::field::origin) != request.end(),
                               .accepts_gzip = accepts_gzip(request[http::field::accept_encoding]),
                               .if_none_match = view_of(request[http::field::if_none_match])},
                              handlers_);
  write(std::move(response), request.keep_alive(), request.method() != http::verb::head);
}

void HttpSession::write(Response response, bool keep_alive, bool body_wanted) {
  response_ = {};
  response_.result(response.status);
  response_.set(http::field::content_type, response.content_type);
  response_.set(http::field::cache_control, "no-store");
  response_.set("X-Content-Type-Options", "nosniff");
  response_.set("X-Frame-Options", "DENY");
  response_.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  if (!response.allow.empty()) response_.set(http::field::allow, response.allow);
  for (const auto& [name, value] : response.headers) response_.set(name, value);
  response_.keep_alive(keep_alive);
  // HEAD: the length of what GET would bring, without bringing it (RFC 9110 section 9.3.2).
  // A 304 has the length of what it stands for or none (RFC 9110 section 8.6).
  if (response.status != 304) response_.content_length(response.body.size());
  if (body_wanted) response_.body() = std::move(response.body);  // Megabytes, for metrics.
  stream_.expires_after(options_.write_timeout);
  serializer_.emplace(response_);
  const auto done = [self = shared_from_this(), keep_alive](const boost::system::error_code& status, std::size_t) {
    self->on_write(status, keep_alive);
  };
  body_wanted ? http::async_write(stream_, *serializer_, done) : http::async_write_header(stream_, *serializer_, done);
}

void HttpSession::on_write(const boost::system::error_code& status, bool keep_alive) {
  if (status || !keep_alive) return close();
  read();
}

// Closing a socket with unread bytes resets the connection, and the peer may then lose the answer that tells it what
// was wrong (RFC 9112 section 9.6): say that nothing more comes, and listen to the rest for a moment.
void HttpSession::close() {
  boost::system::error_code failed;
  stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, failed);
  if (failed) return;
  reading_ = true;
  stream_.expires_after(kDrainTime);
  drain(kDrainBytes);
}

void HttpSession::drain(std::size_t allowance) {
  buffer_.clear();
  stream_.async_read_some(
      buffer_.prepare(kMaxHeaderBytes),
      [self = shared_from_this(), allowance](const boost::system::error_code& status, std::size_t bytes) {
        if (!status && bytes < allowance) self->drain(allowance - bytes);
      });
}

}  // namespace isthmus::telemetry
