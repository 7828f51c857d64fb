// The simulated internet as a program: see README.md beside this file.

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "isthmus/formats/atlas.hpp"
#include "isthmus/formats/warts.hpp"
#include "support/internet/data_set.hpp"
#include "support/internet/files.hpp"
#include "support/internet/naive.hpp"
#include "support/internet/score.hpp"
#include "support/internet/settings_fields.hpp"

namespace isthmus::testing::internet {
namespace {

struct Options {
  Settings settings;
  CampaignSettings campaign;
  std::string out;
  std::string format{"atlas"};
  std::uint32_t rounds{1};
  std::uint32_t hours{6};
  std::vector<std::string> set;
  bool ipv6{false};
  bool naive{false};
  bool list{false};
};

class File {
 public:
  File(const std::string& folder, const char* name) : path_(folder + "/" + name), stream_(path_, std::ios::binary) {}
  std::ostream& stream() { return stream_; }
  void close() {
    stream_.close();
    if (!stream_) throw std::runtime_error("cannot write " + path_);
  }

 private:
  std::string path_;
  std::ofstream stream_;
};

template <typename Write>
void write_file(const std::string& folder, const char* name, const Write& write) {
  File file(folder, name);
  write(file.stream());
  file.close();
}

// NAME=VALUE of any field.
void apply(const std::string& assignment, Settings& settings) {
  const auto equals = assignment.find('=');
  const std::string name = assignment.substr(0, equals);
  bool known = false;
  visit_fields(settings, [&](const char* field, auto& value) {
    if (name != field || equals == std::string::npos) return;
    double number = -1;
    const char* end = assignment.data() + assignment.size();
    const auto read = std::from_chars(assignment.data() + equals + 1, end, number);
    const bool is_rate = std::is_same_v<std::remove_reference_t<decltype(value)>, double>;
    if (read.ec != std::errc{} || read.ptr != end || !(number >= 0 && number <= (is_rate ? 1 : 1e6))) {
      throw std::runtime_error(assignment + ": a rate is from 0 to 1, a size from 0 to 1000000");
    }
    value = static_cast<std::remove_reference_t<decltype(value)>>(number);
    known = true;
  });
  if (!known) throw std::runtime_error("no setting NAME=VALUE: " + assignment + "; --list-settings prints all");
}

void list_settings(const Settings& settings) {
  visit_fields(settings, [](const char* field, const auto& value) { std::cout << field << "=" << value << "\n"; });
}

void write_data(const PublicData& data, const Internet& internet, const std::string& folder) {
  const Family family = internet.settings().family;
  write_file(folder, "pfx2as.txt", [&](std::ostream& out) { write_prefixes(data, family, out); });
  write_file(folder, "registry.txt", [&](std::ostream& out) { write_registry(data, family, out); });
  std::vector<Asn> clique;
  for (const As& as : internet.graph().ases) {
    if (as.tier == Tier::tier1) clique.push_back(as.asn);
  }
  write_file(folder, "as-rel.txt", [&](std::ostream& out) { write_relationships(data, clique, out); });
  write_file(folder, "as2org.txt", [&](std::ostream& out) { write_organisations(data, out); });
  write_file(folder, "peeringdb.json", [&](std::ostream& out) { write_exchanges(data, family, false, out); });
  write_file(folder, "peeringdb-old.json", [&](std::ostream& out) { write_exchanges(data, family, true, out); });
  write_file(folder, "targets.yaml", [&](std::ostream& out) { write_targets(internet, out); });
}

// The traces of a campaign and what is true of them, in three files.
class Record {
 public:
  Record(const Internet& internet, const std::string& folder, const std::string& format)
      : internet_(internet),
        traces_(folder, format == "warts" ? "traces.warts" : "traces.json"),
        truth_(folder, "truth.ndjson"),
        units_(folder, "units.ndjson"),
        unit_writer_(internet, units_.stream()) {
    if (format != "warts") return;
    warts_.emplace([this](std::string_view record) { traces_.stream() << record; });
  }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  void add(const Trace& trace, const TruthOfTrace& truth) {
    if (warts_) {
      warts_->write(trace);
    } else {
      traces_.stream() << formats::to_atlas_json(trace, truth.vantage + 1) << "\n";
    }
    truth_.stream() << truth_line(internet_, trace, truth) << "\n";
    unit_writer_.add(trace, truth);
  }

  void close() {
    unit_writer_.finish();
    for (File* file : {&traces_, &truth_, &units_}) file->close();
  }

