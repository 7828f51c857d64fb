#pragma once
// One writer per store: two monitors on one file would give out the same event ids. Held while the object
// lives and released by the kernel when the process dies.

#include <string>

#include "isthmus/base/result.hpp"

namespace isthmus::sqlite {

class WriterLock {
 public:
  /// Locks `<path>.lock`, a file of its own: SQLite's own locks on the database would be lost when a second
  /// descriptor of it is closed (a property of POSIX record locks). Fails with `busy` when somebody else
  /// holds it.
  [[nodiscard]] static Result<WriterLock> acquire(const std::string& path);
  WriterLock(WriterLock&& other) noexcept;
  WriterLock& operator=(WriterLock&& other) noexcept;
  ~WriterLock();

 private:
  explicit WriterLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_{-1};
};

}  // namespace isthmus::sqlite
