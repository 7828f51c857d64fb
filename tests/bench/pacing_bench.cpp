// How exact the pacer is against the real clock: for each rate, packets are counted, and then handed in batches to a
// sink that copies them, as a sender's buffers would be. Nothing leaves the process. Asserts nothing: on a busy
// machine a sender that is not given the CPU for milliseconds falls behind, and says so in the last column;
// with a real-time priority (chrt -f 10) it shows what the pacer itself does.
//
//   pacing_bench [SECONDS-PER-RATE, default 10]

#include <fmt/format.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "isthmus/schedule/pacer.hpp"

namespace isthmus {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPacket = 60;

Instant now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

void sleep_for(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  timespec left{seconds.count(), static_cast<long>((duration - seconds).count())};
  clock_nanosleep(CLOCK_MONOTONIC, 0, &left, nullptr);
}

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void send_batch(std::size_t count) = 0;
};

class Counter final : public Sink {
 public:
  void send_batch(std::size_t) override {}
};

class Buffers final : public Sink {
 public:
  void send_batch(std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) {
      position_ = (position_ + kPacket) % (ring_.size() - kPacket);
      std::memcpy(ring_.data() + position_, packet_.data(), kPacket);
    }
  }

 private:
  std::array<std::byte, kPacket> packet_{};
  std::vector<std::byte> ring_ = std::vector<std::byte>(std::size_t{1} << 20);
  std::size_t position_{0};
};

struct Figures {
  std::size_t sent{0};
  std::size_t largest_batch{0};
  double largest_burst{0};  // how far the count ever got ahead of the line of the rate
  Duration worst_wake{};    // how much longer than asked for the longest sleep took
  Duration span{};
};

Figures measure(double rate, Duration span, Sink& sink) {
  schedule::Pacer pacer(rate);
  // What was saved up for stalls is not the rate.
  pacer.sent(std::max<std::size_t>(1, static_cast<std::size_t>(rate / 100)), now());
  Figures figures;
  double ahead = 0;
  const Instant start = now();
  Instant last = start;
  for (Instant at = start; at < start + span; at = now()) {
    if (const std::size_t count = pacer.ready(at); count > 0) {
      sink.send_batch(count);
      pacer.sent(count, at);
      figures.sent += count;
      figures.largest_batch = std::max(figures.largest_batch, count);
      ahead = std::max(0.0, ahead - to_seconds(at - last) * rate) + static_cast<double>(count);
      figures.largest_burst = std::max(figures.largest_burst, ahead);
      last = at;
    }
    const Instant asleep = now();
    const Duration wait = std::min(pacer.wait(asleep), start + span - asleep);
    if (wait <= Duration::zero()) continue;
    sleep_for(wait);
    figures.worst_wake = std::max(figures.worst_wake, now() - asleep - wait);
  }
  figures.span = now() - start;
  return figures;
}

void run(const char* name, Sink& sink, Duration span) {
  for (const double rate : {1.0, 100.0, 5000.0, 50000.0, 200000.0}) {
    const Figures figures = measure(rate, span, sink);
    const double expected = rate * to_seconds(figures.span);
    fmt::print("{:<8} {:>9.0f} {:>10} {:>+8.2f} {:>8} {:>8.2f} {:>8.2f} {:>10.2f}\n", name, rate, figures.sent,
               (static_cast<double>(figures.sent) / expected - 1) * 100, figures.largest_batch,
               figures.largest_burst / rate * 1e3, figures.largest_burst, to_seconds(figures.worst_wake) * 1e3);
  }
}

}  // namespace
}  // namespace isthmus

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 10;
  if (!(seconds > 0)) {
    fmt::print(stderr, "usage: pacing_bench [SECONDS-PER-RATE]\n");
    return 2;
  }
  prctl(PR_SET_TIMERSLACK, 1UL);
  const auto span = std::chrono::duration_cast<isthmus::Duration>(std::chrono::duration<double>(seconds));
  fmt::print("{:<8} {:>9} {:>10} {:>8} {:>8} {:>8} {:>8} {:>10}\n", "sink", "rate/s", "sent", "error %", "batch",
             "burst ms", "packets", "late ms");
  isthmus::Counter counter;
  isthmus::run("count", counter, span);
  isthmus::Buffers buffers;
  isthmus::run("buffers", buffers, span);
}
