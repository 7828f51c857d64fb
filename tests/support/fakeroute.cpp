#include "support/fakeroute.hpp"

#include <sstream>
#include <stdexcept>

namespace isthmus::support {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014).
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

double unit(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

constexpr Ttl kLongestPath = 60;

}  // namespace

Fakeroute::Fakeroute(std::string_view topology, std::uint64_t seed) : seed_(mix(seed)), state_(mix(seed + 1)) {
  std::istringstream lines{std::string(topology)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number)
    read(std::string_view(line).substr(0, line.find('#')), number);
  std::uint32_t last = 0;
  for (const auto& [name, router] : routers_) {
    address_[name] = IpAddress::v4(0xc6330000 + ++last);  // 198.51.0.0/16 stands in for everybody
    if (name != "dst" && router.next.empty()) throw std::invalid_argument(name + " leads nowhere");
  }
  walk("vp", 0);
}

void Fakeroute::read(std::string_view line, int number) {
  std::istringstream words{std::string(line)};
  std::vector<std::string> left;
  std::string word;
  while (words >> word && word != "->") left.push_back(word);
  if (left.empty()) return;
  if (word == "->") {
    std::vector<std::pair<std::string, double>> next;
    while (words >> word) {
      const auto star = word.find('*');
      next.emplace_back(word.substr(0, star), star == std::string::npos ? 1.0 : std::stod(word.substr(star + 1)));
      routers_[next.back().first];
    }
    for (const std::string& name : left) routers_[name].next = next;
  } else if (left[0] == "silent") {
    for (std::size_t i = 1; i < left.size(); ++i) routers_[left[i]].silent = true;
  } else if (left[0] == "limited" && left.size() == 3) {
    routers_[left[1]].limited = std::stoi(left[2]);
  } else if (left[0] == "loss" && left.size() == 2) {
    loss_ = std::stod(left[1]);
  } else {
    throw std::invalid_argument("line " + std::to_string(number) + " is not understood: " + std::string(line));
  }
}

void Fakeroute::walk(const std::string& name, Ttl ttl) {
  if (!walked_.emplace(name, ttl).second) return;
  if (ttl > kLongestPath) throw std::invalid_argument("the topology has a cycle");
  const Router& router = routers_.at(name);
  const bool answers = !router.silent && name != "vp";
  if (answers) places_.emplace(ttl, address_.at(name));
  if (name == "dst") return;
  const auto far = static_cast<Ttl>(ttl + 1);
  for (const auto& [next, share] : router.next) {
    if (answers && !routers_.at(next).silent) {
      links_.insert({{ttl, address_.at(name)}, {far, address_.at(next)}});
    }
    walk(next, far);
  }
}

const std::string& Fakeroute::choose(const std::string& name, std::uint32_t flow) const {
  const Router& router = routers_.at(name);
  double all = 0;
  for (const auto& [next, share] : router.next) all += share;
  const std::uint64_t place = address_.at(name).v4_value();
  double left = unit(mix(mix(seed_ ^ place) ^ (std::uint64_t{flow} << 20))) * all;
  for (const auto& [next, share] : router.next) {
    left -= share;
    if (left < 0) return next;
  }
  return router.next.back().first;
}

double Fakeroute::random() { return unit(mix(state_++)); }

std::optional<IpAddress> Fakeroute::ask(std::uint32_t flow, Ttl ttl) {
  std::string at = "vp";
  for (Ttl t = 0; t < ttl && at != "dst"; ++t) at = choose(at, flow);
  Router& router = routers_.at(at);
  if (random() < loss_ || router.silent) return std::nullopt;
  if (router.asked++ % router.limited != 0) return std::nullopt;
  return address_.at(at);
}

}  // namespace isthmus::support
