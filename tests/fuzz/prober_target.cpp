// A live prober with probes under way: pings and traces over ICMP, UDP and TCP to targets of both IP versions. The
// input says which, and then is a program of forged answers to them.

#include <algorithm>
#include <cerrno>
#include <numeric>

#include "fuzz/fuzz_target.hpp"
#include "fuzz/program.hpp"
#include "support/prober_world.hpp"

namespace {

using namespace isthmus;
using namespace std::chrono_literals;

constexpr std::uint64_t kMaxSteps = 100'000;  // Of a session; some thousands are usual.

Protocol protocol_of(unsigned number) {
  constexpr Protocol kProtocols[] = {Protocol::udp, Protocol::icmp, Protocol::tcp};
  return kProtocols[number % 3];
}

// 0x03 how to trace, 0x0c how to ping, 0x30 IPv4 alone, IPv6 alone, or both.
probes::ProberSettings settings(std::uint8_t choice) {
  probes::ProberSettings s;
  s.vantage = "vp";
  const unsigned versions = choice >> 4 & 3;
  if (versions != 1) {
    s.targets.push_back({"known", {*Prefix::parse("198.51.100.0/24")}, {*IpAddress::parse("198.51.100.10")}});
    s.targets.push_back({"searched", {*Prefix::parse("203.0.113.0/24")}, {}});
    s.controls.push_back(*IpAddress::parse("192.0.2.77"));
  }
  if (versions != 0) {
    s.targets.push_back({"known6", {*Prefix::parse("2001:db8:1::/48")}, {*IpAddress::parse("2001:db8:1::10")}});
    s.targets.push_back({"searched6", {*Prefix::parse("2001:db8:2::/48")}, {}});
    s.controls.push_back(*IpAddress::parse("2001:db8:77::77"));
  }
  s.rate_limit = 60;
  s.router_limit = 20;
  s.ping = {.interval = 500ms, .timeout = 400ms, .protocol = protocol_of((choice >> 2 & 3) + 1)};
  s.trace.interval = 1s;
  s.trace.protocol = protocol_of(choice & 3);
  s.trace.flows = 2;
  s.trace.timeout = 300ms;
  s.discovery.share = 0.3;
  return s;
}

class Session {
 public:
  explicit Session(std::uint8_t choice) : world_(settings(choice), network_) { run_for(200ms); }

  const std::vector<support::SeenPacket>& sent() const { return sent_; }

  void run_for(Duration duration) {
    world_.run_for(duration);
    passed_ += duration;
    for (const auto& [at, packet] : network_.sent()) sent_.push_back(packet);
    network_.forget_sent();
    fuzz::require(world_.steps() < kMaxSteps, "deadlines let time move on");
  }

  void deliver(support::Packet packet) {
    ++delivered_;
    world_.inject(std::move(packet));
    run_for(Duration::zero());
  }

  // The way out is lost, or comes back.
  void special(fuzz::Input& input) { world_.set_send_error(input.number() % 2 == 0 ? 0 : ENETUNREACH); }

  // Every probe that is under way is over by then, and most traces are.
  void finish() {
    run_for(2s);
    check();
  }

 private:
  void check() {
    std::uint64_t replies = 0;
    for (const Observation& observation : world_.observations) {
      if (const auto* trace = std::get_if<Trace>(&observation)) {
        replies += check_trace(*trace);
      } else {
        const auto& series = std::get<PingSeries>(observation);
        fuzz::require(!series.outcomes.empty(), "a ping series has an outcome");
        for (const PingOutcome& ping : series.outcomes) replies += count(ping.outcome, series.address);
      }
    }
    const auto report = world_.prober().report(world_.now(), world_.wall());
    const auto invalid = std::accumulate(report.invalid.begin(), report.invalid.end(), std::uint64_t{0});
    fuzz::require(replies + invalid <= delivered_, "each packet counts once at most: as a reply, or by its reason");
  }

  std::uint64_t check_trace(const Trace& trace) const {
    std::uint64_t replies = 0;
    fuzz::require(!trace.hops.empty(), "a trace has a hop");
    for (std::size_t i = 0; i < trace.hops.size(); ++i) {
      const Hop& hop = trace.hops[i];
      fuzz::require(hop.ttl == trace.hops.front().ttl + i, "hops ascend without holes");
      fuzz::require(!hop.outcomes.empty(), "silence is a value");
      for (const Outcome& outcome : hop.outcomes) replies += count(outcome, trace.destination);
    }
    if (trace.stop == StopReason::reached) {
      const auto& last = trace.hops.back().outcomes;
      const auto is_its_own = [&](const Outcome& outcome) {
        const Reply* reply = reply_of(outcome);
        return reply != nullptr && reply->from == trace.destination;
      };
      fuzz::require(std::any_of(last.begin(), last.end(), is_its_own), "who is reached has answered");
    }
    return replies;
  }

  std::uint64_t count(const Outcome& outcome, const IpAddress& destination) const {
    const Reply* reply = reply_of(outcome);
    if (reply == nullptr) return 0;
    fuzz::require(reply->rtt >= Duration::zero() && reply->rtt <= passed_, "a round trip takes a possible time");
    fuzz::require(reply->from.family() == destination.family(), "a reply is of its probe's IP version");
    const bool by_itself = reply->kind == ReplyKind::echo_reply || reply->kind == ReplyKind::tcp_syn_ack ||
                           reply->kind == ReplyKind::tcp_rst;
    fuzz::require(!by_itself || reply->from == destination, "nobody else gives the destination's answer");
    return 1;
  }

  support::PathSimulator network_;
  support::ProberWorld world_;
  std::vector<support::SeenPacket> sent_;
  std::uint64_t delivered_{0};
  Duration passed_{0};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(std::as_bytes(std::span(data, size)));
  Session session(input.number());
  fuzz::run_program(session, input);
  session.finish();
  return 0;
}
