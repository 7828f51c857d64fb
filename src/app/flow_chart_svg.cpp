// Vantage ASes to the left, upstreams in the middle, blocks to the right; what flows between them is as wide as its
// share.

#include <fmt/format.h>

#include <algorithm>

#include "app/drawing.hpp"
#include "app/flow_chart.hpp"
#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

constexpr int kWidth = 1280;
constexpr int kMargin = 24;
constexpr int kTop = 96;
constexpr double kNodeWidth = 14;
constexpr double kLeft = 300;
constexpr double kMiddle = 590;
constexpr double kRight = 940;
constexpr double kPitch = 20;  // A line of text, so that labels never overlap.
constexpr double kGap = 6;
// Characters that fit beside a column.
constexpr std::size_t kRoomLeft = 34;
constexpr std::size_t kRoomMiddle = 32;
constexpr std::size_t kRoomRight = 38;
// Thinner ones would be nothing but outline.
constexpr double kOutlined = 4;

// Where one column's nodes stand.
struct Column {
  double x{0};
  std::vector<double> y;
  std::vector<double> height;
  std::vector<double> used_in;  // From the node's top on, where the next edge begins.
  std::vector<double> used_out;
  double total{0};
};

Column place(const std::vector<FlowChart::Node>& nodes, double x, double scale) {
  Column column{.x = x, .y = {}, .height = {}, .used_in = {}, .used_out = {}};
  for (const FlowChart::Node& node : nodes) {
    const double height = std::max(node.weight * scale, 2.0);
    const double room = std::max(height, kPitch - kGap);
    column.y.push_back(column.total + (room - height) / 2);
    column.height.push_back(height);
    column.total += room + kGap;
  }
  column.used_in.resize(nodes.size());
  column.used_out.resize(nodes.size());
  return column;
}

// Shorter columns stand in the middle of the longest one.
void centre(Column& column, double total) {
  for (double& y : column.y) y += kTop + (total - column.total) / 2;
}

class Picture {
 public:
  explicit Picture(const FlowChart& chart) : chart_(chart) {
    const std::size_t most = std::max({chart.rows.size(), chart.upstreams.size(), chart.vantages.size()});
    const double scale = std::clamp(22.0 * static_cast<double>(most), 240.0, 700.0) / weight();
    vantages_ = place(chart.vantages, kLeft, scale);
    upstreams_ = place(chart.upstreams, kMiddle, scale);
    rows_ = place(chart.rows, kRight, scale);
    total_ = std::max({vantages_.total, upstreams_.total, rows_.total});
    for (Column* column : {&vantages_, &upstreams_, &rows_}) centre(*column, total_);
    std::vector<Asn> ases;
    for (const FlowChart::Node& node : chart.upstreams) {
      if (!node.several) ases.push_back(node.asn);
    }
    palette_ = palette_of(ases);
    scale_ = scale;
  }

  std::string draw() {
    std::string body = title();
    body += edges(chart_.in, chart_.vantages, vantages_, chart_.upstreams, upstreams_);
    body += edges(chart_.out, chart_.upstreams, upstreams_, chart_.rows, rows_);
    body += nodes();
    double y = kTop + total_ + 24;
    body += legend(y);
    return svg_document(kWidth, static_cast<int>(y) + kMargin, body);
  }

 private:
  [[nodiscard]] double weight() const {
    double all = 0;
    for (const FlowChart::Node& node : chart_.rows) all += node.weight;
    return std::max(all, 1.0);
  }

  [[nodiscard]] std::string colour_of(std::size_t upstream) const {
    const FlowChart::Node& node = chart_.upstreams[upstream];
    return node.several ? kOtherColour : palette_.at(node.asn);
  }

  [[nodiscard]] std::string title() const {
    const auto counted = [](std::size_t count, const char* one, const char* many) {
      return fmt::format("{} {}", count, count == 1 ? one : many);
    };
    std::string text = svg_text(kMargin, kMargin + 18,
                                fmt::format("Upstreams of {}, seen from {}", counted(chart_.blocks, "block", "blocks"),
                                            counted(chart_.vantage_count, "vantage AS", "vantage ASes")),
                                " font-size=\"20\" font-weight=\"bold\"");
    const char* heading = " font-weight=\"bold\" fill=\"#555555\"";
    text += svg_text(kLeft + kNodeWidth, kTop - 16, "vantage ASes",
                     " font-weight=\"bold\" fill=\"#555555\" text-anchor=\"end\"");
    text += svg_text(kMiddle, kTop - 16, "upstreams", heading);
    return text + svg_text(kRight, kTop - 16, "blocks", heading);
  }

