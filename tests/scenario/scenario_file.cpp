#include "scenario/scenario_file.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

namespace isthmus::scenario {
namespace {

using Reader = std::function<void(Scenario&, const Words&)>;

const std::string& word(const Words& line, std::size_t i) {
  if (i >= line.words.size()) throw std::runtime_error("a word is missing");
  return line.words[i];
}

Asn asn_of(const std::string& text) { return Asn{static_cast<std::uint32_t>(std::stoul(text))}; }
IpAddress address_of(const std::string& text) { return IpAddress::parse(text).value(); }

std::string rest(const Words& line, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < line.words.size(); ++i) text += (text.empty() ? "" : " ") + line.words[i];
  return text;
}

Cause& cause(Scenario& scenario) {
  if (scenario.causes.empty()) throw std::runtime_error("belongs under an `at`");
  return scenario.causes.back();
}

const std::map<std::string, Reader>& readers() {
  static const std::map<std::string, Reader> kReaders{
      {"ping", [](Scenario& s, const Words& w) { s.ping_interval = parse_duration(word(w, 1)).value(); }},
      {"trace", [](Scenario& s, const Words& w) { s.trace_interval = parse_duration(word(w, 1)).value(); }},
      {"begin", [](Scenario& s, const Words& w) { s.begin = parse_rfc3339(word(w, 1)).value(); }},
      {"packets", [](Scenario& s, const Words& w) { s.packets = std::stoi(word(w, 1)); }},
      {"flows", [](Scenario& s, const Words& w) { s.flows = std::stoi(word(w, 1)); }},
      {"loss", [](Scenario& s, const Words& w) { s.loss = std::stod(word(w, 1)); }},
      {"end", [](Scenario& s, const Words& w) { s.end = parse_duration(word(w, 1)).value(); }},
      {"expected", [](Scenario& s, const Words& w) { s.expected_upstreams.push_back(asn_of(word(w, 1))); }},
      {"target",
       [](Scenario& s, const Words& w) {
         s.target = word(w, 1);
         s.target_asn = asn_of(word(w, 2));
         s.target_prefix = Prefix::parse(word(w, 3)).value();
       }},
      {"prefix",
       [](Scenario& s, const Words& w) {
         s.prefixes.push_back({Prefix::parse(word(w, 1)).value(), asn_of(word(w, 2)), rest(w, 3)});
       }},
      {"vantage",
       [](Scenario& s, const Words& w) {
         VantageSpec& vantage = s.vantages.emplace_back();
         vantage.name = word(w, 1);
         vantage.asn = asn_of(word(w, 2));
         for (std::size_t i = 3; i < w.words.size(); ++i) vantage.routers.push_back(address_of(word(w, i)));
       }},
      {"upstream",
       [](Scenario& s, const Words& w) {
         s.upstreams.push_back({asn_of(word(w, 1)), {w.words.begin() + 2, w.words.end()}});
       }},
      {"block",
       [](Scenario& s, const Words& w) {
         BlockSpec& block = s.blocks.emplace_back();
         block.block.prefix = Prefix::parse(word(w, 1)).value();
         for (std::size_t i = 2; i < w.words.size(); ++i) block.hosts.push_back(address_of(word(w, i)));
       }},
      {"control", [](Scenario& s, const Words& w) { s.controls.push_back(address_of(word(w, 1))); }},
      {"start",
       [](Scenario& s, const Words& w) {
         s.start.push_back({w.line, {w.words.begin() + 1, w.words.end()}});
       }},
      {"at",
       [](Scenario& s, const Words& w) {
         Cause& added = s.causes.emplace_back();
         added.line = w.line;
         const auto time = parse_rfc3339(word(w, 1));
         added.at = time ? *time - s.begin : parse_duration(word(w, 1)).value();
         added.title = rest(w, 2);
         // The bar: two rounds, and 3 s for the routes to converge.
         added.within = 2 * s.ping_interval + std::chrono::seconds(3);
       }},
      {"do",
       [](Scenario& s, const Words& w) {
         cause(s).actions.push_back({w.line, {w.words.begin() + 1, w.words.end()}});
       }},
      {"expect", [](Scenario& s, const Words& w) { cause(s).expected.push_back(rest(w, 1)); }},
      {"state", [](Scenario& s, const Words& w) { cause(s).states.push_back(w); }},
      {"upstreams", [](Scenario& s, const Words& w) { cause(s).states.push_back(w); }},
      {"within", [](Scenario& s, const Words& w) { cause(s).within = parse_duration(word(w, 1)).value(); }},
  };
  return kReaders;
}

}  // namespace

Scenario read_scenario(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  Scenario scenario;
  scenario.begin = parse_rfc3339("2017-10-01T09:00:00Z").value();
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    std::istringstream words(text.substr(0, text.find('#')));
    Words line{.line = number, .words = {}};
    for (std::string one; words >> one;) line.words.push_back(one);
    if (line.words.empty()) continue;
    try {
      const auto reader = readers().find(line.words[0]);
      if (reader == readers().end()) throw std::runtime_error("unknown word " + line.words[0]);
      reader->second(scenario, line);
    } catch (const std::exception& error) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  for (Cause& each : scenario.causes) std::sort(each.expected.begin(), each.expected.end());
  return scenario;
}

}  // namespace isthmus::scenario
