// The picture: who carries what, at one glance. Stand-alone SVG 1.1 without scripts or outside resources.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "app/survey_output.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kMostBars = 40;
constexpr int kWidth = 900;
constexpr int kMargin = 24;
constexpr int kLegendRow = 24;

// Told apart by people with colour-deficient vision too (Okabe and Ito 2008); what comes after them is grey.
constexpr std::array<const char*, 8> kColours{"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                              "#56b4e9", "#d55e00", "#f0e442", "#8c6d31"};
constexpr const char* kOther = "#999999";
constexpr const char* kUnknown = "#e3e3e3";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
  }
  return out;
}

using Palette = std::map<Asn, const char*>;

Palette palette_of(const std::vector<UpstreamTotal>& totals) {
  Palette palette;
  std::size_t next = 0;
  for (const UpstreamTotal& total : totals) {
    const bool named = !total.asn.is_none() && next < kColours.size();
    palette[total.asn] = total.asn.is_none() ? kUnknown : named ? kColours[next++] : kOther;
  }
  return palette;
}

bool is_light(const std::string& colour) { return colour == "#f0e442" || colour == "#e69f00" || colour == "#56b4e9"; }

std::string rectangle(double x, double y, double width, double height, const std::string& colour) {
  return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>", x, y, width,
                     height, colour);
}

std::string text_at(double x, double y, const std::string& text, const char* attributes = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, attributes, escaped(text));
}

std::string tooltip_of(const BlockReport& block) {
  std::string text = to_string(block.block);
  for (const CarriedShare& up : block.upstreams) {
    text += fmt::format("\n{}: {:.0f} % of flows", label_of(up.asn, up.name), up.flow.estimate * 100);
  }
  if (block.unknown_share > 0) text += fmt::format("\nunknown: {:.0f} %", block.unknown_share * 100);
  return "<title>" + escaped(text) + "</title>";
}

// Side by side, each as wide as its share.
std::string stacked(const BlockReport& block, const Palette& palette, double x, double y, double width, double height,
                    bool with_text) {
  std::string svg = "<g>" + tooltip_of(block);
  std::string words;
  const auto part = [&](double share, const std::string& colour, const std::string& label) {
    const double w = share * width;
    svg += rectangle(x, y, w, height, colour);
    const std::string shown = fmt::format("{} {:.0f} %", label, share * 100);
    const char* ink = colour == kUnknown || is_light(colour) ? " fill=\"#222222\"" : " fill=\"#ffffff\"";
    if (with_text && w > 7.0 * static_cast<double>(shown.size()))
      words += text_at(x + 8, y + height / 2 + 4.5, shown, ink);
    x += w;
  };
  for (const CarriedShare& up : block.upstreams) {
    part(up.flow.estimate, palette.at(up.asn), "AS" + to_string(up.asn));
  }
  if (block.unknown_share > 0) part(block.unknown_share, kUnknown, "unknown");
  return svg + words + "</g>\n";
}

std::string legend(const std::vector<UpstreamTotal>& totals, const Palette& palette, std::size_t blocks, int& y) {
  std::string svg;
  std::size_t others = 0;
  for (const UpstreamTotal& total : totals) {
    const std::string colour = palette.at(total.asn);
    if (colour == kOther) {
      ++others;
      continue;
    }
    svg += rectangle(kMargin, y - 12, 16, 16, colour);
    svg += text_at(kMargin + 26, y,
                   fmt::format("{}: {} of {} blocks{}", label_of(total.asn, total.name), total.blocks, blocks,
                               total.asn.is_none() ? ", at least in part" : ""));
    y += kLegendRow;
  }
  if (others > 0) {
    svg += rectangle(kMargin, y - 12, 16, 16, kOther);
    svg += text_at(kMargin + 26, y, fmt::format("{} more upstreams", others));
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
    svg += text_at(kMargin, y + 19, to_string(block.block), " font-family=\"monospace\"");
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
        text_at(kMargin, y + pitch - 2, to_string(blocks[first].block), " font-family=\"monospace\" font-size=\"11\"");
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
  const Palette palette = palette_of(totals);
  int y = kMargin + 18;
  std::string body = text_at(
      kMargin, y,
      fmt::format("Upstreams of {} block{}, seen from {}", blocks.size(), blocks.size() == 1 ? "" : "s", vantage),
      " font-size=\"20\" font-weight=\"bold\"");
  y += 34;
  body += legend(totals, palette, blocks.size(), y);
  y += 4;
  body += blocks.size() <= kMostBars ? bars(blocks, palette, y) : squares(blocks, palette, y);
  const int height = y + kMargin;
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
             "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"14\" fill=\"#222222\">\n"
             "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
             kWidth, height) +
         body + "</svg>\n";
}

}  // namespace isthmus::app
