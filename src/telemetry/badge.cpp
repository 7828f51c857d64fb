#include "telemetry/badge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "isthmus/formats/utf8.hpp"
#include "telemetry/html.hpp"

namespace isthmus::telemetry {
namespace {

constexpr std::size_t kLongestName = 40;
// Of a character at a size of 11 pixels, on average; the browser fits what differs.
constexpr double kCharacterWidth = 6.7;

// White text on these has a contrast of at least 4.5 (WCAG 2.1, 1.4.3).
const char* colour_of(State state) {
  switch (state) {
    case State::up: return "#1a7f37";
    case State::degraded: return "#9a6700";
    case State::down: return "#cf222e";
    case State::unknown: break;
  }
  return "#57606a";
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

std::size_t characters(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_character));
}

std::string shortened(const std::string& name) {
  std::string text = formats::valid_utf8(name);
  if (characters(text) <= kLongestName) return text;
  std::size_t end = 0;
  for (std::size_t left = kLongestName; left > 0; --left) {
    do ++end;
    while (continues_character(text[end]));
  }
  return text.substr(0, end) + "\xE2\x80\xA6";
}

// How many upstreams there are is told of a target that is seen to be reachable.
std::string condition(const resilience::TargetView& target, State state) {
  std::string text(to_string(state));
  if (state == State::up || state == State::degraded) {
    text += fmt::format(", {} upstream{}", target.upstream_count, target.upstream_count == 1 ? "" : "s");
  }
  return text;
}

std::string label(double at, double width, const std::string& escaped) {
  return fmt::format(R"(<text x="{:.1f}" y="14" textLength="{:.1f}">{}</text>)", at, width, escaped);
}

}  // namespace

std::string badge_svg(const resilience::TargetView& target, bool current) {
  const State state = current ? target.state : State::unknown;
  const std::string name = shortened(target.name);
  const std::string what = condition(target, state);
  const double name_width = static_cast<double>(characters(name)) * kCharacterWidth;
  const double what_width = static_cast<double>(characters(what)) * kCharacterWidth;
  const double left = name_width + 12;
  const double right = what_width + 12;
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.1f}" height="20" role="img" aria-labelledby="title">)"
      R"(<title id="title">{1}: {2}</title>)"
      R"(<rect width="{3:.1f}" height="20" fill="#24292f"/><rect x="{3:.1f}" width="{4:.1f}" height="20" fill="{5}"/>)"
      R"(<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" aria-hidden="true">{6}{7}</g></svg>)"
      "\n",
      left + right, html_escape(target.name), what, left, right, colour_of(state),
      label(6, name_width, html_escape(name)), label(left + 6, what_width, what));
}

std::string embed_html(const resilience::TargetView& target, Timestamp time, bool current) {
  const State state = current ? target.state : State::unknown;
  std::string upstreams;
  for (const resilience::UpstreamView& upstream : target.upstreams) {
    if (state == State::unknown) break;
    upstreams += fmt::format("<li>AS{} {}: {}</li>", to_string(upstream.asn), html_escape(upstream.name),
                             to_string(upstream.state));
  }
  return fmt::format(
      R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="30">)"
      R"(<meta name="viewport" content="width=device-width"><title>{0}: {1}</title><style>)"
      R"(body{{margin:0;font:14px/1.4 system-ui,sans-serif;color:#24292f;background:#fff}})"
      R"(main{{border-left:6px solid {2};padding:8px 12px;overflow-wrap:anywhere}})"
      R"(h1{{font-size:16px;margin:0}}p,ul{{margin:2px 0}}ul{{padding-left:18px}})"
      R"(@media(prefers-color-scheme:dark){{body{{color:#e6edf3;background:#0d1117}}}}</style></head>)"
      R"(<body><main><h1>{0}</h1><p>{1}</p>{3}<p><small>as of <time datetime="{4}">{4}</time></small></p></main></body>)"
      "</html>\n",
      html_escape(target.name), condition(target, state), colour_of(state),
      upstreams.empty() ? "" : "<ul>" + upstreams + "</ul>", to_rfc3339(time));
}

}  // namespace isthmus::telemetry
