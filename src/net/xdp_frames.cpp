#include "net/xdp_frames.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "isthmus/net/clock.hpp"
#include "net/ethernet.hpp"
#include "net/vantage_space.hpp"
#include "net/xdp_ring.hpp"

namespace isthmus::net {
namespace {

constexpr std::uint32_t kFrames = 2048;
constexpr std::size_t kFrame = 2048;
constexpr std::uint32_t kLeastRing = 64;
constexpr std::size_t kArea = kFrames * kFrame;
// So many frames are written before the kernel is told; more gain nothing.
constexpr std::uint32_t kBatch = 256;
// All frames of a call leave "at its beginning". So many take the kernel some ten microseconds.
constexpr std::uint32_t kStampedBatch = 16;
// XDP_MAX_TX_SKB_BUDGET: how many frames the kernel takes in one call, 32 if it cannot be told (before Linux 6.17).
// Newer than Debian 12's headers.
constexpr int kTransmitBudget = 9;
constexpr int kFruitlessCalls = 3;

/// Memory that the kernel reads frames from.
struct Unmap {
  void operator()(std::byte* area) const { ::munmap(area, kArea); }
};
using Area = std::unique_ptr<std::byte, Unmap>;

struct Rings {
  XdpRing<xdp_desc> transmit;
  XdpRing<std::uint64_t> completion;
};

class XdpFrames final : public FrameWriter {
 public:
  XdpFrames(FileDescriptor socket, Area area, Rings rings, const Link& link, std::unique_ptr<FrameWriter> others);

  int write(const Way& way, const OutgoingView& packet) override;
  Flushed flush() override;
  std::optional<HeldInterface> held_interface() const override { return link_; }

 private:
  int write_elsewhere(const Way& way, const OutgoingView& packet);
  int push();
  int push_all();
  int give_up(int error);
  void collect();

