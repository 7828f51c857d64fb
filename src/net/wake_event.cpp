#include "net/wake_event.hpp"

#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "isthmus/net/clock.hpp"

namespace isthmus::net {

Result<WakeEvent> WakeEvent::create() {
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.is_open()) return system_error("create eventfd", errno);
  return WakeEvent(std::move(event));
}

void WakeEvent::wake() const noexcept {
  const std::uint64_t one = 1;
  // The only failure of a non-blocking eventfd is a full counter, and then the waiter wakes up anyway.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof(one));
}

void WakeEvent::wait(std::span<const int> fds, Instant until) const {
  constexpr std::size_t kMost = 8;
  if (fds.size() >= kMost) throw std::logic_error("too many descriptors to wait for");
  std::array<pollfd, kMost> polled{};
  polled[0] = {event_.get(), POLLIN, 0};
  for (std::size_t i = 0; i < fds.size(); ++i) polled[i + 1] = {fds[i], POLLIN, 0};
  // An hour at most: far-away deadlines would overflow, and waking up once an hour costs nothing.
  const Instant now = monotonic_now();
  const Duration limit = std::chrono::hours(1);
  const Duration left = until <= now ? Duration::zero() : (until > now + limit ? limit : until - now);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
  const timespec timeout{static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
  ::ppoll(polled.data(), static_cast<nfds_t>(fds.size() + 1), &timeout, nullptr);
  if ((polled[0].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t drained = ::read(event_.get(), &count, sizeof(count));
  }
}

}  // namespace isthmus::net
