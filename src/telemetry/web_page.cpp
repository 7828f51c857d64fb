#include "telemetry/web_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "telemetry/html.hpp"
#include "telemetry/warnings.hpp"

namespace isthmus::telemetry {
namespace {

using resilience::BlockView;
using resilience::Snapshot;
using resilience::TargetView;
using resilience::UpstreamView;
using resilience::VantageView;

// A page stays readable; whoever watches more has the API and Grafana.
constexpr std::size_t kMaxTargets = 100;
constexpr std::size_t kMaxBlocks = 64;
constexpr std::size_t kMaxChokepoints = 3;

constexpr const char* kHead = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>isthmus</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="10">
<style>
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2330;--soft:#5b6577;--line:#dfe3ea;--card:#f7f8fa;--bar:#3b6fd4;
--range:#b9cdf3;--up:#1a7f45;--degraded:#a15c00;--down:#c22b2b;--unknown:#5b6577}
@media(prefers-color-scheme:dark){:root{--bg:#12161d;--fg:#e4e8ef;--soft:#9aa5b8;--line:#2b3340;--card:#1a202a;
--bar:#7ba6f7;--range:#2f466f;--up:#4cc27c;--degraded:#e5a33d;--down:#ff7b72;--unknown:#9aa5b8}}
*{box-sizing:border-box}body{margin:0 auto;max-width:64rem;padding:1rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,sans-serif}h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:1.6rem 0 .6rem}
h3{font-size:1.05rem;margin:0;overflow-wrap:anywhere}.soft{color:var(--soft);font-size:.875rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;margin:.6rem 0}
.row{display:flex;gap:.6rem;align-items:baseline;flex-wrap:wrap}.state{font-weight:600;border:1px solid;
border-radius:4px;padding:0 .4rem;font-size:.875rem;white-space:nowrap}
.up,.valid{color:var(--up)}.degraded{color:var(--degraded)}
.down,.invalid{color:var(--down)}.unknown{color:var(--unknown)}.chip{display:inline-block;border:1px solid;
border-radius:4px;padding:0 .35rem;margin:.15rem .2rem .15rem 0;font:.8125rem/1.5 ui-monospace,monospace}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9375rem}th{text-align:left;
color:var(--soft);font-weight:500;font-size:.8125rem}th,td{padding:.3rem .6rem .3rem 0;vertical-align:top;
border-bottom:1px solid var(--line)}td{overflow-wrap:break-word}.time,.share{white-space:nowrap}
.wide{min-width:11rem}.card>p:last-child{margin-bottom:0}
.bar{display:block;width:9rem;height:.6rem;margin:.45rem 0 .1rem}.warn{border-color:var(--down)}
</style></head><body>
)html";

// The word always stands beside the colour, for those who do not see it.
std::string badge(const char* state) { return fmt::format("<span class=\"state {0}\">{0}</span>", state); }

std::string time_text(Timestamp time) {
  if (time == Timestamp{}) return "never";
  std::string text = to_rfc3339(time);  // 2017-10-01T09:07:51.000Z
  text.replace(10, 1, " ");
  return text.substr(0, 19) + " UTC";
}

std::string asn_text(Asn asn, const std::string& name) {
  std::string text = "AS" + to_string(asn);
  if (!name.empty()) text += " " + html_escape(name);
  return text;
}

double percent(double ratio) { return std::round(std::clamp(ratio, 0.0, 1.0) * 100); }

// The estimate as a bar within the band of its interval.
std::string share_cell(const resilience::ShareEstimate& share) {
  return fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
      "<rect width=\"100\" height=\"6\" fill=\"var(--line)\"/>"
      "<rect x=\"{1}\" width=\"{3}\" height=\"6\" fill=\"var(--range)\"/>"
      "<rect y=\"1.5\" width=\"{0}\" height=\"3\" fill=\"var(--bar)\"/></svg>"
      "{0} % <span class=\"soft\">({1} to {2} %)</span>",
      percent(share.estimate), percent(share.low), percent(share.high), percent(share.high) - percent(share.low));
}

