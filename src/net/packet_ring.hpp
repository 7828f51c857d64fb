#pragma once
// One TPACKET_V3 receive ring: blocks that the kernel fills with packets and hands over whole.

#include <linux/if_packet.h>

#include <cstddef>
#include <cstdint>

#include "isthmus/base/result.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "net/file_descriptor.hpp"

namespace isthmus::net {

class PacketRing {
 public:
  /// Call inside the vantage point's namespace.
  [[nodiscard]] static Result<PacketRing> open(const Binding& binding, const IoOptions& options, Family family);

  PacketRing(PacketRing&& other) noexcept;
  PacketRing& operator=(PacketRing&&) = delete;
  ~PacketRing();

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  /// The next block that the kernel has handed over, or null; the same one until release().
  [[nodiscard]] tpacket_block_desc* front() const;
  /// Gives the front block back to the kernel.
  void release();
  /// Packets dropped because the ring was full, since the last call.
  [[nodiscard]] std::uint32_t take_drops() const;

 private:
  PacketRing(FileDescriptor socket, std::byte* memory, std::size_t blocks)
      : socket_(std::move(socket)), memory_(memory), blocks_(blocks) {}
  [[nodiscard]] tpacket_block_desc* block(std::size_t index) const;

  FileDescriptor socket_;
  std::byte* memory_{nullptr};
  std::size_t blocks_{0};
  std::size_t next_{0};
};

}  // namespace isthmus::net
