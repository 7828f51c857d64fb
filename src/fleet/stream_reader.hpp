#pragma once
// Reads one partition of the stream in order, from a position on that its owner remembers: what was taken in and where
// one stands belong into one transaction, which no broker can give. Belongs to one thread.

#include <cstdint>
#include <string>
#include <vector>

#include "fleet/broker.hpp"

struct __natsSubscription;

namespace isthmus::fleet {

struct StreamMessage {
  std::uint64_t sequence{0};  ///< Ascends within the stream, with holes where other partitions are.
  Timestamp stored{};         ///< By the broker's clock.
  std::string vantage;        ///< As its subject says, which the broker lets only that vantage point use.
  std::string bytes;
};

class StreamReader {
 public:
  /// `broker` outlives the reader. Reads from the first message behind `after` on that was stored at `since` or later.
  StreamReader(Broker& broker, std::string stream, std::uint32_t partition, std::uint64_t after, Timestamp since);
  ~StreamReader();
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  /// Waits until there is something, or so long. Goes on by itself after the broker was away. Errors: busy (no
  /// connection, or no answer), not_found (no such stream), permission_denied.
  [[nodiscard]] Result<std::vector<StreamMessage>> fetch(std::size_t most, Duration longest);

 private:
  [[nodiscard]] Result<void> subscribe();
  void unsubscribe();

  Broker& broker_;
  std::string stream_;
  std::uint32_t partition_;
  std::uint64_t after_;
  Timestamp since_;
  __jsCtx* context_{nullptr};
  __natsSubscription* subscription_{nullptr};
};

}  // namespace isthmus::fleet
