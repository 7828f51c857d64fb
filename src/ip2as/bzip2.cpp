#include "ip2as/bzip2.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "ip2as/bzip2_expand.hpp"

namespace isthmus::ip2as {
namespace {

constexpr const char* kDamaged = "the compressed data is damaged";
constexpr const char* kTooMuch = "the compressed data unpacks to more than 32 GiB";

// All on the caller's thread.
class Bzip2Bytes final : public ByteSource {
 public:
  explicit Bzip2Bytes(std::unique_ptr<ByteSource> packed) : reader_(std::move(packed)) {}

  [[nodiscard]] std::string_view next() override {
    if (ended_) return {};
    if (!reader_.next(block_)) return end(reader_.problem());
    if (!expander_.expand(block_, bytes_)) return end(kDamaged);
    given_ += bytes_.size();
    return given_ > kMostUnpacked ? end(kTooMuch) : bytes_;
  }

 private:
  std::string_view end(std::string problem) {
    ended_ = true;
    problem_ = std::move(problem);
    return {};
  }

  Bzip2BlockReader reader_;
  Bzip2Expander expander_;
  Bzip2Block block_;
  std::string bytes_;
  std::uint64_t given_{0};
  bool ended_{false};
};

// One helper reads blocks, all expand them, and the caller takes them in order. Slots go round: free -> read -> taken
// by a helper -> expanded -> given to the caller -> free.
class Bzip2Pipeline final : public ByteSource {
 public:
  Bzip2Pipeline(std::unique_ptr<ByteSource> packed, unsigned helpers) : reader_(std::move(packed)) {
    // Two for each helper, so that a new one is ready when it is through with one, and a few for reader and caller.
    slots_.resize(2 * helpers + 4);
    for (Slot& slot : slots_) free_.push_back(&slot);
    helpers_.emplace_back([this] { read_blocks(); });
    for (unsigned i = 0; i < helpers; ++i) helpers_.emplace_back([this] { expand_blocks(); });
  }

  ~Bzip2Pipeline() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
  }

  [[nodiscard]] std::string_view next() override {
    std::unique_lock lock(mutex_);
    if (given_ != nullptr) {
      free_.push_back(std::exchange(given_, nullptr));
      changed_.notify_all();
    }
    if (ended_) return {};
    changed_.wait(lock, [&] { return order_.empty() ? read_all_ : order_.front()->expanded; });
    if (order_.empty()) return end(reader_.problem());
    given_ = order_.front();
    order_.pop_front();
    given_size_ += given_->bytes.size();
    if (!given_->good) return end(kDamaged);
    if (given_size_ > kMostUnpacked) return end(kTooMuch);
    return given_->bytes;
  }

 private:
  struct Slot {
    Bzip2Block block;
    std::string bytes;  // What it expands to.
    bool good{false};
    bool expanded{false};
  };

  std::string_view end(std::string problem) {
    ended_ = true;
    problem_ = std::move(problem);
    return {};
  }

  void read_blocks() {
    while (true) {
      Slot* slot = nullptr;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || !free_.empty(); });
        if (stopping_) return;
        slot = free_.back();
        free_.pop_back();
      }
      const bool more = reader_.next(slot->block);
      const std::lock_guard lock(mutex_);
      if (more) {
        slot->expanded = false;
        order_.push_back(slot);
        waiting_.push_back(slot);
      } else {
        read_all_ = true;
      }
      changed_.notify_all();
      if (!more) return;
    }
  }

  void expand_blocks() {
    Bzip2Expander expander;
    while (Slot* slot = take()) {
      slot->good = expander.expand(slot->block, slot->bytes);
      const std::lock_guard lock(mutex_);
      slot->expanded = true;
      changed_.notify_all();
    }
  }

  // The next one to expand; nullptr when there will be none.
  Slot* take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopping_ || read_all_ || !waiting_.empty(); });
    if (stopping_ || waiting_.empty()) return nullptr;
    Slot* slot = waiting_.front();
    waiting_.pop_front();
    return slot;
  }

  Bzip2BlockReader reader_;  // Of the reading helper; its problem is looked at once it has ended.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Slot> slots_;
  std::vector<Slot*> free_;    // guarded by mutex_, as is all that follows
  std::deque<Slot*> order_;    // Read and not yet given, as they follow in the text.
  std::deque<Slot*> waiting_;  // Of those, the ones that no helper has taken.
  Slot* given_{nullptr};       // What the caller looks at.
  bool read_all_{false};
  bool stopping_{false};
  bool ended_{false};
  std::uint64_t given_size_{0};
  std::vector<std::thread> helpers_;
};

}  // namespace

std::unique_ptr<ByteSource> unpack_bzip2(std::unique_ptr<ByteSource> packed, unsigned helpers) {
  if (helpers == 0) return std::make_unique<Bzip2Bytes>(std::move(packed));
  return std::make_unique<Bzip2Pipeline>(std::move(packed), helpers);
}

unsigned bzip2_helpers(std::uint64_t packed_size) {
  constexpr std::uint64_t kSmall = std::uint64_t{4} << 20;
  if (packed_size < kSmall) return 0;
  return std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
}

}  // namespace isthmus::ip2as
