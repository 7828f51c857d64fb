#include "net/packet_ring.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "net/answer_filter.hpp"
#include "net/vantage_space.hpp"

namespace isthmus::net {
namespace {

constexpr std::size_t kBlock = 1U << 17;
constexpr std::size_t kLeastBlocks = 2;
// How long the kernel may keep a block that is not full. Stamps are the kernel's, so that round-trip times do not
// depend on it; an empty ring costs one timer tick in each such time.
constexpr unsigned kRetireMilliseconds = 2;

int set_option(int socket, int option, const auto& value) {
  return ::setsockopt(socket, SOL_PACKET, option, &value, sizeof(value)) == 0 ? 0 : errno;
}

int prepare(int socket, const tpacket_req3& request) {
  constexpr int kVersion = TPACKET_V3;
  constexpr int kOn = 1;
  if (const int error = set_option(socket, PACKET_VERSION, kVersion); error != 0) return error;
  if (const int error = set_option(socket, PACKET_RX_RING, request); error != 0) return error;
  // Makes the kernel stamp packets as they come in rather than when they get here.
  return ::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &kOn, sizeof(kOn)) == 0 ? 0 : errno;
}

}  // namespace

// A socket for one protocol rather than for all (ETH_P_ALL): it does not see what this machine sends, costs nothing
// when sending, and sees a packet once however many bridges, bonds and VLANs it came through. The socket has no
// protocol, and so receives nothing, until filter and ring are in place.
Result<PacketRing> PacketRing::open(const Binding& binding, const IoOptions& options, Family family) {
  const std::string operation = "open packet socket" + describe(binding);
  auto socket = open_socket(AF_PACKET, SOCK_DGRAM, 0, operation);
  if (!socket) return socket.error();
  const auto destination = binding.source && binding.source->family() == family ? binding.source : std::nullopt;
  int error = attach_filter(socket->get(), answer_filter(family, options.tcp, destination));
  const std::size_t blocks = std::max<std::size_t>(options.receive_buffer / kBlock, kLeastBlocks);
  const tpacket_req3 request{.tp_block_size = kBlock,
                             .tp_block_nr = static_cast<unsigned>(blocks),
                             .tp_frame_size = TPACKET_ALIGNMENT << 7,
                             .tp_frame_nr = static_cast<unsigned>(blocks * (kBlock / (TPACKET_ALIGNMENT << 7))),
                             .tp_retire_blk_tov = kRetireMilliseconds,
                             .tp_sizeof_priv = 0,
                             .tp_feature_req_word = 0};
  if (error == 0) error = prepare(socket->get(), request);
  if (error != 0) return system_error(operation, error);
  void* const memory =
      ::mmap(nullptr, blocks * kBlock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, socket->get(), 0);
  if (memory == MAP_FAILED) return system_error("map the ring of a packet socket", errno);
  PacketRing ring(std::move(*socket), static_cast<std::byte*>(memory), blocks);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(family == Family::ipv4 ? ETH_P_IP : ETH_P_IPV6);
  if (::bind(ring.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return system_error(operation, errno);
  }
  return ring;
}

PacketRing::PacketRing(PacketRing&& other) noexcept
    : socket_(std::move(other.socket_)),
      memory_(std::exchange(other.memory_, nullptr)),
      blocks_(other.blocks_),
      next_(other.next_) {}

PacketRing::~PacketRing() {
  if (memory_ != nullptr) ::munmap(memory_, blocks_ * kBlock);
}

tpacket_block_desc* PacketRing::block(std::size_t index) const {
  return reinterpret_cast<tpacket_block_desc*>(memory_ + index * kBlock);
}

tpacket_block_desc* PacketRing::front() const {
  tpacket_block_desc* const front = block(next_);
  // Whatever the kernel wrote before it handed the block over is seen after this.
  const std::uint32_t status = std::atomic_ref(front->hdr.bh1.block_status).load(std::memory_order_acquire);
  return (status & TP_STATUS_USER) != 0 ? front : nullptr;
}

void PacketRing::release() {
  std::atomic_ref(block(next_)->hdr.bh1.block_status).store(TP_STATUS_KERNEL, std::memory_order_release);
  next_ = (next_ + 1) % blocks_;
}

std::uint32_t PacketRing::take_drops() const {
  // The kernel starts counting anew at each reading.
  tpacket_stats_v3 statistics{};
  socklen_t size = sizeof(statistics);
  if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &size) != 0) return 0;
  return statistics.tp_drops;
}

}  // namespace isthmus::net
