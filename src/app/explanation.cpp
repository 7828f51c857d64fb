#include "app/explanation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <tuple>

#include "app/text_columns.hpp"
#include "inference/clues.hpp"
#include "isthmus/formats/utf8.hpp"

namespace isthmus::app {
namespace {

using inference::Clue;
using inference::Clues;
using inference::HopView;
using inference::LastHop;
using inference::Path;

std::string labelled(Asn asn, const ip2as::NetworkData& data) {
  return label_of(asn, formats::valid_utf8(data.name_of(asn)));
}

// "head: text" with what does not fit on the line below, indented.
std::string paragraph(const std::string& head, const std::string& text) {
  std::string out;
  std::string indent = head;
  for (const std::string& line : wrap(text, kTextWidth - columns(head))) {
    out += indent + line + "\n";
    indent.assign(columns(head), ' ');
  }
  return out;
}

// Clues of which one holds at most: what one says shows beside the others.
constexpr std::array<std::array<Clue, 5>, 4> kAlternatives{{
    {Clue::run, Clue::lone, Clue::first},
    {Clue::provider, Clue::peer, Clue::customer, Clue::stranger, Clue::uncharted},
    {Clue::rival_provider, Clue::rival_stranger},
    {Clue::linked, Clue::unlinked},
}};
constexpr std::array<std::size_t, 4> kAlternativeCounts{3, 5, 2, 2};

Clues without(Clues clues, Clue clue) {
  Clues others;
  for (std::size_t i = 0; i < inference::kClues; ++i) {
    const auto other = static_cast<Clue>(i);
    others.set(other, other != clue && clues.has(other));
  }
  return others;
}

// Whether the conclusion is likelier with the clue than with what else could be said in its place, on average.
bool speaks_for(const LastHop& hop, Clue clue) {
  // Little silence is better than much, but none would be better still.
  if (clue == Clue::silent_hop || clue == Clue::silent_hops || clue == Clue::long_silence) return false;
  const Clues others = without(hop.clues, clue);
  for (std::size_t group = 0; group < kAlternatives.size(); ++group) {
    const std::span<const Clue> all(kAlternatives[group].data(), kAlternativeCounts[group]);
    if (std::ranges::find(all, clue) == all.end()) continue;
    float sum = 0;
    for (const Clue alternative : all) {
      Clues clues = others;
      clues.set(alternative);
      sum += inference::probability_of(hop.rule, clues);
    }
    return hop.probability * static_cast<float>(all.size()) >= sum;
  }
  return hop.probability >= inference::probability_of(hop.rule, others);
}

std::string clues_text(const LastHop& hop) {
  std::string in_favour;
  std::string against;
  for (std::size_t i = 0; i < inference::kClues; ++i) {
    const auto clue = static_cast<Clue>(i);
    if (!hop.clues.has(clue)) continue;
    std::string& text = speaks_for(hop, clue) ? in_favour : against;
    text += (text.empty() ? "" : "; ") + std::string(describe(clue));
  }
  std::string text;
  if (!in_favour.empty()) text += paragraph("  for:     ", in_favour);
  if (!against.empty()) text += paragraph("  against: ", against);
  return text;
}

std::string rtt_text(const Reply& reply) { return fmt::format("{:.1f} ms", to_seconds(reply.rtt) * 1e3); }

// How an answer differs from the plain "time exceeded" of a router.
std::string answer_note(const Reply& reply) {
  switch (reply.kind) {
    case ReplyKind::unreachable: return fmt::format("refused, code {}", reply.icmp_code);
    case ReplyKind::echo_reply: return "answers";
    case ReplyKind::tcp_syn_ack: return "port open";
    case ReplyKind::tcp_rst: return "port closed";
    case ReplyKind::time_exceeded: return "";
  }
  return "";
}

void add_note(std::string& notes, const std::string& note) {
  if (!note.empty()) notes += (notes.empty() ? "" : ", ") + note;
}

ShownHop shown_hop(const Hop& hop, const std::vector<HopView>& views, const ip2as::NetworkData& data) {
  const Reply* reply = hop.answer();
  // Taken over from an earlier trace: nobody must take it for what was there at the time of this one.
  const std::string earlier = hop.measured ? "as of " + to_rfc3339(*hop.measured) : "";
  if (reply == nullptr) {
    return {.ttl = hop.ttl, .address = "*", .rtt = {}, .owner = {}, .operator_asn = {}, .note = earlier};
  }
  ShownHop shown{.ttl = hop.ttl,
                 .address = to_string(reply->from),
                 .rtt = rtt_text(*reply),
                 .owner = ip2as::annotate(data, reply->from).asn,
                 .operator_asn = {},
                 .note = {}};
  const auto view = std::ranges::find_if(
      views, [&](const HopView& seen) { return seen.ttl == hop.ttl && seen.address == reply->from; });
  if (view == views.end()) {
    add_note(shown.note, "repeated or off the path: not used");
  } else {
    shown.owner = view->owner;
    shown.operator_asn = view->operator_asn;
    add_note(shown.note, view->own ? "target" : "");
    add_note(shown.note, view->place);
  }
  add_note(shown.note, answer_note(*reply));
  add_note(shown.note, earlier);
  return shown;
}

// Paths with one conclusion for the same reasons.
using Reason = std::tuple<bool, Asn, inference::Rule, std::uint32_t>;

Reason reason_of(const LastHop& hop) {
  return {!hop.conclusive(), hop.upstream.value_or(Asn{}), hop.rule, hop.clues.bits()};
}

std::string vantage_text(const inference::PathMap& map, inference::VantageId vantage) {
  const Asn asn = map.asn_of(vantage);
  return asn.is_none() ? map.name_of(vantage) : fmt::format("{} (AS{})", map.name_of(vantage), to_string(asn));
}

// "2 flows from atlas-1 (AS680), atlas-7 (AS3320)"
std::string sources_text(const inference::PathMap& map, const std::vector<const Path*>& paths) {
  std::set<inference::VantageId> vantages;
  for (const Path* path : paths) vantages.insert(path->key.vantage);
  std::string text = fmt::format("{} flow{} from ", paths.size(), paths.size() == 1 ? "" : "s");
  constexpr std::size_t kMostNamed = 8;
  std::size_t named = 0;
  for (const inference::VantageId vantage : vantages) {
    if (named == kMostNamed) return text + fmt::format(" and {} more", vantages.size() - named);
    text += (named++ == 0 ? "" : ", ") + vantage_text(map, vantage);
  }
  return text;
}

}  // namespace

std::string conclusion_text(const LastHop& hop, const ip2as::NetworkData& data) {
  std::string head = "unknown";
  const double sure = std::floor(hop.probability * 100);
  if (hop.conclusive()) {
    head =
        fmt::format("{}: confidence {}, {:.0f} % sure", labelled(*hop.upstream, data), to_string(hop.confidence), sure);
  } else if (hop.upstream) {
    head = fmt::format("unknown: {} is likeliest, but only {:.0f} % sure", labelled(*hop.upstream, data), sure);
  }
  std::string text = paragraph("", head);
  text += paragraph("  why:     ", fmt::format("{} (rule {})", describe(hop.rule), to_string(hop.rule)));
  return hop.upstream ? text + clues_text(hop) : text;
}

std::vector<ShownHop> shown_hops(const Trace& trace, const std::vector<HopView>& views,
                                 const ip2as::NetworkData& data) {
  std::vector<ShownHop> hops;
  for (const Hop& hop : trace.hops) hops.push_back(shown_hop(hop, views, data));
  return hops;
}

std::string hops_text(const std::vector<ShownHop>& hops, const ip2as::NetworkData& data) {
  std::size_t address = 7;
  for (const ShownHop& hop : hops) address = std::max(address, hop.address.size());
  constexpr std::size_t kOwner = 34;
  std::string text = fmt::format("   hop  {}  {:>9}  {}  {:<12}  note\n", fit("address", address), "rtt",
                                 fit("owner of address", kOwner), "run by");
  for (const ShownHop& hop : hops) {
    const std::string owner = hop.owner.is_none() ? "" : labelled(hop.owner, data);
    const std::string run_by = hop.operator_asn.is_none() ? "" : "AS" + to_string(hop.operator_asn);
    std::string line = fmt::format("   {:>3}  {}  {:>9}  {}  {:<12}  {}", hop.ttl, fit(hop.address, address), hop.rtt,
                                   fit(owner, kOwner), run_by, hop.note);
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string trace_heading(const Trace& trace) {
  return fmt::format("to {}, {}, flow {}, {}, ended by {}", to_string(trace.destination), to_string(trace.protocol),
                     trace.flow.value, to_rfc3339(trace.started), to_string(trace.stop));
}

std::string explain_block(const inference::PathMap& map, inference::TargetId target, const Block& block,
                          const ip2as::NetworkData& data) {
  const inference::TargetNetwork& network = map.network_of(target);
  std::map<Reason, std::vector<const Path*>> reasons;
  for (const Path& path : map.paths_of(target, block)) reasons[reason_of(path.last_hop)].push_back(&path);
  std::string text =
      paragraph("", fmt::format("{} of {}", to_string(block),
                                network.asn.is_none() ? "an unknown network" : label_of(network.asn, network.name)));
  for (const auto& [reason, paths] : reasons) {
    const Path& path = *paths.front();
    text += "\n" + conclusion_text(path.last_hop, data);
    text += paragraph("  seen by: ", sources_text(map, paths));
    if (!path.trace) continue;
    const Trace trace = path.trace.unpack();
    text += paragraph("  trace:   ", "from " + vantage_text(map, path.key.vantage) + " " + trace_heading(trace));
    text += hops_text(shown_hops(trace, map.hops_of(target, block, path.key), data), data);
  }
  return text;
}

}  // namespace isthmus::app
