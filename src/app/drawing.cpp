#include "app/drawing.hpp"

#include <fmt/format.h>

#include <array>

namespace isthmus::app {
namespace {

constexpr std::array<const char*, 8> kColours{"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                              "#56b4e9", "#d55e00", "#f0e442", "#8c6d31"};

bool is_light(const std::string& colour) {
  return colour == kUnknownColour || colour == "#f0e442" || colour == "#e69f00" || colour == "#56b4e9";
}

}  // namespace

Palette palette_of(const std::vector<Asn>& ases) {
  Palette palette;
  std::size_t next = 0;
  for (const Asn asn : ases) {
    if (palette.contains(asn)) continue;
    const bool named = !asn.is_none() && next < kColours.size();
    palette[asn] = asn.is_none() ? kUnknownColour : named ? kColours[next++] : kOtherColour;
  }
  return palette;
}

const char* ink_on(const std::string& colour) { return is_light(colour) ? "#222222" : "#ffffff"; }

std::string svg_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        // Line feeds are for tooltips; XML knows no other control characters.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n') out += c;
    }
  }
  return out;
}

std::string svg_rectangle(double x, double y, double width, double height, const std::string& colour,
                          const char* attributes) {
  return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"{}/>", x, y, width,
                     height, colour, attributes);
}

std::string svg_text(double x, double y, const std::string& text, const char* attributes) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, attributes, svg_escaped(text));
}

std::string svg_tooltip(const std::string& text) { return "<title>" + svg_escaped(text) + "</title>"; }

std::string svg_document(int width, int height, const std::string& body) {
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
             "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"14\" fill=\"#222222\">\n"
             "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
             width, height) +
         body + "</svg>\n";
}

// Only the quote is special; a backslash would start one of its escapes.
std::string dot_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

}  // namespace isthmus::app
