// The engine of `isthmus map` by itself, from this process' network namespace: surveys the addresses in a file and
// writes what it found as claims for survey_truth. For the benches: no table, no names, no progress bar.

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "app/survey_loop.hpp"
#include "bench/engine_driver.hpp"
#include "isthmus/net/clock.hpp"
#include "isthmus/probes/survey.hpp"

namespace isthmus::bench {
namespace {

using Mode = probes::SurveySettings::Mode;

struct Options {
  std::string targets;
  std::string claims;
  std::string mode{"all"};
  std::string io{"automatic"};
  std::string protocol{"udp"};
  double rate{100'000};
  int max_ttl{16};
  double timeout{1.0};
};

probes::SurveySettings settings_of(const Options& options, net::PacketIo& io) {
  probes::SurveySettings settings;
  settings.mode = options.mode == "all" ? Mode::all : options.mode == "window" ? Mode::window : Mode::saving;
  settings.protocol = options.protocol == "icmp"  ? Protocol::icmp
                      : options.protocol == "tcp" ? Protocol::tcp
                                                  : Protocol::udp;
  settings.targets = read_targets(options.targets);
  settings.rate = options.rate;
  settings.max_ttl = static_cast<Ttl>(options.max_ttl);
  settings.timeout = seconds_to_duration(options.timeout);
  const auto source = io.source_for(settings.targets.at(0));
  if (!source) throw std::runtime_error("there is no route to the first target");
  settings.source = *source;
  settings.seed = random_seed();
  return settings;
}

// Whole traces where every hop was asked; otherwise interfaces and links, since hops shared between paths are no claims
// about one of them.
void write_claims(const probes::Survey& survey, const Options& options) {
  std::ofstream out(options.claims);
  const auto targets = survey.targets();
  for (std::size_t target = 0; target < targets.size(); ++target) {
    const std::string name = to_string(targets[target]);
    const Trace trace = survey.trace(target, FlowId{0});
    for (const Hop& hop : trace.hops) {
      for (const Outcome& outcome : hop.outcomes) {
        const Reply* const reply = reply_of(outcome);
        if (reply == nullptr) continue;
        const std::string from = to_string(reply->from);
        if (options.mode == "all") {
          out << name << " 0 " << static_cast<int>(hop.ttl) << " " << from << "\n";
        } else if (from == name) {
          out << name << "\n";
        }
      }
    }
  }
  if (options.mode == "all") return;
  const auto interfaces = survey.interfaces();
  for (const IpAddress& address : interfaces) out << "interface " << to_string(address) << "\n";
  for (const auto& [near, far] : survey.links()) {
    out << "link " << to_string(interfaces[near]) << " " << to_string(interfaces[far]) << "\n";
  }
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"Surveys the addresses in a file with the engine of isthmus map"};
  app.add_option("targets", options.targets, "addresses, one a line")->required()->check(CLI::ExistingFile);
  app.add_option("--claims", options.claims, "file to write what was found to")->required();
  app.add_option("--mode", options.mode)->check(CLI::IsMember({"saving", "all", "window"}))->capture_default_str();
  app.add_option("--io", options.io)
      ->check(CLI::IsMember({"automatic", "raw", "packet", "xdp"}))
      ->capture_default_str();
  app.add_option("--protocol", options.protocol)->check(CLI::IsMember({"udp", "icmp", "tcp"}))->capture_default_str();
  app.add_option("--rate", options.rate, "packets a second")->capture_default_str();
  app.add_option("--max-ttl", options.max_ttl)->check(CLI::Range(1, 63))->capture_default_str();
  app.add_option("--timeout", options.timeout, "seconds")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto io = open_io(options.io, options.protocol == "tcp");
  probes::Survey survey = need(probes::Survey::create(settings_of(options, *io), net::monotonic_now()));

  const Instant began = net::monotonic_now();
  app::SurveyLoop(*io, survey, [](Instant) { return true; }).run();
  const double seconds = std::chrono::duration<double>(net::monotonic_now() - began).count();
  const auto progress = survey.progress();
  std::cout << R"({"seconds":)" << seconds << R"(,"sent":)" << progress.sent << R"(,"failed":)"
            << progress.send_failures << R"(,"answers":)" << progress.answers << R"(,"drops":)"
            << io->counters().receive_drops << "}" << std::endl;
  write_claims(survey, options);
  return 0;
}

}  // namespace
}  // namespace isthmus::bench

int main(int argc, char** argv) {
  try {
    return isthmus::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "survey_engine: " << error.what() << "\n";
    return 1;
  }
}
