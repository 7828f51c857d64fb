#include "app/trace_intake.hpp"

#include <charconv>
#include <utility>

#include "isthmus/formats/utf8.hpp"

namespace isthmus::app {
namespace {

// Each round lets what one path shows reach those around it; more change next to nothing.
constexpr int kMostRounds = 5;

Error bad_target(const std::string& text, const std::string& why) {
  return {ErrorCode::invalid_argument, "read --target " + text,
          why + "; it is written NAME=ASN:PREFIX,PREFIX, for example example=64500:192.0.2.0/24"};
}

std::optional<Asn> parse_asn(std::string_view text) {
  if (text.starts_with("AS")) text.remove_prefix(2);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return Asn{number};
}

}  // namespace

Result<inference::TargetNetwork> parse_target(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t colon = equals == std::string::npos ? equals : text.find(':', equals);
  if (colon == std::string::npos || equals == 0) return bad_target(text, "the name or the prefixes are missing");
  const auto asn = parse_asn(std::string_view(text).substr(equals + 1, colon - equals - 1));
  if (!asn) return bad_target(text, "what stands before the colon is no AS number");
  inference::TargetNetwork network{.name = text.substr(0, equals), .asn = *asn, .prefixes = {}};
  for (std::size_t from = colon + 1; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    const auto prefix = Prefix::parse(text.substr(from, comma - from));
    if (!prefix) return bad_target(text, prefix.error().detail);
    network.prefixes.push_back(*prefix);
    from = comma + 1;
  }
  return network;
}

TraceIntake::TraceIntake(std::shared_ptr<const ip2as::NetworkData> data, IntakeSettings settings)
    : data_(std::move(data)), settings_(std::move(settings)), map_(data_, inference::PathMap::Keep::traces) {
  for (const inference::TargetNetwork& target : settings_.targets) target_ids_.push_back(map_.add_target(target));
}

void TraceIntake::take(const Trace& trace) {
  const auto target = target_of(trace.destination);
  if (!target) {
    ++left_out_;
    return;
  }
  place_vantage(trace);
  if (settings_.explained && settings_.explained->contains(trace.destination)) {
    map_.update_keeping(trace, *target);
  } else {
    map_.update(trace, *target);
  }
}

void TraceIntake::settle() {
  bool changed = true;
  for (int round = 0; changed && round < kMostRounds; ++round) {
    changed = false;
    map_.settle(map_.path_count(), [&](auto, const auto&, const auto&) { changed = true; });
  }
}

std::optional<inference::TargetId> TraceIntake::target_of(const IpAddress& destination) {
  const auto found = known_.find(destination);
  if (found != known_.end()) return found->second;
  return known_.emplace(destination, find_target(destination)).first->second;
}

// Of the targets asked for the one with the longest prefix around the destination.
std::optional<inference::TargetId> TraceIntake::find_target(const IpAddress& destination) {
  if (settings_.targets.empty()) {
    const Asn asn = ip2as::annotate(*data_, destination).asn;
    // Without an origin every block stands for itself.
    if (asn.is_none()) {
      const Block block = Block::of(destination);
      return map_.add_target({.name = to_string(block), .asn = asn, .prefixes = {block.prefix}});
    }
    std::string name = formats::valid_utf8(data_->name_of(asn));
    if (name.empty()) name = "AS" + to_string(asn);
    return map_.add_target({.name = std::move(name), .asn = asn, .prefixes = {}});
  }
  std::optional<inference::TargetId> best;
  int longest = -1;
  for (std::size_t i = 0; i < settings_.targets.size(); ++i) {
    for (const Prefix& prefix : settings_.targets[i].prefixes) {
      if (prefix.length() <= longest || !prefix.contains(destination)) continue;
      longest = prefix.length();
      best = target_ids_[i];
    }
  }
  return best;
}

// The first AS that is known stays: a witness who changed sides would be two.
void TraceIntake::place_vantage(const Trace& trace) {
  if (placed_.contains(trace.vantage)) return;
  Asn asn = ip2as::annotate(*data_, trace.seen_from).asn;
  if (asn.is_none()) asn = ip2as::annotate(*data_, trace.source).asn;
  map_.add_vantage(trace.vantage, asn);
  if (!asn.is_none()) placed_.insert(trace.vantage);
}

}  // namespace isthmus::app
