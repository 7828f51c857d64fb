#include "net/packet_frames.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "net/vantage_space.hpp"

namespace isthmus::net {
namespace {

class PacketFrames final : public FrameWriter {
 public:
  explicit PacketFrames(FileDescriptor socket) : socket_(std::move(socket)) {}

  int write(const Way& way, std::span<const std::byte> packet, Family family) override;
  Flushed flush() override { return {}; }
  std::optional<HeldInterface> held_interface() const override { return std::nullopt; }

 private:
  FileDescriptor socket_;
};

// The socket is bound to no interface, so that it outlives them all; the kernel writes the frame's header.
int PacketFrames::write(const Way& way, std::span<const std::byte> packet, Family family) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(family == Family::ipv4 ? ETH_P_IP : ETH_P_IPV6);
  address.sll_ifindex = way.link->index;
  address.sll_halen = static_cast<unsigned char>(way.mac->size());
  std::copy(way.mac->begin(), way.mac->end(), address.sll_addr);
  const ssize_t sent = ::sendto(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return sent < 0 ? errno : 0;
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
