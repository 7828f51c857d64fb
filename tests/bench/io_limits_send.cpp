// Plain loops over every way that the kernel offers to send, as little as can be done for each packet.

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "bench/io_limits_ways.hpp"
#include "bench/plain_xdp.hpp"
#include "isthmus/net/clock.hpp"
#include "net/file_descriptor.hpp"
#include "net/netlink.hpp"

namespace isthmus::bench {
namespace {

using net::FileDescriptor;
using net::monotonic_now;

constexpr std::size_t kBatch = 64;
constexpr std::size_t kFrame = ETH_HLEN + kPacket;

/// Ethernet header and packet, and what else a way needs to know of the link.
struct Ends {
  int interface { 0 };
  sockaddr_ll peer{};
  std::array<std::byte, kFrame> frame{};
};

Ends ends_of(const Wire& wire) {
  Ends ends;
  net::MacAddress to{};
  Wire::inside(wire.rx(), [&] { to = net::Netlink::open().value().links().back().mac; });
  Wire::inside(wire.tx(), [&] {
    const auto link = net::Netlink::open().value().links().back();
    ends.interface = link.index;
    std::memcpy(ends.frame.data() + ETH_ALEN, link.mac.data(), ETH_ALEN);
  });
  std::memcpy(ends.frame.data(), to.data(), ETH_ALEN);
  const std::uint16_t type = htons(ETH_P_IP);
  std::memcpy(ends.frame.data() + 2 * ETH_ALEN, &type, sizeof(type));
  std::memcpy(ends.frame.data() + ETH_HLEN, probe_template().data(), kPacket);
  ends.peer.sll_family = AF_PACKET;
  ends.peer.sll_protocol = htons(ETH_P_IP);
  ends.peer.sll_ifindex = ends.interface;
  ends.peer.sll_halen = ETH_ALEN;
  std::memcpy(ends.peer.sll_addr, to.data(), ETH_ALEN);
  return ends;
}

sockaddr_in to_sockaddr(const IpAddress& address) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(address.v4_value());
  return result;
}

std::shared_ptr<FileDescriptor> open_socket(const Wire& wire, int domain, int type, int protocol) {
  auto fd = std::make_shared<FileDescriptor>();
  Wire::inside(wire.tx(), [&] { *fd = FileDescriptor(::socket(domain, type | SOCK_CLOEXEC, protocol)); });
  require(fd->is_open(), "open socket");
  return fd;
}

void bind_to_link(int fd, int interface) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = interface;
  require(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0, "bind packet socket");
}

// Runs `step`, which sends some packets and returns how many, and looks at the clock now and then.
template <typename Step>
std::function<std::uint64_t(Instant)> repeat(Step step) {
  return [step](Instant until) mutable {
    std::uint64_t sent = 0;
    do {
      for (std::uint64_t goal = sent + kBatch; sent < goal;) sent += step();
    } while (monotonic_now() < until);
    return sent;
  };
}

SendWay raw_sendto(const Wire& wire) {
  return {"raw IP socket, sendto", repeat([fd = open_socket(wire, AF_INET, SOCK_RAW, IPPROTO_RAW),
                                           packet = probe_template(), patcher = Patcher()]() mutable {
            patcher.patch(packet.data());
            const sockaddr_in to = to_sockaddr(patcher.destination());
            return ::sendto(fd->get(), packet.data(), kPacket, 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) >
                           0
                       ? 1U
                       : 0U;
          })};
}

/// What sendmmsg takes.
struct Messages {
  std::array<std::array<std::byte, kFrame>, kBatch> frames{};
  std::array<sockaddr_in, kBatch> addresses{};
  std::array<iovec, kBatch> vectors{};
  std::array<mmsghdr, kBatch> messages{};
};

