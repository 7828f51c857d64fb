#include "app/live/ping_board.hpp"

#include <algorithm>
#include <numeric>

#include "app/outcome_text.hpp"

namespace isthmus::app {

void count_fault(Faults& faults, std::string_view fault) {
  auto known = std::find_if(faults.begin(), faults.end(), [&](const auto& f) { return f.first == fault; });
  if (known == faults.end()) known = faults.insert(known, {std::string(fault), 0});
  ++known->second;
  // A stable order: of equally frequent ones the older stays in front.
  for (; known != faults.begin() && std::prev(known)->second < known->second; --known) std::swap(*known, known[-1]);
}

std::string faults_text(const Faults& faults) {
  std::string text;
  for (const auto& [fault, count] : faults) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + fault;
  }
  return text;
}

std::vector<float> PingRow::latest(std::size_t count) const {
  const std::uint64_t kept = std::min<std::uint64_t>({count, sent, kRecent});
  std::vector<float> result;
  for (std::uint64_t at = sent - kept; at < sent; ++at) result.push_back(recent[at % kRecent]);
  return result;
}

void PingBoard::set_address(const std::string& name, const IpAddress& address) {
  const auto [known, is_new] = by_name_.try_emplace(name, rows_.size());
  if (is_new) rows_.push_back({.name = name, .address = address});
  rows_[known->second].address = address;
}

void PingBoard::take(const PingSeries& series) {
  const auto known = by_name_.find(series.target);
  if (known == by_name_.end()) return;
  PingRow& row = rows_[known->second];
  for (const PingOutcome& ping : series.outcomes) {
    const std::string fault = fault_of(ping.outcome, series.address);
    float& recent = row.recent[row.sent++ % PingRow::kRecent];
    if (!fault.empty()) {
      count_fault(row.faults, fault);
      recent = PingRow::kLost;
      continue;
    }
    row.rtt.add(to_seconds(reply_of(ping.outcome)->rtt) * 1e3);
    recent = static_cast<float>(row.rtt.last);
  }
}

void PingBoard::reset() {
  for (PingRow& row : rows_) row = PingRow{.name = row.name, .address = row.address};
}

std::vector<std::size_t> PingBoard::order(bool worst_first) const {
  std::vector<std::size_t> order(rows_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (!worst_first) return order;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const PingRow& left = rows_[a];
    const PingRow& right = rows_[b];
    // Shares without division: nothing sent is no loss.
    const auto left_loss = static_cast<double>(left.lost()) * static_cast<double>(right.sent);
    const auto right_loss = static_cast<double>(right.lost()) * static_cast<double>(left.sent);
    return left_loss != right_loss ? left_loss > right_loss : left.rtt.mean > right.rtt.mean;
  });
  return order;
}

}  // namespace isthmus::app
