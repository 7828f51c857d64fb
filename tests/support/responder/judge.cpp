#include "support/responder/judge.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "support/responder/world_packet.h"

namespace isthmus::responder {
namespace {

// Stands for the host itself where a router is expected.
constexpr std::uint32_t kHost = kMaxRouters;

std::uint64_t link_of(std::uint32_t near, std::uint32_t far) { return std::uint64_t{near} << 32 | far; }

std::optional<std::array<std::uint8_t, 16>> parse_v6(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

std::optional<std::uint32_t> parse_v4(const std::string& text) {
  std::array<std::uint8_t, 4> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return world_get32(bytes.data());
}

std::string_view next_word(std::string_view& line) {
  const std::size_t start = std::min(line.find_first_not_of(" \t\r"), line.size());
  const std::size_t end = std::min(line.find_first_of(" \t\r", start), line.size());
  const std::string_view word = line.substr(start, end - start);
  line.remove_prefix(end);
  return word;
}

std::optional<std::uint32_t> parse_number(std::string_view word) {
  std::uint32_t number = 0;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), number);
  if (result.ec != std::errc() || result.ptr != word.data() + word.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<DestinationIndex> parse_destination(std::string_view text) {
  const std::string name(text);
  if (const auto v4 = parse_v4(name)) return *v4 >> 24 == 10 ? std::optional(*v4 & 0xffffff) : std::nullopt;
  const auto v6 = parse_v6(name);
  if (!v6 || world_get32(v6->data()) != 0xfd100000) return std::nullopt;
  return world_get16(v6->data() + 4) << 8 | (*v6)[15];
}

std::optional<std::uint32_t> parse_router(std::string_view text) {
  const std::string name(text);
  std::optional<std::uint32_t> router;
  if (const auto v4 = parse_v4(name)) {
    router = *v4 - 0xac100000;
  } else if (const auto v6 = parse_v6(name); v6 && world_get32(v6->data()) == 0xfd200000) {
    router = world_get32(v6->data() + 12);
  }
  return router && *router < kMaxRouters ? router : std::nullopt;
}

Judge::Judge(const WorldSettings& world, std::vector<FlowRecord> flows, std::uint32_t max_ttl)
    : world_(world), flows_(std::move(flows)), max_ttl_(max_ttl) {
  for (std::uint32_t block = 0; block < flows_.size(); ++block) {
    const FlowRecord& record = flows_[block];
    counts_.lost_flows += record.lost;
    for (std::uint32_t i = 0; i < record.flows; ++i) expect_path(block << 8 | record.host[i], record.hash[i]);
  }
}

void Judge::expect(DestinationIndex target) {
  if (target >> 8 < flows_.size() && flows_of(target).empty()) expect_path(target, 0);
}

void Judge::expect_path(DestinationIndex destination, std::uint32_t flow) {
  constexpr std::uint32_t kNobody = kMaxRouters;
  std::uint32_t near = kNobody;
  for (std::uint32_t ttl = 1; ttl <= max_ttl_; ++ttl) {
    const Hop hop = world_hop(&world_, destination, flow, ttl);
    if (hop.is_host != 0) break;
    if (hop.answers == 0) {
      near = kNobody;
      continue;
    }
    interfaces_.insert(hop.router);
    if (near != kNobody) links_.insert(link_of(near, hop.router));
    near = hop.router;
  }
  if (world_host_answers(&world_, destination) != 0) hosts_.insert(destination);
}

void Judge::read_claims(std::istream& lines) {
  std::string line;
  while (std::getline(lines, line)) {
    if (!line.empty()) read_claim(line);
  }
}

void Judge::read_claim(std::string_view line) {
  const std::string_view first = next_word(line);
  if (first == "interface") return claim_interface(next_word(line));
  if (first == "link") {
    const std::string_view near = next_word(line);
    return claim_link(near, next_word(line));
  }
  const auto destination = parse_destination(first);
  const std::string_view trace_word = next_word(line);
  if (destination && trace_word.empty()) return claim_host(*destination);
  const auto trace = parse_number(trace_word);
  const auto ttl = parse_number(next_word(line));
  const std::string_view address = next_word(line);
  if (!destination || *destination >> 8 >= flows_.size() || !trace || !ttl) {
    ++counts_.strange;
    return;
  }
  const auto router = parse_router(address);
  const bool is_host = !router && parse_destination(address) == destination;
  if (!router && !is_host) {
    ++counts_.wrong_hops;
    return;
  }
  claims_.push_back({*destination, *trace, *ttl, is_host ? kHost : *router});
}

void Judge::claim_host(DestinationIndex destination) {
  hosts_.contains(destination) ? void(found_hosts_.insert(destination)) : void(++counts_.wrong_hops);
}

void Judge::claim_interface(std::string_view address) {
  if (const auto host = parse_destination(address)) return claim_host(*host);
  const auto router = parse_router(address);
  router&& interfaces_.contains(*router) ? void(found_interfaces_.insert(*router)) : void(++counts_.wrong_hops);
}

void Judge::claim_link(std::string_view near, std::string_view far) {
  // The last link, to the host itself, is judged as the host.
  if (parse_destination(far)) return;
  const auto from = parse_router(near);
  const auto to = parse_router(far);
  const bool known = from && to && links_.contains(link_of(*from, *to));
  known ? void(found_links_.insert(link_of(*from, *to))) : void(++counts_.false_links);
}

std::vector<std::uint32_t> Judge::flows_of(DestinationIndex destination) const {
  const FlowRecord& record = flows_[destination >> 8];
  std::vector<std::uint32_t> flows;
  for (std::uint32_t i = 0; i < record.flows; ++i) {
    if (record.host[i] == (destination & 255)) flows.push_back(record.hash[i]);
  }
  return flows;
}

bool Judge::stands_at(const Claim& claim) const {
  const auto flows = flows_of(claim.destination);
  return std::any_of(flows.begin(), flows.end(), [&](std::uint32_t flow) {
    const Hop hop = world_hop(&world_, claim.destination, flow, claim.ttl);
    return hop.answers != 0 && (hop.is_host != 0 ? claim.router == kHost : hop.router == claim.router);
  });
}

bool Judge::follow(const Claim& near, const Claim& far) const {
  const auto flows = flows_of(near.destination);
  return std::any_of(flows.begin(), flows.end(), [&](std::uint32_t flow) {
    const Hop first = world_hop(&world_, near.destination, flow, near.ttl);
    const Hop second = world_hop(&world_, near.destination, flow, far.ttl);
    return first.router == near.router && second.router == far.router && second.is_host == 0;
  });
}

void Judge::judge_hops(Verdict& verdict) {
  for (const Claim& claim : claims_) {
    if (!stands_at(claim)) {
      ++verdict.wrong_hops;
    } else if (claim.router == kHost) {
      found_hosts_.insert(claim.destination);
    } else if (interfaces_.contains(claim.router)) {
      found_interfaces_.insert(claim.router);
    }
  }
  verdict.interfaces = {interfaces_.size(), found_interfaces_.size()};
  verdict.hosts = {hosts_.size(), found_hosts_.size()};
}

void Judge::judge_links(Verdict& verdict) {
  for (auto near = claims_.begin(); near != claims_.end(); ++near) {
    for (auto far = near + 1; far != claims_.end(); ++far) {
      const bool same_trace = far->destination == near->destination && far->trace == near->trace;
      if (!same_trace || far->ttl > near->ttl + 1) break;
      if (far->ttl == near->ttl || far->router == kHost || near->router == kHost) continue;
      const std::uint64_t link = link_of(near->router, far->router);
      if (!follow(*near, *far)) {
        ++verdict.false_links;
      } else if (links_.contains(link)) {
        found_links_.insert(link);
      }
    }
  }
  verdict.links = {links_.size(), found_links_.size()};
}

Verdict Judge::verdict() {
  std::sort(claims_.begin(), claims_.end());
  claims_.erase(std::unique(claims_.begin(), claims_.end()), claims_.end());
  Verdict verdict = counts_;
  judge_hops(verdict);
  judge_links(verdict);
  return verdict;
}

}  // namespace isthmus::responder
