// The picture: who carries what, at one glance.

#include <fmt/format.h>

#include <algorithm>

#include "app/drawing.hpp"
#include "app/survey_output.hpp"
#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kMostBars = 40;
constexpr int kWidth = 900;
constexpr int kMargin = 24;
constexpr int kLegendRow = 24;

Palette colours_of(const std::vector<UpstreamTotal>& totals) {
  std::vector<Asn> ases;
  for (const UpstreamTotal& total : totals) ases.push_back(total.asn);
  return palette_of(ases);
}

std::string tooltip_of(const BlockReport& block) {
  std::string text = to_string(block.block);
  for (const CarriedShare& up : block.upstreams) {
    text += fmt::format("\n{}: {:.0f} % of flows", label_of(up.asn, up.name), up.flow.estimate * 100);
  }
  if (block.unknown_share > 0) text += fmt::format("\nunknown: {:.0f} %", block.unknown_share * 100);
  return svg_tooltip(text);
}

// Side by side, each as wide as its share.
std::string stacked(const BlockReport& block, const Palette& palette, double x, double y, double width, double height,
                    bool with_text) {
  std::string svg = "<g>" + tooltip_of(block);
  std::string words;
  const auto part = [&](double share, const std::string& colour, const std::string& label) {
    const double w = share * width;
    svg += svg_rectangle(x, y, w, height, colour);
    const std::string shown = fmt::format("{} {:.0f} %", label, share * 100);
    if (with_text && w > 7.0 * static_cast<double>(shown.size()))
      words += svg_text(x + 8, y + height / 2 + 4.5, shown, fmt::format(" fill=\"{}\"", ink_on(colour)).c_str());
    x += w;
  };
  for (const CarriedShare& up : block.upstreams) {
    part(up.flow.estimate, palette.at(up.asn), "AS" + to_string(up.asn));
  }
  if (block.unknown_share > 0) part(block.unknown_share, kUnknownColour, "unknown");
  return svg + words + "</g>\n";
}

std::string legend(const std::vector<UpstreamTotal>& totals, const Palette& palette, std::size_t blocks, int& y) {
  std::string svg;
  std::size_t others = 0;
  for (const UpstreamTotal& total : totals) {
    const std::string colour = palette.at(total.asn);
    if (colour == kOtherColour) {
      ++others;
      continue;
    }
    svg += svg_rectangle(kMargin, y - 12, 16, 16, colour);
    svg += svg_text(kMargin + 26, y,
                    fmt::format("{}: {} of {} blocks{}", label_of(total.asn, total.name), total.blocks, blocks,
                                total.asn.is_none() ? ", at least in part" : ""));
    y += kLegendRow;
  }
  if (others > 0) {
    svg += svg_rectangle(kMargin, y - 12, 16, 16, kOtherColour);
    svg += svg_text(kMargin + 26, y, fmt::format("{} more upstreams", others));
    y += kLegendRow;
  }
  return svg;
}

std::string bars(const std::vector<BlockReport>& blocks, const Palette& palette, int& y) {
  std::size_t longest = 0;
  for (const BlockReport& block : blocks) longest = std::max(longest, to_string(block.block).size());
  const double left = kMargin + 16 + 8.4 * static_cast<double>(longest);
  std::string svg;
  for (const BlockReport& block : blocks) {
    svg += svg_text(kMargin, y + 19, to_string(block.block), " font-family=\"monospace\"");
    svg += stacked(block, palette, left, y, kWidth - kMargin - left, 28, true);
    y += 36;
  }
  return svg;
}

std::string squares(const std::vector<BlockReport>& blocks, const Palette& palette, int& y) {
  constexpr std::size_t kInRow = 64;
  std::size_t longest = 0;
  for (const BlockReport& block : blocks) longest = std::max(longest, to_string(block.block).size());
  const double left = kMargin + 12 + 6.6 * static_cast<double>(longest);
  const double pitch = (kWidth - kMargin - left) / kInRow;
  std::string svg;
  for (std::size_t first = 0; first < blocks.size(); first += kInRow) {
    svg +=
        svg_text(kMargin, y + pitch - 2, to_string(blocks[first].block), " font-family=\"monospace\" font-size=\"11\"");
    for (std::size_t i = first; i < std::min(first + kInRow, blocks.size()); ++i) {
      const double x = left + pitch * static_cast<double>(i - first);
      svg += stacked(blocks[i], palette, x, y, pitch - 1, pitch - 1, false);
    }
    y += static_cast<int>(pitch + 1);
  }
  return svg;
}

}  // namespace

std::string survey_svg(const std::vector<BlockReport>& blocks, const std::string& vantage) {
  const std::vector<UpstreamTotal> totals = total_upstreams(blocks);
  const Palette palette = colours_of(totals);
  int y = kMargin + 18;
  std::string body = svg_text(
      kMargin, y,
      fmt::format("Upstreams of {} block{}, seen from {}", blocks.size(), blocks.size() == 1 ? "" : "s", vantage),
      " font-size=\"20\" font-weight=\"bold\"");
  y += 34;
  body += legend(totals, palette, blocks.size(), y);
  y += 4;
  body += blocks.size() <= kMostBars ? bars(blocks, palette, y) : squares(blocks, palette, y);
  const int height = y + kMargin;
  return svg_document(kWidth, height, body);
}

}  // namespace isthmus::app
