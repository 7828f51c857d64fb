#pragma once
// A queue in one block of memory that is kept: once it has grown to what is needed, putting in and taking out never
// allocates (std::deque allocates as it moves along). Belongs to one thread.

#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace isthmus::probes {

template <typename T>
class Ring {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Counted from the front. Precondition: index < size().
  [[nodiscard]] T& operator[](std::size_t index) { return items_[(first_ + index) & (items_.size() - 1)]; }
  [[nodiscard]] const T& operator[](std::size_t index) const { return items_[(first_ + index) & (items_.size() - 1)]; }
  [[nodiscard]] T& front() { return (*this)[0]; }
  [[nodiscard]] const T& front() const { return (*this)[0]; }

  void push_back(T item) { extend() = std::move(item); }
  /// The new last item, as whoever used its place before has left it.
  T& extend() {
    if (size_ == items_.size()) grow();
    ++size_;
    return (*this)[size_ - 1];
  }
  T pop_front() {
    T item = std::move(front());
    drop_front();
    return item;
  }
  void drop_front() {
    first_ = (first_ + 1) & (items_.size() - 1);
    --size_;
  }
  void clear() {
    while (!empty()) pop_front();
  }
  /// Keeps the items, in order, for which `keep` says so.
  template <typename Keep>
  void filter(Keep keep) {
    for (std::size_t left = size_; left > 0; --left) {
      T item = pop_front();
      if (keep(item)) push_back(std::move(item));
    }
  }

 private:
  void grow() {
    std::vector<T> larger(std::bit_ceil(items_.size() + 1) < 8 ? 8 : std::bit_ceil(items_.size() + 1));
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    items_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> items_;  // a power of two of them
  std::size_t first_{0};
  std::size_t size_{0};
};

}  // namespace isthmus::probes
