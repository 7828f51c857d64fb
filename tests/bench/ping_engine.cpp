// The ping engine by itself, from this process' network namespace: pings the addresses in a file for so many rounds,
// and writes who answered, or the round-trip times; or the prober around it in its loop. For the benches: no report.

#include <CLI/CLI.hpp>
#include <array>
#include <iostream>
#include <map>

#include "app/probe_loop.hpp"
#include "bench/engine_driver.hpp"
#include "isthmus/net/clock.hpp"
#include "isthmus/wire/decode.hpp"
#include "probes/ping/engine.hpp"

namespace isthmus::bench {
namespace {

struct Options {
  std::string targets;
  std::string hosts;
  std::string times;
  std::string io{"automatic"};
  std::uint64_t rounds{1};
  double interval{3600};
  double timeout{1};
  bool spread{false};
  bool prober{false};
};

using Outcomes = std::map<IpAddress, std::vector<std::optional<Duration>>>;

class Pinger {
 public:
  Pinger(const Options& options, const std::vector<IpAddress>& targets)
      : io_(open_io(options.io, false)),
        engine_(probes::EchoCodec(random_seed(), wire::TagKey::Purpose::ping, 0x4953), "bench",
                [this](const IpAddress& to) { return io_->source_for(to); }),
        expected_(options.rounds * targets.size()),
        keep_(!options.hosts.empty() || !options.times.empty()) {
    // Groups of one address have phases of their own; one group goes out at once.
    std::vector<probes::PingGroup> groups;
    if (options.spread) {
      for (const IpAddress& target : targets) groups.push_back({to_string(target), {target}});
    } else {
      groups.push_back({"all", targets});
    }
    probes::PingSettings settings;
    settings.interval = seconds_to_duration(options.interval);
    settings.timeout = seconds_to_duration(options.timeout);
    engine_.set_targets(groups, settings, net::monotonic_now());
  }

  void run() {
    while (finished_ < expected_) {
      const bool sent = polled_ < expected_ && send();
      const bool received = receive();
      engine_.handle_timeout(net::monotonic_now());
      take_outcomes();
      if (!sent && !received && finished_ < expected_) io_->wait(next());
    }
  }

