#include "net/packet_frames.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "net/vantage_space.hpp"

namespace isthmus::net {
namespace {

// A call for so many frames; without that a sixth more time goes into calls (tests/bench/io_limits).
constexpr std::size_t kBatch = 64;

class PacketFrames final : public FrameWriter {
 public:
  explicit PacketFrames(FileDescriptor socket);

  int write(const Way& way, std::span<const std::byte> packet, Family family) override;
  Flushed flush() override;
  std::optional<HeldInterface> held_interface() const override { return std::nullopt; }

 private:
  int push();

  FileDescriptor socket_;
  std::array<sockaddr_ll, kBatch> addresses_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::size_t pending_{0};
  Flushed failed_{};  ///< Not yet reported.
};

PacketFrames::PacketFrames(FileDescriptor socket) : socket_(std::move(socket)) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    addresses_[i].sll_family = AF_PACKET;
    addresses_[i].sll_halen = std::tuple_size_v<MacAddress>;
    messages_[i].msg_hdr.msg_name = &addresses_[i];
    messages_[i].msg_hdr.msg_namelen = sizeof(addresses_[i]);
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
}

// The socket is bound to no interface, so that it outlives them all; the kernel writes the frame's header.
int PacketFrames::write(const Way& way, std::span<const std::byte> packet, Family family) {
  if (pending_ == kBatch) {
    if (const int error = push(); error != 0) return error;
  }
  sockaddr_ll& address = addresses_[pending_];
  address.sll_protocol = htons(family == Family::ipv4 ? ETH_P_IP : ETH_P_IPV6);
  address.sll_ifindex = way.link->index;
  std::copy(way.mac->begin(), way.mac->end(), address.sll_addr);
  vectors_[pending_] = {const_cast<std::byte*>(packet.data()), packet.size()};
  ++pending_;
  return 0;
}

FrameWriter::Flushed PacketFrames::flush() {
  if (pending_ > 0) push();
  return std::exchange(failed_, {});
}

int PacketFrames::push() {
  std::size_t left = 0;
  const std::size_t all = std::exchange(pending_, 0);
  if (all == 1) {
    // The same without what a batch costs.
    const ssize_t sent = ::sendto(socket_.get(), vectors_[0].iov_base, vectors_[0].iov_len, MSG_DONTWAIT | MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&addresses_[0]), sizeof(addresses_[0]));
    if (sent < 0) failed_ = {1, errno};
    return failed_.error;
  }
  // The kernel names an error only when the first frame of a call fails.
  while (left < all) {
    const int count =
        ::sendmmsg(socket_.get(), &messages_[left], static_cast<unsigned>(all - left), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) {
      failed_ = {all - left, errno};
      return failed_.error;
    }
    left += static_cast<std::size_t>(count);
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<FrameWriter>> open_packet_frames(const Binding& binding) {
  // Without a protocol it receives nothing.
  auto socket = open_socket(AF_PACKET, SOCK_DGRAM, 0, "open packet socket" + describe(binding));
  if (!socket) return socket.error();
  enlarge_send_buffer(*socket);
  return std::unique_ptr<FrameWriter>(std::make_unique<PacketFrames>(std::move(*socket)));
}

}  // namespace isthmus::net
