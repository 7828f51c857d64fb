#include "app/multipath_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/one_shot.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// Packets sent before the receive queue is looked at again, and batches received before sending gets its turn: as in
// probe_loop.
constexpr int kSendBatch = 64;
constexpr int kReceiveBatches = 16;
// Often enough for a line of progress.
constexpr Duration kTurn = std::chrono::milliseconds(200);

void send_due(net::PacketIo& io, probes::MultipathEngine& engine, const IpAddress& destination) {
  std::array<std::byte, probes::MultipathEngine::kMaxPacket> buffer;
  engine.handle_timeout(net::monotonic_now());
  for (int sent = 0; sent < kSendBatch; ++sent) {
    const auto packet = engine.poll_packet(net::monotonic_now(), buffer);
    if (packet.empty()) return;
    if (const int error = io.send(packet, destination); error != 0) {
      engine.handle_send_failure(error, net::monotonic_now());
    }
  }
}

void receive_all(net::PacketIo& io, probes::MultipathEngine& engine) {
  for (int batch = 0; batch < kReceiveBatches; ++batch) {
    const auto packets = io.receive();
    if (packets.empty()) return;
    for (const net::ReceivedPacket& packet : packets) engine.handle_packet(packet.bytes, packet.received);
  }
}

}  // namespace

Result<probes::MultipathResult> run_multipath(net::PacketIo& io, probes::MultipathSettings settings, Duration limit,
                                              ProgressBar& bar) {
  const auto source = io.source_for(settings.destination);
  if (!source) {
    return Error{ErrorCode::io_failed, "probe " + to_string(settings.destination), "there is no route to it from here"};
  }
  settings.source = *source;
  auto engine = probes::MultipathEngine::create(settings, net::wall_now());
  if (!engine) return engine.error();
  catch_interrupt();
  const auto progress = [&] {
    const auto sofar = engine->result(net::wall_now());
    return Progress{.share = {},
                    .counts = fmt::format("{} probes  {} routers and {} links so far", with_commas(sofar.probes),
                                          sofar.graph.vertices.size(), sofar.graph.links.size())};
  };
  const Instant end = net::monotonic_now() + limit;
  while (!engine->finished() && !is_interrupted() && net::monotonic_now() < end) {
    bar.update(progress, net::monotonic_now());
    io.wait(std::min({end, engine->next_deadline(), net::monotonic_now() + kTurn}));
    receive_all(io, *engine);
    send_due(io, *engine, settings.destination);  // last, so that a search that has just ended never waits once more
  }
  return engine->result(net::wall_now());
}

}  // namespace isthmus::app
