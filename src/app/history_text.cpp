#include "app/history_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/text_columns.hpp"
#include "isthmus/formats/history_json.hpp"

namespace isthmus::app {
namespace {

using resilience::DayRecord;
using resilience::PathSummary;
using resilience::ShareIntegral;
using std::chrono::days;

constexpr std::size_t kUpstreamColumns = 57;
// Shares below are not worth a person's time.
constexpr double kShownShare = 0.005;

// "-", "23h 58m", "4m 12s"
std::string time_text(Duration time) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(time).count();
  if (seconds == 0) return "-";
  if (seconds < 3600) return fmt::format("{}m {:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}h {:02}m", seconds / 3600, seconds % 3600 / 60);
}

// Never rounded up to 100: that is said only of what was never down.
std::string availability_text(const std::optional<double>& availability) {
  if (!availability) return "unknown";
  return fmt::format("{:.3f} %", std::floor(*availability * 1e5) / 1e3);
}

std::string share_text(const DayRecord::Upstream& upstream, double seconds, const NameOf& name_of) {
  const ShareIntegral& share = upstream.share[static_cast<std::size_t>(resilience::ShareOf::vantage)];
  return fmt::format("{} {} % ({}-{})", label_of(upstream.asn, name_of(upstream.asn)),
                     percent(share.estimate / seconds), percent(share.low / seconds), percent(share.high / seconds));
}

std::string upstreams_text(const DayRecord& record, const NameOf& name_of) {
  const double seconds = to_seconds(record.covered());
  if (seconds <= 0) return "nothing was seen";
  std::vector<DayRecord::Upstream> upstreams = record.upstreams;
  const auto vantage_share = [](const DayRecord::Upstream& item) { return -item.share[0].estimate; };
  std::ranges::stable_sort(upstreams, {}, vantage_share);
  std::string text;
  for (const DayRecord::Upstream& upstream : upstreams) {
    if (upstream.share[0].estimate / seconds < kShownShare) continue;
    text += (text.empty() ? "" : ", ") + share_text(upstream, seconds, name_of);
  }
  const double unknown = record.unknown_share / seconds;
  if (unknown >= kShownShare) text += fmt::format("{}unknown {} %", text.empty() ? "" : ", ", percent(unknown));
  return text;
}

std::string line_of(const std::string& day, const DayRecord& sum, Duration span, const std::string& upstreams) {
  const auto in = [&](State state) { return time_text(sum.in_state[static_cast<std::size_t>(state)]); };
  std::string text =
      fmt::format("{:<10}  {:>9}  {:>8}  {:>8}  {:>8}  {:>8}  ", day, availability_text(sum.availability()),
                  in(State::degraded), in(State::down), in(State::unknown), time_text(span - sum.covered()));
  const std::string margin(text.size(), ' ');
  bool first = true;
  for (const std::string& part : wrap(upstreams, kUpstreamColumns)) {
    text += (first ? "" : margin) + part + "\n";
    first = false;
  }
  return text;
}

std::string late_text(const std::vector<resilience::LateTally>& late) {
  if (late.empty()) return {};
  std::string text = "\n\ntold too late to count above, by vantage points that were cut off:\n";
  for (const resilience::LateTally& tally : late) {
    text += fmt::format("{:<10}  {}: {} of {} pings answered, {} of {} traces reached their destination\n",
                        formats::to_text(tally.day), tally.vantage, tally.answers, tally.pings, tally.reached,
                        tally.traces);
  }
  text.pop_back();
  return text;
}

std::string path_text(const PathSummary& path, const NameOf& name_of) {
  std::string text;
  for (const Asn asn : path.as_path) text += (text.empty() ? "AS" : " AS") + to_string(asn);
  if (text.empty()) text = "no known network";
  if (path.router) text += " by " + to_string(*path.router);
  if (path.upstream.is_none()) return text + ", upstream undecided";
  return fmt::format("{}, upstream {}, confidence {}", text, label_of(path.upstream, name_of(path.upstream)),
                     to_string(path.confidence));
}

}  // namespace

std::string history_text(const resilience::HistoryQuery& query, const resilience::History& history,
                         const NameOf& name_of) {
  const std::vector<DayRecord>& records = history.days;
  if (records.empty()) {
    return fmt::format("Nothing is known of {} from {} to {}.{}\n",
                       query.block ? to_string(*query.block) + " of " + query.target : query.target,
                       formats::to_text(query.first), formats::to_text(query.last), late_text(history.late));
  }
  std::string text = fmt::format("{}{}, days in UTC\n\n{:<10}  {:>9}  {:>8}  {:>8}  {:>8}  {:>8}  {}\n", query.target,
                                 query.block ? " " + to_string(*query.block) : std::string(), "day", "available",
                                 "degraded", "down", "unknown", "not seen", "upstreams, % of vantage points");
  DayRecord sum;
  Duration span{};
  auto next = records.front().day;
  for (const DayRecord& record : records) {
    for (; next < record.day; next += days(1)) {
      text += fmt::format("{:<10}  nothing is stored of this day\n", formats::to_text(next));
      span += days(1);
    }
    next = record.day + days(1);
    // The last day may still go on.
    const bool goes_on = record.present && record.until < record.day + days(1);
    const Duration length = goes_on ? record.until - record.day : Duration(days(1));
    span += length;
    for (std::size_t i = 0; i < sum.in_state.size(); ++i) sum.in_state[i] += record.in_state[i];
    text += line_of(formats::to_text(record.day), record, length, upstreams_text(record, name_of));
  }
  text += "\n" + line_of("in all", sum, span, "");
  text.erase(text.find_last_not_of(" \n") + 1);
  text += late_text(history.late);
  return text +
         "\n\navailable: time up or degraded, of the time in which the state was known. A share is the mean over the "
         "day "
         "with\nits 95 % interval; unknown is what nobody could say. Never a share of traffic.\n";
}

std::string path_changes_text(const resilience::PathChanges& changes, const NameOf& name_of) {
  std::string text;
  for (const auto& change : changes.kept) {
    text += fmt::format("{}  {} {}  from {} to {}, flow {}\n  before  {}\n  after   {}\n", to_rfc3339(change.time),
                        change.target, to_string(change.block), change.vantage, to_string(change.address),
                        change.flow.value, path_text(change.before, name_of), path_text(change.after, name_of));
  }
  for (const auto& left_out : changes.left_out) {
    text += fmt::format("{}  {}  {} more in this hour were counted, not kept\n", to_rfc3339(left_out.hour),
                        left_out.target, left_out.count);
  }
  return text.empty() ? "No path has lastingly become another one in this time.\n" : text;
}

}  // namespace isthmus::app
