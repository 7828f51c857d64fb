// How fast archives become observations, on one core, in megabytes of unpacked text or warts a second: results as
// archives hold them, 16 hops with three replies each, one hop of them silent. Prints figures and asserts nothing about
// time.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/formats/archive.hpp"
#include "isthmus/formats/warts.hpp"

namespace isthmus {
namespace {

constexpr int kTraces = 6000;
constexpr int kHops = 16;
constexpr int kReplies = 3;

IpAddress random_address(std::mt19937& random) {
  return IpAddress::v4(static_cast<std::uint32_t>(0x0B000000u + random() % 0xC0000000u));
}

Reply random_reply(const IpAddress& from, int ttl, std::mt19937& random) {
  return Reply{.from = from,
               .kind = ReplyKind::time_exceeded,
               .icmp_type = 11,
               .rtt = std::chrono::microseconds(1000 * ttl + static_cast<int>(random() % 90000)),
               .ttl = static_cast<Ttl>(255 - ttl),
               .quoted_ttl = Ttl{1},
               .size = 76};
}

Trace random_trace(std::mt19937& random) {
  Trace trace;
  trace.source = trace.seen_from = random_address(random);
  trace.destination = random_address(random);
  trace.protocol = Protocol::icmp;
  trace.flow.value = static_cast<std::uint16_t>(random() % 16);
  trace.started = Timestamp(std::chrono::seconds(1506848871 + random() % 86400));
  trace.ended = trace.started + std::chrono::seconds(4);
  for (int ttl = 1; ttl <= kHops; ++ttl) {
    const IpAddress from = ttl == kHops ? trace.destination : random_address(random);
    Hop& hop = trace.hops.emplace_back(Hop{static_cast<Ttl>(ttl), {}});
    for (int i = 0; i < kReplies; ++i) {
      if (ttl == kHops / 2)
        hop.outcomes.emplace_back(TimedOut{});
      else
        hop.outcomes.emplace_back(random_reply(from, ttl, random));
    }
  }
  trace.stop = StopReason::reached;
  return trace;
}

std::string milliseconds(Duration rtt) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", std::chrono::duration<double, std::milli>(rtt).count());
  return text.data();
}

// As the probes of RIPE Atlas write it: what isthmus adds is not in it.
std::string atlas_line(const Trace& trace, std::mt19937& random) {
  std::string text = R"({"fw":5080,"mver":"2.6.2","lts":18,"endtime":)" +
                     std::to_string(trace.ended.time_since_epoch() / std::chrono::seconds(1)) + R"(,"dst_name":")" +
                     to_string(trace.destination) + R"(","dst_addr":")" + to_string(trace.destination) +
                     R"(","src_addr":")" + to_string(trace.source) +
                     R"(","proto":"ICMP","af":4,"size":48,"paris_id":)" + std::to_string(trace.flow.value) +
                     R"(,"result":[)";
  for (const Hop& hop : trace.hops) {
    text += (hop.ttl > 1 ? "," : "") + (R"({"hop":)" + std::to_string(hop.ttl)) + R"(,"result":[)";
    for (const Outcome& outcome : hop.outcomes) {
      if (text.back() == '}') text += ',';
      const Reply* reply = reply_of(outcome);
      if (reply == nullptr) {
        text += R"({"x":"*"})";
        continue;
      }
      text += R"({"from":")" + to_string(reply->from) + R"(","ttl":)" + std::to_string(reply->ttl) + R"(,"size":)" +
              std::to_string(reply->size) + R"(,"rtt":)" + milliseconds(reply->rtt) + "}";
    }
    text += "]}";
  }
  return text + R"(],"msm_id":5051,"prb_id":)" + std::to_string(random() % 60000) + R"(,"timestamp":)" +
         std::to_string(trace.started.time_since_epoch() / std::chrono::seconds(1)) +
         R"(,"msm_name":"Traceroute","from":")" + to_string(trace.seen_from) + R"(","type":"traceroute"})";
}