std::string upstream_table(const TargetView& target) {
  if (target.upstreams.empty()) return "<p class=\"soft\">No upstream known yet.</p>";
  std::string out =
      "<div class=\"scroll\"><table><tr><th>Upstream</th><th>State</th><th>Share of (vantage point, block) pairs, "
      "with 95 % interval</th><th>Confidence</th><th>Last seen</th></tr>";
  for (const UpstreamView& upstream : target.upstreams) {
    out += fmt::format(
        "<tr><td class=\"wide\">{}</td><td>{}</td><td class=\"share\">{}</td><td>{}</td>"
        "<td class=\"time\">{}</td></tr>",
        asn_text(upstream.asn, upstream.name), badge(to_string(upstream.state)), share_cell(upstream.vantage),
        to_string(upstream.confidence), time_text(upstream.last_seen));
  }
  return out + "</table></div>";
}

std::string block_chips(const TargetView& target) {
  std::string out = "<p>";
  std::vector<const BlockView*> blocks;
  for (const BlockView& block : target.blocks) blocks.push_back(&block);
  const bool all = blocks.size() <= kMaxBlocks;
  if (!all) std::ranges::stable_sort(blocks, {}, [](const BlockView* block) { return urgency(block->state); });
  for (std::size_t i = 0; i < std::min(blocks.size(), kMaxBlocks); ++i) {
    const BlockView& block = *blocks[i];
    std::string carriers;
    for (const UpstreamView& upstream : block.upstreams) {
      if (upstream.units > 0) carriers += (carriers.empty() ? " via AS" : ", AS") + to_string(upstream.asn);
    }
    out += fmt::format("<span class=\"chip {0}\">{1} {0}{2}</span>", to_string(block.state), to_string(block.block),
                       carriers);
  }
  if (!all) out += fmt::format("<span class=\"soft\">and {} more</span>", blocks.size() - kMaxBlocks);
  return out + "</p>";
}

