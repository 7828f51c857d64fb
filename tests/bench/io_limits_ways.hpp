#pragma once
// What io_limits measures: each way is opened once, inside a closed namespace, and run many times. One thread.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "lab/closed_lab.hpp"
#include "lab/test_packets.hpp"

namespace isthmus::bench {

/// Two namespaces with one link between them: "tx" with 10.0.1.1 sends by default to "rx" with 10.0.1.2, which throws
/// all of it away.
class Wire {
 public:
  Wire();
  [[nodiscard]] std::string tx() const { return lab_.name("tx"); }
  [[nodiscard]] std::string rx() const { return lab_.name("rx"); }
  /// Runs `work` on a thread inside the namespace.
  static void inside(const std::string& netns, const std::function<void()>& work);

 private:
  lab::ClosedLab lab_;
};

inline const IpAddress kTx = IpAddress::v4(0x0A000101);
inline const IpAddress kRx = IpAddress::v4(0x0A000102);
/// A frame has 60 bytes without its check sequence.
inline constexpr std::size_t kPacket = 46;

/// Sends until the time has come; how many packets.
struct SendWay {
  std::string name;
  std::function<std::uint64_t(Instant until)> run;
};

/// `settle` waits until nothing more is on its way to the queue; `drain` reads all of it and returns how many packets.
struct ReceiveWay {
  std::string name;
  std::function<std::uint64_t()> drain;
  std::function<void()> settle;
};

/// The next destination and TTL into an IPv4 packet, with its header checksum: what any prober does for each probe.
class Patcher {
 public:
  void patch(std::byte* packet);
  [[nodiscard]] IpAddress destination() const { return IpAddress::v4(destination_); }

 private:
  std::uint32_t destination_{0xC6120000};  // 198.18.0.0/15, RFC 2544
  std::uint8_t ttl_{0};
};

[[nodiscard]] lab::Packet probe_template();
/// Throws std::runtime_error with errno's text when `good` is not.
void require(bool good, const std::string& what);

[[nodiscard]] std::vector<SendWay> plain_send_ways(const Wire& wire);
[[nodiscard]] std::vector<SendWay> isthmus_send_ways(const Wire& wire);
/// Each opens its way.
[[nodiscard]] std::vector<std::function<ReceiveWay()>> receive_ways(const Wire& wire);

/// Opens in the namespace and sends a first packet to `first`; throws what went wrong.
[[nodiscard]] std::shared_ptr<net::PacketIo> open_in(const std::string& netns, net::IoOptions::Kind kind,
                                                     const IpAddress& first);

}  // namespace isthmus::bench
