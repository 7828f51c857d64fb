// What a trace probe costs: building it with its tag, finding and verifying the probe of an answer, and beside them
// what libtins needs to build the same packet and to take the same answer apart.

#include <benchmark/benchmark.h>
#include <tins/icmp.h>
#include <tins/ip.h>
#include <tins/rawpdu.h>
#include <tins/udp.h>

#include <array>
#include <vector>

#include "isthmus/wire/decode.hpp"
#include "probes/traceroute/codec.hpp"
#include "support/packets.hpp"

namespace {

using namespace isthmus;
using probes::TraceCodec;
using probes::TraceProbe;

TraceCodec codec_of(Protocol protocol, bool v4) {
  wire::KeySeed seed;
  seed.fill(std::byte{7});
  return {seed, {protocol, IpAddress::parse(v4 ? "192.0.2.1" : "2001:db8::1").value(), 33434}};
}

constexpr std::uint32_t kProbes = 1024;

// The next probe of a survey: another destination and TTL each time.
TraceProbe probe_number(std::uint32_t number, bool v4) {
  TraceProbe probe;
  probe.ttl = static_cast<Ttl>(1 + number % 32);
  if (v4) {
    probe.destination = IpAddress::v4(0xCB007100 + number);
  } else {
    std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0d, 0xb8};
    for (std::size_t i = 0; i < 4; ++i) bytes[4 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    probe.destination = IpAddress::v6(bytes);
  }
  return probe;
}

support::Packet expired(const TraceCodec& codec, bool v4) {
  std::array<std::byte, TraceCodec::kMaxPacket> buffer;
  const auto probe = codec.encode(probe_number(5, v4), 1, buffer);
  const auto router = IpAddress::parse(v4 ? "198.51.100.1" : "2001:db8:ffff::1").value();
  const std::size_t quoted = v4 ? 28 : probe.size();
  return support::make_icmp_error(router, codec.settings().source, v4 ? 11 : 3, 0, probe.first(quoted));
}

void encode(benchmark::State& state, Protocol protocol, bool v4) {
  const TraceCodec codec = codec_of(protocol, v4);
  std::array<std::byte, TraceCodec::kMaxPacket> buffer;
  // Made before: a destination that was written byte by byte just now would be waited for.
  std::vector<TraceProbe> probes;
  for (std::uint32_t number = 0; number < kProbes; ++number) probes.push_back(probe_number(number, v4));
  std::uint32_t number = 0;
  for (auto _ : state) {
    ++number;
    benchmark::DoNotOptimize(codec.encode(probes[number % kProbes], number, buffer));
    benchmark::ClobberMemory();
  }
}

void claim_and_verify(benchmark::State& state, Protocol protocol, bool v4) {
  const TraceCodec codec = codec_of(protocol, v4);
  const auto bytes = expired(codec, v4);
  auto packet = std::get<wire::DecodedPacket>(wire::decode_packet(bytes));
  for (auto _ : state) {
    benchmark::DoNotOptimize(packet);
    const auto claim = codec.claim(packet);
    if (!claim || codec.verify(packet, *claim, 1).strength != probes::Verdict::Strength::strong) {
      state.SkipWithError("the answer was not recognised");
    }
  }
}

void verify(benchmark::State& state, Protocol protocol, bool v4) {
  const TraceCodec codec = codec_of(protocol, v4);
  const auto bytes = expired(codec, v4);
  auto packet = std::get<wire::DecodedPacket>(wire::decode_packet(bytes));
  const TraceProbe claim = codec.claim(packet).value();
  for (auto _ : state) {
    benchmark::DoNotOptimize(packet);
    benchmark::DoNotOptimize(codec.verify(packet, claim, 1));
  }
}

void decode_claim_and_verify(benchmark::State& state, Protocol protocol, bool v4) {
  const TraceCodec codec = codec_of(protocol, v4);
  auto bytes = expired(codec, v4);
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes.data());
    benchmark::ClobberMemory();
    const auto decoded = wire::decode_packet(bytes);
    const auto match = codec.identify(std::get<wire::DecodedPacket>(decoded), 1);
    if (!match) state.SkipWithError("the answer was not recognised");
    benchmark::DoNotOptimize(match);
  }
}

void libtins_encode(benchmark::State& state) {
  const Tins::IPv4Address source("192.0.2.1");
  const std::vector<std::uint8_t> payload(18, 1);
  std::uint32_t number = 0;
  for (auto _ : state) {
    ++number;
    Tins::IP packet =
        Tins::IP(Tins::IPv4Address(0xCB007100 + number), source) / Tins::UDP(33434, 40000) / Tins::RawPDU(payload);
    packet.id(static_cast<std::uint16_t>(number));
    packet.ttl(static_cast<std::uint8_t>(1 + number % 32));
    benchmark::DoNotOptimize(packet.serialize());
  }
}

void libtins_decode(benchmark::State& state) {
  const auto bytes = expired(codec_of(Protocol::udp, true), true);
  for (auto _ : state) {
    const Tins::IP packet(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                          static_cast<std::uint32_t>(bytes.size()));
    const auto& quote = packet.rfind_pdu<Tins::RawPDU>().payload();
    const Tins::IP quoted(quote.data(), static_cast<std::uint32_t>(quote.size()));
    benchmark::DoNotOptimize(quoted.rfind_pdu<Tins::UDP>().sport());
  }
}

}  // namespace

BENCHMARK_CAPTURE(encode, udp_ipv4, Protocol::udp, true);
BENCHMARK_CAPTURE(encode, icmp_ipv4, Protocol::icmp, true);
BENCHMARK_CAPTURE(encode, tcp_ipv4, Protocol::tcp, true);
BENCHMARK_CAPTURE(encode, udp_ipv6, Protocol::udp, false);
BENCHMARK(libtins_encode);
BENCHMARK_CAPTURE(verify, udp_ipv4, Protocol::udp, true);
BENCHMARK_CAPTURE(verify, udp_ipv6, Protocol::udp, false);
BENCHMARK_CAPTURE(claim_and_verify, udp_ipv4, Protocol::udp, true);
BENCHMARK_CAPTURE(decode_claim_and_verify, udp_ipv4, Protocol::udp, true);
BENCHMARK_CAPTURE(decode_claim_and_verify, udp_ipv6, Protocol::udp, false);
BENCHMARK(libtins_decode);
BENCHMARK_MAIN();
