// Preloaded into a program, steps its wall clock: by as many seconds as the file says that ISTHMUS_TEST_CLOCK names.
// The kernel's own clock, and with it the stamps of packets, stays, as it does for packets stamped before a step.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

using ClockGettime = int (*)(clockid_t, timespec*);

const volatile std::int64_t* map_seconds() {
  const char* name = std::getenv("ISTHMUS_TEST_CLOCK");
  const int file = name != nullptr ? ::open(name, O_RDONLY | O_CLOEXEC) : -1;
  void* page = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  // A test that steps nothing would pass for the wrong reason.
  if (page == MAP_FAILED) std::abort();
  ::close(file);
  return static_cast<const volatile std::int64_t*>(page);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto real = reinterpret_cast<ClockGettime>(::dlsym(RTLD_NEXT, "clock_gettime"));
  static const volatile std::int64_t* const seconds = map_seconds();
  const int status = real(clock, time);
  if (status == 0 && clock == CLOCK_REALTIME) time->tv_sec += *seconds;
  return status;
}
