#pragma once
// One HTTP connection: reads a request, answers, and so on until the peer closes, errs, or takes too long. All its
// work runs on its own strand; interrupt() may be called from any thread.

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "isthmus/telemetry/http_server.hpp"
#include "telemetry/http_routes.hpp"

namespace isthmus::telemetry {

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  using OnEnd = std::function<void()>;
  /// `options` and `handlers` outlive every session; `on_end` is called once, by the destructor.
  HttpSession(boost::asio::ip::tcp::socket socket, const HttpOptions& options, const Handlers& handlers, OnEnd on_end);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void start();
  /// Whether it waits for (the rest of) a request: then closing it costs nobody an answer.
  [[nodiscard]] bool reading() const { return reading_; }
  void interrupt();
  /// Closes the connection at once; only when no thread runs the session any more.
  void close_now();

 private:
  void read();
  void on_read(const boost::system::error_code& status);
  void write(Response response, bool keep_alive, bool body_wanted);
  void on_write(const boost::system::error_code& status, bool keep_alive);
  void close();
  void drain(std::size_t allowance);

  boost::beast::tcp_stream stream_;
  const HttpOptions& options_;
  const Handlers& handlers_;
  OnEnd on_end_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  std::optional<boost::beast::http::response_serializer<boost::beast::http::string_body>> serializer_;
  std::atomic<bool> reading_{true};
};

}  // namespace isthmus::telemetry
