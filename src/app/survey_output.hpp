#pragma once
// A survey's report as people, programs and eyes want it. Pure functions; any thread.

#include <string>
#include <vector>

#include "app/survey_report.hpp"

namespace isthmus::app {

/// A line for each upstream of each block, then the sum of all, and silent hops by cause.
[[nodiscard]] std::string survey_table(const std::vector<BlockReport>& blocks);

/// NDJSON: an object for each block, in the words of `isthmus infer --json`.
[[nodiscard]] std::string survey_json(const std::vector<BlockReport>& blocks);

/// Graphviz: upstreams and, up to 200 of them, blocks; more blocks are drawn as one node for each origin AS.
[[nodiscard]] std::string survey_dot(const std::vector<BlockReport>& blocks);

/// A bar for each block, or a square for each when there are many, coloured by upstream.
[[nodiscard]] std::string survey_svg(const std::vector<BlockReport>& blocks, const std::string& vantage);

}  // namespace isthmus::app
