// Decoding received packets, every kind in both families, next to libtins reading the same bytes in the same run: the
// packet, and the one it quotes. libtins verifies no checksum. Prints figures and asserts nothing about time.

#include <benchmark/benchmark.h>
#include <tins/tins.h>

#include <algorithm>
#include <cstdlib>

#include "isthmus/wire/checksum.hpp"
#include "isthmus/wire/decode.hpp"
#include "unit/wire/packets.hpp"

namespace isthmus {
namespace {

using support::Packet;

void decode(benchmark::State& state, const Packet& packet) {
  for (auto _ : state) {
    const auto* bytes = packet.data();
    benchmark::DoNotOptimize(bytes);
    const wire::DecodeResult result = wire::decode_packet({bytes, packet.size()});
    benchmark::DoNotOptimize(result);
    if (!std::holds_alternative<wire::DecodedPacket>(result)) std::abort();
  }
}

template <typename Ip, typename Icmp>
void parse(const Packet& packet) {
  const Ip ip(reinterpret_cast<const std::uint8_t*>(packet.data()), static_cast<std::uint32_t>(packet.size()));
  benchmark::DoNotOptimize(&ip);
  const auto* icmp = ip.template find_pdu<Icmp>();
  const auto* quoted = icmp == nullptr ? nullptr : icmp->template find_pdu<Tins::RawPDU>();
  const bool error = icmp != nullptr && (icmp->type() == 11 || icmp->type() == 3 || icmp->type() == 1);
  if (quoted == nullptr || !error) return;
  const Ip quote(quoted->payload().data(), static_cast<std::uint32_t>(quoted->payload().size()));
  benchmark::DoNotOptimize(&quote);
}

void parse_any(const Packet& packet) {
  if (support::number_at(packet, 0, 1) >> 4 == 4) {
    parse<Tins::IP, Tins::ICMP>(packet);
  } else {
    parse<Tins::IPv6, Tins::ICMPv6>(packet);
  }
}

void parse_with_libtins(benchmark::State& state, const Packet& packet) {
  for (auto _ : state) parse_any(packet);
}

bool libtins_reads(const Packet& packet) {
  try {
    parse_any(packet);
    return true;
  } catch (const Tins::exception_base&) {
    return false;
  }
}

void checksum(benchmark::State& state) {
  const Packet bytes(static_cast<std::size_t>(state.range(0)), std::byte{0x5a});
  for (auto _ : state) {
    const auto* data = bytes.data();
    benchmark::DoNotOptimize(data);
    benchmark::DoNotOptimize(wire::internet_checksum({data, bytes.size()}));
  }
}
BENCHMARK(checksum)->Arg(20)->Arg(64)->Arg(1480);

// What does not answer us must be cheap, too: a host's own traffic passes a packet socket.
Packet bulk_tcp() {
  Packet segment = wire::packets::tcp_reply(Family::ipv4, 0x10);
  segment.resize(1500);
  support::put_number(segment, 2, 1500, 2);
  return segment;
}

void refuse_bulk_tcp(benchmark::State& state) {
  const Packet packet = bulk_tcp();
  for (auto _ : state) benchmark::DoNotOptimize(wire::decode_packet(packet));
}
BENCHMARK(refuse_bulk_tcp);

void register_all() {
  for (const auto& [name, packet] : wire::packets::valid_packets()) {
    std::string label = name;
    std::replace(label.begin(), label.end(), ' ', '_');
    benchmark::RegisterBenchmark(("decode/" + label).c_str(), [bytes = packet](auto& state) { decode(state, bytes); });
    if (!libtins_reads(packet)) continue;
    benchmark::RegisterBenchmark(("libtins/" + label).c_str(),
                                 [bytes = packet](auto& state) { parse_with_libtins(state, bytes); });
  }
}

}  // namespace
}  // namespace isthmus

int main(int argc, char** argv) {
  isthmus::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
