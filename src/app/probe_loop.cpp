#include "app/probe_loop.hpp"

#include <algorithm>

#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// Packets sent before the receive queue is looked at again: at high rates replies must not pile up behind sending.
constexpr int kSendBatch = 64;
// Batches of replies taken in before sending gets its turn: a flood of packets must not stop the probing.
constexpr int kReceiveBatches = 16;
constexpr double kTurnsPerSecond = 100;
constexpr std::uint32_t kTurnsAtOnce = 50;

}  // namespace

ProbeLoop::ProbeLoop(net::PacketIo& io, probes::Prober& prober, std::function<Instant()> now)
    : io_(io), prober_(prober), now_(std::move(now)), turns_(kTurnsPerSecond, kTurnsAtOnce) {}

void ProbeLoop::wait(Instant latest) {
  Instant now = now_();
  // What the rate limit alone holds back leaves to the moment.
  if (const Duration rest = turns_.wait(now); rest > Duration::zero() && !prober_.is_behind(now)) {
    io_.rest(std::min(latest, now + rest));
    now = now_();
  }
  const Instant deadline = std::min(latest, prober_.next_deadline());
  if (deadline > now) io_.wait(deadline);
  turns_.charge(1, now_());
}

void ProbeLoop::receive() {
  for (int batch = 0; batch < kReceiveBatches; ++batch) {
    const auto packets = io_.receive();
    if (packets.empty()) return;
    for (const net::ReceivedPacket& packet : packets) prober_.handle_packet(packet.bytes, packet.received);
  }
}

void ProbeLoop::send() {
  prober_.handle_timeout(now_());
  const Timestamp wall = net::wall_now();
  for (int sent = 0; sent < kSendBatch; ++sent) {
    const Instant now = now_();
    const auto packet = prober_.poll_packet(now, wall);
    if (!packet) return;
    Instant left = now;
    if (const int error = io_.send({packet->bytes, packet->destination, &left}); error != 0) {
      prober_.handle_send_failure(packet->key, error, now_());
    } else {
      prober_.handle_sent(packet->key, left);
    }
  }
}

}  // namespace isthmus::app
