#include "isthmus/fleet/intake.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace isthmus::fleet {
namespace {

// Starts of an agent that are told apart: what an old one has left in its spool may come long after a new one began.
constexpr std::size_t kStartsKept = 16;

}  // namespace

const char* to_string(BatchRejection reason) {
  switch (reason) {
    case BatchRejection::malformed: return "malformed";
    case BatchRejection::other_schema: return "other_schema";
    case BatchRejection::other_vantage: return "other_vantage";
    case BatchRejection::other_partition: return "other_partition";
    case BatchRejection::repeated: return "repeated";
  }
  return "unknown";
}

std::vector<Message> Intake::take(const StreamMessage& message) {
  auto batch = decode(message.bytes);
  if (!batch) {
    const bool schema = batch.error().code == ErrorCode::refused;
    reject(schema ? BatchRejection::other_schema : BatchRejection::malformed, message, to_string(batch.error()));
    return {};
  }
  const BatchId& id = batch->id;
  if (id.vantage != message.vantage) {
    reject(BatchRejection::other_vantage, message, "it claims to be of " + id.vantage);
    return {};
  }
  if (id.partition != partition_) {
    reject(BatchRejection::other_partition, message, "it claims to be of partition " + std::to_string(id.partition));
    return {};
  }
  Mark& mark = mark_of(id);
  const std::uint64_t end = id.first + batch->messages.size();
  if (end <= mark.next) {
    reject(BatchRejection::repeated, message, {});
    return {};
  }
  if (id.first > mark.next) {
    status_.missing += id.first - mark.next;
  } else {
    const auto known = static_cast<std::ptrdiff_t>(mark.next - id.first);
    batch->messages.erase(batch->messages.begin(), batch->messages.begin() + known);
  }
  mark.next = end;
  changed_.emplace(id.vantage, id.boot);
  status_.messages += batch->messages.size();
  return std::move(batch->messages);
}

// Of a start that was not seen before numbers begin with 0: what came before the core looked is missing only then.
Intake::Mark& Intake::mark_of(const BatchId& id) {
  std::vector<Mark>& marks = marks_[id.vantage];
  const auto at = std::ranges::lower_bound(marks, id.boot, {}, &Mark::boot);
  if (at != marks.end() && at->boot == id.boot) return *at;
  const auto place = marks.insert(at, {.boot = id.boot, .next = 0});
  if (marks.size() <= kStartsKept) return *place;
  const auto index = place - marks.begin();
  const auto oldest = index == 0 ? std::next(marks.begin()) : marks.begin();
  changed_.emplace(id.vantage, oldest->boot);
  marks.erase(oldest);
  return marks[static_cast<std::size_t>(index == 0 ? 0 : index - 1)];
}

std::vector<Intake::Change> Intake::poll_changes() {
  std::vector<Change> changes;
  for (const auto& [vantage, boot] : std::exchange(changed_, {})) {
    const std::vector<Mark>& marks = marks_[vantage];
    const auto at = std::ranges::find(marks, boot, &Mark::boot);
    changes.push_back({vantage, boot, at == marks.end() ? std::nullopt : std::optional(at->next)});
  }
  return changes;
}

void Intake::forget_polled() {
  for (const auto& [vantage, marks] : marks_) {
    for (const Mark& mark : marks) changed_.emplace(vantage, mark.boot);
  }
}

std::vector<std::pair<std::string, Intake::Mark>> Intake::marks() const {
  std::vector<std::pair<std::string, Mark>> all;
  for (const auto& [vantage, marks] : marks_) {
    for (const Mark& mark : marks) all.emplace_back(vantage, mark);
  }
  return all;
}

void Intake::restore(const std::string& vantage, Mark mark) {
  std::vector<Mark>& marks = marks_[vantage];
  marks.insert(std::ranges::lower_bound(marks, mark.boot, {}, &Mark::boot), mark);
}

void Intake::reject(BatchRejection reason, const StreamMessage& message, std::string problem) {
  ++status_.rejected[static_cast<std::size_t>(reason)];
  if (problem.empty()) return;
  status_.problem = message.vantage + ", message " + std::to_string(message.sequence) + " of the stream: " + problem;
}

}  // namespace isthmus::fleet
