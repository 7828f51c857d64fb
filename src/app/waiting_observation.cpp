#include "app/waiting_observation.hpp"

#include <string_view>

#include "isthmus/formats/atlas.hpp"

namespace isthmus::app {
namespace {

// FNV-1a: the same on every machine, so that a replay is.
class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) mix(static_cast<unsigned char>(byte));
  }
  void add(const IpAddress& address) {
    for (const std::uint8_t byte : address.bytes()) mix(byte);
  }
  void add(std::uint16_t number) {
    mix(number & 0xFFU);
    mix(number >> 8U);
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  void mix(std::uint64_t byte) { value_ = (value_ ^ byte) * 0x100000001B3U; }
  std::uint64_t value_{0xCBF29CE484222325U};
};

bool content_before(const PackedObservation& a, const PackedObservation& b) {
  if (a == b) return false;
  ObservationPlace place_a;
  ObservationPlace place_b;
  return formats::to_atlas_json(a.unpack(place_a)) < formats::to_atlas_json(b.unpack(place_b));
}

}  // namespace

OrderKey order_key_of(const Observation& observation) {
  Hash hash;
  const auto* trace = std::get_if<Trace>(&observation);
  hash.add(vantage_of(observation));
  hash.add(trace != nullptr ? trace->destination : std::get<PingSeries>(observation).address);
  if (trace != nullptr) hash.add(trace->flow.value);
  const std::uint64_t kind = trace != nullptr ? 1 : 0;
  return {.time = time_of(observation), .tie = kind << 63U | hash.value() >> 1U};
}

void WaitingObservation::pack(const Observation& observation) {
  key = order_key_of(observation);
  packed.pack(observation);
}

bool comes_before(const WaitingObservation& a, const WaitingObservation& b) {
  return a.key != b.key ? a.key < b.key : content_before(a.packed, b.packed);
}

}  // namespace isthmus::app