SendWay raw_sendmmsg(const Wire& wire) {
  auto batch = std::make_shared<Messages>();
  for (std::size_t i = 0; i < kBatch; ++i) {
    std::memcpy(batch->frames[i].data(), probe_template().data(), kPacket);
    batch->vectors[i] = {batch->frames[i].data(), kPacket};
    batch->messages[i].msg_hdr.msg_name = &batch->addresses[i];
    batch->messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
    batch->messages[i].msg_hdr.msg_iov = &batch->vectors[i];
    batch->messages[i].msg_hdr.msg_iovlen = 1;
  }
  return {"raw IP socket, sendmmsg(64)",
          repeat([fd = open_socket(wire, AF_INET, SOCK_RAW, IPPROTO_RAW), batch, patcher = Patcher()]() mutable {
            for (std::size_t i = 0; i < kBatch; ++i) {
              patcher.patch(batch->frames[i].data());
              batch->addresses[i] = to_sockaddr(patcher.destination());
            }
            const int sent = ::sendmmsg(fd->get(), batch->messages.data(), kBatch, 0);
            return static_cast<unsigned>(sent > 0 ? sent : 0);
          })};
}

SendWay packet_send(const Wire& wire) {
  Ends ends = ends_of(wire);
  auto fd = open_socket(wire, AF_PACKET, SOCK_RAW, 0);
  bind_to_link(fd->get(), ends.interface);
  return {"packet socket, send", repeat([fd, ends, patcher = Patcher()]() mutable {
            patcher.patch(ends.frame.data() + ETH_HLEN);
            return ::send(fd->get(), ends.frame.data(), kFrame, 0) > 0 ? 1U : 0U;
          })};
}

SendWay packet_sendto(const Wire& wire) {
  return {"packet socket, sendto, header by the kernel", repeat([fd = open_socket(wire, AF_PACKET, SOCK_DGRAM, 0),
                                                                 ends = ends_of(wire), patcher = Patcher()]() mutable {
            patcher.patch(ends.frame.data() + ETH_HLEN);
            return ::sendto(fd->get(), ends.frame.data() + ETH_HLEN, kPacket, 0,
                            reinterpret_cast<const sockaddr*>(&ends.peer), sizeof(ends.peer)) > 0
                       ? 1U
                       : 0U;
          })};
}

SendWay packet_sendmmsg(const Wire& wire) {
  Ends ends = ends_of(wire);
  auto fd = open_socket(wire, AF_PACKET, SOCK_RAW, 0);
  bind_to_link(fd->get(), ends.interface);
  auto batch = std::make_shared<Messages>();
  for (std::size_t i = 0; i < kBatch; ++i) {
    batch->frames[i] = ends.frame;
    batch->vectors[i] = {batch->frames[i].data(), kFrame};
    batch->messages[i].msg_hdr.msg_iov = &batch->vectors[i];
    batch->messages[i].msg_hdr.msg_iovlen = 1;
  }
  return {"packet socket, sendmmsg(64)", repeat([fd, batch, patcher = Patcher()]() mutable {
            for (auto& frame : batch->frames) patcher.patch(frame.data() + ETH_HLEN);
            const int sent = ::sendmmsg(fd->get(), batch->messages.data(), kBatch, 0);
            return static_cast<unsigned>(sent > 0 ? sent : 0);
          })};
}

