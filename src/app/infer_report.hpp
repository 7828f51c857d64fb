#pragma once
// What archived traces say about each block, as people, programs and eyes want it. Belongs to one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "isthmus/inference/path_map.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/resilience/snapshot.hpp"
#include "isthmus/resilience/whatif.hpp"
#include "resilience/diversity.hpp"
#include "resilience/ways.hpp"

namespace isthmus::app {

struct NamedAs {
  Asn asn{};
  std::string name{};  ///< Empty when no source names it.
};

struct InferredUpstream {
  NamedAs as{};
  Confidence confidence{Confidence::c};  ///< Best among its units.
  std::uint32_t units{0};                ///< Vantage ASes that show it.
  Timestamp last_seen{};
  resilience::ShareEstimate vantage{};
  resilience::ShareEstimate address{};
  resilience::ShareEstimate flow{};
};

/// Which part of what one vantage AS sends to a block goes by an upstream.
struct VantageShare {
  NamedAs vantage{};                     ///< Without an AS number under the vantage point's own name.
  Asn upstream{};                        ///< None: not known.
  Confidence confidence{Confidence::c};  ///< Best among these flows.
  double share{0};                       ///< Of its flows to the block, in (0, 1].
};

struct InferredBlock {
  Block block{};
  NamedAs target{};
  std::vector<InferredUpstream> upstreams{};  ///< Largest share of vantage ASes first.
  double unknown_share{1};                    ///< Of vantage ASes.
  double effective_upstreams{0};
  resilience::Diversity diversity{};  ///< By the same vantage points.
  std::vector<NamedAs> chokepoints{};
  std::vector<VantageShare> from{};  ///< By vantage AS and upstream.
  std::size_t paths{0};
};

/// Reads blocks of one PathMap. Vantage points inside the target say nothing about its upstreams and are left out;
/// those whose AS is not known are a witness each.
class InferReport {
 public:
  /// Both must outlive it.
  InferReport(const inference::PathMap& map, const ip2as::NetworkData& data) : map_(map), data_(data) {}

  /// All blocks in their order, then by target.
  [[nodiscard]] std::vector<std::pair<inference::TargetId, Block>> blocks() const;
  [[nodiscard]] InferredBlock report(inference::TargetId target, const Block& block);
  /// The ways to a block, as far as its paths tell.
  [[nodiscard]] std::shared_ptr<const resilience::BlockWays> ways(inference::TargetId target, const Block& block);
  /// The targets with all their blocks, for a what-if; in the order of their first block.
  [[nodiscard]] std::vector<resilience::WatchedTarget> watched();

 private:
  [[nodiscard]] NamedAs named(Asn asn) const;
  void add_shares(std::span<const inference::Path> paths, InferredBlock& report) const;
  void add_vantages(std::span<const inference::Path> paths, InferredBlock& report) const;

  const inference::PathMap& map_;
  const ip2as::NetworkData& data_;
  resilience::WayTable ways_;
  resilience::DiversityCache diversity_;
};

/// One line, as README.md describes it.
[[nodiscard]] std::string infer_json(const InferredBlock& block);

/// The table's heading, and a line for each upstream of a block.
[[nodiscard]] std::string infer_heading();
[[nodiscard]] std::string infer_rows(const InferredBlock& block);

}  // namespace isthmus::app
