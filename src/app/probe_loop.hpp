#pragma once
// One turn of the loop between a sans-I/O prober and its sockets; shared by the monitor's vantage points and by the
// one-shot commands. Used by the one thread that owns both.

#include <algorithm>
#include <utility>

#include "isthmus/base/time.hpp"
#include "isthmus/net/packet_io.hpp"
#include "isthmus/probes/prober.hpp"

namespace isthmus::app {

/// Waits for packets until the next deadline or `latest`, takes in what arrived, sends what is due, and hands over what
/// was observed. Observations come last, so that a caller who has seen enough never waits once more.
/// `on_observation` is called with each Observation.
template <typename OnObservation>
void turn_probe_loop(net::PacketIo& io, probes::Prober& prober, Instant latest, OnObservation&& on_observation);

/// Sends until the limits say no.
void send_due_packets(net::PacketIo& io, probes::Prober& prober);
/// Takes in all that has arrived.
void receive_packets(net::PacketIo& io, probes::Prober& prober);

template <typename OnObservation>
void turn_probe_loop(net::PacketIo& io, probes::Prober& prober, Instant latest, OnObservation&& on_observation) {
  io.wait(std::min(latest, prober.next_deadline()));
  receive_packets(io, prober);
  send_due_packets(io, prober);
  while (auto observation = prober.poll_observation()) on_observation(std::move(*observation));
}

}  // namespace isthmus::app
