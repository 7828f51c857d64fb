#pragma once
// How often a tool is right: compares its answers, trace by trace or unit by unit, with the truth of a campaign.
//
//   Score score(internet);
//   for (std::size_t i = 0; i < campaign.traces.size(); ++i) score.add(campaign.truth[i],
//   my_answer(campaign.traces[i])); std::cout << table({{"mine", score}, {"naive", naive}});
//
// A unit is a (block, vantage point): its truth is what its flows of one round crossed. Owned by one thread.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "support/internet/campaign.hpp"

namespace isthmus::testing::internet {

/// What a tool says. `group` is anything to count by: its confidence class, its rule; may be empty.
struct Answer {
  std::optional<Asn> upstream{};  ///< Nothing: undecided.
  std::string group{};
};

struct Count {
  std::uint64_t correct{0};
  std::uint64_t wrong{0};
  std::uint64_t undecided{0};
  std::uint64_t sibling{0};  ///< Of the wrong ones: another AS of the true upstream's organisation was named.

  [[nodiscard]] std::uint64_t decided() const { return correct + wrong; }
  [[nodiscard]] std::uint64_t total() const { return decided() + undecided; }
  /// Correct of those decided; 0 when none is.
  [[nodiscard]] double accuracy() const;
  /// Decided of all; 0 when there are none.
  [[nodiscard]] double decided_share() const;
};

/// The flows of one block from one vantage point in one round.
struct Unit {
  std::uint32_t target{0};
  std::uint32_t block{0};
  std::uint32_t vantage{0};
  std::vector<std::pair<Asn, std::uint32_t>> upstreams{};  ///< With how many traces crossed each; ascending by AS.
  std::vector<std::uint32_t> traces{};                     ///< Indices into the campaign.
};

/// The units of a campaign, in the order in which they begin. Rounds are told apart by the time the traces started.
[[nodiscard]] std::vector<Unit> units_of(const Campaign& campaign, const CampaignSettings& settings);

class Score {
 public:
  explicit Score(const Internet& internet);

  /// One trace. Traces without an upstream (the vantage point is inside the target, or there is no route) count only
  /// when one is named, as wrong.
  void add(const TruthOfTrace& truth, const Answer& answer);
  /// One unit: correct when all upstreams named carry some of its flows, wrong when one named does not. Which of the
  /// true ones were not named is counted in missed_upstreams(). `group` is that of the first answer.
  void add(const Unit& unit, std::span<const Answer> answers);

  [[nodiscard]] const Count& all() const { return all_; }
  [[nodiscard]] const std::map<std::string, Count>& by_group() const { return by_group_; }
  /// By what is special about the block or its holder, see traits_of(); a block counts under each that applies.
  [[nodiscard]] const std::map<std::string, Count>& by_trait() const { return by_trait_; }
  [[nodiscard]] std::uint64_t missed_upstreams() const { return missed_; }
  /// Share of the targets that at least one in ten decided answers is wrong about.
  [[nodiscard]] double bad_targets() const;

 private:
  enum class Verdict : std::uint8_t { correct, sibling, wrong, undecided };
  [[nodiscard]] bool is_sibling(Asn named, Asn truth) const;
  void count(Verdict verdict, std::uint32_t target, std::uint32_t block, const std::string& group);

  const Internet& internet_;
  std::unordered_map<std::uint32_t, AsIndex> index_;  // Looked up only.
  Count all_;
  std::map<std::string, Count> by_group_;
  std::map<std::string, Count> by_trait_;
  std::map<std::uint32_t, Count> by_target_;
  std::uint64_t missed_{0};
};

/// What is special about a block, in words; see Score::by_trait().
[[nodiscard]] std::vector<std::string> traits_of(const Target& target, const Block24& block);

/// Several scores side by side, in percent.
[[nodiscard]] std::string table(std::span<const std::pair<std::string, const Score*>> scores);

}  // namespace isthmus::testing::internet
