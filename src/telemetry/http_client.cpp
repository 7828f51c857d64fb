#include "isthmus/telemetry/http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <utility>

#include "isthmus/base/time.hpp"
#include "telemetry/url.hpp"

namespace isthmus::telemetry {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Status = boost::system::error_code;

// A document about a hundred thousand blocks has tens of megabytes.
constexpr std::uint64_t kMaxBodyBytes = 256 << 20;

// One exchange on an io_context of its own; the operations follow each other until `result_` is set.
class Exchange {
 public:
  Exchange(asio::io_context& io, HttpUrl url) : url_(std::move(url)), resolver_(io), stream_(io) {
    request_.method(http::verb::get);
    request_.version(11);
    request_.target(url_.target);
    request_.set(http::field::host, url_.host);
    request_.set(http::field::connection, "close");
  }

  void start() {
    resolver_.async_resolve(url_.host, url_.port, [this](const Status& failed, auto found) {
      if (failed) return end("find host " + url_.host, failed);
      connect(found);
    });
  }

  [[nodiscard]] const std::optional<Result<HttpResponse>>& result() const { return result_; }

 private:
  void connect(const asio::ip::tcp::resolver::results_type& found) {
    stream_.async_connect(found, [this](const Status& failed, const auto&) {
      if (failed) return end("connect", failed);
      write();
    });
  }

  void write() {
    http::async_write(stream_, request_, [this](const Status& failed, std::size_t) {
      if (failed) return end("send request", failed);
      read();
    });
  }

  void read() {
    response_.body_limit(kMaxBodyBytes);
    http::async_read(stream_, buffer_, response_, [this](const Status& failed, std::size_t) {
      if (failed) return end("read response", failed);
      result_ = HttpResponse{response_.get().result_int(), std::move(response_.get().body())};
    });
  }

  void end(const std::string& step, const Status& failed) {
    result_ = Error{ErrorCode::io_failed, "get http://" + url_.host + ":" + url_.port + url_.target,
                    "cannot " + step + ": " + failed.message()};
  }

  HttpUrl url_;
  asio::ip::tcp::resolver resolver_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  http::response_parser<http::string_body> response_;
  std::optional<Result<HttpResponse>> result_;
};

}  // namespace

Result<HttpResponse> http_get(std::string_view url, std::chrono::milliseconds timeout) {
  auto parsed = parse_http_url(url);
  if (!parsed) return parsed.error();
  asio::io_context io;
  Exchange exchange(io, std::move(*parsed));
  exchange.start();
  io.run_for(timeout);
  if (exchange.result()) return *exchange.result();
  return Error{ErrorCode::io_failed, "get " + std::string(url),
               "no answer within " + to_string(Duration(timeout)) + "; is isthmus running, and is this its address?"};
}

}  // namespace isthmus::telemetry
