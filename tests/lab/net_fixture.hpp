#pragma once
// vp --- r --- host, dual-stack, in closed namespaces; and what the tests of the sockets do with it.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "isthmus/net/clock.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "lab/closed_lab.hpp"
#include "lab/test_packets.hpp"

namespace isthmus::lab {

using namespace std::chrono_literals;
using Kind = net::IoOptions::Kind;

inline IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }

inline std::string name_of(Kind kind) {
  switch (kind) {
    case Kind::automatic: return "automatic";
    case Kind::raw: return "raw";
    case Kind::packet: return "packet";
    case Kind::xdp: return "xdp";
  }
  return "?";
}

/// One reply, with what a view into the receive buffer could not keep.
struct Seen {
  wire::DecodedPacket packet;
  Instant received;
};

class NetLab : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to make network namespaces";
    lab_ = std::make_unique<ClosedLab>();
    for (const char* role : {"vp", "r", "host"}) add(role);
    link("vp", "r", 1);
    link("r", "host", 2);
    lab_->run_in("vp", "ip route add default via 10.0.1.2");
    lab_->run_in("vp", "ip -6 route add default via 2001:db8:1::2");
    lab_->run_in("host", "ip route add default via 10.0.2.1");
    lab_->run_in("host", "ip -6 route add default via 2001:db8:2::1");
    lab_->run_in("r", "sysctl -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
    for (const char* role : {"r", "host"}) {
      lab_->run_in(role,
                   "sysctl -w net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_msgs_per_sec=1000000");
    }
  }

  void add(const std::string& role) {
    lab_->add(role);
    // Without duplicate address detection, which would take seconds.
    lab_->run_in(role, "sysctl -w net.ipv6.conf.default.accept_dad=0");
  }

  /// 10.0.N.1/24 and 2001:db8:N::1/64 on the side of `a`, .2 and ::2 on the side of `b`.
  void link(const std::string& a, const std::string& b, int number) {
    const std::string net = std::to_string(number);
    lab_->link(a, "10.0." + net + ".1/24", b, "10.0." + net + ".2/24");
    lab_->run_in(a, "ip addr add 2001:db8:" + net + "::1/64 dev to" + b + " nodad");
    lab_->run_in(b, "ip addr add 2001:db8:" + net + "::2/64 dev to" + a + " nodad");
  }

  [[nodiscard]] net::Binding binding(const std::string& role = "vp") const {
    return {.netns = lab_->name(role), .interface = {}, .source = {}};
  }
  std::unique_ptr<net::PacketIo> open(Kind kind) { return open(binding(), kind); }
  static std::unique_ptr<net::PacketIo> open(const net::Binding& binding, Kind kind) {
    return std::move(net::open_packet_io(binding, {.kind = kind}).value());
  }

  static ProbeHeader header(net::PacketIo& io, const std::string& destination, std::uint8_t ttl = 64) {
    const IpAddress to = address(destination);
    const auto source = io.source_for(to);
    EXPECT_TRUE(source) << destination;
    return {source.value_or(IpAddress()), to, ttl};
  }

  /// The first packet that `wanted` accepts, within a deadline that no healthy run comes near.
  static std::optional<Seen> wait_for(net::PacketIo& io, const std::function<bool(const wire::DecodedPacket&)>& wanted,
                                      Duration limit = 5s) {
    const Instant deadline = net::monotonic_now() + limit;
    while (net::monotonic_now() < deadline) {
      for (const net::ReceivedPacket& packet : io.receive()) {
        const auto decoded = wire::decode_packet(packet.bytes);
        const auto* good = std::get_if<wire::DecodedPacket>(&decoded);
        if (good != nullptr && wanted(*good)) return Seen{*good, packet.received};
      }
      io.wait(std::min(deadline, net::monotonic_now() + 100ms));
    }
    return std::nullopt;
  }

  std::unique_ptr<ClosedLab> lab_;
};

inline std::function<bool(const wire::DecodedPacket&)> echo_reply_with(std::uint16_t id, std::uint16_t sequence) {
  return [=](const wire::DecodedPacket& packet) {
    const auto* echo = std::get_if<wire::EchoReply>(&packet.message);
    return echo != nullptr && echo->id == id && echo->sequence == sequence;
  };
}

inline std::function<bool(const wire::DecodedPacket&)> of_kind(ReplyKind kind, const std::string& from) {
  const IpAddress sender = address(from);
  return [=](const wire::DecodedPacket& packet) { return packet.kind == kind && packet.ip.source == sender; };
}

}  // namespace isthmus::lab
