#pragma once
// Compares passwords with bcrypt hashes, which takes tens of milliseconds by design: on a thread of its own, a bounded
// number at a time, so that no other connection waits. Whoever was let in is remembered for a while. One for a server;
// ask() may be called from any thread.

#include <array>
#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "telemetry/web_access.hpp"

namespace isthmus::telemetry {

enum class Verdict { allowed, refused, too_busy };

class PasswordGate {
 public:
  PasswordGate();
  ~PasswordGate();
  PasswordGate(const PasswordGate&) = delete;
  PasswordGate& operator=(const PasswordGate&) = delete;

  /// `authorization`: the header as received. `decided` is called once, before this returns or later on the gate's
  /// thread; never when the gate stops before.
  void ask(const std::shared_ptr<const WebAccess>& access, std::string_view authorization,
           std::function<void(Verdict)> decided);

  /// Waits for the comparison that is going on.
  void stop();

 private:
  /// User, hash and password, hashed with a key of this start: memory holds no password.
  using Digest = std::array<unsigned char, 32>;
  [[nodiscard]] Digest digest_of(std::string_view user, std::string_view hash, std::string_view password) const;
  [[nodiscard]] bool remembers(const Digest& digest);
  void remember(const Digest& digest);

  Digest key_{};
  std::mutex mutex_;
  std::deque<Digest> let_in_;  // guarded by mutex_
  std::atomic<std::size_t> waiting_{0};
  boost::asio::thread_pool thread_{1};
};

}  // namespace isthmus::telemetry
