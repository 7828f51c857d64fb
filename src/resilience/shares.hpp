#pragma once
// Which part of vantage ASes, addresses and flows goes by which upstream. Pure functions.
//
// Three estimands, never mixed and never called traffic: each vantage AS of a block counts one unit, split
// evenly over its flows; each traced address counts one; each flow counts one. What is not known is a mass of
// its own and is never spread over the others.

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "isthmus/inference/path_map.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/model/event.hpp"

namespace isthmus::resilience {

enum class Estimand : std::uint8_t { vantage, address, flow };
inline constexpr std::size_t kEstimands = 3;

struct Tally {
  std::map<Asn, double> carried;
  double unknown{0};
  double units{0};
  void add(const Tally& other);
};

struct ShareTally {
  std::array<Tally, kEstimands> by;      ///< Indexed by Estimand.
  std::map<Asn, std::uint32_t> units;    ///< Vantage ASes that show an upstream, per block.
  std::map<Asn, Confidence> confidence;  ///< Best seen.
  [[nodiscard]] const Tally& of(Estimand estimand) const { return by[static_cast<std::size_t>(estimand)]; }
  void add(const ShareTally& other);
};

/// `vantage_asn`: the AS of a valid vantage point by its number, nothing for those that do not count.
/// `valid_asns`: all ASes with a valid vantage point; one without any trace counts as unknown.
/// `counts`: upstreams known to carry the block; a mere candidate is unknown.
[[nodiscard]] ShareTally tally_block(std::span<const inference::Path> paths,
                                     const std::function<std::optional<Asn>(inference::VantageId)>& vantage_asn,
                                     const std::set<Asn>& valid_asns, const std::function<bool(Asn)>& counts);

/// Inverse Simpson index, 1 / sum of squared shares, of the known part by itself; 0 when nothing is known.
/// Ranges from 1 (all by one upstream) to the number of upstreams (all alike).
[[nodiscard]] double effective_upstreams(const Tally& tally);

}  // namespace isthmus::resilience
