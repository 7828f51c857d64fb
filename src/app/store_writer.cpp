#include "app/store_writer.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

constexpr Duration kExpiryInterval = std::chrono::hours(1);
// Bit by bit, so that no batch waits for long.
constexpr Duration kExpiryStep = std::chrono::seconds(1);

std::string subject_of(const Event& event) {
  if (!event.vantage.empty()) return event.vantage;
  return event.block ? event.target + " " + to_string(*event.block) : event.target;
}

void log_event(const Event& event) {
  spdlog::info("event={} id={} subject=\"{}\" upstream={} before=\"{}\" after=\"{}\" summary=\"{}\"",
               to_string(event.kind), event.id, subject_of(event), event.upstream.number, event.before, event.after,
               event.evidence.summary);
}

}  // namespace

StoreWriter::StoreWriter(store::Store& store, std::function<void()> done, Written written)
    : store_(store), done_(std::move(done)), written_(std::move(written)), damaged_files_(store.status().damaged) {}

StoreWriter::~StoreWriter() { stop(); }

void StoreWriter::start() {
  thread_ = std::thread([this] { run(); });
}

void StoreWriter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool StoreWriter::idle() const {
  const std::lock_guard lock(mutex_);
  return !submitted_ && !writing_;
}

void StoreWriter::wait_until_idle() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !submitted_ && !writing_; });
}

void StoreWriter::submit(store::Batch batch) {
  {
    const std::lock_guard lock(mutex_);
    submitted_.emplace(std::move(batch));
  }
  changed_.notify_all();
}

bool StoreWriter::take_anew() {
  const std::lock_guard lock(mutex_);
  return std::exchange(anew_, false);
}

void StoreWriter::run() {
  auto next_expiry = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_until(lock, next_expiry, [this] { return submitted_ || stopping_; });
    if (submitted_) {
      writing_ = true;
      store::Batch batch = std::move(*submitted_);
      submitted_.reset();
      lock.unlock();
      write(std::move(batch));
      lock.lock();
    } else if (stopping_) {
      return;
    } else if (std::chrono::steady_clock::now() >= next_expiry) {
      lock.unlock();
      next_expiry = std::chrono::steady_clock::now() + keep_house();
      lock.lock();
    }
  }
}

void StoreWriter::write(store::Batch batch) {
  const auto written = store_.write(batch);
  log_failure(written);
  for (const Event& event : batch.events) log_event(event);
  if (written_) written_(written.has_value());
  {
    const std::lock_guard lock(mutex_);
    if (written && written->anew) anew_ = true;
    writing_ = false;
  }
  changed_.notify_all();
  done_();
}

// Once when it begins to fail and once when it works again: in between the metrics tell.
void StoreWriter::log_failure(const Result<store::Written>& written) {
  if (!written && !fails_) spdlog::error("event=store_failed error=\"{}\"", to_string(written.error()));
  if (written && fails_) spdlog::info("event=store_caught_up");
  fails_ = !written;
  const store::StoreStatus status = store_.status();
  if (status.damaged == damaged_files_) return;
  damaged_files_ = status.damaged;
  spdlog::error("event=store_damaged moved_to={} hint=\"history begins anew; see whether the disk fails\"",
                status.moved_to);
}

// Gives how long nothing need be deleted after that.
Duration StoreWriter::keep_house() {
  const auto expired = store_.expire(net::wall_now());
  if (expired && expired->events + expired->path_changes + expired->days > 0) {
    spdlog::debug("event=store_expired events={} path_changes={} days={}", expired->events, expired->path_changes,
                  expired->days);
  }
  return expired && expired->more ? kExpiryStep : kExpiryInterval;
}

}  // namespace isthmus::app