  // Edges come in the order of their ends, so that those of one node do not cross at it.
  std::string edges(const std::vector<FlowChart::Edge>& all, const std::vector<FlowChart::Node>& from_nodes,
                    Column& from, const std::vector<FlowChart::Node>& to_nodes, Column& to) {
    std::string svg;
    for (const FlowChart::Edge& edge : all) {
      const double width = edge.weight * scale_;
      const double y0 = from.y[edge.from] + from.used_out[edge.from];
      const double y1 = to.y[edge.to] + to.used_in[edge.to];
      from.used_out[edge.from] += width;
      to.used_in[edge.to] += width;
      const double x0 = from.x + kNodeWidth;
      const double bend = (x0 + to.x) / 2;
      // However small the share, it can be seen.
      const double w = std::max(width, 0.8);
      const bool unknown = edge.confidence == Confidence::c;
      const double share = edge.weight / std::max(from_nodes[edge.from].weight, 1e-9);
      svg += fmt::format(
          "<path d=\"M{0:.1f},{1:.1f} C{2:.1f},{1:.1f} {2:.1f},{3:.1f} {4:.1f},{3:.1f} L{4:.1f},{5:.1f} "
          "C{2:.1f},{5:.1f} {2:.1f},{6:.1f} {0:.1f},{6:.1f} Z\" {7}>{8}</path>\n",
          x0, y0, bend, y1, to.x, y1 + w, y0 + w,
          style_of(colour_of(edge.upstream), edge.confidence, width >= kOutlined),
          svg_tooltip(fmt::format("{} \xe2\x86\x92 {}: {} %{}", from_nodes[edge.from].label, to_nodes[edge.to].label,
                                  percent(share), unknown ? "" : fmt::format(", {}", to_string(edge.confidence)))));
    }
    return svg;
  }

  // What is sure is strong, what is less sure is pale, what is not known is an outline.
  static std::string style_of(const std::string& colour, Confidence confidence, bool outlined = true) {
    if (confidence == Confidence::c) {
      return fmt::format("fill=\"{}\" fill-opacity=\"0.45\"{}", kUnknownColour,
                         outlined ? " stroke=\"#777777\" stroke-dasharray=\"4 3\"" : "");
    }
    return fmt::format("fill=\"{}\" fill-opacity=\"{}\"", colour, confidence == Confidence::a ? "0.65" : "0.3");
  }

  [[nodiscard]] std::string nodes() const {
    // White around the letters, for they stand on edges.
    const char* on_edges = " paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"4\" stroke-linejoin=\"round\"";
    std::string svg;
    for (std::size_t i = 0; i < chart_.vantages.size(); ++i) {
      svg += node(vantages_, i, "#555555");
      svg += label(vantages_, i, kLeft - 8, cut(chart_.vantages[i].label, kRoomLeft), " text-anchor=\"end\"");
    }
    for (std::size_t i = 0; i < chart_.upstreams.size(); ++i) {
      svg += node(upstreams_, i, colour_of(i));
      const std::string text = fmt::format("{} {} %", cut(chart_.upstreams[i].label, kRoomMiddle),
                                           percent(chart_.upstreams[i].weight / weight()));
      svg += label(upstreams_, i, kMiddle + kNodeWidth + 8, text, on_edges);
    }
    for (std::size_t i = 0; i < chart_.rows.size(); ++i) {
      svg += node(rows_, i, "#555555");
      svg += label(rows_, i, kRight + kNodeWidth + 8, cut(chart_.rows[i].label, kRoomRight), "");
    }
    return svg;
  }

  static std::string cut(const std::string& text, std::size_t room) {
    if (columns(text) <= room) return text;
    std::string begin = fit(text, room - 1);
    begin.resize(begin.find_last_not_of(' ') + 1);
    return begin + "\xe2\x80\xa6";
  }

  static std::string node(const Column& column, std::size_t i, const std::string& colour) {
    const char* outline = colour == kUnknownColour ? " stroke=\"#777777\" stroke-dasharray=\"4 3\"" : "";
    return svg_rectangle(column.x, column.y[i], kNodeWidth, column.height[i], colour, outline) + "\n";
  }

  static std::string label(const Column& column, std::size_t i, double x, const std::string& text,
                           const char* attributes) {
    return svg_text(x, column.y[i] + column.height[i] / 2 + 5, text, attributes);
  }

  static std::string legend(double& y) {
    const auto entry = [&y](double x, const std::string& style, const char* text) {
      return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"28\" height=\"14\" {}/>", x, y, style) +
             svg_text(x + 36, y + 12, text);
    };
    const std::string colour = "#0072b2";
    std::string svg = entry(kMargin, style_of(colour, Confidence::a), "confidence A: at least 95 % sure");
    svg += entry(kMargin + 300, style_of(colour, Confidence::b), "B: at least 80 %");
    svg += entry(kMargin + 480, style_of(colour, Confidence::c), "unknown: nothing that could be said for sure");
    y += 34;
    return svg + svg_text(kMargin, y,
                          "Width: share of vantage ASes, each block counting one, each AS split over its flows. Never "
                          "traffic.",
                          " fill=\"#555555\" font-size=\"12\"");
  }

  const FlowChart& chart_;
  Column vantages_;
  Column upstreams_;
  Column rows_;
  Palette palette_;
  double total_{0};
  double scale_{1};
};

}  // namespace

std::string flow_chart_svg(const FlowChart& chart) { return Picture(chart).draw(); }

}  // namespace isthmus::app
