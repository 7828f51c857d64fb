#pragma once
// One of the rings that AF_XDP shares with the kernel, in which one side produces and the other consumes. One thread.

#include <linux/if_xdp.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "isthmus/base/result.hpp"

namespace isthmus::net {

template <typename Entry>
class XdpRing {
 public:
  XdpRing() = default;
  /// `entries` is a power of two.
  [[nodiscard]] static Result<XdpRing> map(int socket, const xdp_ring_offset& offsets, std::uint64_t page_offset,
                                           std::uint32_t entries) {
    const std::size_t size = offsets.desc + entries * sizeof(Entry);
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, socket,
                                static_cast<off_t>(page_offset));
    if (memory == MAP_FAILED) return system_error("map a ring of an AF_XDP socket", errno);
    XdpRing ring;
    auto* const base = static_cast<std::byte*>(memory);
    ring.memory_ = memory;
    ring.size_ = size;
    ring.producer_ = reinterpret_cast<std::uint32_t*>(base + offsets.producer);
    ring.consumer_ = reinterpret_cast<std::uint32_t*>(base + offsets.consumer);
    ring.entries_ = reinterpret_cast<Entry*>(base + offsets.desc);
    ring.mask_ = entries - 1;
    return ring;
  }
  XdpRing(XdpRing&& other) noexcept { swap(other); }
  XdpRing& operator=(XdpRing&& other) noexcept {
    swap(other);
    return *this;
  }
  ~XdpRing() {
    if (memory_ != nullptr) ::munmap(memory_, size_);
  }

  [[nodiscard]] Entry& at(std::uint32_t index) const { return entries_[index & mask_]; }
  /// What the kernel writes is read so that its entries are seen; what it reads is written so that ours are.
  [[nodiscard]] std::uint32_t producer() const { return std::atomic_ref(*producer_).load(std::memory_order_acquire); }
  [[nodiscard]] std::uint32_t consumer() const { return std::atomic_ref(*consumer_).load(std::memory_order_acquire); }
  void set_producer(std::uint32_t value) { std::atomic_ref(*producer_).store(value, std::memory_order_release); }
  void set_consumer(std::uint32_t value) { std::atomic_ref(*consumer_).store(value, std::memory_order_release); }

 private:
  void swap(XdpRing& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(producer_, other.producer_);
    std::swap(consumer_, other.consumer_);
    std::swap(entries_, other.entries_);
    std::swap(mask_, other.mask_);
  }

  void* memory_{nullptr};
  std::size_t size_{0};
  std::uint32_t* producer_{nullptr};
  std::uint32_t* consumer_{nullptr};
  Entry* entries_{nullptr};
  std::uint32_t mask_{0};
};

}  // namespace isthmus::net
