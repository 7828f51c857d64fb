// The table for people and the lines for programs.

#include <fmt/format.h>

#include "app/infer_report.hpp"
#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

// Fixed, so that rows can be printed before all are known.
constexpr std::size_t kBlock = 19;
constexpr std::size_t kTarget = 22;
constexpr std::size_t kUpstream = 30;

struct Row {
  std::string block;
  std::string target;
  std::string upstream;
  std::string share;
  std::string confidence;
  std::string units;
  std::string min_cut;
};

std::string line_of(const Row& row) {
  std::string text =
      fmt::format("{}  {}  {}  {:<14}  {:<10}  {:>5}  {:>7}", fit(row.block, kBlock), fit(row.target, kTarget),
                  fit(row.upstream, kUpstream), row.share, row.confidence, row.units, row.min_cut);
  text.resize(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

void write_named(formats::JsonWriter& json, const NamedAs& as) {
  json.field("asn", as.asn);
  json.field_or_null("name", as.name);
}

void write_upstream(formats::JsonWriter& json, const InferredUpstream& upstream) {
  json.begin_object();
  write_named(json, upstream.as);
  json.field("confidence", to_string(upstream.confidence)).field("units", upstream.units);
  json.field("last_seen", to_rfc3339(upstream.last_seen)).key("share").begin_object();
  write_estimate(json, "vantage", upstream.vantage);
  write_estimate(json, "address", upstream.address);
  write_estimate(json, "flow", upstream.flow);
  json.end_object().end_object();
}

}  // namespace

std::string infer_json(const InferredBlock& block) {
  formats::JsonWriter json;
  json.begin_object().field("block", to_string(block.block)).field("target", block.target.name);
  json.key("upstreams").begin_array();
  for (const InferredUpstream& upstream : block.upstreams) write_upstream(json, upstream);
  json.end_array().field("unknown_share", block.unknown_share);
  json.field("effective_upstreams", block.effective_upstreams).key("min_cut_as");
  // Where nothing is known, no cut is either.
  const std::uint32_t cut = block.diversity.ases.min_cut;
  cut == 0 ? json.null() : json.value(cut);
  json.key("chokepoints").begin_array();
  for (const NamedAs& as : block.chokepoints) {
    json.begin_object();
    write_named(json, as);
    json.end_object();
  }
  return json.end_array().end_object().take() + "\n";
}

std::string infer_heading() {
  return line_of({"block", "target", "upstream", "vantage ASes", "confidence", "units", "min cut"});
}

std::string infer_rows(const InferredBlock& block) {
  const std::uint32_t cut = block.diversity.ases.min_cut;
  Row row{.block = to_string(block.block),
          .target = block.target.name,
          .upstream = {},
          .share = {},
          .confidence = {},
          .units = {},
          .min_cut = cut == 0 ? "-" : std::to_string(cut)};
  std::string text;
  const auto add = [&](std::string upstream, std::string share, std::string confidence, std::string units) {
    row.upstream = std::move(upstream);
    row.share = std::move(share);
    row.confidence = std::move(confidence);
    row.units = std::move(units);
    text += line_of(row);
    row = {};
  };
  for (const InferredUpstream& up : block.upstreams) {
    const std::string share =
        fmt::format("{:>3} % [{}-{}]", percent(up.vantage.estimate), percent(up.vantage.low), percent(up.vantage.high));
    add(label_of(up.as.asn, up.as.name), share, to_string(up.confidence), std::to_string(up.units));
  }
  if (block.unknown_share > 0) add("unknown", fmt::format("{:>3} %", percent(block.unknown_share)), "-", "-");
  return text;
}

}  // namespace isthmus::app
