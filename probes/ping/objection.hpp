#pragma once
// What speaks against counting an answer that carries a probe's tag. Pure function; any thread.

#include <optional>

#include "isthmus/base/time.hpp"
#include "isthmus/wire/decode.hpp"
#include "probes/ping/ledger.hpp"
#include "probes/ping/sources.hpp"
#include "probes/reply.hpp"

namespace isthmus::probes {

/// `entry`: what the ledger knows of the probe, or nullptr. Nothing when the answer counts.
[[nodiscard]] inline std::optional<InvalidReason> objection(const ProbeLedger::Entry* entry, const PingSources& sources,
                                                            const wire::DecodedPacket& packet, Instant received,
                                                            Duration timeout) {
  // The tag proves that the probe was ours, so it was forgotten because it is old.
  if (entry == nullptr) return InvalidReason::too_late;
  if (sources.address(entry->source) != packet.ip.destination) return InvalidReason::bad_tag;
  if (entry->state == ProbeLedger::State::answered) return InvalidReason::duplicate;
  if (entry->state != ProbeLedger::State::out) return InvalidReason::too_late;
  const Duration rtt = received - entry->sent;
  if (!is_possible(rtt)) return InvalidReason::impossible;
  // Read late, but it arrived after its time all the same.
  if (rtt > timeout) return InvalidReason::too_late;
  return std::nullopt;
}

}  // namespace isthmus::probes
