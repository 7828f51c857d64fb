#pragma once
// The HTTP side of isthmus: web page, metrics, API, health. Runs on its own threads; everything it shows
// comes through callbacks, which must be callable from any thread and return fast.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/model/event_query.hpp"
#include "isthmus/resilience/daily.hpp"
#include "isthmus/resilience/late.hpp"
#include "isthmus/resilience/snapshot.hpp"
#include "isthmus/telemetry/metrics.hpp"
#include "isthmus/telemetry/static_files.hpp"

namespace isthmus::telemetry {

struct Health {
  bool ok{true};
  std::string reason;  ///< Why not, for the person who looks.
};

struct Handlers {
  /// The latest snapshot; nullptr before the first one.
  std::function<std::shared_ptr<const resilience::Snapshot>()> snapshot;
  std::function<Result<std::vector<Event>>(const EventQuery&)> events;
  std::function<Result<resilience::History>(const resilience::HistoryQuery&)> history;
  std::function<ProcessStatus()> status;
  std::function<Health()> healthy;       ///< Is the core alive? Otherwise 503: restart the process.
  std::function<Health()> ready;         ///< Configuration loaded, sockets open? Otherwise 503.
  std::function<Result<void>()> reload;  ///< Empty: reload over HTTP is not enabled, 403.
  /// The web page; without it "/" is the plain one. Must outlive the server.
  std::span<const StaticFile> files{};
  /// Set by a process without a core: its metrics page, and a few lines of plain text for whoever looks. Then there are
  /// no snapshot, no API and no other pages, and the first four of the above are not called.
  std::function<std::string()> own_metrics{};
  std::function<std::string()> own_page{};
};

struct HttpOptions {
  std::string listen{"127.0.0.1:10176"};  ///< "address:port", "[::1]:port" or ":port" (all addresses); 0: any port.
  std::size_t threads{2};
  std::size_t max_connections{256};                                     ///< Further ones are closed at once.
  std::chrono::milliseconds request_timeout{std::chrono::seconds(10)};  ///< To send a whole request, or be idle.
  std::chrono::milliseconds write_timeout{std::chrono::seconds(30)};    ///< To take a whole response.
};

class HttpServer {
 public:
  /// Listens and serves until stop(). Fails when the address cannot be parsed or bound; the error says how to
  /// mend it.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(HttpOptions options, Handlers handlers);
  ~HttpServer();  ///< Stops.
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Closes the listener and every connection, and waits for the threads. Safe to call twice.
  void stop();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:10176"

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::telemetry
