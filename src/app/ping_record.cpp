#include "app/ping_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/live/line.hpp"
#include "app/outcome_text.hpp"

namespace isthmus::app {
namespace {

// The smallest one that at least this share does not exceed.
double quantile(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

void PingRecord::add(const PingSeries& more, bool keep) {
  const PingOutcome& ping = more.outcomes.front();
  ++sent;
  if (const std::string fault = fault_of(ping.outcome, more.address); !fault.empty()) {
    count_fault(faults, fault);
  } else {
    rtt.add(to_seconds(reply_of(ping.outcome)->rtt) * 1e3);
    if (keep) rtts.push_back(rtt.last);
  }
  auto outcomes = std::move(series.outcomes);
  series = more;
  if (keep) outcomes.push_back(ping);
  series.outcomes = std::move(outcomes);
}

std::string ping_line(const PingSeries& series, std::size_t number) {
  const Outcome& outcome = series.outcomes.front().outcome;
  const std::string head = fmt::format("{}  #{}  ", series.target, number);
  if (const Reply* reply = reply_of(outcome)) {
    const char* mark = reply->weak ? "  (rewritten on its way)" : "";
    if (!answers_ping(*reply, series.address)) {
      return head + fmt::format("{} from {} (code {}, {}){}", to_string(reply->kind), to_string(reply->from),
                                reply->icmp_code, fault_of(outcome, series.address), mark);
    }
    const char* port = reply->kind == ReplyKind::tcp_syn_ack  ? "  port open"
                       : reply->kind == ReplyKind::echo_reply ? ""
                                                              : "  port closed";
    return head + fmt::format("{:.3f} ms  ttl {}{}{}", to_seconds(reply->rtt) * 1e3, reply->ttl, port, mark);
  }
  if (const auto* failed = std::get_if<SendFailed>(&outcome)) {
    return head + "not sent: " + why_not_sent(failed->error_number);
  }
  return head + "no answer";
}

std::string ping_summary(const PingRecord& record) {
  std::string text = fmt::format("{} ({}): {} sent, {} answered", record.series.target,
                                 to_string(record.series.address), record.sent, record.answered());
  if (!record.faults.empty()) {
    text += fmt::format(", {} lost ({})", short_loss(record.sent - record.answered(), record.sent),
                        faults_text(record.faults));
  }
  if (record.answered() == 0) return text;
  const RttStats& rtt = record.rtt;
  if (record.rtts.empty()) {
    return text + fmt::format(", rtt min/mean/max/sd {:.3f}/{:.3f}/{:.3f}/{:.3f} ms", rtt.best, rtt.mean, rtt.worst,
                              rtt.deviation());
  }
  std::vector<double> sorted = record.rtts;
  std::sort(sorted.begin(), sorted.end());
  return text + fmt::format(", rtt min/median/p95/max {:.3f}/{:.3f}/{:.3f}/{:.3f} ms", rtt.best, quantile(sorted, 0.5),
                            quantile(sorted, 0.95), rtt.worst);
}

}  // namespace isthmus::app
