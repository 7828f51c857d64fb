#pragma once
// As little of AF_XDP as sends, for the limits that isthmus is measured against: frames in a circle, completions thrown
// away (a copy is made before they complete). One thread; has its link for itself.

#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include "net/xdp_ring.hpp"

namespace isthmus::bench {

class PlainXdp {
 public:
  static constexpr std::size_t kSlot = 2048;

  /// `fd`: an AF_XDP socket, which outlives it.
  PlainXdp(int fd, unsigned interface) : fd_(fd) {
    void* const memory = ::mmap(nullptr, kSlot * kSlots, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED, "map frames");
    memory_ = static_cast<std::byte*>(memory);
    xdp_umem_reg area{};
    area.addr = reinterpret_cast<std::uint64_t>(memory_);
    area.len = std::uint64_t{kSlot} * kSlots;
    area.chunk_size = kSlot;
    set(XDP_UMEM_REG, area);
    for (const int option : {XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_TX_RING}) set(option, kSlots);
    constexpr int kBudgetOption = 9;
    constexpr std::uint32_t kBudget = 1024;
    [[maybe_unused]] const int old = ::setsockopt(fd_, SOL_XDP, kBudgetOption, &kBudget, sizeof(kBudget));
    map_rings();
    bind(interface);
  }
  PlainXdp(const PlainXdp&) = delete;
  PlainXdp& operator=(const PlainXdp&) = delete;
  ~PlainXdp() { ::munmap(memory_, kSlot * kSlots); }

  /// Where the next frame is to be written.
  [[nodiscard]] std::byte* slot() const { return memory_ + std::size_t{next_ % kSlots} * kSlot; }
  void push(std::uint32_t size) {
    transmit_.at(next_) = {std::uint64_t{next_ % kSlots} * kSlot, size, 0};
    ++next_;
  }
  /// Sends what was pushed: no more than there are slots.
  void flush() {
    transmit_.set_producer(next_);
    while (::sendto(fd_, nullptr, 0, MSG_DONTWAIT, nullptr, 0) < 0) {
      check(errno == EAGAIN || errno == EBUSY, "kick AF_XDP");
    }
    completion_.set_consumer(completion_.producer());
  }

 private:
  static constexpr std::uint32_t kSlots = 2048;

  static void check(bool good, const char* what) {
    if (!good) throw std::system_error(errno, std::generic_category(), what);
  }
  template <typename Value>
  void set(int option, const Value& value) {
    check(::setsockopt(fd_, SOL_XDP, option, &value, sizeof(value)) == 0, "prepare AF_XDP socket");
  }
  void map_rings() {
    xdp_mmap_offsets offsets{};
    socklen_t size = sizeof(offsets);
    check(::getsockopt(fd_, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size) == 0, "AF_XDP offsets");
    transmit_ = std::move(*net::XdpRing<xdp_desc>::map(fd_, offsets.tx, XDP_PGOFF_TX_RING, kSlots));
    completion_ = std::move(*net::XdpRing<std::uint64_t>::map(fd_, offsets.cr, XDP_UMEM_PGOFF_COMPLETION_RING, kSlots));
  }
  void bind(unsigned interface) {
    sockaddr_xdp address{};
    address.sxdp_family = AF_XDP;
    address.sxdp_flags = XDP_COPY;
    address.sxdp_ifindex = interface;
    // The one before may have been closed a moment ago.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      check(errno == EBUSY && std::chrono::steady_clock::now() < deadline, "bind AF_XDP socket");
    }
  }

  int fd_;
  std::byte* memory_{nullptr};
  net::XdpRing<xdp_desc> transmit_;
  net::XdpRing<std::uint64_t> completion_;
  std::uint32_t next_{0};
};

}  // namespace isthmus::bench
