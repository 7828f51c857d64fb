#include "net/raw_sender.hpp"

#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "isthmus/net/clock.hpp"
#include "net/socket_address.hpp"
#include "net/vantage_space.hpp"

namespace isthmus::net {
namespace {

constexpr std::size_t kBatch = 64;

class RawSender final : public Sender {
 public:
  RawSender(FileDescriptor v4, FileDescriptor v6, std::optional<HeldInterface> interface)
      : v4_(std::move(v4)), v6_(std::move(v6)), interface_(std::move(interface)) {}

  Sent send(std::span<const OutgoingView> packets) override;
  std::optional<HeldInterface> held_interface() const override { return interface_; }

 private:
  Sent send_run(int socket, std::span<const OutgoingView> packets);

  FileDescriptor v4_;
  FileDescriptor v6_;
  std::optional<HeldInterface> interface_;
  std::array<SocketAddress, kBatch> addresses_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<mmsghdr, kBatch> messages_{};
};

// Packets in a row that go through one socket go in one call.
Sender::Sent RawSender::send(std::span<const OutgoingView> packets) {
  Sent sent;
  while (sent.count < packets.size()) {
    const auto rest = packets.subspan(sent.count);
    const Family family = rest.front().destination.family();
    const FileDescriptor& socket = family == Family::ipv4 ? v4_ : v6_;
    if (!socket.is_open()) return {sent.count, EAFNOSUPPORT};
    std::size_t run = 1;
    // Whose time of leaving is asked for goes in a call of its own.
    const auto may_share = [family](const OutgoingView& p) {
      return p.left == nullptr && p.destination.family() == family;
    };
    while (rest.front().left == nullptr && run < std::min(rest.size(), kBatch) && may_share(rest[run])) ++run;
    const Sent part = send_run(socket.get(), rest.first(run));
    sent.count += part.count;
    if ((sent.error = part.error) != 0) return sent;
  }
  return sent;
}

Sender::Sent RawSender::send_run(int socket, std::span<const OutgoingView> packets) {
  for (std::size_t i = 0; i < packets.size(); ++i) {
    addresses_[i] = to_socket_address(packets[i].destination, 0);
    vectors_[i] = {const_cast<std::byte*>(packets[i].bytes.data()), packets[i].bytes.size()};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_name = &addresses_[i].any;
    messages_[i].msg_hdr.msg_namelen = addresses_[i].size;
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
  Sent sent;
  if (packets.front().left != nullptr) *packets.front().left = monotonic_now();
  // The kernel names an error only when the first packet of a call fails.
  while (sent.count < packets.size()) {
    const int left = ::sendmmsg(socket, &messages_[sent.count], static_cast<unsigned>(packets.size() - sent.count),
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (left < 0) return {sent.count, errno};
    sent.count += static_cast<std::size_t>(left);
  }
  return sent;
}

Result<FileDescriptor> open_one(const Binding& binding, Family family) {
  // IPPROTO_RAW: the packet carries its own header, in IPv6 too (since Linux 2.6; IPV6_HDRINCL is for other protocols).
  auto socket = open_socket(socket_family(family), SOCK_RAW, IPPROTO_RAW, "open raw socket" + describe(binding));
  if (!socket) return socket.error();
  if (const auto bound = bind_to_interface(*socket, binding); !bound) return bound.error();
  // So that routing rules by source see it; the address in the packet is the caller's business.
  if (const auto bound = bind_to_source(*socket, binding, family); !bound) return bound.error();
  enlarge_send_buffer(*socket);
  return socket;
}

}  // namespace

Result<std::unique_ptr<Sender>> open_raw_sender(const Binding& binding) {
  std::array<FileDescriptor, 2> sockets;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (!allows(binding, family)) continue;
    auto socket = open_one(binding, family);
    if (socket) {
      sockets[family == Family::ipv4 ? 0 : 1] = std::move(*socket);
    } else if (family == Family::ipv4 || binding.source || socket.error().code != ErrorCode::io_failed) {
      return socket.error();
    }
    // A kernel without IPv6 sends IPv4 all the same.
  }
  std::optional<HeldInterface> interface;
  if (!binding.interface.empty()) {
    interface = {binding.interface, static_cast<int>(::if_nametoindex(binding.interface.c_str()))};
  }
  return std::unique_ptr<Sender>(
      std::make_unique<RawSender>(std::move(sockets[0]), std::move(sockets[1]), std::move(interface)));
}

}  // namespace isthmus::net