  Area area_;  ///< Outlives the socket, whose kernel side reads it.
  FileDescriptor socket_;
  Rings rings_;
  HeldInterface link_;
  std::unique_ptr<FrameWriter> others_;
  std::vector<std::uint64_t> free_;      ///< Places in the area that hold no frame.
  std::uint32_t next_{0};                ///< Of the transmit ring: where the next frame goes.
  std::uint32_t pending_{0};             ///< Written and not yet pushed.
  bool stamped_{false};                  ///< One of those that are pending has somewhere to write when it left.
  std::array<Instant*, kBatch> left_{};  ///< Of those that are pending: where to write when they left.
  bool dropped_{false};                  ///< The kernel may have consumed more than it says.
  bool lingering_{false};                ///< Pushed, and perhaps not taken.
  Flushed failed_{};                     ///< Not yet reported.
};

XdpFrames::XdpFrames(FileDescriptor socket, Area area, Rings rings, const Link& link,
                     std::unique_ptr<FrameWriter> others)
    : area_(std::move(area)),
      socket_(std::move(socket)),
      rings_(std::move(rings)),
      link_{link.name, link.index},
      others_(std::move(others)) {
  for (std::uint64_t i = kFrames; i > 0; --i) free_.push_back((i - 1) * kFrame);
}

int XdpFrames::write(const Way& way, const OutgoingView& packet) {
  const bool ours = way.link->index == link_.index && ETH_HLEN + packet.bytes.size() <= kFrame;
  // Frames that go another way must not overtake, so that those withdrawn are always the last ones.
  const std::uint32_t most = stamped_ || packet.left != nullptr ? kStampedBatch : kBatch;
  if (pending_ >= most || (pending_ > 0 && !ours)) {
    if (const int error = push(); error != 0) return error;
  }
  if (!ours) return write_elsewhere(way, packet);
  if (free_.empty()) collect();
  if (free_.empty()) return EAGAIN;  // The driver still has them all.
  const std::uint64_t place = free_.back();
  free_.pop_back();
  std::byte* const frame = area_.get() + place;
  write_ethernet_header(frame, way, packet.destination.family());
  std::memcpy(frame + ETH_HLEN, packet.bytes.data(), packet.bytes.size());
  rings_.transmit.at(next_++) = {
      .addr = place, .len = static_cast<std::uint32_t>(ETH_HLEN + packet.bytes.size()), .options = 0};
  left_[pending_++] = packet.left;
  stamped_ = stamped_ || packet.left != nullptr;
  return 0;
}

FrameWriter::Flushed XdpFrames::flush() {
  if (pending_ > 0 || lingering_) push();
  return std::exchange(failed_, {});
}

// By a link that is not ours, one at a time.
int XdpFrames::write_elsewhere(const Way& way, const OutgoingView& packet) {
  const int error = others_->write(way, packet);
  const Flushed flushed = others_->flush();
  return error != 0 ? error : flushed.error;
}

// Tells the kernel of what was written; 0, or why it does not take it.
int XdpFrames::push() {
  const std::uint32_t count = std::exchange(pending_, 0);
  if (std::exchange(stamped_, false)) {
    // The time before the call, for all of them: an answer must never seem to come before its probe.
    const Instant now = monotonic_now();
    for (Instant* const left : std::span(left_).first(count)) {
      if (left != nullptr) *left = now;
    }
  }
  return push_all();
}

int XdpFrames::push_all() {
  rings_.transmit.set_producer(next_);
  lingering_ = false;
  std::uint32_t taken = rings_.transmit.consumer();
  for (int fruitless = 0; fruitless < kFruitlessCalls;) {
    if (::sendto(socket_.get(), nullptr, 0, MSG_DONTWAIT | MSG_NOSIGNAL, nullptr, 0) >= 0) {
      collect();
      return 0;
    }
    const int error = errno;
    collect();
    if (error == EBUSY) {
      // The other end of the link had no room: one frame is lost as on any wire, and not yet counted as consumed.
      dropped_ = true;
    } else if (error != EAGAIN) {
      return give_up(error);
    } else if (rings_.transmit.consumer() == taken) {
      ++fruitless;
    } else {
      dropped_ = false;
      taken = rings_.transmit.consumer();
    }
  }
  return give_up(EAGAIN);
}

// Takes back what the kernel has not taken. Where it is not known how much that is, it stays and leaves with the next.
int XdpFrames::give_up(int error) {
  const std::uint32_t taken = rings_.transmit.consumer();
  lingering_ = dropped_;
  if (dropped_ && error == EAGAIN) return 0;
  if (!dropped_) {
    for (; next_ != taken; --next_) {
      free_.push_back(rings_.transmit.at(next_ - 1).addr);
      ++failed_.withdrawn;
    }
    rings_.transmit.set_producer(next_);
  }
  failed_.error = error;
  return error;
}

// Frames that have left, whose places can be used again.
void XdpFrames::collect() {
  const std::uint32_t end = rings_.completion.producer();
  std::uint32_t at = rings_.completion.consumer();
  for (; at != end; ++at) free_.push_back(rings_.completion.at(at));
  rings_.completion.set_consumer(at);
}

int set_option(int socket, int option, const auto& value) {
  return ::setsockopt(socket, SOL_XDP, option, &value, sizeof(value)) == 0 ? 0 : errno;
}

Error memory_error(const std::string& operation, int error) {
  if (error != ENOBUFS) return system_error(operation, error);
  return Error{ErrorCode::permission_denied, operation,
               "the limit of locked memory (RLIMIT_MEMLOCK) is below 4 MiB; raise it with 'ulimit -l', "
               "'LimitMEMLOCK=' in a systemd unit or 'docker run --ulimit memlock=-1'"};
}

Result<Rings> map_rings(int socket, const std::string& operation) {
  xdp_mmap_offsets offsets{};
  socklen_t size = sizeof(offsets);
  if (::getsockopt(socket, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size) != 0) return system_error(operation, errno);
  auto transmit = XdpRing<xdp_desc>::map(socket, offsets.tx, XDP_PGOFF_TX_RING, kFrames);
  if (!transmit) return transmit.error();
  auto completion = XdpRing<std::uint64_t>::map(socket, offsets.cr, XDP_UMEM_PGOFF_COMPLETION_RING, kFrames);
  if (!completion) return completion.error();
  return Rings{std::move(*transmit), std::move(*completion)};
}

// The kernel lets go of a link some milliseconds after the socket that held it was closed.
int bind_patiently(int socket, const sockaddr_xdp& address) {
  for (int attempt = 0;; ++attempt) {
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return 0;
    if (errno != EBUSY || attempt == 50) return errno;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

Result<std::unique_ptr<FrameWriter>> open_xdp_frames(const Binding& binding, const Link& link,
                                                     std::unique_ptr<FrameWriter> others) {
  const std::string operation = "open AF_XDP socket on '" + link.name + "'" + describe(binding);
  auto socket = open_socket(AF_XDP, SOCK_RAW, 0, operation);
  if (!socket) return socket.error();
  void* const memory = ::mmap(nullptr, kArea, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return system_error(operation, errno);
  Area area(static_cast<std::byte*>(memory));
  xdp_umem_reg registration{};
  registration.addr = reinterpret_cast<std::uint64_t>(area.get());
  registration.len = kArea;
  registration.chunk_size = kFrame;
  if (const int error = set_option(socket->get(), XDP_UMEM_REG, registration); error != 0) {
    return memory_error(operation, error);
  }
  // The ring for received frames has to be there although nothing is received.
  for (const auto& [option, entries] :
       {std::pair(XDP_UMEM_FILL_RING, kLeastRing), std::pair(XDP_UMEM_COMPLETION_RING, kFrames),
        std::pair(XDP_TX_RING, kFrames)}) {
    if (const int error = set_option(socket->get(), option, entries); error != 0) return system_error(operation, error);
  }
  [[maybe_unused]] const int unknown_to_old_kernels = set_option(socket->get(), kTransmitBudget, kBatch);
  enlarge_send_buffer(*socket);
  auto rings = map_rings(socket->get(), operation);
  if (!rings) return rings.error();
  sockaddr_xdp address{};
  address.sxdp_family = AF_XDP;
  address.sxdp_flags = XDP_COPY;
  address.sxdp_ifindex = static_cast<std::uint32_t>(link.index);
  if (const int error = bind_patiently(socket->get(), address); error != 0) return system_error(operation, error);
  return std::unique_ptr<FrameWriter>(
      std::make_unique<XdpFrames>(std::move(*socket), std::move(area), std::move(*rings), link, std::move(others)));
}

}  // namespace isthmus::net
