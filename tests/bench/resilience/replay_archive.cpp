// replay_archive FOLDER HOURS [BLOCKS] [VANTAGES] [FLOWS]: a large archive for `isthmus replay`, with its
// configuration. Four-minute rounds of one ping of three packets to one address a block, and of a trace of each flow;
// ten hops with three answers each, as RIPE Atlas writes them. Every 97th block has lost and regained one of its two
// upstreams in the meantime. Deterministic.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <queue>
#include <string>
#include <tuple>
#include <vector>

#include "scenario/atlas_result.hpp"

namespace {

using namespace isthmus;  // NOLINT(google-build-using-namespace): the one program of this file.

constexpr std::uint32_t kFirstBlock = 0x2D000000;  // 45.0.0.0 on: targets of four blocks each.
constexpr std::chrono::seconds kRound{240};
constexpr int kBlocksPerTarget = 4;

struct Plan {
  int hours, blocks, vantages, flows;
};

IpAddress host(int block) { return IpAddress::v4(kFirstBlock + (static_cast<std::uint32_t>(block) << 8U) + 1); }
IpAddress control(int number) { return IpAddress::v4(0xC0000201 + static_cast<std::uint32_t>(number)); }
IpAddress probe_address(int vantage) {
  return IpAddress::v4(0x08000001 + (static_cast<std::uint32_t>(vantage) << 16U));
}
// Two providers a target, out of twenty.
std::uint32_t provider(int block, bool second) {
  return static_cast<std::uint32_t>((block / kBlocksPerTarget * 7 + (second ? 3 : 0)) % 20);
}

Reply reply(const IpAddress& from, ReplyKind kind, int hop) {
  return Reply{.from = from, .kind = kind, .rtt = std::chrono::microseconds(1000 + 9137 * hop), .ttl = 50, .size = 56};
}

Observation ping(const IpAddress& address, Timestamp at) {
  PingSeries series{.vantage = {}, .target = {}, .source = {}, .address = address, .outcomes = {}};
  for (int i = 0; i < 3; ++i) {
    series.outcomes.push_back(
        {.sent = at + std::chrono::seconds(i), .outcome = reply(address, ReplyKind::echo_reply, 9)});
  }
  return series;
}

Observation trace(int vantage, int block, int flow, Timestamp at, bool moved) {
  Trace made;
  made.destination = host(block);
  made.flow = FlowId{static_cast<std::uint16_t>(flow)};
  made.started = at;
  made.ended = at + std::chrono::seconds(1);
  made.stop = StopReason::reached;
  const std::uint32_t upstream = provider(block, vantage % 2 == 1 && !moved);
  for (std::uint8_t ttl = 1; ttl <= 10; ++ttl) {
    IpAddress from = IpAddress::v4(0x08000000 + (static_cast<std::uint32_t>(vantage) << 16U) + ttl);
    if (ttl > 4) from = IpAddress::v4(0x0B000000 + (static_cast<std::uint32_t>(vantage % 3) << 16U) + ttl);
    if (ttl > 7) from = IpAddress::v4(0x14000000 + (upstream << 16U) + ttl);
    const bool last = ttl == 10;
    if (last) from = made.destination;
    const Reply answer = reply(from, last ? ReplyKind::unreachable : ReplyKind::time_exceeded, ttl);
    made.hops.push_back({.ttl = ttl, .outcomes = {answer, answer, answer}});
  }
  return made;
}

void write_config(const std::string& folder, const Plan& plan) {
  std::ofstream prefixes(folder + "/prefixes.csv");
  for (int v = 0; v < plan.vantages; ++v) {
    const IpAddress first = IpAddress::v4(probe_address(v).v4_value() & 0xFFFF0000U);
    prefixes << to_string(first) << "," << to_string(IpAddress::v4(first.v4_value() | 0xFFFFU)) << "," << 3000 + v
             << ",Access " << v << "\n";
  }
  for (int t = 0; t < 3; ++t) prefixes << "11." << t << ".0.0,11." << t << ".255.255," << 3100 + t << ",Transit\n";
  for (int p = 0; p < 20; ++p) prefixes << "20." << p << ".0.0,20." << p << ".255.255," << 3200 + p << ",Provider\n";
  std::ofstream config(folder + "/isthmus.yaml");
  config << "vantages:\n";
  for (int v = 0; v < plan.vantages; ++v) {
    config << "  - {name: vp-" << v << ", asn: " << 3000 + v << ", atlas_probe: " << v + 1 << "}\n";
  }
  config << "targets:\n";
  for (int b = 0; b < plan.blocks; b += kBlocksPerTarget) {
    config << "  - {name: target-" << b / kBlocksPerTarget << ", asn: " << 100000 + b << ", prefixes: ["
           << to_string(Prefix(host(b), 22)) << "], expected_upstreams: [" << 3200 + provider(b, false) << ", "
           << 3200 + provider(b, true) << "]}\n";
  }
  config << "controls: [" << to_string(control(0)) << ", " << to_string(control(1)) << ", " << to_string(control(2))
         << "]\nprobing: {rate_limit: 100}\nip2as: {prefixes: [prefixes.csv]}\n";
}

void write_archive(const std::string& path, const Plan& plan) {
  std::ofstream out(path);
  const Timestamp begin{std::chrono::seconds(1'506'816'000)};
  const int streams = plan.blocks + 3;
  for (int second = 0; second < plan.hours * 3600; ++second) {
    const Timestamp at = begin + std::chrono::seconds(second);
    const int phase = second % static_cast<int>(kRound.count());
    const int round = second / static_cast<int>(kRound.count());
    // Of all (vantage point, address) pairs the 240th part has its turn each second.
    for (int pair = phase; pair < plan.vantages * streams; pair += static_cast<int>(kRound.count())) {
      const int vantage = pair / streams;
      const int stream = pair % streams;
      const scenario::AtlasProbe probe{.id = static_cast<std::uint32_t>(vantage + 1),
                                       .address = probe_address(vantage)};
      const bool is_control = stream >= plan.blocks;
      out << scenario::atlas_result(ping(is_control ? control(stream - plan.blocks) : host(stream), at), probe, at)
          << '\n';
      const bool moved = stream % 97 == 0 && round / 15 % 2 == 1;
      for (int flow = 0; flow < plan.flows && !is_control; ++flow) {
        out << scenario::atlas_result(trace(vantage, stream, flow, at, moved), probe, at) << '\n';
      }
    }
  }
}

int number(int argc, char** argv, int at, int otherwise) { return argc > at ? std::atoi(argv[at]) : otherwise; }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: replay_archive FOLDER HOURS [BLOCKS] [VANTAGES] [FLOWS]\n";
    return 2;
  }
  const Plan plan{.hours = number(argc, argv, 2, 1),
                  .blocks = number(argc, argv, 3, 1000),
                  .vantages = number(argc, argv, 4, 10),
                  .flows = number(argc, argv, 5, 2)};
  write_config(argv[1], plan);
  write_archive(std::string(argv[1]) + "/observations.json", plan);
  return 0;
}
