#include "net/packet_frames.hpp"

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "isthmus/net/clock.hpp"
#include "net/ethernet.hpp"
#include "net/send_times.hpp"
#include "net/vantage_space.hpp"

namespace isthmus::net {
namespace {

constexpr std::size_t kFrame = 1600;
// Frames are written first and sent then: the processor forgets much at each system call, and what lies between two of
// them takes several times as long as elsewhere.
constexpr std::size_t kBatch = 64;

// One call for each frame: sendmmsg() saves the calls and loses as much by reading its tables (tests/bench/io_limits).
// So every frame has its own time of leaving.
class PacketFrames final : public FrameWriter {
 public:
  PacketFrames(FileDescriptor any, FileDescriptor bound, int index)
      : any_(std::move(any)), bound_(std::move(bound)), index_(index) {}

  int write(const Way& way, const OutgoingView& packet) override;
  Flushed flush() override;
  std::optional<HeldInterface> held_interface() const override { return std::nullopt; }

 private:
  int push();
  [[nodiscard]] int write_any(const Way& way, const OutgoingView& packet) const;

  FileDescriptor any_;    ///< Bound to no link, so that it outlives them all; the kernel writes the frame's header.
  FileDescriptor bound_;  ///< To one link, which is faster: nothing to look up.
  int index_;             ///< Of that link, 0 if there is none. A link that comes back has another one.

  struct Frame {
    std::size_t size{0};
    Instant* left{nullptr};
    std::array<std::byte, kFrame> bytes;
  };
  std::vector<Frame> frames_ = std::vector<Frame>(kBatch);  ///< For the bound socket.
  std::size_t pending_{0};
  Flushed failed_{};  ///< Not yet reported.
};

int PacketFrames::write(const Way& way, const OutgoingView& packet) {
  const bool ours = way.link->index == index_ && ETH_HLEN + packet.bytes.size() <= kFrame;
  // Frames that go another way must not overtake, so that those withdrawn are always the last ones.
  if (pending_ == kBatch || (pending_ > 0 && !ours)) {
    if (const int error = push(); error != 0) return error;
  }
  if (!ours) return write_any(way, packet);
  Frame& frame = frames_[pending_++];
  frame.size = ETH_HLEN + packet.bytes.size();
  frame.left = packet.left;
  write_ethernet_header(frame.bytes.data(), way, packet.destination.family());
  std::memcpy(frame.bytes.data() + ETH_HLEN, packet.bytes.data(), packet.bytes.size());
  return 0;
}

FrameWriter::Flushed PacketFrames::flush() {
  if (pending_ > 0) push();
  return std::exchange(failed_, {});
}

int PacketFrames::push() {
  const std::size_t count = std::exchange(pending_, 0);
  SendTimes<kBatch> times;
  for (std::size_t i = 0; i < count; ++i) {
    const Frame& frame = frames_[i];
    if (frame.left != nullptr) times.take(*frame.left);
    // Not send(): in a process with threads it makes itself ready to be cancelled, each time.
    if (::syscall(SYS_sendto, bound_.get(), frame.bytes.data(), frame.size, MSG_DONTWAIT | MSG_NOSIGNAL, nullptr, 0) <
        0) {
      failed_ = {count - i, errno};
      return failed_.error;
    }
  }
  return 0;
}

int PacketFrames::write_any(const Way& way, const OutgoingView& packet) const {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_halen = std::tuple_size_v<MacAddress>;
  address.sll_protocol = htons(packet.destination.is_v4() ? ETH_P_IP : ETH_P_IPV6);
  address.sll_ifindex = way.link->index;
  std::copy(way.mac->begin(), way.mac->end(), address.sll_addr);
  if (packet.left != nullptr) *packet.left = monotonic_now();
  const ssize_t sent = ::sendto(any_.get(), packet.bytes.data(), packet.bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return sent < 0 ? errno : 0;
}

}  // namespace

Result<std::unique_ptr<FrameWriter>> open_packet_frames(const Binding& binding, const Link* main) {
  const std::string operation = "open packet socket" + describe(binding);
  // Without a protocol they receive nothing.
  auto any = open_socket(AF_PACKET, SOCK_DGRAM, 0, operation);
  if (!any) return any.error();
  auto bound = open_socket(AF_PACKET, SOCK_RAW, 0, operation);
  if (!bound) return bound.error();
  enlarge_send_buffer(*any);
  enlarge_send_buffer(*bound);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = main != nullptr ? main->index : 0;
  // A link that went away meanwhile is like none.
  const bool is_bound =
      main != nullptr && ::bind(bound->get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  return std::unique_ptr<FrameWriter>(
      std::make_unique<PacketFrames>(std::move(*any), std::move(*bound), is_bound ? main->index : 0));
}

}  // namespace isthmus::net
