#include "app/file_watch.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <utility>

#include "isthmus/config/load.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// Files that are the same for so long are no longer being written.
constexpr Duration kSettled = std::chrono::milliseconds(300);
constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR;

}  // namespace

Result<std::unique_ptr<FileWatch>> FileWatch::create(Duration look) {
  auto wake = net::WakeEvent::create();
  if (!wake) return wake.error();
  return std::unique_ptr<FileWatch>(new FileWatch(std::move(*wake), look));
}

void FileWatch::follow(std::vector<std::string> patterns, Timestamp read_at) {
  patterns_ = std::move(patterns);
  inotify_ = net::FileDescriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  watch_folders();
  seen_at_.reset();
  told_ = look();
  const auto read = std::chrono::nanoseconds(read_at.time_since_epoch()).count();
  std::erase_if(told_, [read](const File& file) { return file.changed >= read; });
}

// A folder that is not there yet is found by looking.
void FileWatch::watch_folders() {
  for (const std::string& pattern : patterns_) {
    const std::string folder = std::filesystem::path(pattern).parent_path().string();
    if (inotify_.get() >= 0) ::inotify_add_watch(inotify_.get(), folder.empty() ? "." : folder.c_str(), kChanges);
  }
}

std::vector<FileWatch::File> FileWatch::look() const {
  std::vector<File> files;
  for (const std::string& pattern : patterns_) {
    for (const std::string& path : config::matching_files(pattern)) {
      struct stat status {};
      if (::stat(path.c_str(), &status) != 0) continue;
      files.push_back({.path = path,
                       .changed = status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec,
                       .size = status.st_size,
                       .inode = status.st_ino});
    }
  }
  return files;
}

void FileWatch::drain() const {
  std::array<char, 4096> events{};
  while (inotify_.get() >= 0 && ::read(inotify_.get(), events.data(), events.size()) > 0) {
  }
}

void FileWatch::wake() noexcept {
  woken_ = true;
  wake_.wake();
}

bool FileWatch::wait(Instant until) {
  for (;;) {
    auto files = look();
    const Instant now = net::monotonic_now();
    if (files == told_) {
      seen_at_.reset();
    } else if (!seen_at_ || files != seen_) {
      seen_at_ = now;
      seen_ = std::move(files);
    } else if (now - *seen_at_ >= kSettled) {
      seen_at_.reset();
      told_ = std::move(files);
      return true;
    }
    if (now >= until) return false;
    // While files settle, news of them is no reason to look sooner.
    const int fd = inotify_.get();
    const auto fds = seen_at_ || fd < 0 ? std::span<const int>() : std::span(&fd, 1);
    wake_.wait(fds, std::min(until, seen_at_ ? *seen_at_ + kSettled : now + look_));
    drain();
    if (woken_.exchange(false)) return false;
  }
}

}  // namespace isthmus::app
