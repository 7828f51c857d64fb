#pragma once
// A ping engine by itself, one protocol and family at a time, with packets that are answered or forged by hand.

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/wire/decode.hpp"
#include "probes/ping/engine.hpp"
#include "support/packets.hpp"

namespace isthmus::probes {

struct KindOfPing {
  Protocol protocol{Protocol::icmp};
  bool v4{true};

  [[nodiscard]] IpAddress parse(const char* four, const char* six) const {
    return IpAddress::parse(v4 ? four : six).value();
  }
  [[nodiscard]] IpAddress source() const { return parse("192.0.2.1", "2001:db8::1"); }
  [[nodiscard]] IpAddress host() const { return parse("203.0.113.7", "2001:db8:7::7"); }
  [[nodiscard]] IpAddress router() const { return parse("198.51.100.1", "2001:db8:ffff::1"); }
  [[nodiscard]] std::size_t header() const { return v4 ? 20 : 40; }
  /// The first of a million addresses, and those behind it.
  [[nodiscard]] IpAddress host(std::uint32_t index) const {
    if (v4) return IpAddress::v4(0x0A000000U + index);
    auto bytes = host().bytes();
    for (std::size_t i = 0; i < 4; ++i) bytes[12 + i] = static_cast<std::uint8_t>(index >> (24 - 8 * i));
    return IpAddress::v6(bytes);
  }
};

inline constexpr std::array<KindOfPing, 6> kKindsOfPing{{{Protocol::icmp, true},
                                                         {Protocol::icmp, false},
                                                         {Protocol::udp, true},
                                                         {Protocol::udp, false},
                                                         {Protocol::tcp, true},
                                                         {Protocol::tcp, false}}};

inline std::string name_of(const testing::TestParamInfo<KindOfPing>& kind) {
  return std::string(to_string(kind.param.protocol)) + (kind.param.v4 ? "_ipv4" : "_ipv6");
}
inline void PrintTo(const KindOfPing& kind, std::ostream* out) {
  *out << to_string(kind.protocol) << (kind.v4 ? " over IPv4" : " over IPv6");
}

/// What was sent, with the time of its sending.
struct SentPing {
  PingProbe probe;
  support::Packet bytes;
};

class PingBench {
 public:
  explicit PingBench(const KindOfPing& kind, std::vector<IpAddress> addresses = {}, int seed = 7)
      : kind_(kind), engine_(codec(seed), "vp", [this](const IpAddress&) { return source_; }), source_(kind.source()) {
    settings.protocol = kind.protocol;
    settings.interval = std::chrono::seconds(1);
    settings.timeout = std::chrono::seconds(2);
    if (addresses.empty()) addresses.push_back(kind.host());
    watch(std::move(addresses));
  }

  void watch(std::vector<IpAddress> addresses) {
    engine_.set_targets({{"target", std::move(addresses)}}, settings, now);
  }
  /// All that is due.
  std::vector<SentPing> send() {
    std::vector<SentPing> sent;
    while (const auto probe = engine_.poll_probe(now, wall())) sent.push_back({*probe, bytes(*probe)});
    return sent;
  }
  [[nodiscard]] support::Packet bytes(const PingProbe& probe) const { return engine_.encode(probe); }
  /// What the prober does with a packet: nothing when it was an answer.
  std::optional<InvalidReason> receive(const support::Packet& packet) {
    const auto decoded = wire::decode_packet(packet);
    if (const auto* reason = std::get_if<InvalidReason>(&decoded)) return *reason;
    return engine_.handle_reply(std::get<wire::DecodedPacket>(decoded), now);
  }
  std::vector<PingSeries> take() {
    std::vector<PingSeries> all;
    while (auto series = engine_.poll_observation()) all.push_back(std::move(*series));
    return all;
  }

  /// The packet that the pinged address itself would answer with.
  [[nodiscard]] support::Packet answer(const support::Packet& probe, bool tcp_open = true) const {
    switch (kind_.protocol) {
      case Protocol::icmp: return support::make_echo_reply(probe);
      case Protocol::tcp: return support::make_tcp_answer(probe, tcp_open);
      case Protocol::udp: break;
    }
    // RFC 792 promises eight bytes, RFC 4443 all of a packet of this size.
    return error(support::dissect(probe).destination, probe, kind_.v4 ? 8 : probe.size(), true);
  }
  /// An error that quotes so many bytes behind the IP header: a port that is closed, or a host that nobody reaches.
  [[nodiscard]] support::Packet error(const IpAddress& from, const support::Packet& probe, std::size_t quoted,
                                      bool port = false) const {
    const auto quote = std::span(probe).first(std::min(probe.size(), kind_.header() + quoted));
    const int code = kind_.v4 ? (port ? 3 : 1) : (port ? 4 : 3);
    return support::make_icmp_error(from, source_, kind_.v4 ? 3 : 1, static_cast<std::uint8_t>(code), quote);
  }

  /// The same packet from or to another address, with true checksums.
  enum class End { from, to };
  [[nodiscard]] support::Packet redirected(support::Packet packet, End end, const IpAddress& address) const {
    // Both addresses end the header.
    const std::size_t size = kind_.v4 ? 4 : 16;
    support::put_address(packet, kind_.header() - (end == End::from ? 2 * size : size), address);
    if (kind_.v4) {
      support::put_number(packet, 10, 0, 2);
      support::put_number(packet, 10, ~support::sum_of_words(std::span(packet).first(20)) & 0xffff, 2);
    }
    support::fix_checksum(packet);
    return packet;
  }

  [[nodiscard]] Timestamp wall() const { return Timestamp(std::chrono::hours(1)) + now.time_since_epoch(); }
  PingEngine& engine() { return engine_; }
  void set_source(const IpAddress& source) { source_ = source; }

  Instant now{std::chrono::hours(1)};
  PingSettings settings;

  static EchoCodec codec(int seed = 7) {
    wire::KeySeed bytes;
    bytes.fill(static_cast<std::byte>(seed));
    return {bytes, wire::TagKey::Purpose::ping, 0x4242};
  }

 private:
  KindOfPing kind_;
  PingEngine engine_;
  IpAddress source_;
};

}  // namespace isthmus::probes
