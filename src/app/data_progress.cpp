#include "app/data_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "app/progress.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kWidth = 24;
constexpr auto kPatience = std::chrono::seconds(2);
constexpr auto kInterval = std::chrono::milliseconds(200);

}  // namespace

DataProgress::DataProgress(std::string name, std::uint64_t size) : name_(std::move(name)), size_(size) {
  if (::isatty(STDERR_FILENO) != 0) thread_ = std::thread([this] { draw_until_done(); });
}

DataProgress::~DataProgress() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  done_changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DataProgress::draw_until_done() {
  std::unique_lock lock(mutex_);
  if (done_changed_.wait_for(lock, kPatience, [&] { return done_; })) return;
  while (!done_changed_.wait_for(lock, kInterval, [&] { return done_; })) {
    const double share = size_ == 0 ? 1 : std::min(1.0, static_cast<double>(bytes_read_) / static_cast<double>(size_));
    const auto filled = static_cast<std::size_t>(share * kWidth);
    std::string bar(filled, '=');
    if (filled < kWidth) bar += '>';
    bar.resize(kWidth, ' ');
    const std::string line = within_terminal(fmt::format("[{}] {:3.0f} %  {}", bar, share * 100, name_));
    std::fputs(("\r" + line + "\033[K").c_str(), stderr);
    std::fflush(stderr);
  }
  std::fputs("\r\033[K", stderr);
}

}  // namespace isthmus::app
