#pragma once
// How many bytes the large answers of one server may hold at once, so that clients that ask for many and read slowly
// do not fill the memory. One for a server, which outlives what is taken; any thread.

#include <atomic>
#include <cstddef>
#include <memory>

namespace isthmus::telemetry {

class ByteBudget {
 public:
  explicit ByteBudget(std::size_t most) : most_(most) {}

  /// Room for `bytes`, given back when it goes; null when others leave too little. Whoever is alone gets it, however
  /// much it is: an answer above the limit comes alone rather than never.
  [[nodiscard]] std::shared_ptr<void> take(std::size_t bytes) {
    std::size_t used = used_.load();
    do {
      if (used > 0 && used + bytes > most_) return nullptr;
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return {this, [bytes](ByteBudget* budget) { budget->used_.fetch_sub(bytes); }};
  }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> used_{0};
};

}  // namespace isthmus::telemetry
