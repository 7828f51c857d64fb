#pragma once
// One trace codec for each address that probes leave from. They follow from the seed, so one that was forgotten comes
// back the same. Belongs to one engine, on its thread.

#include <cstddef>
#include <map>

#include "probes/traceroute/codec.hpp"

namespace isthmus::probes {

class TraceCodecs {
 public:
  explicit TraceCodecs(const wire::KeySeed& seed) : seed_(seed) {}

  /// Probes of another protocol or port are no longer recognised.
  void use(Protocol protocol, std::uint16_t destination_port) {
    if (protocol == protocol_ && destination_port == destination_port_) return;
    protocol_ = protocol;
    destination_port_ = destination_port;
    codecs_.clear();
  }

  /// Valid until the next call of a method that is not const.
  const TraceCodec& of(const IpAddress& source) {
    // Far more than a vantage point has, unless somebody renumbers it all the time.
    if (codecs_.size() >= kMost && !codecs_.contains(source)) codecs_.clear();
    return codecs_.try_emplace(source, seed_, CodecSettings{protocol_, source, destination_port_}).first->second;
  }

  /// Null for an address that no probe left from.
  [[nodiscard]] const TraceCodec* find(const IpAddress& source) const {
    const auto found = codecs_.find(source);
    return found == codecs_.end() ? nullptr : &found->second;
  }

 private:
  static constexpr std::size_t kMost = 64;

  wire::KeySeed seed_;
  Protocol protocol_{Protocol::udp};
  std::uint16_t destination_port_{0};
  std::map<IpAddress, TraceCodec> codecs_;
};

}  // namespace isthmus::probes
