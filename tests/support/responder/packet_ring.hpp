#pragma once
// A TPACKET_V3 receive ring on one interface, and the packet socket that it belongs to, which sends as well. The ring
// is large enough that a busy machine loses nothing while its reader waits for a turn. One thread.

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

namespace isthmus::responder {

class PacketRing {
 public:
  explicit PacketRing(const std::string& interface) {
    fd_ = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd_ < 0) fail("open a packet socket");
    const int version = TPACKET_V3;
    const int ignore = 1;
    tpacket_req3 request{};
    request.tp_block_size = kRingBlock;
    request.tp_block_nr = kRingBlocks;
    request.tp_frame_size = 2048;
    request.tp_frame_nr = kRingBlocks * (kRingBlock / 2048);
    request.tp_retire_blk_tov = kRetireMilliseconds;
    if (::setsockopt(fd_, SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0 ||
        ::setsockopt(fd_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &ignore, sizeof ignore) != 0 ||
        ::setsockopt(fd_, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) {
      fail("set up a receive ring");
    }
    void* const memory = ::mmap(nullptr, size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (memory == MAP_FAILED) fail("map the receive ring");
    memory_ = static_cast<std::uint8_t*>(memory);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(0x0003);  // ETH_P_ALL: those of one type run only after the traffic control.
    address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
    if (address.sll_ifindex == 0) fail("find the interface");
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind to the interface");
  }
  PacketRing(const PacketRing&) = delete;
  PacketRing& operator=(const PacketRing&) = delete;
  ~PacketRing() {
    if (memory_ != nullptr) ::munmap(memory_, size());
    ::close(fd_);
  }

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::uint64_t drops() const {
    tpacket_stats_v3 statistics{};
    socklen_t length = sizeof statistics;
    ::getsockopt(fd_, SOL_PACKET, PACKET_STATISTICS, &statistics, &length);
    return statistics.tp_drops;
  }

  /// Calls `take(bytes, length)` for every frame of the next block; false when none is ready.
  template <typename Take>
  bool read_block(Take take) {
    auto* const block = reinterpret_cast<tpacket_block_desc*>(memory_ + std::size_t{next_} * kRingBlock);
    if ((__atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0) return false;
    const std::uint8_t* at = reinterpret_cast<const std::uint8_t*>(block) + block->hdr.bh1.offset_to_first_pkt;
    for (std::uint32_t i = 0; i < block->hdr.bh1.num_pkts; ++i) {
      const auto* const header = reinterpret_cast<const tpacket3_hdr*>(at);
      take(at + header->tp_mac, header->tp_snaplen);
      at += header->tp_next_offset;
    }
    __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    next_ = (next_ + 1) % kRingBlocks;
    return true;
  }

 private:
  static constexpr std::uint32_t kRingBlock = 1U << 20;
  static constexpr std::uint32_t kRingBlocks = 64;
  static constexpr std::uint32_t kRetireMilliseconds = 1;
  [[noreturn]] static void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }
  static std::size_t size() { return std::size_t{kRingBlock} * kRingBlocks; }

  int fd_{-1};
  std::uint8_t* memory_{nullptr};
  std::uint32_t next_{0};
};

}  // namespace isthmus::responder
