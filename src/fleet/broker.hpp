#pragma once
// A connection to a NATS broker, for ever: it is made anew whenever it breaks, and the first time as well. Once
// there is one, the library does that, until a broker has refused our credentials twice; then it gives up, and a thread
// of ours begins again with another of its connections. Created and destroyed by its owner; all else may be called from
// any thread. Publishers, readers and buckets must go before it.

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "isthmus/base/result.hpp"
#include "isthmus/fleet/connection.hpp"
#include "isthmus/fleet/settings.hpp"

struct __natsConnection;
struct __natsOptions;
struct __jsCtx;

namespace isthmus::fleet {

class Broker {
 public:
  using Connection = std::shared_ptr<__natsConnection>;

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

  /// To whoever listens; nothing is kept. Errors: busy (not connected).
  [[nodiscard]] Result<void> publish(const std::string& subject, const std::string& bytes);

  /// Takes the files that say who we are as they are now, and connects with them.
  void renew(const BrokerSettings& settings);

  /// The library's connection. Another one may take its place at any time: keep this one as long as a call lasts.
  [[nodiscard]] Connection connection() const;
  /// Ascends when another connection takes its place: what was made of the one before is of no more use.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  /// How often we tried to connect, beside what the library does about a connection that it had.
  [[nodiscard]] std::uint64_t attempts() const { return attempts_; }

 private:
  struct Callbacks;
  using Options = std::shared_ptr<__natsOptions>;

  explicit Broker(BrokerSettings settings);
  [[nodiscard]] Result<Options> options() const;
  Result<void> open(__natsOptions* options);
  void stand_in(__natsOptions* options);
  void take(__natsConnection* connection);
  void say(const Error& error);
  void keep(const std::stop_token& stop);

  void* token_;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::uint64_t> attempts_{0};
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  BrokerSettings settings_;  // guarded by mutex_, as are those below
  BrokerState state_;
  Connection connection_;
  bool closed_{false};  // Somebody has to make another one.
  std::chrono::steady_clock::time_point complained_{};
  bool lasting_{false};  // It will not say so again.
  bool failing_{false};  // The latest attempt of ours failed, and the problem says why.
  std::jthread keeper_;
};

}  // namespace isthmus::fleet
