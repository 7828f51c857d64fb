#include "isthmus/model/packed_trace.hpp"

#include <cstring>

#include "model/packing.hpp"

namespace isthmus {

PackedTrace::PackedTrace(const Trace& trace) {
  packing::Packer packer;
  packer.trace(trace);
  const auto packed = packer.bytes();
  const auto bytes = std::make_shared_for_overwrite<std::uint8_t[]>(packed.size());
  std::memcpy(bytes.get(), packed.data(), packed.size());
  bytes_ = bytes;
}

Trace PackedTrace::unpack() const {
  Trace trace;
  packing::Unpacker(bytes_.get()).trace(trace);
  return trace;
}

}  // namespace isthmus
