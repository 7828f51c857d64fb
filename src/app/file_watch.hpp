#pragma once
// Sees when files that match patterns come, go or change: told by the kernel (inotify), and by looking every few
// seconds where it cannot tell, as on network disks. One thread waits; wake() may be called from any.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"
#include "net/file_descriptor.hpp"
#include "net/wake_event.hpp"

namespace isthmus::app {

class FileWatch {
 public:
  /// `look`: between two looks, where the kernel tells nothing.
  [[nodiscard]] static Result<std::unique_ptr<FileWatch>> create(Duration look = std::chrono::seconds(5));

  /// From now on these. `read_at`: when they were read last; whatever is not older counts as changed. Of the thread
  /// that waits.
  void follow(std::vector<std::string> patterns, Timestamp read_at);
  /// True when files have changed and stopped changing: nobody reads half a file. False when the time has come, or
  /// after wake(); what has changed by then is told by a later call. What was told once is not told again.
  [[nodiscard]] bool wait(Instant until);
  void wake() noexcept;

 private:
  struct File {
    std::string path;
    std::int64_t changed{0};  ///< Nanoseconds since 1970.
    std::int64_t size{0};
    std::uint64_t inode{0};
    friend bool operator==(const File&, const File&) = default;
  };
  FileWatch(net::WakeEvent wake, Duration look) : wake_(std::move(wake)), look_(look) {}
  [[nodiscard]] std::vector<File> look() const;
  void watch_folders();
  void drain() const;

  std::vector<std::string> patterns_{};
  net::WakeEvent wake_;
  std::atomic<bool> woken_{false};
  const Duration look_;
  net::FileDescriptor inotify_{};  // Without one, looking has to do.
  std::vector<File> told_{};
  std::vector<File> seen_{};          // Since seen_at_, but not told yet: they may still be being written.
  std::optional<Instant> seen_at_{};  // Nothing: there is no news.
};

}  // namespace isthmus::app
