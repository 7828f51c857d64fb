#pragma once
// What the broker sends of itself to one subscriber, in a bounded queue: what nobody takes in time is dropped and
// counted. The subjects are subscribed to again whenever the broker's connection is another one. Belongs to one thread;
// wake() may be called from any.

#include <nats/nats.h>

#include <optional>
#include <string>
#include <vector>

#include "fleet/broker.hpp"
#include "fleet/nats_error.hpp"
#include "fleet/registry.hpp"
#include "isthmus/fleet/bounded_queue.hpp"

namespace isthmus::fleet {

class Mailbox {
 public:
  struct Letter {
    std::string subject;
    std::string bytes;
  };

  /// `broker` outlives the mailbox.
  Mailbox(Broker& broker, std::vector<std::string> subjects);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// To be called whenever the connection was made. Errors: busy.
  [[nodiscard]] Result<void> subscribe();
  /// Nothing when the deadline passed, or after wake().
  [[nodiscard]] std::optional<Letter> next(std::chrono::steady_clock::time_point deadline) {
    return letters_.pop_until(deadline);
  }
  void wake() { letters_.wake(); }
  [[nodiscard]] std::uint64_t dropped() const { return letters_.dropped(); }

 private:
  struct Callbacks;

  Broker& broker_;
  std::vector<std::string> subjects_;
  void* token_;
  BoundedQueue<Letter> letters_;
  std::uint64_t generation_{0};
  std::vector<NatsSubscription> subscriptions_;
};

}  // namespace isthmus::fleet
