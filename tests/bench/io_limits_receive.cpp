// Plain loops over the ways to receive. What is timed is reading what waits already: what the kernel does to get it
// there is the same for all and belongs to whoever sends.

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstring>
#include <thread>

#include "bench/io_limits_ways.hpp"
#include "net/answer_filter.hpp"
#include "net/file_descriptor.hpp"
#include "net/packet_ring.hpp"

namespace isthmus::bench {
namespace {

using net::FileDescriptor;

constexpr std::size_t kBatch = 64;
constexpr std::size_t kBuffer = 2048;

std::atomic<unsigned> sink{0};

// As much of a packet as tells what it is.
void look_at(const std::byte* packet) {
  sink.store(sink.load(std::memory_order_relaxed) + std::to_integer<unsigned>(packet[20]), std::memory_order_relaxed);
}

// The kernel hands a block over when it is full or has been open for its time, here some milliseconds.
void wait_for_last_block() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

std::shared_ptr<FileDescriptor> open_raw(const Wire& wire) {
  auto fd = std::make_shared<FileDescriptor>();
  Wire::inside(wire.tx(),
               [&] { *fd = FileDescriptor(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP)); });
  require(fd->is_open(), "open raw socket");
  constexpr int kBytes = 16 << 20;
  require(::setsockopt(fd->get(), SOL_SOCKET, SO_RCVBUFFORCE, &kBytes, sizeof(kBytes)) == 0, "enlarge buffer");
  return fd;
}

ReceiveWay raw_recv(const Wire& wire) {
  return {"raw ICMP socket, recv",
          [fd = open_raw(wire)] {
            std::array<std::byte, kBuffer> buffer;
            std::uint64_t count = 0;
            for (; ::recv(fd->get(), buffer.data(), buffer.size(), 0) > 0; ++count) look_at(buffer.data());
            return count;
          },
          wait_for_last_block};
}

ReceiveWay raw_recvmmsg(const Wire& wire) {
  struct State {
    std::array<std::array<std::byte, kBuffer>, kBatch> buffers{};
    std::array<iovec, kBatch> vectors{};
    std::array<mmsghdr, kBatch> messages{};
  };
  auto state = std::make_shared<State>();
  for (std::size_t i = 0; i < kBatch; ++i) {
    state->vectors[i] = {state->buffers[i].data(), kBuffer};
    state->messages[i].msg_hdr.msg_iov = &state->vectors[i];
    state->messages[i].msg_hdr.msg_iovlen = 1;
  }
  return {"raw ICMP socket, recvmmsg(64)",
          [fd = open_raw(wire), state] {
            std::uint64_t count = 0;
            for (int got = 0; (got = ::recvmmsg(fd->get(), state->messages.data(), kBatch, 0, nullptr)) > 0;) {
              for (int i = 0; i < got; ++i) look_at(state->buffers[static_cast<std::size_t>(i)].data());
              count += static_cast<std::uint64_t>(got);
            }
            return count;
          },
          wait_for_last_block};
}

ReceiveWay ring(const Wire& wire) {
  std::shared_ptr<net::PacketRing> ring;
  Wire::inside(wire.tx(), [&] {
    ring = std::make_shared<net::PacketRing>(std::move(
        net::PacketRing::open({}, {.kind = {}, .receive_buffer = 16 << 20, .tcp = {}}, Family::ipv4).value()));
  });
  return {"packet socket, TPACKET_V3 ring",
          [ring] {
            std::uint64_t count = 0;
            while (tpacket_block_desc* const block = ring->front()) {
              const auto* at = reinterpret_cast<const std::byte*>(block) + block->hdr.bh1.offset_to_first_pkt;
              for (std::uint32_t i = 0; i < block->hdr.bh1.num_pkts; ++i) {
                const auto& header = *reinterpret_cast<const tpacket3_hdr*>(at);
                look_at(at + header.tp_net);
                at += header.tp_next_offset;
              }
              count += block->hdr.bh1.num_pkts;
              ring->release();
            }
            return count;
          },
          wait_for_last_block};
}

ReceiveWay isthmus_way(const std::string& name, std::shared_ptr<net::PacketIo> io) {
  const auto drain = [io] {
    std::uint64_t count = 0;
    for (auto batch = io->receive(); !batch.empty(); batch = io->receive()) {
      for (const net::ReceivedPacket& packet : batch) look_at(packet.bytes.data());
      count += batch.size();
    }
    return count;
  };
  return {name, drain, wait_for_last_block};
}

}  // namespace

std::vector<std::function<ReceiveWay()>> receive_ways(const Wire& wire) {
  using Kind = net::IoOptions::Kind;
  return {[&] { return raw_recv(wire); }, [&] { return raw_recvmmsg(wire); }, [&] { return ring(wire); },
          [&] { return isthmus_way("isthmus raw", open_in(wire.tx(), Kind::raw, kRx)); },
          [&] { return isthmus_way("isthmus packet", open_in(wire.tx(), Kind::packet, kRx)); }};
}

}  // namespace isthmus::bench
