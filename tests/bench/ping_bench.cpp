// What one ping costs: building it, recognising its answer, and the engine around both. Nanoseconds of a core that does
// nothing else; the send and receive calls are not in here.

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

#include "isthmus/wire/decode.hpp"
#include "probes/ping/engine.hpp"
#include "support/packets.hpp"

namespace {

using namespace isthmus;
using namespace isthmus::probes;
using namespace std::chrono_literals;

constexpr std::uint32_t kHosts = 1000;

IpAddress host(std::uint32_t index, bool v4) {
  if (v4) return IpAddress::v4(0x0A000000U + index);
  auto bytes = IpAddress::parse("2001:db8:7::").value().bytes();
  bytes[14] = static_cast<std::uint8_t>(index >> 8);
  bytes[15] = static_cast<std::uint8_t>(index);
  return IpAddress::v6(bytes);
}

IpAddress source(bool v4) { return IpAddress::parse(v4 ? "192.0.2.1" : "2001:db8::1").value(); }

EchoCodec codec() {
  wire::KeySeed seed;
  seed.fill(std::byte{7});
  return {seed, wire::TagKey::Purpose::ping, 0x4242};
}

support::Packet packet_of(const EchoCodec& codec, const PingProbe& probe) {
  std::array<std::byte, EchoCodec::kMaxPacket> buffer;
  const auto bytes = codec.encode(probe, buffer);
  return {bytes.begin(), bytes.end()};
}

void encode_echo(benchmark::State& state) {
  const bool v4 = state.range(0) == 4;
  const EchoCodec echo = codec();
  PingProbe probe{0, source(v4), {}};
  std::vector<IpAddress> hosts;
  for (std::uint32_t i = 0; i < kHosts; ++i) hosts.push_back(host(i, v4));
  std::array<std::byte, EchoCodec::kMaxPacket> buffer;
  for (auto _ : state) {
    probe.destination = hosts[++probe.number % kHosts];
    benchmark::DoNotOptimize(echo.encode(probe, buffer));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(encode_echo)->Arg(4)->Arg(6);

void decode_and_verify_echo(benchmark::State& state) {
  const bool v4 = state.range(0) == 4;
  const EchoCodec echo = codec();
  std::vector<support::Packet> replies;
  for (std::uint32_t i = 0; i < kHosts; ++i) {
    replies.push_back(support::make_echo_reply(packet_of(echo, {i, source(v4), host(i, v4)})));
  }
  std::size_t next = 0;
  for (auto _ : state) {
    const auto decoded = wire::decode_packet(replies[++next % kHosts]);
    const auto& packet = std::get<wire::DecodedPacket>(decoded);
    const auto claim = echo.claim(packet);
    const Verdict verdict = echo.verify(packet, {claim->number, packet.ip.destination, claim->destination});
    if (verdict.strength != Verdict::Strength::strong) state.SkipWithError("a true reply was not recognised");
  }
}
BENCHMARK(decode_and_verify_echo)->Arg(4)->Arg(6);

// All that happens to a probe but the system calls: polled, built, sent, answered, observed.
void whole_ping(benchmark::State& state) {
  PingEngine engine(codec(), "vp", [](const IpAddress&) { return source(true); });
  std::vector<IpAddress> hosts;
  for (std::uint32_t i = 0; i < kHosts; ++i) hosts.push_back(host(i, true));
  engine.set_targets({{"target", hosts}}, {.interval = 1s}, Instant(1h));
  std::array<std::byte, PingEngine::kMaxPacket> buffer;
  Instant now(1h);
  for (auto _ : state) {
    auto probe = engine.poll_probe(now, Timestamp{});
    if (!probe) {
      now += 1s;
      probe = engine.poll_probe(now, Timestamp{});
    }
    const auto bytes = engine.encode(*probe, buffer);
    engine.handle_sent(probe->number, now);
    // The reply in place: addresses swapped, type 0, checksum changed by as much (RFC 1624).
    std::swap_ranges(buffer.begin() + 12, buffer.begin() + 16, buffer.begin() + 16);
    const std::uint32_t checksum = support::number_at(buffer, 22, 2) + 0x800;
    buffer[20] = std::byte{0};
    buffer[22] = static_cast<std::byte>((checksum + (checksum >> 16)) >> 8);
    buffer[23] = static_cast<std::byte>(checksum + (checksum >> 16));
    const auto decoded = wire::decode_packet(bytes);
    if (engine.handle_reply(std::get<wire::DecodedPacket>(decoded), now + 1ms)) state.SkipWithError("not recognised");
    benchmark::DoNotOptimize(engine.poll_observation());
    engine.handle_timeout(now);
  }
}
BENCHMARK(whole_ping);

}  // namespace

BENCHMARK_MAIN();
