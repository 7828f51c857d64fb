#pragma once
// Puts batches into the stream and hears what became of each. Used by the agent's sending thread; answers come in on
// threads of the NATS library and wait until they are taken.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "fleet/broker.hpp"
#include "fleet/channel.hpp"
#include "isthmus/fleet/batch.hpp"

namespace isthmus::fleet {

class Publisher : public Channel {
 public:
  /// `broker` outlives the publisher. `delivered` is called on a thread of the library whenever there is a delivery.
  explicit Publisher(
      Broker& broker, std::function<void()> delivered = [] {});
  ~Publisher() override;
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  /// Each has its delivery within five seconds or so, at once when the connection is lost by which it went. Errors
  /// also: busy while there are such that were not taken yet: they come first.
  [[nodiscard]] Result<void> publish(std::uint64_t number, const BatchId& id, const std::string& subject,
                                     const std::string& bytes) override;
  [[nodiscard]] std::vector<Delivery> take_deliveries() override;
  /// Until there is a delivery, or so long.
  void wait(Duration longest);
  [[nodiscard]] std::size_t in_flight() const;

 private:
  struct Callbacks;
  void conclude(const std::string& id, Delivery delivery);
  [[nodiscard]] Result<void> open();
  /// Whether there was anything to give up.
  bool give_up_on_former_connection();

  Broker& broker_;
  std::function<void()> delivered_;
  void* token_;
  __jsCtx* stream_{nullptr};
  std::uint64_t generation_{0};  // of the broker's connection that `stream_` belongs to
  std::uint64_t connects_{0};    // of the broker when something was published last
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::uint64_t> out_;  // guarded by mutex_, as are those below: by the id in the stream
  std::vector<Delivery> deliveries_;
};

}  // namespace isthmus::fleet
