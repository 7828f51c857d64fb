#include "telemetry/html.hpp"

#include "isthmus/formats/utf8.hpp"

namespace isthmus::telemetry {

std::string html_escape(std::string_view text) {
  const std::string clean = formats::valid_utf8(text);
  std::string out;
  out.reserve(clean.size());
  for (const char c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        if (byte == 0x7F || (byte < 0x20 && c != '\n' && c != '\t')) {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
    }
  }
  return out;
}

}  // namespace isthmus::telemetry
