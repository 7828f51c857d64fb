#pragma once
// The receiving half of a PacketIo. One thread.

#include <span>

#include "isthmus/net/packet_io.hpp"

namespace isthmus::net {

class Receiver {
 public:
  Receiver() = default;
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  virtual ~Receiver() = default;

  /// As PacketIo::receive().
  [[nodiscard]] virtual std::span<const ReceivedPacket> receive() = 0;
  /// Readable when receive() would return something; they stay the same.
  [[nodiscard]] virtual std::span<const int> descriptors() const = 0;
  [[nodiscard]] virtual IoCounters counters() const = 0;
};

}  // namespace isthmus::net
