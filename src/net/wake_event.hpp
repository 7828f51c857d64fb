#pragma once
// What ends a wait from another thread, and the wait itself.

#include <poll.h>

#include <span>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"
#include "net/file_descriptor.hpp"

namespace isthmus::net {

class WakeEvent {
 public:
  [[nodiscard]] static Result<WakeEvent> create();

  /// Any thread; never blocks.
  void wake() const noexcept;
  /// Returns when one of `fds` has something to read, wake() was called since the last wait, or the time has come.
  void wait(std::span<const int> fds, Instant until) const;

 private:
  explicit WakeEvent(FileDescriptor event) : event_(std::move(event)) {}
  FileDescriptor event_;
};

}  // namespace isthmus::net
