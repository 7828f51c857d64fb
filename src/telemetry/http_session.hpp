#pragma once
// One HTTP connection, encrypted or not: asks who it is, reads a request, answers, and so on until the peer closes,
// errs, or takes too long. All its work runs on its own strand; interrupt() may be called from any thread.

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "isthmus/telemetry/http_server.hpp"
#include "telemetry/byte_budget.hpp"
#include "telemetry/event_feed.hpp"
#include "telemetry/gzip.hpp"
#include "telemetry/http_routes.hpp"
#include "telemetry/password_gate.hpp"
#include "telemetry/web_access.hpp"
#include "telemetry/web_stream.hpp"

namespace isthmus::telemetry {

/// What all connections of a server share; outlives every one.
struct SharedParts {
  const HttpOptions& options;
  const Handlers& handlers;
  EventFeed& feed;
  ByteBudget& budget;
  CurrentAccess& access;
  PasswordGate& gate;
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  using OnEnd = std::function<void()>;
  /// `on_end` is called once, by the destructor.
  HttpSession(boost::asio::ip::tcp::socket socket, const SharedParts& shared, OnEnd on_end);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void start();
  /// Whether it waits for (the rest of) a request: then closing it costs nobody an answer.
  [[nodiscard]] bool reading() const { return reading_; }
  /// Whether it has been given what it asked for before.
  [[nodiscard]] bool answered() const { return answered_; }
  /// It is to leave: at once when it waits for a request or follows events, otherwise after its present answer.
  void interrupt();
  /// Closes the connection at once; only when no thread runs the session any more.
  void close_now();

 private:
  void agree();
  void refuse_plain();
  void read();
  void on_read(const boost::system::error_code& status);
  void admit(Verdict verdict);
  void answer();
  void pack(Response response);
  void write(Response response);
  void follow(const Subscription& subscription);
  void fill_header(const Response& response, bool keep_alive);
  void on_write(const boost::system::error_code& status);
  void close();
  void close_tcp();
  void drain(std::size_t allowance);

  const SharedParts shared_;
  std::shared_ptr<const WebAccess> access_;  // That of the request, or of the connection before there is one.
  WebStream stream_;
  OnEnd on_end_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  std::optional<boost::beast::http::response_serializer<boost::beast::http::string_body>> serializer_;
  std::optional<Gzip> gzip_;
  std::shared_ptr<void> room_;  // For an answer that is large, until it is sent.
  bool keep_alive_{false};      // As the request wants it.
  bool body_wanted_{true};      // It is no HEAD.
  bool leaving_{false};         // No further request is read.
  bool following_{false};       // Events, until it ends.
  std::atomic<bool> reading_{true};
  std::atomic<bool> answered_{false};
};

}  // namespace isthmus::telemetry
