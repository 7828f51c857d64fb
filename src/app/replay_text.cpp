#include "app/replay_text.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "app/progress.hpp"
#include "app/text_columns.hpp"
#include "isthmus/formats/utf8.hpp"

namespace isthmus::app {
namespace {

struct Row {
  std::string block, target, state, since, upstream, share;
};

std::string line_of(const Row& row) {
  std::string line = fit(row.block, 20) + " " + fit(row.target, 16) + " " + fit(row.state, 8) + " " +
                     fit(row.since, 20) + " " + fit(row.upstream, 30) + " " + row.share;
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// To the second: a column wide enough for all 24 would push the shares off the screen.
std::string when(Timestamp time) {
  if (time == Timestamp{}) return "-";
  return to_rfc3339(time).substr(0, 19) + "Z";
}

std::string share_of(const resilience::UpstreamView& upstream) {
  if (upstream.state == State::down) return "lost";
  return fmt::format("{:>3} % [{}-{}]", percent(upstream.vantage.estimate), percent(upstream.vantage.low),
                     percent(upstream.vantage.high));
}

}  // namespace

std::string replay_table(const resilience::Snapshot& snapshot) {
  std::string text = line_of({"block", "target", "state", "since", "upstream", "vantage ASes"});
  for (const resilience::TargetView& target : snapshot.targets) {
    for (const resilience::BlockView& block : target.blocks) {
      Row row{to_string(block.block), target.name, to_string(block.state), when(block.since), {}, {}};
      for (const resilience::UpstreamView& upstream : block.upstreams) {
        row.upstream = label_of(upstream.asn, formats::valid_utf8(upstream.name));
        row.share = share_of(upstream);
        text += line_of(row);
        row = {};
      }
      if (block.upstreams.empty()) text += line_of(row);
    }
  }
  return text;
}

std::string replay_summary(const Replay& replay, const ReplayReading& reading) {
  const auto rejected = [&](resilience::Rejection reason) {
    return replay.rejected()[static_cast<std::size_t>(reason)];
  };
  std::string text = fmt::format("{} observations used", with_commas(replay.taken()));
  std::string separator = "; not used: ";
  const auto add = [&](std::uint64_t count, std::string_view why) {
    if (count == 0) return;
    text += fmt::format("{}{} {}", separator, with_commas(count), why);
    separator = ", ";
  };
  add(reading.skipped.no_target, "to no target or control of the configuration");
  add(reading.order.duplicate, "that were there twice");
  add(reading.order.late, "too late for the reorder window (a longer --reorder may save them)");
  add(reading.order.future, "from the future, by a clock that was wrong");
  add(reading.skipped.no_vantage, "without a vantage point");
  separator = "; turned away by the core: ";
  add(rejected(resilience::Rejection::impossible), "with an impossible time");
  add(rejected(resilience::Rejection::duplicate), "probes told of before");
  add(rejected(resilience::Rejection::outdated), "traces older than what is known of their path");
  return text;
}

}  // namespace isthmus::app