SendWay transmit_ring(const Wire& wire) {
  constexpr std::uint32_t kSlot = 256;
  constexpr std::uint32_t kSlots = 1024;
  Ends ends = ends_of(wire);
  auto fd = open_socket(wire, AF_PACKET, SOCK_RAW, 0);
  constexpr int kVersion = TPACKET_V2;
  require(::setsockopt(fd->get(), SOL_PACKET, PACKET_VERSION, &kVersion, sizeof(kVersion)) == 0, "TPACKET_V2");
  const tpacket_req request{kSlot * kSlots, 1, kSlot, kSlots};
  require(::setsockopt(fd->get(), SOL_PACKET, PACKET_TX_RING, &request, sizeof(request)) == 0, "PACKET_TX_RING");
  bind_to_link(fd->get(), ends.interface);
  auto* const memory =
      static_cast<std::byte*>(::mmap(nullptr, kSlot * kSlots, PROT_READ | PROT_WRITE, MAP_SHARED, fd->get(), 0));
  require(memory != MAP_FAILED, "map transmit ring");
  return {"packet socket, transmit ring", repeat([fd, ends, memory, slot = 0U, patcher = Patcher()]() mutable {
            for (std::size_t i = 0; i < kBatch; ++i, slot = (slot + 1) % kSlots) {
              auto& header = *reinterpret_cast<tpacket2_hdr*>(memory + slot * kSlot);
              std::byte* const frame = memory + slot * kSlot + TPACKET2_HDRLEN - sizeof(sockaddr_ll);
              std::memcpy(frame, ends.frame.data(), kFrame);
              patcher.patch(frame + ETH_HLEN);
              header.tp_len = kFrame;
              header.tp_status = TP_STATUS_SEND_REQUEST;
            }
            // Without a flag it returns when all have left.
            return ::send(fd->get(), nullptr, 0, 0) > 0 ? static_cast<unsigned>(kBatch) : 0U;
          })};
}

SendWay xdp_send(const Wire& wire) {
  Ends ends = ends_of(wire);
  auto fd = open_socket(wire, AF_XDP, SOCK_RAW, 0);
  auto xdp = std::make_shared<PlainXdp>(fd->get(), static_cast<unsigned>(ends.interface));
  return {"AF_XDP, copy mode, batches of 64", repeat([fd, ends, xdp, patcher = Patcher()]() mutable {
            for (std::size_t i = 0; i < kBatch; ++i) {
              std::memcpy(xdp->slot(), ends.frame.data(), kFrame);
              patcher.patch(xdp->slot() + ETH_HLEN);
              xdp->push(kFrame);
            }
            xdp->flush();
            return static_cast<unsigned>(kBatch);
          })};
}

SendWay isthmus_batches(const std::string& name, std::shared_ptr<net::PacketIo> io) {
  struct State {
    std::array<std::array<std::byte, kPacket>, kBatch> packets{};
    std::array<net::OutgoingView, kBatch> views{};
  };
  auto state = std::make_shared<State>();
  for (auto& packet : state->packets) std::memcpy(packet.data(), probe_template().data(), kPacket);
  return {name, repeat([io, state, patcher = Patcher()]() mutable {
            for (std::size_t i = 0; i < kBatch; ++i) {
              patcher.patch(state->packets[i].data());
              state->views[i] = {state->packets[i], patcher.destination()};
            }
            return static_cast<unsigned>(io->send_batch(state->views));
          })};
}

SendWay isthmus_single(const std::string& name, std::shared_ptr<net::PacketIo> io) {
  return {name, repeat([io, packet = probe_template(), patcher = Patcher()]() mutable {
            patcher.patch(packet.data());
            return io->send(packet, patcher.destination()) == 0 ? 1U : 0U;
          })};
}

}  // namespace

// An AF_XDP socket has its link for itself: the plain loop closes its own before isthmus opens one.
std::vector<SendWay> plain_send_ways(const Wire& wire) {
  return {raw_sendto(wire),      raw_sendmmsg(wire),  packet_send(wire), packet_sendto(wire),
          packet_sendmmsg(wire), transmit_ring(wire), xdp_send(wire)};
}

std::vector<SendWay> isthmus_send_ways(const Wire& wire) {
  using Kind = net::IoOptions::Kind;
  const IpAddress kFirst = IpAddress::v4(0xC6120001);
  return {isthmus_batches("isthmus raw, batches", open_in(wire.tx(), Kind::raw, kFirst)),
          isthmus_single("isthmus packet, one by one", open_in(wire.tx(), Kind::packet, kFirst)),
          isthmus_batches("isthmus packet, batches", open_in(wire.tx(), Kind::packet, kFirst)),
          isthmus_batches("isthmus xdp, batches", open_in(wire.tx(), Kind::xdp, kFirst))};
}

}  // namespace isthmus::bench
