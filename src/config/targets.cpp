#include <algorithm>
#include <set>
#include <utility>

#include "config/sections.hpp"
#include "config/target_list.hpp"
#include "config/values.hpp"

namespace isthmus::config {
namespace {

constexpr std::uint32_t kLeastTraceProbes = 10;
constexpr std::uint32_t kMostTraceProbes = 100'000'000;
constexpr const char* kExample = "a target, e.g. {name: example, asn: 64500, prefixes: [192.0.2.0/24]}";

std::uint64_t count_blocks(const Prefix& prefix) {
  const int block_length = Block::of(prefix.address()).prefix.length();
  return prefix.length() >= block_length ? 1 : std::uint64_t{1} << (block_length - prefix.length());
}

// A prefix inside another would count its blocks twice.
void note_nested(Reader& reader, std::vector<Placed<Prefix>> prefixes) {
  std::ranges::stable_sort(prefixes, {}, &Placed<Prefix>::value);
  const Placed<Prefix>* outer = nullptr;
  for (const auto& prefix : prefixes) {
    if (outer != nullptr && outer->value.contains(prefix.value)) {
      reader.note(prefix.place.mark, to_string(prefix.value) + " is covered by " + to_string(outer->value) + " already",
                  "remove one of them");
    } else {
      outer = &prefix;
    }
  }
}

template <typename T>
std::vector<T> without_repetitions(Reader& reader, const std::vector<Placed<T>>& list) {
  std::vector<T> values;
  std::set<T> seen;
  for (const auto& [value, place] : list) {
    if (seen.insert(value).second) {
      values.push_back(value);
    } else {
      reader.note(place.mark, to_string(value) + " is listed twice", "remove one of them");
    }
  }
  return values;
}

void read_prefixes(Reader& reader, const Section& section, BlockBudget& budget, TargetConfig& target) {
  const auto value = section.require("prefixes", "the address space to watch, e.g. prefixes: [192.0.2.0/24]");
  if (value && value->node.IsSequence() && value->node.size() == 0) {
    reader.note(value->mark, value->name + " is empty", "list the address space to watch, e.g. [192.0.2.0/24]");
  }
  const auto prefixes = read_list<Prefix>(reader, value, read_prefix);
  for (const auto& prefix : prefixes) {
    budget.take(reader, prefix);
    target.prefixes.push_back(prefix.value);
  }
  note_nested(reader, prefixes);
}

bool covers(const TargetConfig& target, const IpAddress& address) {
  return std::ranges::any_of(target.prefixes, [&](const Prefix& prefix) { return prefix.contains(address); });
}

void read_addresses(Reader& reader, const Section& section, TargetConfig& target) {
  const auto addresses = read_list<IpAddress>(reader, section.find("addresses"), read_address);
  for (const auto& [address, place] : addresses) {
    // Without prefixes there is nothing to be outside of, and that has been noted.
    if (target.prefixes.empty() || covers(target, address)) continue;
    reader.note(place.mark, to_string(address) + " lies outside the prefixes of its target",
                "correct the address, or add its prefix to the target");
  }
  target.addresses = without_repetitions(reader, addresses);
}

void read_upstreams(Reader& reader, const Section& section, TargetConfig& target) {
  const auto upstreams = read_list<Asn>(reader, section.find("expected_upstreams"), read_asn);
  for (const auto& [asn, place] : upstreams) {
    if (asn != target.asn) continue;
    reader.note(place.mark, "the target's own AS " + to_string(asn) + " cannot be its upstream", "remove it");
  }
  target.expected_upstreams = without_repetitions(reader, upstreams);
}

// Fewer than that from each vantage point would be less than a trace in a few hours.
void read_quota(Reader& reader, const Section& section, std::size_t vantages, TargetConfig& target) {
  const auto value = section.find("trace_probes_per_hour");
  if (!value) return;
  const auto least = static_cast<std::uint32_t>(kLeastTraceProbes * std::max<std::size_t>(1, vantages));
  if (const auto number = read_integer(reader, *value, least, kMostTraceProbes)) target.trace_probes_per_hour = *number;
}

}  // namespace

void BlockBudget::take(Reader& reader, const Placed<Prefix>& prefix) {
  if (used_ > kMaxBlocks) return;
  used_ += count_blocks(prefix.value);
  if (used_ <= kMaxBlocks) return;
  reader.note(prefix.place.mark,
              "with " + to_string(prefix.value) + " the targets hold more than " + std::to_string(kMaxBlocks) +
                  " blocks (/24 or /48)",
              "watch smaller prefixes, or split the targets over several instances");
}

void TargetList::add(Reader& reader, const Value& value) {
  TargetConfig target;
  const Section section(reader, value,
                        {"name", "asn", "prefixes", "expected_upstreams", "addresses", "trace_probes_per_hour"});
  if (const auto name = section.require("name", "name: and a word")) {
    target.name = read_name(reader, *name).value_or("");
    if (!target.name.empty() && !names_.insert(target.name).second) {
      reader.note(name->mark, "two targets are called '" + target.name + "'", "give each its own name");
    }
  }
  if (const auto asn = section.require("asn", "asn: and the AS number that originates the prefixes")) {
    target.asn = read_asn(reader, *asn).value_or(Asn{});
  }
  read_prefixes(reader, section, budget_, target);
  read_upstreams(reader, section, target);
  read_addresses(reader, section, target);
  read_quota(reader, section, vantages_, target);
  targets_.push_back(std::move(target));
}

void read_targets(Reader& reader, const Section& document, TargetList& targets) {
  const bool needed = !document.find("targets_from");
  const auto value = needed ? document.require("targets", kExample) : document.find("targets");
  if (!value) return;
  const auto elements = reader.list(*value);
  if (elements.empty() && value->node.IsSequence() && needed) {
    reader.note(value->mark, "there are no targets", std::string("add ") + kExample);
  }
  for (const Value& element : elements) targets.add(reader, element);
}

std::vector<IpAddress> read_controls(Reader& reader, const Section& document,
                                     const std::vector<TargetConfig>& targets) {
  const auto controls = read_list<IpAddress>(reader, document.find("controls"), read_address);
  for (const auto& [address, place] : controls) {
    const auto& control = address;
    const auto target = std::ranges::find_if(targets, [&](const auto& each) { return covers(each, control); });
    if (target == targets.end()) continue;
    reader.note(place.mark, "the control " + to_string(address) + " lies inside the target '" + target->name + "'",
                "choose a stable address that shares nothing with any target");
  }
  return without_repetitions(reader, controls);
}

}  // namespace isthmus::config
