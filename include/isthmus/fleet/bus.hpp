#pragma once
// How observations travel from the vantage points to the core when all run in one process. The threads of the
// vantage points send, the core thread receives; neither ever waits for the other.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "isthmus/fleet/bounded_queue.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::fleet {

using Message = std::variant<Observation, ProberReport>;

class InProcessBus {
 public:
  /// The default holds some minutes of a busy vantage point; a full bus loses the newest messages.
  explicit InProcessBus(std::size_t capacity = 65'536);

  /// Any thread. False when the message was dropped.
  bool send(Message message);

  /// Core thread. The oldest message; nothing when the deadline passed, after wake(), or when closed and
  /// empty.
  [[nodiscard]] std::optional<Message> receive_until(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] std::optional<Message> try_receive();

  /// Any thread: ends the core's present or next wait (a signal, a reload, a stop).
  void wake();
  /// Any thread: takes no more messages.
  void close();

  [[nodiscard]] bool closed() const;
  [[nodiscard]] std::size_t size() const;
  /// Messages that did not fit since the start.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  BoundedQueue<Message> queue_;
};

}  // namespace isthmus::fleet
