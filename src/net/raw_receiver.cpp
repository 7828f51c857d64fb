#include "net/raw_receiver.hpp"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

// After the C library's headers, whose definitions the kernel's header then leaves alone.
#include <linux/icmp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "net/answer_filter.hpp"
#include "net/arrival_clock.hpp"
#include "net/socket_address.hpp"
#include "net/vantage_space.hpp"

namespace isthmus::net {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kBuffer = 9216;  // A jumbo frame.
constexpr std::size_t kControl = 256;
constexpr std::size_t kIpv6Header = 40;

struct Socket {
  FileDescriptor fd;
  Family family{Family::ipv4};
  std::uint8_t protocol{0};
  std::uint32_t drops{0};  ///< The kernel's counter, which has 32 bits and wraps.
};

/// What the kernel tells beside a packet.
struct Ancillary {
  std::optional<Timestamp> stamp;
  std::optional<std::uint32_t> drops;
  in6_addr destination{};
  std::uint32_t flow{0};  ///< As the first word of the header, without the version.
  int hop_limit{0};
};

class RawReceiver final : public Receiver {
 public:
  explicit RawReceiver(std::vector<Socket> sockets);

  std::span<const ReceivedPacket> receive() override;
  std::span<const int> descriptors() const override { return descriptors_; }
  IoCounters counters() const override { return counters_; }

 private:
  void receive_from(Socket& socket);
  void rebuild_header(std::byte* header, const Socket& socket, const sockaddr_in6& from, const Ancillary& ancillary,
                      std::size_t payload) const;

  std::vector<Socket> sockets_;
  std::vector<int> descriptors_;
  std::size_t turn_{0};
  IoCounters counters_;
  std::vector<std::byte> buffers_;
  std::array<iovec, kBatch> vectors_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::array<sockaddr_in6, kBatch> names_{};
  alignas(cmsghdr) std::array<std::array<std::byte, kControl>, kBatch> controls_{};
  std::vector<ReceivedPacket> batch_;
};

RawReceiver::RawReceiver(std::vector<Socket> sockets) : sockets_(std::move(sockets)), buffers_(kBatch * kBuffer) {
  for (const Socket& socket : sockets_) descriptors_.push_back(socket.fd.get());
  batch_.reserve(kBatch);
}

// Every socket in its turn, so that a flood on one does not hide the others.
std::span<const ReceivedPacket> RawReceiver::receive() {
  batch_.clear();
  for (std::size_t i = 0; i < sockets_.size() && batch_.empty(); ++i) {
    receive_from(sockets_[turn_]);
    turn_ = (turn_ + 1) % sockets_.size();
  }
  return batch_;
}

Ancillary read_ancillary(msghdr& header) {
  Ancillary result;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    const auto copy = [&](auto& value) { std::memcpy(&value, CMSG_DATA(c), sizeof(value)); };
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time{};
      copy(time);
      result.stamp = to_timestamp(time);
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      copy(result.drops.emplace());
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      copy(info);
      result.destination = info.ipi6_addr;
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT) {
      copy(result.hop_limit);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
      int traffic_class = 0;
      copy(traffic_class);
      result.flow |= static_cast<std::uint32_t>(traffic_class & 0xff) << 20;
    }
  }
  return result;
}

