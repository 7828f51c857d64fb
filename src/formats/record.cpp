#include "formats/record.hpp"

#include <algorithm>

namespace isthmus::formats {

IpAddress without_mapping(const IpAddress& address) {
  const auto& bytes = address.bytes();
  const bool is_mapped = !address.is_v4() && bytes[10] == 0xFF && bytes[11] == 0xFF &&
                         std::ranges::all_of(bytes.begin(), bytes.begin() + 10, [](auto byte) { return byte == 0; });
  if (!is_mapped) return address;
  return IpAddress::v4(std::uint32_t{bytes[12]} << 24 | std::uint32_t{bytes[13]} << 16 | std::uint32_t{bytes[14]} << 8 |
                       std::uint32_t{bytes[15]});
}

StopReason deduce_stop(const Trace& trace) {
  if (trace.hops.empty()) return StopReason::send_failed;
  const auto& outcomes = trace.hops.back().outcomes;
  const auto answers = [&](auto&& holds) {
    return std::ranges::any_of(outcomes, [&](const Outcome& outcome) {
      const Reply* reply = reply_of(outcome);
      return reply != nullptr && holds(*reply);
    });
  };
  if (answers([&](const Reply& reply) { return reply.from == trace.destination; })) return StopReason::reached;
  if (answers([](const Reply& reply) { return reply.kind == ReplyKind::unreachable; })) return StopReason::unreachable;
  if (answers([](const Reply&) { return true; })) return StopReason::max_ttl;
  const bool unsent =
      std::ranges::all_of(outcomes, [](const Outcome& o) { return std::holds_alternative<SendFailed>(o); });
  return unsent ? StopReason::send_failed : StopReason::gap_limit;
}

}  // namespace isthmus::formats
