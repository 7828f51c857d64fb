#pragma once
// A connection to a NATS broker, for ever: it is made anew whenever it breaks, and the first time as well. Created and
// destroyed by its owner; state() may be called from any thread. Publishers and readers must go before it.

#include <memory>
#include <mutex>
#include <string>

#include "isthmus/base/result.hpp"
#include "isthmus/fleet/settings.hpp"

struct __natsConnection;
struct __jsCtx;

namespace isthmus::fleet {

struct BrokerState {
  bool connected{false};
  std::uint64_t connects{0};  ///< How often the connection was made.
  std::string problem;        ///< Why it is not there, or what the broker complained of last.
};

class Broker {
 public:
  /// Returns at once, connected or not. Errors: invalid_argument, not_found or permission_denied: files that cannot be
  /// read, servers that are none.
  [[nodiscard]] static Result<std::unique_ptr<Broker>> connect(const BrokerSettings& settings);
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  [[nodiscard]] BrokerState state() const;
  /// Creates the stream, or brings it up to these settings. Errors: busy (not connected), refused (not allowed to, or a
  /// stream of other subjects), io_failed.
  [[nodiscard]] Result<void> ensure_stream(const StreamSettings& settings);

  [[nodiscard]] __natsConnection* connection() const { return connection_; }

 private:
  Broker();
  struct Callbacks;

  void* token_;
  __natsConnection* connection_{nullptr};
  mutable std::mutex mutex_;
  BrokerState state_;  // guarded by mutex_
};

}  // namespace isthmus::fleet
