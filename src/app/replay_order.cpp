#include "app/replay_order.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::app {

ReplayOrder::ReplayOrder(std::vector<ObservationSource> archives, const OrderSettings& settings) {
  archives_.reserve(archives.size());
  for (ObservationSource& archive : archives) archives_.emplace_back(std::move(archive), settings);
}

bool ReplayOrder::is_later(std::size_t a, std::size_t b) {
  return comes_before(*archives_[b].front(), *archives_[a].front());
}

const WaitingObservation* ReplayOrder::front() {
  if (!started_) {
    started_ = true;
    for (std::size_t i = 0; i < archives_.size(); ++i) advance(i);
  }
  return heap_.empty() ? nullptr : archives_[heap_.front()].front();
}

std::size_t ReplayOrder::pop() {
  std::ranges::pop_heap(heap_, [this](std::size_t a, std::size_t b) { return is_later(a, b); });
  const std::size_t archive = heap_.back();
  heap_.pop_back();
  return archive;
}

// The archive, which is not in the heap, takes its place by its new front.
void ReplayOrder::advance(std::size_t archive) {
  if (archives_[archive].front() == nullptr) return;
  heap_.push_back(archive);
  std::ranges::push_heap(heap_, [this](std::size_t a, std::size_t b) { return is_later(a, b); });
}

void ReplayOrder::drop() {
  const std::size_t archive = pop();
  archives_[archive].drop();
  advance(archive);
}

bool ReplayOrder::next(WaitingObservation& into) {
  const WaitingObservation* first = front();
  for (; first != nullptr && last_ && first->key.time < last_->time; first = front()) {
    drop();
    ++late_;
  }
  if (first == nullptr) return false;
  const std::size_t archive = pop();
  last_ = first->key;
  archives_[archive].take(into);
  advance(archive);
  // Equal ones stand next to each other.
  for (first = front(); first != nullptr && first->key == *last_ && first->packed == into.packed; first = front()) {
    drop();
    ++duplicate_;
  }
  return true;
}

OrderCounts ReplayOrder::counts() const {
  OrderCounts counts{.late = late_, .future = 0, .duplicate = duplicate_};
  for (const ReorderWindow& archive : archives_) {
    counts.late += archive.late();
    counts.future += archive.future();
  }
  return counts;
}

}  // namespace isthmus::app
