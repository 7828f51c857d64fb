#include "isthmus/net/raw_socket_io.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <unordered_map>
#include <utility>

#include "isthmus/net/clock.hpp"
#include "net/socket_opener.hpp"

namespace isthmus::net {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kBuffer = 9216;  // a jumbo frame
constexpr std::size_t kControl = 128;
// A stamp further from now than this is a step of the wall clock, not a wait in the queue.
constexpr Duration kPlausibleAge = std::chrono::seconds(10);
constexpr Duration kRouteLifetime = std::chrono::seconds(5);
constexpr std::size_t kMaxRoutes = 65536;

sockaddr_in to_sockaddr(const IpAddress& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(address.v4_value());
  return result;
}

class RawSocketIo final : public PacketIo {
 public:
  RawSocketIo(VantageSockets sockets, FileDescriptor wake, std::optional<IpAddress> source);

  int send(std::span<const std::byte> packet, const IpAddress& destination) override;
  std::span<const ReceivedPacket> receive() override;
  void wait(Instant until) override;
  void wake() noexcept override;
  std::optional<IpAddress> source_for(const IpAddress& destination) override;
  IoCounters counters() const override { return counters_; }

 private:
  struct Route {
    std::optional<IpAddress> source;
    Instant asked{};
  };
  struct Clocks {
    Instant monotonic;
    Timestamp wall;
  };

  Instant arrival(const msghdr& header, const Clocks& now);
  std::optional<IpAddress> ask_kernel(const IpAddress& destination);

  VantageSockets sockets_;
  FileDescriptor wake_;
  std::optional<IpAddress> source_;
  IoCounters counters_;
  std::unordered_map<IpAddress, Route> routes_;

