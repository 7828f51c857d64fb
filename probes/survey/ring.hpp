#pragma once
// A first-in, first-out queue in one array. Owned by one thread.

#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace isthmus::probes::survey {

template <typename T>
class Ring {
 public:
  /// Room for `expected` elements; more are taken in by doubling.
  explicit Ring(std::size_t expected) : slots_(std::bit_ceil(expected + 16)) {}

  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] std::size_t size() const { return tail_ - head_; }
  [[nodiscard]] const T& front() const { return slots_[head_ & (slots_.size() - 1)]; }
  void push(const T& value) {
    if (size() == slots_.size()) grow();
    slots_[tail_++ & (slots_.size() - 1)] = value;
  }
  T pop() { return slots_[head_++ & (slots_.size() - 1)]; }

 private:
  void grow() {
    std::vector<T> bigger(slots_.size() * 2);
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) bigger[i] = pop();
    slots_ = std::move(bigger);
    head_ = 0;
    tail_ = count;
  }

  std::vector<T> slots_;
  std::size_t head_{0};
  std::size_t tail_{0};
};

}  // namespace isthmus::probes::survey
