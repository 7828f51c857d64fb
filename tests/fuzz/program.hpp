#pragma once
// A fuzzer's input as a program against something that sends probes, in virtual time and in a network that never
// answers by itself. Its steps deliver packets: raw bytes, forged answers to real probes, damaged, once more or late.
// Everything a world may send is within reach: both IP versions, ICMP, UDP and TCP. One thread.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "isthmus/base/time.hpp"
#include "support/packets.hpp"

namespace isthmus::fuzz {

/// Bytes taken from the front; zeros when there are none left.
class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : rest_(bytes) {}
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t number() { return rest_.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(take(1).front()); }
  std::span<const std::byte> take(std::size_t size) {
    const auto taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::byte> rest_;
};

/// An answer to a probe, true but for what the input says. It takes: shape, who answers (0: the destination), the TTL
/// that was left to the probe, and for each flipped byte where and how. The shape:
///
///   0x07  what is answered: the destination's own answer, expired, port closed, prohibited, host unreachable (TCP:
///   RST),
///         too big, expired with an MPLS label, no route
///   0x08  the quote ends behind the eight bytes that RFC 792 promises; 0x10  wherever the sender's number says
///   0x20  lengths and checksums stay as the flips left them
///   0xc0  how many bytes are flipped
[[nodiscard]] support::Packet forge_answer(const support::SeenPacket& probe, Input& input);

/// As many changed bytes as the first number says, at most `most`: each at a place of 16 bits, modulo the size.
void flip_bytes(std::vector<std::byte>& bytes, Input& input, int most);

/// Steps of a program: 0 raw (length, bytes), 1 forged answer (how many probes ago, then as above), 2 time passes
/// (10 ms each), 3 the last packet again, 4 what the world makes of it. A World has sent(), deliver(packet),
/// run_for(duration) and special(input).
template <typename World>
void run_program(World& world, Input& input) {
  using namespace std::chrono_literals;
  constexpr int kMaxSteps = 64;
  Duration left = 6s;
  support::Packet last;
  const auto deliver = [&](support::Packet packet) {
    last = packet;
    world.deliver(std::move(packet));
  };
  for (int step = 0; step < kMaxSteps && !input.empty(); ++step) {
    switch (input.number() % 5) {
      case 0: {
        const auto bytes = input.take(input.number());
        deliver(support::Packet(bytes.begin(), bytes.end()));
        break;
      }
      case 1: {
        const std::size_t ago = input.number();
        const std::vector<support::SeenPacket>& sent = world.sent();
        if (!sent.empty()) deliver(forge_answer(sent[sent.size() - 1 - ago % sent.size()], input));
        break;
      }
      case 2: {
        const Duration passes = std::min<Duration>(input.number() * 10ms, left);
        left -= passes;
        world.run_for(passes);
        break;
      }
      case 3: world.deliver(last); break;
      case 4: world.special(input); break;
    }
  }
}

}  // namespace isthmus::fuzz
