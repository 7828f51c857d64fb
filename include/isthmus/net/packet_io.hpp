#pragma once
// Where packets leave and arrive: the seam between the sans-I/O probers and the world. open_packet_io() makes real
// ones; tests put a simulated network behind the same interface. One thread owns a PacketIo; only wake() may be called
// from any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::net {

/// One whole IP packet, from the IP header on, for send_batch().
struct OutgoingView {
  std::span<const std::byte> bytes;
  IpAddress destination;
  /// Where to write when it left: the time right before the system call that sent it, which for AF_XDP is one of up to
  /// sixteen. Null: nobody asks. Says nothing when the packet did not leave.
  Instant* left{nullptr};
};

struct ReceivedPacket {
  std::span<const std::byte> bytes;  ///< From the IP header on.
  Instant received{};                ///< By the kernel's stamp, in the monotonic domain.
};

/// Since opening.
struct IoCounters {
  std::uint64_t receive_drops{0};    ///< Packets the kernel dropped because its queue was full.
  std::uint64_t kernel_stamps{0};    ///< Packets whose time is the kernel's.
  std::uint64_t stamps_rejected{0};  ///< Packets without a plausible kernel stamp; stamped when read.
  std::uint64_t truncated{0};        ///< Packets longer than a buffer, not delivered.
};

class PacketIo {
 public:
  PacketIo() = default;
  PacketIo(const PacketIo&) = delete;
  PacketIo& operator=(const PacketIo&) = delete;
  virtual ~PacketIo() = default;

  /// Sends one whole IP packet without blocking. 0, or the errno of why it did not leave.
  [[nodiscard]] int send(const OutgoingView& packet) {
    [[maybe_unused]] const std::size_t one_or_none = send_batch({&packet, 1});
    return batch_error_;
  }
  [[nodiscard]] int send(std::span<const std::byte> packet, const IpAddress& destination) {
    return send({packet, destination});
  }
  /// Sends in order until one does not leave; how many left. Fewer than given: batch_error() says why the next one did
  /// not; go on behind it, or with it after EAGAIN.
  /// EAGAIN: it may leave a moment later; every other error is the outcome of this probe. Named ones are
  ///   EHOSTUNREACH  the gateway or neighbour does not resolve; asked again in the background,
  ///   ENETUNREACH   there is no route,
  ///   ENETDOWN, ENODEV  the interface is down or gone; found again when it comes back,
  ///   EMSGSIZE      the packet is larger than the MTU.
  [[nodiscard]] virtual std::size_t send_batch(std::span<const OutgoingView> packets) = 0;
  /// The errno of the packet that ended the last send_batch(), or 0.
  [[nodiscard]] int batch_error() const { return batch_error_; }
  /// What has arrived, a batch at a time, without blocking; empty when nothing waits. Valid until the next call.
  [[nodiscard]] virtual std::span<const ReceivedPacket> receive() = 0;
  /// Waits until packets can be received, wake() was called, or the time has come.
  virtual void wait(Instant until) = 0;
  /// Waits until wake() was called or the time has come, whatever arrives meanwhile: its stamps do not suffer.
  virtual void rest(Instant until) = 0;
  /// Ends the current or the next wait(). Any thread; never blocks.
  virtual void wake() noexcept = 0;
  /// The address that packets to this destination leave from; nothing when there is no route.
  [[nodiscard]] virtual std::optional<IpAddress> source_for(const IpAddress& destination) = 0;
  [[nodiscard]] virtual IoCounters counters() const = 0;

 protected:
  int batch_error_{0};
};

}  // namespace isthmus::net