 private:
  const Internet& internet_;
  File traces_;
  File truth_;
  File units_;
  UnitWriter unit_writer_;
  std::optional<formats::WartsWriter> warts_;
};

// What may be wrong with the options together; sets what follows from them.
void settle(Options& options) {
  if (options.ipv6) options.settings.family = Family::ipv6;
  for (const std::string& assignment : options.set) apply(assignment, options.settings);
  if (options.out.empty() && !options.naive && !options.list) {
    throw std::runtime_error("nothing to do: give --out DIR, --naive or --list-settings");
  }
  options.campaign.rounds.clear();
  for (std::uint32_t i = 0; i < options.rounds; ++i) {
    options.campaign.rounds.push_back(options.settings.changes.begin + i * std::chrono::hours(options.hours));
  }
}

void run(Options& options) {
  settle(options);
  if (options.list) return list_settings(options.settings);
  const Internet internet(options.settings);
  const DataSet set = make_data_set(internet);
  std::optional<Record> record;
  if (!options.out.empty()) {
    if (::mkdir(options.out.c_str(), 0777) != 0 && errno != EEXIST) {
      throw std::system_error(errno, std::generic_category(), "cannot make " + options.out);
    }
    write_data(set.records, internet, options.out);
    record.emplace(internet, options.out, options.format);
  }
  Score naive(internet);
  Score filtered(internet);
  for_each_trace(internet, options.campaign, [&](Trace&& trace, TruthOfTrace&& truth) {
    const Asn target = internet.targets()[truth.target].asn;
    naive.add(truth, {.upstream = naive_upstream(trace, target, *set.data)});
    filtered.add(truth, {.upstream = naive_upstream_without_exchanges(trace, target, *set.data)});
    if (record) record->add(trace, truth);
  });
  if (record) record->close();
  const std::pair<std::string, const Score*> scores[] = {{"last foreign AS", &naive}, {"without exchanges", &filtered}};
  if (options.naive) std::cout << table(scores);
}

int parse_and_run(int argc, char** argv) {
  Options options;
  Settings& settings = options.settings;
  std::map<std::string, Protocol> protocols{{"udp", Protocol::udp}, {"icmp", Protocol::icmp}, {"tcp", Protocol::tcp}};
  CLI::App app{"Simulates an internet of known truth, traces it, and writes traces, public data and the truth"};
  app.add_option("--seed", settings.seed, "another seed is another internet")->capture_default_str();
  app.add_option("--out", options.out, "folder to write to; made if it is not there");
  app.add_option("--traces-format", options.format, "atlas (RIPE Atlas JSON) or warts (scamper)")
      ->check(CLI::IsMember({"atlas", "warts"}))
      ->capture_default_str();
  app.add_option("--ases", settings.graph.ases, "autonomous systems")
      ->check(CLI::Range(60, 40000))
      ->capture_default_str();
  app.add_option("--vantages", settings.vantages, "vantage points")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--blocks", settings.target_blocks, "/24s that are traced, /48s with --ipv6")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--flows", options.campaign.flows, "flows to each address")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--addresses", options.campaign.addresses_per_block, "addresses traced in each block")
      ->check(CLI::Range(1, 188))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "how often everything is traced")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--hours", options.hours, "between two rounds")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--protocol", options.campaign.probes.protocol, "udp, icmp or tcp")
      ->transform(CLI::CheckedTransformer(protocols, CLI::ignore_case));
  app.add_flag("--ipv6", options.ipv6, "the same internet with IPv6 addresses");
  app.add_option("--set", options.set, "NAME=VALUE: any size or rate, e.g. replies.silent_border=0.3");
  app.add_flag("--list-settings", options.list, "print all of them with their values, and end");
  app.add_flag("--naive", options.naive, "print how often rules of thumb are right");
  app.footer(
      "Examples:\n"
      "  internet --seed 7 --out sim-7\n"
      "  internet --seed 7 --naive\n"
      "  internet --seed 7 --out sim-7 --traces-format warts && sc_warts2text sim-7/traces.warts\n"
      "  internet --seed 7 --rounds 4 --hours 6 --set changes.appears=0.1 --out day\n"
      "  internet --ases 20000 --blocks 100000 --vantages 10 --flows 1 --out large");
  CLI11_PARSE(app, argc, argv);
  run(options);
  return 0;
}

}  // namespace
}  // namespace isthmus::testing::internet

int main(int argc, char** argv) {
  try {
    return isthmus::testing::internet::parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "internet: " << error.what() << "\n";
    return 1;
  }
}
