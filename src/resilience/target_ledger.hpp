#pragma once
// What snapshots say of one target, kept up to date block by block: the views of its blocks, and sums over them that
// follow when one view replaces another, however many blocks there are. Belongs to the core's thread; no I/O.

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/resilience/snapshot.hpp"
#include "resilience/shares.hpp"

namespace isthmus::resilience {

class TargetLedger {
 public:
  /// Puts a block at the end. Its tally is that of the view's paths.
  void add_block(BlockView view, ShareTally tally);
  /// The block has changed.
  void replace_block(std::size_t at, BlockView view, ShareTally tally);
  /// The same but for what vantage points believe of it.
  void replace_beliefs(std::size_t at, std::vector<BlockVantageView> vantages, double reachability_probability);

  [[nodiscard]] const SharedList<BlockView>& blocks() const { return blocks_; }
  /// Union over the blocks, ascending ASN.
  [[nodiscard]] std::vector<UpstreamView> upstreams() const;
  [[nodiscard]] double unknown_share() const { return sum_.unknown_share(Estimand::vantage); }
  [[nodiscard]] double effective_upstreams() const { return sum_.effective_upstreams(Estimand::vantage); }

 private:
  struct Upstream {
    std::string name;
    std::array<std::uint32_t, kStates.size()> blocks_in{};  // Blocks in which it is in each state.
    Timestamp first_seen{Timestamp::max()};
    Timestamp last_seen{};
  };
  void enter(const BlockView& view, const ShareTally& tally);
  void leave(const BlockView& view, const ShareTally& tally);

  SharedList<BlockView> blocks_;
  std::vector<ShareTally> tallies_;  // Of each block, as it entered the sum.
  ShareTally sum_;
  std::map<Asn, Upstream> upstreams_;
};

/// Gives an upstream its shares, units and confidence from a tally.
void add_shares(UpstreamView& view, const ShareTally& tally);

}  // namespace isthmus::resilience
