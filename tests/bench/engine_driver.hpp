#pragma once
// What the programs that drive one engine of isthmus for the benches share. They leave from the network namespace that
// they are started in. One thread.

#include <fstream>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "isthmus/net/open_packet_io.hpp"
#include "isthmus/wire/tag.hpp"

namespace isthmus::bench {

template <typename T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(to_string(result.error()));
  return std::move(*result);
}

inline std::vector<IpAddress> read_targets(const std::string& file) {
  std::ifstream in(file);
  std::vector<IpAddress> targets;
  for (std::string line; std::getline(in, line);) targets.push_back(need(IpAddress::parse(line)));
  if (targets.empty()) throw std::runtime_error(file + " names no address");
  return targets;
}

inline wire::KeySeed random_seed() {
  std::random_device random;
  wire::KeySeed seed{};
  for (std::byte& byte : seed) byte = static_cast<std::byte>(random());
  return seed;
}

/// `receive_buffer`: what a bench at full speed fills while it sends.
inline std::unique_ptr<net::PacketIo> open_io(const std::string& kind, bool tcp,
                                              std::uint32_t receive_buffer = 64U << 20) {
  using Kind = net::IoOptions::Kind;
  net::IoOptions options;
  options.kind = kind == "raw"      ? Kind::raw
                 : kind == "packet" ? Kind::packet
                 : kind == "xdp"    ? Kind::xdp
                                    : Kind::automatic;
  options.receive_buffer = receive_buffer;
  options.tcp.wanted = tcp;
  return need(net::open_packet_io({}, options));
}

inline Duration seconds_to_duration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

/// Sends all of them; calls `failed(index)` for each that cannot leave. A full queue is waited for.
template <typename Failed>
void send_all(net::PacketIo& io, std::span<const net::OutgoingView> views, Failed failed) {
  for (std::size_t done = 0; done < views.size();) {
    done += io.send_batch(views.subspan(done));
    if (done == views.size()) return;
    if (io.batch_error() != EAGAIN && io.batch_error() != ENOBUFS) failed(done++);
  }
}

}  // namespace isthmus::bench
