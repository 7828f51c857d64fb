#pragma once
// Which part of vantage ASes, addresses and flows goes by which upstream. Value types and pure functions.
//
// Three estimands, never mixed and never called traffic. Vantage: each pair of a vantage AS and a block counts one
// unit, split evenly over its flows. Address: each traced address counts one, split evenly over the flows that lead to
// it. Flow: each counts one. What is not known is a mass of its own and is never spread over the others.
//
// Whatever the estimand, the flows of one vantage AS stand and fall together: a vantage AS is the witness by whom mass
// is kept apart, for the interval (see interval.hpp) to count witnesses instead of flows.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "isthmus/inference/path_map.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/resilience/snapshot.hpp"
#include "resilience/interval.hpp"

namespace isthmus::resilience {

enum class Estimand : std::uint8_t { vantage, address, flow };
inline constexpr std::size_t kEstimands = 3;

/// Units in fixed point, so that what was added and is taken away again leaves nothing behind, not even a rounding
/// error: the tally of a target lives for months. Divisible by every number of flows up to 16.
using Mass = std::int64_t;
inline constexpr Mass kUnit = 720'720;

/// Of a block, or the sum over the blocks of a target.
class ShareTally {
 public:
  void add(const ShareTally& other);
  /// Takes back one add().
  void subtract(const ShareTally& other);

  /// Upstreams that carry anything, ascending.
  [[nodiscard]] std::vector<Asn> upstreams() const;
  /// Pairs of vantage AS and block that show this upstream.
  [[nodiscard]] std::uint32_t units(Asn upstream) const;
  /// Best seen; C when nothing shows it.
  [[nodiscard]] Confidence confidence(Asn upstream) const;
  /// Units that an upstream carries; those that nobody knows of for the AS "none".
  [[nodiscard]] double carried(Estimand estimand, Asn upstream) const;
  [[nodiscard]] double all(Estimand estimand) const;
  /// The part of unknown units; 1 when there are none at all.
  [[nodiscard]] double unknown_share(Estimand estimand) const;
  /// Inverse Simpson index, 1 / sum of squared shares, of the known part by itself; 0 when nothing is known. Ranges
  /// from 1 (all by one upstream) to the number of upstreams (all alike).
  [[nodiscard]] double effective_upstreams(Estimand estimand) const;
  /// An upstream's share by vantage AS, in ascending order of theirs.
  [[nodiscard]] std::vector<WitnessShare> witnesses(Estimand estimand, Asn upstream) const;
  [[nodiscard]] ShareEstimate share(Estimand estimand, Asn upstream) const {
    return estimate_share(witnesses(estimand, upstream));
  }

  /// A number of flows of one vantage AS: see tally_block().
  void count(Asn witness, Asn upstream, const std::array<Mass, kEstimands>& mass);
  /// The vantage AS shows the upstream in one more block, at best with this confidence (A or B).
  void count_unit(Asn witness, Asn upstream, Confidence best);

 private:
  struct Entry {
    Asn witness;
    Asn upstream;  // None for what is not known.
    std::array<Mass, kEstimands> mass{};
    std::array<std::uint32_t, 2> units{};  // Of confidence A and B.
  };
  [[nodiscard]] Entry& at(Asn witness, Asn upstream);
  void combine(const ShareTally& other, int sign);

  std::vector<Entry> entries_;  // By witness, then upstream.
};

/// `vantage_asn`: the AS of a valid vantage point by its number, nothing for those that do not count.
/// `valid_asns`: all ASes with a valid vantage point, each once; one without any trace counts as unknown.
/// `counts`: upstreams known to carry the block; a mere candidate is unknown.
[[nodiscard]] ShareTally tally_block(std::span<const inference::Path> paths,
                                     const std::function<std::optional<Asn>(inference::VantageId)>& vantage_asn,
                                     std::span<const Asn> valid_asns, const std::function<bool(Asn)>& counts);

}  // namespace isthmus::resilience
