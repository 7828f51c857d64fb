#pragma once
// Reads one partition of the stream in order, from a position on that its owner remembers: what was taken in and where
// one stands belong into one transaction, which no broker can give. Belongs to one thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/broker.hpp"
#include "isthmus/fleet/stream.hpp"

struct __natsSubscription;

namespace isthmus::fleet {

/// Where to begin.
struct ReadFrom {
  StreamPosition position{};  ///< Behind it; of another stream, from the first message on.
  Duration rehearsal{};       ///< And what was stored so long before it, again.
};

class StreamReader {
 public:
  /// `broker` outlives the reader.
  StreamReader(Broker& broker, std::string stream, std::uint32_t partition, ReadFrom from);
  ~StreamReader();
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  /// Waits until there is something, or so long. Goes on by itself after the broker was away. Errors: busy (no
  /// connection, or no answer), not_found (no such stream), permission_denied.
  [[nodiscard]] Result<std::vector<StreamMessage>> fetch(std::size_t most, Duration longest);

  /// Of the stream that is read; nothing before the first fetch that worked.
  [[nodiscard]] std::optional<Timestamp> created() const { return created_; }
  /// How many were left behind the last one when it was sent, or when the consumer was made; nothing before that.
  [[nodiscard]] std::optional<std::uint64_t> pending() const { return pending_; }

 private:
  [[nodiscard]] Result<void> open_context();
  [[nodiscard]] Result<void> subscribe();
  [[nodiscard]] Result<void> look_at_stream();
  [[nodiscard]] Result<void> look_at_consumer();
  void unsubscribe();
  void begin_anew_where_needed();

  Broker& broker_;
  std::string stream_;
  std::uint32_t partition_;
  ReadFrom from_;
  std::uint64_t after_{0};
  std::optional<Timestamp> created_;
  std::optional<std::uint64_t> pending_;
  std::uint64_t connects_{0};                       // of the broker when it was last looked at
  std::chrono::steady_clock::time_point latest_{};  // that something came, or that there was another connection
  std::chrono::steady_clock::time_point made_{};    // of the consumer
  unsigned attempts_{0};                            // to make a consumer, since the last one that was made
  std::uint64_t generation_{0};                     // of the broker's connection that those below belong to
  __jsCtx* context_{nullptr};
  __natsSubscription* subscription_{nullptr};
};

}  // namespace isthmus::fleet