  [[nodiscard]] const Outcomes& outcomes() const { return outcomes_; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  [[nodiscard]] std::uint64_t drops() const { return io_->counters().receive_drops; }

 private:
  static constexpr std::size_t kBatch = 64;

  [[nodiscard]] Instant next() const {
    return polled_ < expected_ ? std::min(engine_.next_probe_time(), engine_.next_timeout()) : engine_.next_timeout();
  }

  bool send() {
    const Instant now = net::monotonic_now();
    std::size_t count = 0;
    while (count < kBatch && polled_ < expected_) {
      const auto probe = engine_.poll_probe(now, {});
      if (!probe) break;
      views_[count] = {engine_.encode(*probe, buffers_[count]), probe->destination, &left_[count]};
      numbers_[count++] = probe->number;
      ++polled_;
    }
    left_.fill(now);
    send_all(*io_, std::span(views_).first(count),
             [&](std::size_t i) { engine_.handle_send_failure(numbers_[i], io_->batch_error()); });
    for (std::size_t i = 0; i < count; ++i) engine_.handle_sent(numbers_[i], left_[i]);
    return count > 0;
  }

  bool receive() {
    bool any = false;
    for (auto batch = io_->receive(); !batch.empty(); batch = io_->receive()) {
      for (const net::ReceivedPacket& packet : batch) {
        const auto decoded = wire::decode_packet(packet.bytes);
        if (const auto* good = std::get_if<wire::DecodedPacket>(&decoded)) engine_.handle_reply(*good, packet.received);
      }
      any = true;
    }
    return any;
  }

  void take_outcomes() {
    while (const auto series = engine_.poll_observation()) {
      for (const PingOutcome& ping : series->outcomes) {
        ++finished_;
        const Reply* const reply = reply_of(ping.outcome);
        answered_ += reply != nullptr ? 1 : 0;
        if (keep_) outcomes_[series->address].push_back(reply != nullptr ? std::optional(reply->rtt) : std::nullopt);
      }
    }
  }

  std::unique_ptr<net::PacketIo> io_;
  probes::PingEngine engine_;
  std::uint64_t expected_;
  bool keep_;
  std::uint64_t polled_{0};
  std::uint64_t finished_{0};
  std::uint64_t answered_{0};
  std::array<std::array<std::byte, probes::PingEngine::kMaxPacket>, kBatch> buffers_{};
  std::array<net::OutgoingView, kBatch> views_{};
  std::array<std::uint64_t, kBatch> numbers_{};
  std::array<Instant, kBatch> left_{};
  Outcomes outcomes_;
};

/// The same by what `isthmus ping` and `isthmus monitor` run: the prober, in its loop.
Outcomes run_prober(const Options& options, const std::vector<IpAddress>& targets) {
  const auto io = open_io(options.io, false, net::IoOptions{}.receive_buffer);
  probes::ProberSettings settings;
  settings.vantage = "bench";
  settings.rate_limit = 200'000;
  settings.key_seed = random_seed();
  settings.trace.enabled = false;
  settings.discovery.enabled = false;
  settings.ping.interval = seconds_to_duration(options.interval);
  settings.ping.timeout = seconds_to_duration(options.timeout);
  for (const IpAddress& target : targets) {
    settings.targets.push_back({to_string(target), {Prefix(target, target.width())}, {target}});
  }
  probes::Prober prober =
      need(probes::Prober::create(settings, [&](const IpAddress& to) { return io->source_for(to); }));
  app::ProbeLoop loop(*io, prober);
  Outcomes outcomes;
  std::uint64_t left = options.rounds * targets.size();
  while (left > 0) {
    loop.turn(Instant::max(), [&](const Observation& seen) {
      const auto& series = std::get<PingSeries>(seen);
      auto& known = outcomes[series.address];
      if (known.size() == options.rounds) return;
      for (const PingOutcome& ping : series.outcomes) {
        const Reply* const reply = reply_of(ping.outcome);
        known.push_back(reply != nullptr ? std::optional(reply->rtt) : std::nullopt);
        --left;
      }
    });
  }
  return outcomes;
}

void write_outcomes(const Outcomes& all, const Options& options) {
  std::ofstream hosts(options.hosts);
  std::ofstream times(options.times);
  for (const auto& [address, outcomes] : all) {
    const std::string name = to_string(address);
    times << name;
    bool answered = false;
    for (const auto& rtt : outcomes) {
      answered = answered || rtt;
      times << " " << (rtt ? std::to_string(std::chrono::duration<double, std::micro>(*rtt).count()) : "-");
    }
    times << "\n";
    if (answered) hosts << name << "\n";
  }
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"Pings the addresses in a file with the ping engine of isthmus"};
  app.add_option("targets", options.targets, "addresses, one a line")->required()->check(CLI::ExistingFile);
  app.add_option("--hosts", options.hosts, "file to write who answered to");
  app.add_option("--times", options.times, "file to write round-trip times to, microseconds");
  app.add_option("--io", options.io)
      ->check(CLI::IsMember({"automatic", "raw", "packet", "xdp"}))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds)->capture_default_str();
  app.add_option("--interval", options.interval, "seconds between rounds")->capture_default_str();
  app.add_option("--timeout", options.timeout, "seconds")->capture_default_str();
  app.add_flag("--prober", options.prober,
               "run the whole prober in the loop of isthmus, targets spread over the interval");
  app.add_flag("--spread", options.spread, "spread the addresses over the interval");
  CLI11_PARSE(app, argc, argv);

  const auto targets = read_targets(options.targets);
  if (options.prober) {
    write_outcomes(run_prober(options, targets), options);
    return 0;
  }
  Pinger pinger(options, targets);
  const Instant began = net::monotonic_now();
  pinger.run();
  const double seconds = std::chrono::duration<double>(net::monotonic_now() - began).count();
  std::cout << R"({"seconds":)" << seconds << R"(,"answered":)" << pinger.answered() << R"(,"drops":)" << pinger.drops()
            << "}" << std::endl;
  write_outcomes(pinger.outcomes(), options);
  return 0;
}

}  // namespace
}  // namespace isthmus::bench

int main(int argc, char** argv) {
  try {
    return isthmus::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "ping_engine: " << error.what() << "\n";
    return 1;
  }
}
