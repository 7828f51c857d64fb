#include "app/probe_loop.hpp"

#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// Packets sent before the receive queue is looked at again: at high rates replies must not pile up behind sending.
constexpr int kSendBatch = 64;
// Batches of replies taken in before sending gets its turn: a flood of packets must not stop the probing.
constexpr int kReceiveBatches = 16;

}  // namespace

void send_due_packets(net::PacketIo& io, probes::Prober& prober) {
  prober.handle_timeout(net::monotonic_now());
  for (int sent = 0; sent < kSendBatch; ++sent) {
    const auto packet = prober.poll_packet(net::monotonic_now(), net::wall_now());
    if (!packet) return;
    // As late as possible: what is done between reading the clock and sending would count as round-trip time.
    prober.handle_sent(packet->key, net::monotonic_now());
    if (const int error = io.send(packet->bytes, packet->destination); error != 0) {
      prober.handle_send_failure(packet->key, error, net::monotonic_now());
    }
  }
}

void receive_packets(net::PacketIo& io, probes::Prober& prober) {
  for (int batch = 0; batch < kReceiveBatches; ++batch) {
    const auto packets = io.receive();
    if (packets.empty()) return;
    for (const net::ReceivedPacket& packet : packets) prober.handle_packet(packet.bytes, packet.received);
  }
}

}  // namespace isthmus::app
