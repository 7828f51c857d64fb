#pragma once
// Ways written down as text.

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "isthmus/model/address.hpp"
#include "isthmus/resilience/diversity.hpp"
#include "resilience/diversity.hpp"
#include "resilience/ways.hpp"

namespace isthmus::resilience::testing {

inline IpAddress ip(const std::string& text) { return IpAddress::parse(text).value(); }

/// "1 2 ? 3": a question mark stands for hops that nobody can name.
inline AsPath as_path(const std::string& text) {
  AsPath result;
  std::istringstream words(text);
  bool gap = false;
  for (std::string word; words >> word;) {
    if (word == "?") {
      gap = true;
      continue;
    }
    result.push_back({Asn{static_cast<std::uint32_t>(std::stoul(word))}, gap});
    gap = false;
  }
  return result;
}

/// "10.1 ? 10.2 ?": the second router of AS 10 has the address 10.0.10.2; silence may also stand at both ends.
inline RouterPath router_path(const std::string& text) {
  RouterPath result;
  std::istringstream words(text);
  bool gap = false;
  for (std::string word; words >> word;) {
    if (word == "?") {
      gap = true;
      continue;
    }
    const std::string asn = word.substr(0, word.find('.'));
    if (result.steps.empty()) result.open_start = gap;
    result.steps.push_back({.address = ip("10.0." + word),
                            .gap = gap && !result.steps.empty(),
                            .asn = Asn{static_cast<std::uint32_t>(std::stoul(asn))}});
    gap = false;
  }
  result.open_end = gap;
  return result;
}

inline constexpr std::uint32_t kTarget = 200;

inline WayDraft way(std::uint32_t vantage, const std::string& ases, const std::string& routers = "") {
  WayDraft result;
  result.vantage = Asn{vantage};
  result.target = Asn{kTarget};
  result.ases = as_path(ases);
  result.routers = router_path(routers);
  return result;
}

/// Ways to one block, one flow each unless told otherwise.
class WaysBuilder {
 public:
  WaysBuilder& add(std::uint32_t vantage, const std::string& ases, const std::string& routers = "",
                   std::uint32_t flows = 1) {
    ways_.push_back({table_->intern(way(vantage, ases, routers)), flows});
    return *this;
  }
  WaysBuilder& unknown(std::uint32_t vantage) { return add(vantage, ""); }
  [[nodiscard]] const std::vector<WayFlows>& list() const { return ways_; }
  [[nodiscard]] std::shared_ptr<const BlockWays> block() const {
    return std::make_shared<const BlockWays>(BlockWays{ways_, measure_diversity(ways_)});
  }
  /// For the next block: its ways are told from others by the same numbers.
  WaysBuilder& next() {
    ways_.clear();
    return *this;
  }

 private:
  std::shared_ptr<WayTable> table_ = std::make_shared<WayTable>();
  std::vector<WayFlows> ways_;
};

}  // namespace isthmus::resilience::testing