std::string counted(std::uint32_t number, const char* one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

// How few have to fail, and who is needed by all; nothing while nothing is known.
std::string bridges(const TargetView& target) {
  if (target.diversity == nullptr || target.diversity->whole.ases.min_cut == 0) return {};
  const resilience::Diversity& whole = target.diversity->whole;
  std::string out = "<p>Min cut: " + counted(whole.ases.min_cut, "network");
  if (const resilience::Cut& routers = whole.routers; routers.min_cut > 0) {
    out += ", " + counted(routers.min_cut, "router");
    if (routers.min_cut_low < routers.min_cut)
      out += fmt::format(" ({} if those that stay silent are one)", routers.min_cut_low);
  }
  std::string needed;
  const auto add = [&](const std::string& text) { needed += (needed.empty() ? "" : ", ") + text; };
  for (std::size_t i = 0; i < std::min(whole.chokepoints.size(), kMaxChokepoints); ++i) {
    add(asn_text(whole.chokepoints[i], std::string(name_in(target.diversity.get(), whole.chokepoints[i]))));
  }
  for (std::size_t i = 0; i < std::min(whole.router_chokepoints.size(), kMaxChokepoints); ++i) {
    add("router " + to_string(whole.router_chokepoints[i].address));
  }
  if (!needed.empty()) out += " &middot; every way needs " + needed;
  return out + "</p>";
}

std::string target_card(const TargetView& target) {
  return fmt::format(
      "<section class=\"card\"><div class=\"row\"><h3>{}</h3>{}<span class=\"soft\">{}since {} &middot; {} {} &middot; "
      "{} % of pairs unknown</span></div>{}{}{}</section>\n",
      html_escape(target.name), badge(to_string(target.state)),
      target.asn.is_none() ? "" : "AS" + to_string(target.asn) + " &middot; ", time_text(target.since),
      target.upstream_count, target.upstream_count == 1 ? "upstream" : "upstreams", percent(target.unknown_share),
      bridges(target), upstream_table(target), block_chips(target));
}

std::string targets_section(const Snapshot& snapshot) {
  std::vector<const TargetView*> targets;
  for (const TargetView& target : snapshot.targets) targets.push_back(&target);
  // What needs attention comes first.
  std::ranges::stable_sort(targets, {}, [](const TargetView* target) { return urgency(target->state); });
  std::string out = "<h2>Targets</h2>\n";
  for (std::size_t i = 0; i < std::min(targets.size(), kMaxTargets); ++i) out += target_card(*targets[i]);
  if (targets.size() > kMaxTargets) {
    out += fmt::format("<p class=\"soft\">and {} more, see <a href=\"/api/v1/targets\">/api/v1/targets</a></p>\n",
                       targets.size() - kMaxTargets);
  }
  return out;
}

std::string vantages_section(const Snapshot& snapshot) {
  std::string out =
      "<h2>Vantage points</h2>\n<div class=\"card scroll\"><table><tr><th>Name</th><th>State</th><th>Controls</th>"
      "<th>Last observation</th><th>Remark</th></tr>";
  for (const VantageView& vantage : snapshot.vantages) {
    const std::string problem = vantage.report ? vantage.report->problem : std::string();
    out += fmt::format("<tr><td>{}{}</td><td>{}</td><td>{} of {}</td><td class=\"time\">{}</td><td>{}</td></tr>",
                       html_escape(vantage.name),
                       vantage.asn.is_none() ? "" : " <span class=\"soft\">AS" + to_string(vantage.asn) + "</span>",
                       badge(to_string(vantage.state)), vantage.controls_answering, vantage.controls,
                       time_text(vantage.last_observation.value_or(Timestamp{})),
                       html_escape(problem.empty() ? vantage.reason : problem));
  }
  return out + "</table></div>\n";
}

std::string event_row(const Event& event) {
  std::string about = html_escape(event.target.empty() ? event.vantage : event.target);
  if (event.block) about += " " + to_string(*event.block);
  if (!event.upstream.is_none()) about += " AS" + to_string(event.upstream);
  std::string change;
  if (!event.before.empty() || !event.after.empty()) {
    change = html_escape(event.before) + " &rarr; " + html_escape(event.after) + "<br>";
  }
  return fmt::format(
      "<tr><td>{}</td><td class=\"time\">{}</td><td>{}</td><td>{}</td>"
      "<td class=\"wide\">{}<span class=\"soft\">{}</span></td></tr>",
      event.id, time_text(event.time), to_string(event.kind), about, change, html_escape(event.evidence.summary));
}

std::string events_section(const Result<std::vector<Event>>& events) {
  std::string out = "<h2>Latest events</h2>\n<div class=\"card scroll\">";
  if (!events) return out + "The log cannot be read: " + html_escape(to_string(events.error())) + "</div>\n";
  if (events->empty()) return out + "None yet.</div>\n";
  out += "<table><tr><th>Id</th><th>Time</th><th>Kind</th><th>About</th><th>What</th></tr>";
  for (auto event = events->rbegin(); event != events->rend(); ++event) out += event_row(*event);
  return out + "</table></div>\n";
}

std::string warning_cards(const ProcessStatus& status) {
  std::string out;
  for (const std::string& text : warnings(status)) out += "<p class=\"card warn\">" + html_escape(text) + "</p>\n";
  return out;
}

}  // namespace

std::string web_page(const PageContent& content) {
  std::string out = kHead;
  out += fmt::format("<header class=\"row\"><h1>isthmus</h1><span class=\"soft\">{}{}</span></header>\n",
                     html_escape(content.status.version),
                     content.snapshot == nullptr ? "" : " &middot; as of " + time_text(content.snapshot->time));
  out += warning_cards(content.status);
  if (content.snapshot == nullptr) {
    out += "<p class=\"card\">Starting: nothing is known yet.</p>\n";
  } else {
    out += targets_section(*content.snapshot);
    out += vantages_section(*content.snapshot);
  }
  out += events_section(content.events);
  out +=
      "<footer class=\"soft\">A share counts what was seen, never traffic. Machines read <a href=\"/metrics\">/metrics"
      "</a> and /api/v1/{<a href=\"/api/v1/targets\">targets</a>, <a href=\"/api/v1/upstreams\">upstreams</a>, "
      "<a href=\"/api/v1/paths\">paths</a>, <a href=\"/api/v1/events\">events</a>, "
      "<a href=\"/api/v1/vantages\">vantages</a>}. Networks are named from the configured "
      // CC BY 4.0 asks for the name of the source wherever its data is shown.
      "prefix data; @ip-location-db/asn contains data by <a "
      "href=\"https://db-ip.com\">DB-IP</a>.</footer>\n</body></html>\n";
  return out;
}

}  // namespace isthmus::telemetry
