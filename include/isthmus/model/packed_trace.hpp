#pragma once
// A trace that is kept: the same facts in about a fifth of the memory. What the core remembers are millions of
// traces, nearly none of which anybody ever reads again. Immutable, shared when copied; any thread.

#include <cstdint>
#include <memory>

#include "isthmus/model/observation.hpp"

namespace isthmus {

class PackedTrace {
 public:
  PackedTrace() = default;  ///< No trace.
  explicit PackedTrace(const Trace& trace);

  [[nodiscard]] explicit operator bool() const { return bytes_ != nullptr; }
  /// The very trace that was packed. Precondition: there is one.
  [[nodiscard]] Trace unpack() const;

 private:
  std::shared_ptr<const std::uint8_t[]> bytes_;
};

}  // namespace isthmus
