#pragma once
// The loop between a sans-I/O prober and its sockets; shared by the monitor's vantage points and by the one-shot
// commands. Used by the one thread that owns both.

#include <functional>
#include <utility>

#include "isthmus/base/time.hpp"
#include "isthmus/net/clock.hpp"
#include "isthmus/net/packet_io.hpp"
#include "isthmus/probes/prober.hpp"
#include "isthmus/schedule/token_bucket.hpp"

namespace isthmus::app {

/// A turn costs as much as several packets. Whoever sends a thousand packets a second need not turn a thousand times,
/// and twice that for the answers: packets carry the kernel's stamps, and what is due leaves together, some
/// milliseconds late. So turns have a budget of their own, from which a loop that has been idle answers at once.
class ProbeLoop {
 public:
  /// Both outlive it.
  ProbeLoop(net::PacketIo& io, probes::Prober& prober, std::function<Instant()> now = net::monotonic_now);

  /// Waits for packets until the next deadline or `latest`, takes in what arrived, sends what is due, and hands over
  /// what was observed. Observations come last, so that a caller who has seen enough never waits once more.
  /// `on_observation` is called with each Observation.
  template <typename OnObservation>
  void turn(Instant latest, OnObservation&& on_observation) {
    wait(latest);
    receive();
    send();
    while (auto observation = prober_.poll_observation()) on_observation(std::move(*observation));
  }

 private:
  void wait(Instant latest);
  void receive();
  void send();

  net::PacketIo& io_;
  probes::Prober& prober_;
  std::function<Instant()> now_;
  schedule::TokenBucket turns_;
};

}  // namespace isthmus::app
