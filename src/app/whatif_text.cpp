#include "app/whatif_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

using resilience::BlockVerdict;
using resilience::Carrier;
using resilience::Fate;
using resilience::kFates;
using resilience::TargetVerdict;
using resilience::WhatIf;

constexpr std::size_t kWidth = 120;
constexpr std::size_t kBlock = 19;
constexpr std::size_t kFate = 16;
constexpr std::size_t kUpstream = 30;

const char* words_of(Fate fate) {
  switch (fate) {
    case Fate::dark: return "dark";
    case Fate::loses_redundancy: return "loses redundancy";
    case Fate::keeps: return "keeps a way";
    case Fate::unaffected: return "unaffected";
    case Fate::not_known: return "not known";
  }
  return "";
}

std::string counts_of(const TargetVerdict& target) {
  std::string text;
  for (const Fate fate : kFates) {
    const std::uint32_t count = target.blocks_by_fate[static_cast<std::size_t>(fate)];
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, words_of(fate));
  }
  return fmt::format("{} block{}: {}", target.blocks.size(), target.blocks.size() == 1 ? "" : "s", text);
}

std::string cut_text(std::uint32_t before, std::uint32_t after) {
  return before == 0 ? "-" : fmt::format("{} -> {}", before, after);
}

std::string carriers_text(const std::vector<Carrier>& carriers) {
  std::string text;
  for (const Carrier& carrier : carriers) {
    std::string name = label_of(carrier.asn, carrier.name);
    if (columns(name) > kUpstream) name = fit(std::move(name), kUpstream);
    while (name.ends_with(' ')) name.pop_back();
    text += fmt::format("{}{} {} %", text.empty() ? "" : ", ", name, percent(carrier.share));
  }
  return text;
}

std::string row(const std::string& block, const std::string& fate, const std::string& cut, const std::string& seen,
                const std::string& left, const std::string& carriers) {
  std::string text =
      fmt::format("{}  {}  {:<8} {:>7} {:>7}  {}", fit(block, kBlock), fit(fate, kFate), cut, seen, left, carriers);
  if (columns(text) > kWidth) text = fit(std::move(text), kWidth);
  text.resize(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

std::string block_row(const BlockVerdict& block) {
  return row(to_string(block.block), words_of(block.fate), cut_text(block.min_cut_before, block.min_cut_after),
             fmt::format("{}/{}", block.units.known, block.units.all), std::to_string(block.units.kept),
             carriers_text(block.carriers));
}

std::string blocks_text(const TargetVerdict& target, std::size_t most_blocks) {
  std::string text = row("block", "fate", "min cut", "known", "left", "vantage ASes that are left go by");
  for (const Fate fate : kFates) {
    std::size_t shown = 0;
    for (const BlockVerdict& block : target.blocks) {
      if (block.fate == fate && shown++ < most_blocks) text += block_row(block);
    }
    if (shown > most_blocks) text += fmt::format("and {} more: {}\n", shown - most_blocks, words_of(fate));
  }
  return text;
}

std::string wrapped(const std::string& line) {
  std::string text;
  for (const std::string& piece : wrap(line, kWidth)) text += piece + "\n";
  return text;
}

std::string target_text(const TargetVerdict& target, std::size_t most_blocks) {
  const resilience::Units& units = target.units;
  std::string text = "\n" + wrapped(fmt::format("{}: {}", target.target, counts_of(target)));
  text += wrapped(fmt::format(
      "Of {} pairs of vantage AS and block {} are known; {} keep a way, {} of them for a part of their flows.",
      units.all, units.known, units.kept, units.moved));
  text += wrapped("Min cut of the target: " + cut_text(target.min_cut_before, target.min_cut_after) + ".");
  if (!target.carriers.empty()) text += wrapped("What is left would go by " + carriers_text(target.carriers) + ".");
  return text + blocks_text(target, most_blocks);
}

}  // namespace

std::string whatif_text(const WhatIf& answer, std::size_t most_blocks) {
  std::string failed;
  for (const Asn asn : answer.failure.ases) {
    const auto name = answer.names.find(asn);
    failed += (failed.empty() ? "" : ", ") + label_of(asn, name == answer.names.end() ? "" : name->second);
  }
  for (const IpAddress& router : answer.failure.routers) {
    failed += (failed.empty() ? "router " : ", router ") + to_string(router);
  }
  std::string text = "If " + failed + " failed";
  if (answer.time != Timestamp{}) text += ", by the ways of " + to_rfc3339(answer.time);
  text += ":\n";
  for (const TargetVerdict& target : answer.targets) text += target_text(target, most_blocks);
  return text +
         "\nRead from the ways that were seen in use: a backup that never carried a probe is not seen, and may yet "
         "save "
         "what\nis called dark. A block without a known way is not known; it never counts as saved.\n";
}

}  // namespace isthmus::app
