#include "isthmus/fleet/handover.hpp"

#include <map>
#include <mutex>
#include <utility>

#include "fleet/bucket.hpp"

namespace isthmus::fleet {
namespace {

// Whether what lies there has come further. What cannot be read has not.
bool is_ahead(const std::string& value, const Handover& ours) {
  const auto theirs = decode_handover(value);
  return theirs && is_further(theirs->position, ours.position);
}

class NatsHandoverShelf : public HandoverShelf {
 public:
  explicit NatsHandoverShelf(std::shared_ptr<Broker> broker)
      : broker_(std::move(broker)), bucket_(*broker_, kPartitionsBucket) {}

  [[nodiscard]] Result<std::optional<Handover>> look(std::uint32_t partition) override {
    const std::lock_guard lock(mutex_);
    Known& known = known_[partition];
    const auto found = bucket_.get(std::to_string(partition));
    if (!found && found.error().code == ErrorCode::not_found) return std::optional<Handover>();
    if (!found) return found.error();
    if (!*found || known.is((*found)->revision, (*found)->value)) return std::optional<Handover>();
    auto handover = decode_handover((*found)->value);
    if (!handover) return handover.error();
    known = {.revision = (*found)->revision, .unanswered = {}};
    return std::optional(std::move(*handover));
  }

  [[nodiscard]] Result<void> put(const Handover& handover) override {
    const std::string key = std::to_string(handover.partition);
    const std::string operation = "hand over partition " + key;
    std::string bytes = encode(handover);
    if (bytes.size() > kMostHandoverBytes) {
      return Error{ErrorCode::refused, operation,
                   "what is normal in it takes " + std::to_string(bytes.size()) +
                       " bytes, more than a message holds; divide the targets among more partitions, or copy the "
                       "store to move this one"};
    }
    const std::lock_guard lock(mutex_);
    if (!broker_->state().connected) return Error{ErrorCode::busy, operation, "the broker cannot be reached"};
    Known& known = known_[handover.partition];
    if (!known.unanswered.empty()) {
      const auto found = bucket_.get(key);
      if (!found) return found.error();
      if (*found) known.is((*found)->revision, (*found)->value);
    }
    known.unanswered = std::move(bytes);
    const auto put = bucket_.replace(key, known.unanswered, known.revision);
    if (put) known = {.revision = *put, .unanswered = {}};
    if (put || put.error().code != ErrorCode::refused) return put ? Result<void>() : put.error();
    // Somebody who had it before us was late. It is ours now: the next attempt is over that; unless we are the late
    // one, who has slept while somebody else went on.
    if (const auto found = bucket_.get(key); found && *found && !is_ahead((*found)->value, handover)) {
      known = {.revision = (*found)->revision, .unanswered = {}};
    }
    return Error{ErrorCode::busy, operation, put.error().detail};
  }

 private:
  /// What lay there when we last put or saw something.
  struct Known {
    std::uint64_t revision{0};
    std::string unanswered;  ///< What was put, and may have arrived or not.

    bool is(std::uint64_t present, const std::string& value) {
      if (!unanswered.empty() && value == unanswered) revision = present;
      return revision == present;
    }
  };

  const std::shared_ptr<Broker> broker_;
  std::mutex mutex_;
  Bucket bucket_;                         // guarded by mutex_, as is the one below
  std::map<std::uint32_t, Known> known_;  // by partition
};

}  // namespace

std::unique_ptr<HandoverShelf> HandoverShelf::create(std::shared_ptr<Broker> broker) {
  return std::make_unique<NatsHandoverShelf>(std::move(broker));
}

}  // namespace isthmus::fleet
