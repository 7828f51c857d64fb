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
#include "isthmus/telemetry/web_access.hpp"

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
  /// Why an event was raised, as JSON; not_found when there is none of that id.
  std::function<Result<std::string>(std::uint64_t event)> explain;
  std::function<ProcessStatus()> status;
  std::function<Health()> healthy;  ///< Is the core alive? Otherwise 503: restart the process.
  std::function<Health()> ready;    ///< Configuration loaded, sockets open? Otherwise 503.
  /// Empty: reload over HTTP is not enabled, 403. busy: 409, so that nobody has to wait for another's reload.
  std::function<Result<void>()> reload;
  /// The web page; without it "/" is the plain one. Must outlive the server.
  std::span<const StaticFile> files{};
  /// Set by a process without a core: its metrics page, and a few lines of plain text for whoever looks. Then there are
  /// no snapshot, no API and no other pages, and the first five of the above are not called.
  std::function<std::string()> own_metrics{};
  std::function<std::string()> own_page{};
};

struct HttpOptions {
  std::string listen{"127.0.0.1:10176"};      ///< "address:port", "[::1]:port" or ":port" (all addresses); 0: any port.
  std::shared_ptr<const WebAccess> access{};  ///< Null: everybody may read, and nothing is encrypted.
  std::size_t threads{2};
  std::size_t max_connections{256};  ///< At the limit one that waits for a request gives way, or the new one is closed.
  std::size_t max_streams{64};       ///< Of these, how many may follow events; further ones are told to come later.
  std::size_t max_large_bytes{std::size_t{512} << 20};  ///< What large answers may hold at once; others come later.
  std::chrono::milliseconds request_timeout{std::chrono::seconds(10)};   ///< To send a whole request, or be idle.
  std::chrono::milliseconds write_timeout{std::chrono::seconds(30)};     ///< To take a whole response.
  std::chrono::milliseconds stream_interval{std::chrono::seconds(1)};    ///< How often a stream looks for news.
  std::chrono::milliseconds stream_heartbeat{std::chrono::seconds(15)};  ///< A stream without news says that it lives.
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

  /// From now on for new connections, and for new requests of those that there are. Any thread.
  void renew(std::shared_ptr<const WebAccess> access);

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:10176", or https

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::telemetry
