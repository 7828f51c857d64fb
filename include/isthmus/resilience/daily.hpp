#pragma once
// What a target, or one of its blocks, was like on one day (UTC): through whom it was reached, and for how long.
// Value types; any thread.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::resilience {

/// What a share is a share of; see UpstreamView.
enum class ShareOf : std::uint8_t { vantage, address, flow };
inline constexpr std::array kSharesOf{ShareOf::vantage, ShareOf::address, ShareOf::flow};
[[nodiscard]] const char* to_string(ShareOf estimand);

/// One share over the covered part of a day. The integrals are over time, in seconds.
struct ShareIntegral {
  double estimate{0};
  double low{0};    ///< Of the lower end of the 95 % interval,
  double high{0};   ///< and of the upper one.
  double least{1};  ///< Smallest and largest estimate of the day.
  double most{0};
  friend bool operator==(const ShareIntegral&, const ShareIntegral&) = default;
};

/// What holds at one moment.
struct Condition {
  struct Upstream {
    Asn asn;
    std::array<ShareEstimate, kSharesOf.size()> share{};  ///< By ShareOf.
    friend bool operator==(const Upstream&, const Upstream&) = default;
  };
  State state{State::unknown};
  double unknown_share{1};
  std::vector<Upstream> upstreams;  ///< Ascending ASN; only those that carry something.
  friend bool operator==(const Condition&, const Condition&) = default;
};

/// One day of a target, or of a block of it.
struct DayRecord {
  struct Upstream {
    Asn asn;
    std::array<ShareIntegral, kSharesOf.size()> share{};
    friend bool operator==(const Upstream&, const Upstream&) = default;
  };
  std::string target;
  std::optional<Block> block;  ///< Empty: the whole target.
  std::chrono::sys_days day{};
  std::array<Duration, kStates.size()> in_state{};  ///< Indexed by State; together the time that was covered.
  double unknown_share{0};                          ///< Integral over time, in seconds.
  std::vector<Upstream> upstreams;                  ///< Ascending ASN.
  /// While the day goes on: what holds since `until`, up to which the figures above reach.
  std::optional<Condition> present;
  Timestamp until{};

  [[nodiscard]] Duration covered() const;
  /// Time up or degraded as a part of the time in which the state was known; none when it never was.
  [[nodiscard]] std::optional<double> availability() const;
  friend bool operator==(const DayRecord&, const DayRecord&) = default;
};

/// The figures of a day as if it had ended at `time`, with what holds at present taken in; at most to the day's end.
[[nodiscard]] DayRecord settled(DayRecord record, Timestamp time);

/// Which days somebody wants to see.
struct HistoryQuery {
  std::string target;
  std::optional<Block> block;     ///< Empty: of the whole target.
  std::chrono::sys_days first{};  ///< Both included; at most ten years.
  std::chrono::sys_days last{};
};

}  // namespace isthmus::resilience
