#pragma once
// What would happen if networks or routers failed: which blocks would go dark, which would keep a way, and who would
// carry the rest. Read from the ways that were seen in use; a backup that never carried a packet was not seen, so what
// is called dark here may still be saved by one. Pure functions; any thread.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/resilience/diversity.hpp"

namespace isthmus::resilience {

struct Snapshot;

/// What fails, all at once; each once, ascending.
struct Failure {
  std::vector<Asn> ases{};
  std::vector<IpAddress> routers{};  ///< By an interface that answered.
  [[nodiscard]] bool empty() const { return ases.empty() && routers.empty(); }
  friend bool operator==(const Failure&, const Failure&) = default;
};

/// "AS4837,20485,219.158.3.2": AS numbers with or without "AS", and addresses of routers. The error says what is wrong
/// with which word.
[[nodiscard]] Result<Failure> parse_failure(std::string_view text);
[[nodiscard]] std::string to_string(const Failure& failure);

/// What becomes of a block, by the ways that are known.
enum class Fate : std::uint8_t {
  dark,              ///< Every known way needs what fails.
  loses_redundancy,  ///< A way is left, and one more AS would cut that too; before, it took two.
  keeps,             ///< Some ways are cut, and what is left is no worse than one AS was before.
  unaffected,        ///< No known way needs it.
  not_known,         ///< No way is known; or all known ones are cut, and for most vantage ASes none is.
};
inline constexpr std::array kFates{Fate::dark, Fate::loses_redundancy, Fate::keeps, Fate::unaffected, Fate::not_known};
[[nodiscard]] const char* to_string(Fate fate);
[[nodiscard]] std::optional<Fate> parse_fate(std::string_view text);

/// An upstream's part of the units that keep a way, in (0, 1]; together they are 1.
struct Carrier {
  Asn asn;
  std::string name{};  ///< Empty when unknown.
  double share{0};
  friend bool operator==(const Carrier&, const Carrier&) = default;
};

/// (vantage AS, block) pairs: a unit keeps a way as long as one of its flows does.
struct Units {
  std::uint32_t all{0};
  std::uint32_t known{0};  ///< With a known way,
  std::uint32_t kept{0};   ///< with one that is left,
  std::uint32_t moved{0};  ///< of these, the ones that lose another one.
  friend bool operator==(const Units&, const Units&) = default;
};

struct BlockVerdict {
  Block block;
  Fate fate{Fate::not_known};
  std::uint32_t min_cut_before{0};  ///< AS level; 0 when nothing is known.
  std::uint32_t min_cut_after{0};   ///< 0 when nothing is left, or known.
  Units units{};                    ///< The block's vantage ASes.
  std::vector<Carrier> carriers{};  ///< Of what is left, largest first.
  friend bool operator==(const BlockVerdict&, const BlockVerdict&) = default;
};

struct TargetVerdict {
  std::string target;
  std::array<std::uint32_t, kFates.size()> blocks_by_fate{};  ///< Indexed by Fate.
  std::uint32_t min_cut_before{0};  ///< AS level, of the target as a whole; 0 when nothing is known.
  std::uint32_t min_cut_after{0};   ///< 0 when nothing is left, or known.
  Units units{};
  std::vector<Carrier> carriers{};
  std::vector<BlockVerdict> blocks{};  ///< In the order of the target's blocks.
  friend bool operator==(const TargetVerdict&, const TargetVerdict&) = default;
};

struct WhatIf {
  Timestamp time{};  ///< Of the ways that it is read from.
  Failure failure{};
  std::map<Asn, std::string> names{};  ///< Of the ASes that fail.
  std::vector<TargetVerdict> targets{};
  friend bool operator==(const WhatIf&, const WhatIf&) = default;
};

/// A target as a what-if reads it.
struct WatchedTarget {
  std::string name;
  Asn asn;
  struct WatchedBlock {
    Block block;
    std::shared_ptr<const BlockWays> ways;  ///< Null: nobody looked.
  };
  std::vector<WatchedBlock> blocks{};
  std::shared_ptr<const TargetDiversity> diversity;  ///< Null: nothing is known.
};

/// Fails (invalid_argument) when one of them was seen on no way to any of these targets, and names those that were; or
/// when it is the network of a target itself.
[[nodiscard]] Result<WhatIf> what_if(std::span<const WatchedTarget> targets, const Failure& failure, Timestamp time);

/// Of the target with this name, or of all when it is empty; fails (not_found) when there is none.
[[nodiscard]] Result<WhatIf> what_if(const Snapshot& snapshot, const Failure& failure, std::string_view target = {});

}  // namespace isthmus::resilience