void RawReceiver::receive_from(Socket& socket) {
  const bool v6 = socket.family == Family::ipv6;
  const std::size_t room = v6 ? kIpv6Header : 0;
  for (std::size_t i = 0; i < kBatch; ++i) {
    vectors_[i] = {&buffers_[i * kBuffer + room], kBuffer - room};
    messages_[i] = {};
    messages_[i].msg_hdr = {.msg_name = v6 ? &names_[i] : nullptr,
                            .msg_namelen = v6 ? static_cast<socklen_t>(sizeof(names_[i])) : 0U,
                            .msg_iov = &vectors_[i],
                            .msg_iovlen = 1,
                            .msg_control = controls_[i].data(),
                            .msg_controllen = kControl,
                            .msg_flags = 0};
  }
  const int count = ::recvmmsg(socket.fd.get(), messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (count <= 0) return;
  const ArrivalClock clock;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const Ancillary ancillary = read_ancillary(messages_[i].msg_hdr);
    if (ancillary.drops) {
      counters_.receive_drops += *ancillary.drops - socket.drops;
      socket.drops = *ancillary.drops;
    }
    const Instant received = clock.instant_of(ancillary.stamp, counters_);
    if ((messages_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++counters_.truncated;
      continue;
    }
    std::byte* const begin = &buffers_[i * kBuffer];
    if (v6) rebuild_header(begin, socket, names_[i], ancillary, messages_[i].msg_len);
    batch_.push_back({{begin, room + messages_[i].msg_len}, received});
  }
}

// RFC 8200 section 3: version, traffic class and flow label, payload length, next header, hop limit, addresses. The
// kernel does not tell the flow label of an answer, and nobody asks for it.
void RawReceiver::rebuild_header(std::byte* header, const Socket& socket, const sockaddr_in6& from,
                                 const Ancillary& ancillary, std::size_t payload) const {
  const std::uint32_t first = htonl((6U << 28) | ancillary.flow);
  const std::uint16_t length = htons(static_cast<std::uint16_t>(payload));
  std::memcpy(header, &first, sizeof(first));
  std::memcpy(header + 4, &length, sizeof(length));
  header[6] = std::byte{socket.protocol};
  header[7] = static_cast<std::byte>(ancillary.hop_limit);
  std::memcpy(header + 8, &from.sin6_addr, sizeof(from.sin6_addr));
  std::memcpy(header + 24, &ancillary.destination, sizeof(ancillary.destination));
}

// Only what can answer a probe; everything else would only fill the buffer.
int filter_icmp(int fd) {
  icmp_filter filter{};
  filter.data = ~((1U << ICMP_ECHOREPLY) | (1U << ICMP_DEST_UNREACH) | (1U << ICMP_TIME_EXCEEDED));
  return ::setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter)) == 0 ? 0 : errno;
}

int filter_icmp6(int fd) {
  icmp6_filter filter{};
  ICMP6_FILTER_SETBLOCKALL(&filter);
  for (const int type : {ICMP6_ECHO_REPLY, ICMP6_DST_UNREACH, ICMP6_TIME_EXCEEDED}) ICMP6_FILTER_SETPASS(type, &filter);
  return ::setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)) == 0 ? 0 : errno;
}

int switch_on(int fd, int level, std::initializer_list<int> options) {
  constexpr int kOn = 1;
  for (const int option : options) {
    if (::setsockopt(fd, level, option, &kOn, sizeof(kOn)) != 0) return errno;
  }
  return 0;
}

Result<Socket> open_one(const Binding& binding, const IoOptions& options, Family family, bool tcp) {
  const bool v6 = family == Family::ipv6;
  const int protocol = tcp ? IPPROTO_TCP : v6 ? static_cast<int>(IPPROTO_ICMPV6) : IPPROTO_ICMP;
  const std::string operation = "prepare raw socket for answers" + describe(binding);
  auto fd = open_socket(socket_family(family), SOCK_RAW, protocol, "open raw socket" + describe(binding));
  if (!fd) return fd.error();
  // The filter first: what comes in between opening and filtering is read and refused like any stranger's packet.
  int error = tcp ? attach_filter(fd->get(), tcp_answer_filter(family, options.tcp))
                  : (v6 ? filter_icmp6(fd->get()) : filter_icmp(fd->get()));
  if (error == 0) error = switch_on(fd->get(), SOL_SOCKET, {SO_TIMESTAMPNS, SO_RXQ_OVFL});
  if (error == 0 && v6) {
    error = switch_on(fd->get(), IPPROTO_IPV6, {IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS});
  }
  if (error != 0) return system_error(operation, error);
  if (const auto enlarged = enlarge_receive_buffer(*fd, options.receive_buffer); !enlarged) return enlarged.error();
  // Not bound to the interface: answers may well come back by another one.
  if (const auto bound = bind_to_source(*fd, binding, family); !bound) return bound.error();
  return Socket{std::move(*fd), family, static_cast<std::uint8_t>(protocol), 0};
}

}  // namespace

Result<std::unique_ptr<Receiver>> open_raw_receiver(const Binding& binding, const IoOptions& options) {
  std::vector<Socket> sockets;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    for (const bool tcp : {false, true}) {
      if (!allows(binding, family) || (tcp && !options.tcp.wanted)) continue;
      auto socket = open_one(binding, options, family, tcp);
      if (socket) {
        sockets.push_back(std::move(*socket));
      } else if (family == Family::ipv4 || binding.source || socket.error().code != ErrorCode::io_failed) {
        return socket.error();
      }
    }
  }
  return std::unique_ptr<Receiver>(std::make_unique<RawReceiver>(std::move(sockets)));
}

}  // namespace isthmus::net
