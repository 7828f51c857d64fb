#include "isthmus/model/packed_observation.hpp"

#include <algorithm>
#include <cstddef>

#include "model/packing.hpp"

namespace isthmus {
namespace {

constexpr std::uint64_t kTrace = 0;
constexpr std::uint64_t kSeries = 1;

// Hops that were taken over from an earlier trace; mostly none are.
void pack_measured(const std::vector<Hop>& hops, packing::Packer& packer) {
  const auto count = std::ranges::count_if(hops, [](const Hop& hop) { return hop.measured.has_value(); });
  packer.number(static_cast<std::uint64_t>(count));
  for (std::size_t i = 0; i < hops.size(); ++i) {
    if (!hops[i].measured) continue;
    packer.number(i);
    packer.signed_number(hops[i].measured->time_since_epoch().count());
  }
}

void unpack_measured(packing::Unpacker& unpacker, std::vector<Hop>& hops) {
  for (std::uint64_t left = unpacker.number(); left > 0; --left) {
    const std::size_t hop = unpacker.number();
    hops[hop].measured = Timestamp(Duration(unpacker.signed_number()));
  }
}

}  // namespace

void PackedObservation::pack(const Observation& observation) {
  packing::Packer packer;
  if (const auto* trace = std::get_if<Trace>(&observation)) {
    packer.number(kTrace);
    packer.trace(*trace);
    pack_measured(trace->hops, packer);
  } else {
    packer.number(kSeries);
    packer.series(std::get<PingSeries>(observation));
  }
  bytes_.assign(packer.bytes().begin(), packer.bytes().end());
}

void PackedObservation::fetch() const {
  constexpr std::size_t kCacheLine = 64;
  for (std::size_t at = 0; at < bytes_.size(); at += kCacheLine) __builtin_prefetch(&bytes_[at]);
}

const Observation& PackedObservation::unpack(ObservationPlace& place) const {
  packing::Unpacker unpacker(bytes_.data());
  if (unpacker.number() == kTrace) {
    auto& trace = std::get<Trace>(place.trace);
    unpacker.trace(trace);
    unpack_measured(unpacker, trace.hops);
    return place.trace;
  }
  unpacker.series(std::get<PingSeries>(place.series));
  return place.series;
}

}  // namespace isthmus
