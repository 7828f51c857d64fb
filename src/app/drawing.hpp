#pragma once
// What all pictures share: colours, shapes of SVG, words of Graphviz. Stand-alone SVG 1.1 without scripts or outside
// resources. Pure functions; any thread.

#include <map>
#include <string>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::app {

inline constexpr const char* kOtherColour = "#999999";
inline constexpr const char* kUnknownColour = "#e3e3e3";

using Palette = std::map<Asn, const char*>;

/// Colours for ASes in this order, told apart by people with colour-deficient vision too (Okabe and Ito 2008). What
/// comes after the eighth is kOtherColour, no AS is kUnknownColour.
[[nodiscard]] Palette palette_of(const std::vector<Asn>& ases);

/// For writing on this colour.
[[nodiscard]] const char* ink_on(const std::string& colour);

[[nodiscard]] std::string svg_escaped(const std::string& text);
[[nodiscard]] std::string svg_rectangle(double x, double y, double width, double height, const std::string& colour,
                                        const char* attributes = "");
[[nodiscard]] std::string svg_text(double x, double y, const std::string& text, const char* attributes = "");
/// Shown when the pointer rests on what it stands in.
[[nodiscard]] std::string svg_tooltip(const std::string& text);
/// The whole picture around its body.
[[nodiscard]] std::string svg_document(int width, int height, const std::string& body);

/// A quoted string of DOT.
[[nodiscard]] std::string dot_quoted(const std::string& text);

}  // namespace isthmus::app
