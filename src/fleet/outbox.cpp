#include "fleet/outbox.hpp"

#include <algorithm>

#include "isthmus/fleet/settings.hpp"

namespace isthmus::fleet {
namespace {

// What a broker takes, with room for what it adds.
constexpr std::size_t kMostBytes = kMostBatchBytes * 9 / 10;

const std::string& vantage_of(const Message& message) {
  if (const auto* report = std::get_if<ProberReport>(&message)) return report->vantage;
  return isthmus::vantage_of(std::get<Observation>(message));
}

// Whose it is; nothing for what says how the vantage point itself fares.
const std::string* target_of(const Message& message) {
  const auto* observation = std::get_if<Observation>(&message);
  if (observation == nullptr) return nullptr;
  if (const auto* trace = std::get_if<Trace>(observation)) return &trace->target;
  const auto& series = std::get<PingSeries>(*observation);
  return series.target.empty() ? nullptr : &series.target;
}

}  // namespace

Outbox::Outbox(OutboxSettings settings) : settings_(std::move(settings)) {
  retarget(std::move(settings_.targets), settings_.partitions);
}

void Outbox::retarget(std::vector<std::string> targets, std::uint32_t partitions) {
  settings_.targets = std::move(targets);
  settings_.partitions = partitions;
  partitions_ = {kSpeakingPartition};
  for (const std::string& target : settings_.targets) {
    partitions_.insert(partition_of(target, settings_.partitions));
  }
}

void Outbox::add(const Message& message, Instant now) {
  const std::string& vantage = vantage_of(message);
  if (const std::string* target = target_of(message)) {
    return add_to({vantage, partition_of(*target, settings_.partitions)}, message, now);
  }
  for (const std::uint32_t partition : partitions_) add_to({vantage, partition}, message, now);
}

void Outbox::add_to(const Key& key, const Message& message, Instant now) {
  Open& open = open_[key];
  if (open.messages.empty()) open.since = now;
  open.messages.push_back(message);
  if (open.messages.size() >= settings_.most_messages) close(key, open);
}

void Outbox::close(const Key& key, Open& open) {
  pack(key, open.first, open.messages);
  open.first += open.messages.size();
  open.messages.clear();
}

// In halves where long traces make it too large.
void Outbox::pack(const Key& key, std::uint64_t first, std::span<const Message> messages) {
  const BatchId id{key.first, key.second, settings_.boot, first};
  std::string bytes = encode(id, messages);
  if (bytes.size() > kMostBytes && messages.size() > 1) {
    const std::size_t half = messages.size() / 2;
    pack(key, first, messages.first(half));
    pack(key, first + half, messages.subspan(half));
    return;
  }
  closed_.push_back({.number = 0,
                     .id = id,
                     .subject = subject_of(key.first, key.second),
                     .messages = static_cast<std::uint32_t>(messages.size()),
                     .bytes = std::move(bytes)});
}

// Once one is due the others go with it: together they cost one transaction of the spool.
std::vector<Spool::Waiting> Outbox::take(Instant now, bool all) {
  const bool due = std::ranges::any_of(open_, [&](const auto& entry) {
    return !entry.second.messages.empty() && now - entry.second.since >= settings_.longest;
  });
  for (auto& [key, open] : open_) {
    if (!open.messages.empty() && (all || due)) close(key, open);
  }
  return std::exchange(closed_, {});
}

Instant Outbox::next_due() const {
  if (!closed_.empty()) return Instant::min();
  Instant next = Instant::max();
  for (const auto& [key, open] : open_) {
    if (!open.messages.empty()) next = std::min(next, open.since + settings_.longest);
  }
  return next;
}

}  // namespace isthmus::fleet