  std::vector<std::byte> buffers_;
  std::array<iovec, kBatch> vectors_{};
  std::array<mmsghdr, kBatch> messages_{};
  alignas(cmsghdr) std::array<std::array<std::byte, kControl>, kBatch> controls_{};
  std::vector<ReceivedPacket> batch_;
};

RawSocketIo::RawSocketIo(VantageSockets sockets, FileDescriptor wake, std::optional<IpAddress> source)
    : sockets_(std::move(sockets)), wake_(std::move(wake)), source_(source), buffers_(kBatch * kBuffer) {
  batch_.reserve(kBatch);
  for (std::size_t i = 0; i < kBatch; ++i) {
    vectors_[i] = {&buffers_[i * kBuffer], kBuffer};
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_control = controls_[i].data();
  }
}

int RawSocketIo::send(std::span<const std::byte> packet, const IpAddress& destination) {
  if (!destination.is_v4()) return EAFNOSUPPORT;
  const sockaddr_in address = to_sockaddr(destination, 0);
  const ssize_t sent = ::sendto(sockets_.send.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return sent < 0 ? errno : 0;
}

std::span<const ReceivedPacket> RawSocketIo::receive() {
  batch_.clear();
  for (mmsghdr& message : messages_) message.msg_hdr.msg_controllen = kControl;
  const int count = ::recvmmsg(sockets_.receive.get(), messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count <= 0) return {};
  // One pair of readings a batch: both clocks within nanoseconds of each other.
  const Clocks now{monotonic_now(), kernel_wall_now()};
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const Instant received = arrival(messages_[i].msg_hdr, now);
    if ((messages_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++counters_.truncated;
      continue;
    }
    batch_.push_back({{&buffers_[i * kBuffer], messages_[i].msg_len}, received});
  }
  return batch_;
}

// Reads the control messages: the kernel's stamp, moved into the monotonic domain, and the count of drops.
Instant RawSocketIo::arrival(const msghdr& header, const Clocks& now) {
  std::optional<Timestamp> stamp;
  msghdr copy = header;
  for (cmsghdr* c = CMSG_FIRSTHDR(&copy); c != nullptr; c = CMSG_NXTHDR(&copy, c)) {
    if (c->cmsg_level != SOL_SOCKET) continue;
    if (c->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time{};
      std::memcpy(&time, CMSG_DATA(c), sizeof(time));
      stamp = Timestamp(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
    } else if (c->cmsg_type == SO_RXQ_OVFL) {
      std::uint32_t drops = 0;
      std::memcpy(&drops, CMSG_DATA(c), sizeof(drops));
      // The kernel's counter has 32 bits and wraps.
      counters_.receive_drops += drops - static_cast<std::uint32_t>(counters_.receive_drops);
    }
  }
  const Duration age = stamp ? now.wall - *stamp : Duration::min();
  if (age < Duration::zero() || age > kPlausibleAge) {
    ++counters_.stamps_rejected;
    return now.monotonic;
  }
  ++counters_.kernel_stamps;
  return now.monotonic - age;
}

void RawSocketIo::wait(Instant until) {
  std::array<pollfd, 2> fds{{{sockets_.receive.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
  // An hour at most: far-away deadlines would overflow, and waking up once an hour costs nothing.
  const Instant now = monotonic_now();
  const Duration limit = std::chrono::hours(1);
  const Duration left = until <= now ? Duration::zero() : (until > now + limit ? limit : until - now);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  const timespec timeout{static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
  ::ppoll(fds.data(), fds.size(), &timeout, nullptr);
  if ((fds[1].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t drained = ::read(wake_.get(), &count, sizeof(count));
  }
}

void RawSocketIo::wake() noexcept {
  const std::uint64_t one = 1;
  // The only failure of a non-blocking eventfd is a full counter, and then the waiter wakes up anyway.
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof(one));
}

std::optional<IpAddress> RawSocketIo::source_for(const IpAddress& destination) {
  if (!destination.is_v4()) return std::nullopt;
  if (source_) return source_;
  const Instant now = monotonic_now();
  const auto found = routes_.find(destination);
  if (found != routes_.end() && now - found->second.asked < kRouteLifetime) return found->second.source;
  if (routes_.size() >= kMaxRoutes) routes_.clear();
  const auto source = ask_kernel(destination);
  routes_.insert_or_assign(destination, Route{source, now});
  return source;
}

// Connecting a UDP socket looks the route up and sends nothing. The disconnect before forgets the last answer, which
// the kernel would keep otherwise.
std::optional<IpAddress> RawSocketIo::ask_kernel(const IpAddress& destination) {
  const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  ::connect(sockets_.route.get(), &nobody, sizeof(nobody));
  const sockaddr_in address = to_sockaddr(destination, 33434);
  if (::connect(sockets_.route.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return std::nullopt;
  }
  sockaddr_in local{};
  socklen_t size = sizeof(local);
  if (::getsockname(sockets_.route.get(), reinterpret_cast<sockaddr*>(&local), &size) != 0) return std::nullopt;
  // A route over an interface without any address: nothing can leave there, and no answer could come back.
  if (local.sin_addr.s_addr == htonl(INADDR_ANY)) return std::nullopt;
  return IpAddress::v4(ntohl(local.sin_addr.s_addr));
}

}  // namespace

Result<std::unique_ptr<PacketIo>> open_packet_io(const Binding& binding, const IoOptions& options) {
  if (options.kind == IoOptions::Kind::packet || options.kind == IoOptions::Kind::xdp) {
    return Error{ErrorCode::io_failed, "open packet sockets", "only raw IP sockets are supported"};
  }
  auto sockets = open_vantage_sockets(binding);
  if (!sockets) return sockets.error();
  FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.is_open()) return system_error("create eventfd", errno);
  return std::unique_ptr<PacketIo>(std::make_unique<RawSocketIo>(std::move(*sockets), std::move(wake), binding.source));
}

Result<std::unique_ptr<PacketIo>> open_raw_sockets(const Binding& binding) {
  return open_packet_io(binding, {.kind = IoOptions::Kind::raw});
}

}  // namespace isthmus::net