// As sc_warts2json prints it.
std::string scamper_line(const Trace& trace) {
  const auto start = std::chrono::floor<std::chrono::seconds>(trace.started);
  std::string text = R"({"type":"trace","version":"0.1", "userid":0, "method":"icmp-echo-paris", "src":")" +
                     to_string(trace.source) + R"(", "dst":")" + to_string(trace.destination) + R"(", "icmp_sum":)" +
                     std::to_string(trace.flow.value) +
                     R"(, "stop_reason":"COMPLETED", "stop_data":0, "start":{"sec":)" +
                     std::to_string(start.time_since_epoch().count()) +
                     R"(, "usec":787829, "ftime":"2017-10-01 09:07:51"}, "hop_count":16, "attempts":3, "hoplimit":0, )"
                     R"("firsthop":1, "wait":5, "wait_probe":0, "tos":0, "probe_size":44, "probe_count":48, "hops":[)";
  for (const Hop& hop : trace.hops) {
    for (std::size_t i = 0; i < hop.outcomes.size(); ++i) {
      const Reply* reply = reply_of(hop.outcomes[i]);
      if (reply == nullptr) continue;
      if (text.back() == '}') text += ',';
      text +=
          R"({"addr":")" + to_string(reply->from) + R"(", "probe_ttl":)" + std::to_string(hop.ttl) +
          R"(, "probe_id":)" + std::to_string(i + 1) +
          R"(, "probe_size":44, "tx":{"sec":1506848871, "usec":788025}, "rtt":)" + milliseconds(reply->rtt) +
          R"(, "reply_ttl":)" + std::to_string(reply->ttl) +
          R"(, "reply_tos":192, "reply_ipid":11379, "reply_size":76, "icmp_type":11, "icmp_code":0, "icmp_q_ttl":1, )"
          R"("icmp_q_ipl":44, "icmp_q_tos":0})";
    }
  }
  return text + "]}";
}

class File {
 public:
  explicit File(const std::string& content)
      : path_(std::filesystem::temp_directory_path() /
              ("isthmus-formats-bench-" + std::to_string(getpid()) + "-" + std::to_string(++count_))),
        size_(content.size()) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static inline int count_ = 0;
  std::filesystem::path path_;
  std::size_t size_;
};

// The same traces in every format.
const std::vector<Trace>& traces() {
  static const std::vector<Trace> kAll = [] {
    std::mt19937 random(131279);
    std::vector<Trace> all;
    for (int i = 0; i < kTraces; ++i) all.push_back(random_trace(random));
    return all;
  }();
  return kAll;
}

std::string joined(const std::string& before, const std::string& between, const std::string& after) {
  std::mt19937 random(4837);
  std::string text = before;
  for (const Trace& trace : traces()) text += (text == before ? "" : between) + atlas_line(trace, random);
  return text + after;
}

void read_archive(benchmark::State& state, const File& file) {
  Observation observation;
  std::uint64_t read = 0;
  for (auto _ : state) {
    auto reader = formats::ArchiveReader::open(file.path());
    if (!reader) return state.SkipWithError(reader.error().detail.c_str());
    while (reader->next(observation)) benchmark::DoNotOptimize(observation);
    read += reader->summary().traces;
    if (reader->summary().traces != kTraces) return state.SkipWithError("not every trace was read");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * file.size()));
  state.counters["traces"] = benchmark::Counter(static_cast<double>(read), benchmark::Counter::kIsRate);
}

void atlas_lines(benchmark::State& state) {
  static const File kFile(joined("", "\n", "\n"));
  read_archive(state, kFile);
}
void atlas_array(benchmark::State& state) {
  static const File kFile(joined("[", ",", "]\n"));
  read_archive(state, kFile);
}
// A trace kept each: what a caller pays that does not use memory again.
void atlas_lines_kept(benchmark::State& state) {
  static const File kFile(joined("", "\n", "\n"));
  for (auto _ : state) {
    auto reader = formats::ArchiveReader::open(kFile.path());
    while (auto observation = reader->next()) benchmark::DoNotOptimize(*observation);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kFile.size()));
}
void warts(benchmark::State& state) {
  static const File kFile([] {
    std::string bytes;
    formats::WartsWriter writer([&](std::string_view record) { bytes += record; });
    for (const Trace& trace : traces()) writer.write(trace);
    return bytes;
  }());
  read_archive(state, kFile);
}
void scamper_json(benchmark::State& state) {
  static const File kFile([] {
    std::string text;
    for (const Trace& trace : traces()) text += scamper_line(trace) + "\n";
    return text;
  }());
  read_archive(state, kFile);
}
BENCHMARK(atlas_lines)->Unit(benchmark::kMillisecond);
BENCHMARK(atlas_array)->Unit(benchmark::kMillisecond);
BENCHMARK(atlas_lines_kept)->Unit(benchmark::kMillisecond);
BENCHMARK(warts)->Unit(benchmark::kMillisecond);
BENCHMARK(scamper_json)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace isthmus

BENCHMARK_MAIN();
