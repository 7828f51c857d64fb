// A live prober with probes under way in a network that never answers by itself. The input is a small program whose
// steps deliver packets: raw bytes, forged answers to real probes with bits flipped, duplicates, and the passing of
// time.

#include <algorithm>
#include <numeric>
#include <optional>

#include "fuzz/fuzz_target.hpp"
#include "support/prober_world.hpp"

namespace {

using namespace isthmus;
using namespace std::chrono_literals;

constexpr int kMaxSteps = 48;
constexpr auto kMaxTime = 6s;

class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : rest_(bytes) {}
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t number() { return rest_.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(take(1).front()); }
  std::span<const std::byte> take(std::size_t size) {
    const auto taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::byte> rest_;
};

probes::ProberSettings settings(Protocol protocol) {
  probes::ProberSettings s;
  s.vantage = "vp";
  s.targets = {{"known", {*Prefix::parse("198.51.100.0/24")}, {*IpAddress::parse("198.51.100.10")}},
               {"searched", {*Prefix::parse("203.0.113.0/24")}, {}}};
  s.controls = {*IpAddress::parse("192.0.2.77")};
  s.rate_limit = 60;
  s.router_limit = 20;
  s.ping = {.interval = 500ms, .timeout = 400ms};
  s.trace.interval = 1s;
  s.trace.protocol = protocol;
  s.trace.flows = 2;
  s.trace.timeout = 300ms;
  s.discovery.share = 0.3;
  return s;
}

class Session {
 public:
  explicit Session(Protocol protocol) : world_(settings(protocol), network_) { world_.run_for(200ms); }

  void step(Input& input) {
    switch (input.number() % 4) {
      case 0: raw(input); break;
      case 1: forge(input); break;
      case 2: pass(std::min<Duration>(input.number() * 10ms, kMaxTime - passed_)); break;
      case 3: deliver(last_); break;
    }
  }

  // Every probe that is under way is over by then.
  void finish() {
    world_.run_for(600ms);
    check();
  }

 private:
  void pass(Duration duration) {
    passed_ += duration;
    world_.run_for(duration);
  }

  void deliver(support::Packet packet) {
    last_ = packet;
    ++delivered_;
    world_.inject(std::move(packet));
    world_.run_for(Duration::zero());
  }

  void raw(Input& input) {
    const auto bytes = input.take(input.number());
    deliver(support::Packet(bytes.begin(), bytes.end()));
  }

  void forge(Input& input) {
    const auto& sent = network_.sent();
    if (sent.empty()) return;
    const support::SeenPacket& probe = sent[input.number() % sent.size()].second;
    const std::uint8_t shape = input.number();
    support::Packet packet = answer(probe, shape, input.number());
    for (int flips = shape >> 6; flips > 0; --flips) {
      std::byte& flipped = packet[input.number() % packet.size()];
      flipped ^= static_cast<std::byte>(input.number());
    }
    if ((shape & 0x20) == 0 && packet.size() >= 28) support::fix_icmp_checksum(packet);
    deliver(std::move(packet));
  }

  static support::Packet answer(const support::SeenPacket& probe, std::uint8_t shape, std::uint8_t from) {
    if ((shape & 3) == 0) return support::make_echo_reply(probe.bytes);
    support::Packet quote = probe.bytes;
    support::put_number(quote, 8, 1, 1);               // The TTL with which an expired packet arrives.
    if ((shape & 0x10) != 0) quote.resize(28);         // All that RFC 792 promises: header and eight bytes.
    if ((shape & 0x08) != 0) quote.resize(from % 28);  // Less than it promises.
    const IpAddress router = from == 0 ? probe.destination : IpAddress::v4(0xC0000200U + from);
    const bool expired = (shape & 3) == 1;
    return support::make_icmp_error(router, probe.source, expired ? 11 : 3,
                                    expired            ? 0
                                    : (shape & 3) == 2 ? 3
                                                       : 13,
                                    quote);
  }

  void check() {
    std::uint64_t replies = 0;
    for (const Observation& observation : world_.observations) {
      if (const auto* trace = std::get_if<Trace>(&observation)) {
        replies += check_trace(*trace);
      } else {
        const auto& series = std::get<PingSeries>(observation);
        fuzz::require(!series.outcomes.empty(), "a ping series has an outcome");
        for (const PingOutcome& ping : series.outcomes) replies += count(ping.outcome);
      }
    }
    const auto report = world_.prober().report(world_.now(), world_.wall());
    const auto invalid = std::accumulate(report.invalid.begin(), report.invalid.end(), std::uint64_t{0});
    fuzz::require(replies + invalid <= delivered_, "each packet counts once at most: as a reply, or by its reason");
  }

  static std::uint64_t check_trace(const Trace& trace) {
    std::uint64_t replies = 0;
    fuzz::require(!trace.hops.empty(), "a trace has a hop");
    for (std::size_t i = 0; i < trace.hops.size(); ++i) {
      const Hop& hop = trace.hops[i];
      fuzz::require(hop.ttl == trace.hops.front().ttl + i, "hops ascend without holes");
      fuzz::require(!hop.outcomes.empty(), "silence is a value");
      for (const Outcome& outcome : hop.outcomes) replies += count(outcome);
    }
    return replies;
  }

  static std::uint64_t count(const Outcome& outcome) {
    const Reply* reply = reply_of(outcome);
    if (reply == nullptr) return 0;
    fuzz::require(reply->rtt >= Duration::zero() && reply->rtt <= kMaxTime + 3s, "a round trip takes a possible time");
    return 1;
  }

  support::PathSimulator network_;
  support::ProberWorld world_;
  support::Packet last_;
  std::uint64_t delivered_{0};
  Duration passed_{0};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(std::as_bytes(std::span(data, size)));
  Session session(input.number() % 2 == 0 ? Protocol::udp : Protocol::icmp);
  for (int step = 0; step < kMaxSteps && !input.empty(); ++step) session.step(input);
  session.finish();
  return 0;
}
