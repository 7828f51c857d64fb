#include "isthmus/telemetry/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "telemetry/http_session.hpp"
#include "telemetry/listen_address.hpp"
#include "telemetry/password_gate.hpp"
#include "telemetry/web_access.hpp"

namespace isthmus::telemetry {
namespace {

using boost::asio::ip::tcp;

// After accept() failed (typically: no file descriptors left), so that the loop does not spin.
constexpr std::chrono::milliseconds kAcceptPause{100};

Error cannot_listen(const std::string& listen, const boost::system::error_code& failure) {
  Error error = system_error("listen on " + listen, failure.value());
  if (failure == boost::asio::error::address_in_use) {
    error.detail += "; stop the other program (`ss -ltnp` names it), or configure another exporter.listen";
  } else if (failure == boost::asio::error::access_denied) {
    error.detail += "; ports below 1024 need a capability, configure a higher one in exporter.listen";
  } else {
    error.detail += "; exporter.listen must name an address of this machine (`ip addr` lists them)";
  }
  return error;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpOptions options, Handlers handlers)
      : options_(std::move(options)),
        handlers_(std::move(handlers)),
        feed_(handlers_, options_.max_streams),
        budget_(options_.max_large_bytes),
        access_(options_.access),
        acceptor_(boost::asio::make_strand(io_)),
        pause_(acceptor_.get_executor()) {}

  ~Impl() { stop(); }

  Result<void> listen() {
    const auto endpoint = parse_listen_address(options_.listen);
    if (!endpoint) return endpoint.error();
    boost::system::error_code failed = listen_on(*endpoint);
    const bool everywhere = endpoint->address().is_unspecified();
    if (failed && failed != boost::asio::error::address_in_use && everywhere) {
      // A kernel without IPv6.
      failed = listen_on({boost::asio::ip::address_v4::any(), endpoint->port()});
    }
    if (failed) return cannot_listen(options_.listen, failed);
    local_ = acceptor_.local_endpoint();
    return {};
  }

  void run() {
    accept();
    for (std::size_t i = 0; i < std::max<std::size_t>(options_.threads, 1); ++i) {
      threads_.emplace_back([this] { io_.run(); });
    }
  }

  void stop() {
    io_.stop();
    for (std::jthread& thread : threads_) thread.join();
    threads_.clear();
    gate_.stop();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    close_sessions();
  }

  [[nodiscard]] const tcp::endpoint& local() const { return local_; }
  [[nodiscard]] CurrentAccess& access() { return access_; }

 private:
  boost::system::error_code listen_on(const tcp::endpoint& endpoint) {
    boost::system::error_code failed;
    acceptor_.close(failed);
    acceptor_.open(endpoint.protocol(), failed);
    // Lets a restarted isthmus listen while connections of the former one fade away.
    if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed && endpoint.protocol() == tcp::v6()) {
      acceptor_.set_option(boost::asio::ip::v6_only(!endpoint.address().is_unspecified()), failed);
    }
    if (!failed) acceptor_.bind(endpoint, failed);
    if (!failed) acceptor_.listen(tcp::acceptor::max_listen_connections, failed);
    return failed;
  }

  void accept() {
    acceptor_.async_accept(boost::asio::make_strand(io_),
                           [this](const boost::system::error_code& failed, tcp::socket socket) {
                             if (failed) return accept_later();
                             admit(std::move(socket));
                             accept();
                           });
  }

  void accept_later() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) accept();
    });
  }

  void admit(tcp::socket socket) {
    if (!make_room()) return;  // The socket closes here.
    std::shared_ptr<HttpSession> session;
    {
      const std::lock_guard lock(sessions_mutex_);
      const std::uint64_t key = next_session_++;
      session = std::make_shared<HttpSession>(std::move(socket),
                                              SharedParts{options_, handlers_, feed_, budget_, access_, gate_},
                                              [this, key] { forget(key); });
      sessions_.emplace(key, session);
    }
    session->start();
  }

  // At the cap a connection that only waits for a request gives way: the oldest of those that never were answered, so
  // that whoever opens many and sends nothing shuts out himself, not others; only then the oldest at all. False when
  // every connection is being answered.
  bool make_room() {
    std::shared_ptr<HttpSession> leaving;
    {
      const std::lock_guard lock(sessions_mutex_);
      if (sessions_.size() < options_.max_connections) return true;
      leaving = take_waiting(false);
      if (!leaving) leaving = take_waiting(true);
    }
    // Outside the lock: the last owner of a session calls forget() when it lets go.
    if (leaving) leaving->interrupt();
    return leaving != nullptr;
  }

  // Out of the list, which the caller has locked.
  std::shared_ptr<HttpSession> take_waiting(bool even_answered) {
    for (auto entry = sessions_.begin(); entry != sessions_.end(); ++entry) {
      auto session = entry->second.lock();
      if (!session || !session->reading() || (session->answered() && !even_answered)) continue;
      sessions_.erase(entry);
      return session;
    }
    return nullptr;
  }

  void forget(std::uint64_t key) {
    const std::lock_guard lock(sessions_mutex_);
    sessions_.erase(key);
  }

  // Only with the threads gone. The operations that a session waits for keep it alive until io_ ends, so its
  // connection is closed here.
  void close_sessions() {
    std::vector<std::shared_ptr<HttpSession>> open;
    {
      const std::lock_guard lock(sessions_mutex_);
      for (const auto& [key, session] : sessions_) {
        if (auto alive = session.lock()) open.push_back(std::move(alive));
      }
    }
    for (const auto& session : open) session->close_now();
  }

  const HttpOptions options_;
  const Handlers handlers_;
  EventFeed feed_;
  ByteBudget budget_;
  CurrentAccess access_;
  std::mutex sessions_mutex_;  // Outlives io_, whose destruction ends the last sessions.
  std::map<std::uint64_t, std::weak_ptr<HttpSession>> sessions_;
  std::uint64_t next_session_{0};
  boost::asio::io_context io_;
  PasswordGate gate_;  // Before io_ goes, so do those who wait here.
  tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  tcp::endpoint local_;
  std::vector<std::jthread> threads_;
};

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpOptions options, Handlers handlers) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handlers));
  if (const auto listening = impl->listen(); !listening) return listening.error();
  impl->run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

void HttpServer::stop() { impl_->stop(); }

void HttpServer::renew(std::shared_ptr<const WebAccess> access) { impl_->access().set(std::move(access)); }

std::uint16_t HttpServer::port() const { return impl_->local().port(); }

std::string HttpServer::url() const {
  const auto& address = impl_->local().address();
  // A server that listens everywhere is reached by the loopback address.
  const std::string host = address.is_unspecified() ? "127.0.0.1" : address.to_string();
  const bool bracket = address.is_v6() && !address.is_unspecified();
  const auto access = impl_->access().get();
  const std::string scheme = access && access->tls() ? "https://" : "http://";
  return scheme + (bracket ? "[" + host + "]" : host) + ":" + std::to_string(port());
}

}  // namespace isthmus::telemetry
