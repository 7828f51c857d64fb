// The table for people and the lines for programs.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/survey_output.hpp"
#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kLongestName = 34;

std::string row(const std::string& block, const std::string& upstream, const std::string& share,
                const std::string& confidence, const std::string& flows, std::size_t wide, std::size_t name) {
  return fmt::format("{}  {}  {:<16}  {:<10}  {}\n", fit(block, wide), fit(upstream, name), share, confidence, flows);
}

std::string totals(const std::vector<BlockReport>& blocks) {
  std::string text;
  for (const UpstreamTotal& total : total_upstreams(blocks)) {
    text += fmt::format("{}: {} of {} blocks{}\n", label_of(total.asn, total.name), total.blocks, blocks.size(),
                        total.asn.is_none() ? ", at least in part" : "");
  }
  return text;
}

// "silent hops: 12 mute, 3 icmp_limit"; nothing where every hop answered.
std::string silences(const std::vector<BlockReport>& blocks) {
  probes::SilenceCounts total{};
  for (const BlockReport& block : blocks) {
    for (std::size_t cause = 0; cause < total.size(); ++cause) total[cause] += block.silence[cause];
  }
  std::string text;
  for (std::size_t cause = 0; cause < total.size(); ++cause) {
    if (total[cause] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "silent hops: " : ", ", total[cause],
                        to_string(static_cast<probes::SilenceCause>(cause)));
  }
  return text.empty() ? text : text + "\n";
}

void write_silence(formats::JsonWriter& json, const probes::SilenceCounts& silence) {
  json.key("silence").begin_object();
  for (std::size_t cause = 0; cause < silence.size(); ++cause) {
    json.field(to_string(static_cast<probes::SilenceCause>(cause)), silence[cause]);
  }
  json.end_object();
}

void write_upstream(formats::JsonWriter& json, const CarriedShare& upstream) {
  json.begin_object();
  json.field("asn", upstream.asn);
  json.field_or_null("name", upstream.name).field("confidence", to_string(upstream.confidence));
  json.field("units", upstream.flows).key("routers").begin_array();
  for (const IpAddress& router : upstream.routers) json.value(to_string(router));
  json.end_array().key("share").begin_object();
  write_estimate(json, "address", upstream.address);
  write_estimate(json, "flow", upstream.flow);
  json.end_object().end_object();
}

}  // namespace

std::string survey_table(const std::vector<BlockReport>& blocks) {
  std::size_t wide = 5;
  std::size_t name = 8;
  for (const BlockReport& block : blocks) {
    wide = std::max(wide, to_string(block.block).size());
    for (const CarriedShare& up : block.upstreams) name = std::max(name, columns(label_of(up.asn, up.name)));
  }
  name = std::min(name, kLongestName);
  std::string text = row("block", "upstream", "share of flows", "confidence", "flows", wide, name);
  for (const BlockReport& block : blocks) {
    std::string shown = to_string(block.block);
    for (const CarriedShare& up : block.upstreams) {
      const std::string share =
          fmt::format("{:>3} % [{}-{}]", percent(up.flow.estimate), percent(up.flow.low), percent(up.flow.high));
      text += row(shown, label_of(up.asn, up.name), share, to_string(up.confidence),
                  fmt::format("{} of {}", up.flows, block.flows), wide, name);
      shown.clear();
    }
    if (block.unknown_share <= 0) continue;
    const auto unknown = static_cast<std::size_t>(std::lround(block.unknown_share * static_cast<double>(block.flows)));
    text += row(shown, "unknown", fmt::format("{:>3} %", percent(block.unknown_share)), "-",
                fmt::format("{} of {}", unknown, block.flows), wide, name);
  }
  return text + "\n" + totals(blocks) + silences(blocks);
}

std::string survey_json(const std::vector<BlockReport>& blocks) {
  std::string text;
  for (const BlockReport& block : blocks) {
    formats::JsonWriter json;
    json.begin_object().field("block", to_string(block.block)).field_or_null("target", block.origin_name);
    json.field("asn", block.origin);
    json.key("upstreams").begin_array();
    for (const CarriedShare& upstream : block.upstreams) write_upstream(json, upstream);
    json.end_array().field("unknown_share", block.unknown_share);
    json.field("effective_upstreams", block.effective_upstreams);
    json.field("flows", block.flows).field("reached", block.reached);
    write_silence(json, block.silence);
    json.end_object();
    text += json.take() + "\n";
  }
  return text;
}

}  // namespace isthmus::app
