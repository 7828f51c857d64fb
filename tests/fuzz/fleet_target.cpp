// What comes over the wire of a fleet, from agents, from whoever assigns, from cores: refused with a reason, or read,
// and then it is written as it was read; and nothing that is assigned gets past the limits of an agent.

#include <algorithm>
#include <string_view>

#include "fuzz/fuzz_target.hpp"
#include "isthmus/fleet/assignment.hpp"
#include "isthmus/fleet/batch.hpp"
#include "isthmus/fleet/claim.hpp"
#include "isthmus/fleet/handover.hpp"
#include "isthmus/fleet/request.hpp"

namespace {

using namespace isthmus;

void check_confined(const fleet::Assignment& assignment) {
  static const fleet::AssignmentLimits kLimits{
      .allow = {Prefix::parse("192.0.2.0/24").value(), Prefix::parse("198.51.100.128/25").value(),
                Prefix::parse("2001:db8::/40").value()},
      .rate_limit = 50,
      .router_limit = 2};
  static const std::vector<Prefix> kForbidden = fleet::everything_but(kLimits.allow);
  const fleet::Assignment confined = fleet::confine(assignment, kLimits).assignment;
  fuzz::require(confined.rate_limit <= 50 && confined.router_limit <= 2, "rates keep below their ceilings");
  const auto is_allowed = [](const Prefix& prefix) {
    return std::ranges::none_of(kForbidden,
                                [&](const Prefix& other) { return other.contains(prefix) || prefix.contains(other); });
  };
  const auto is_address_allowed = [&](const IpAddress& address) {
    return is_allowed(Prefix(address, address.width()));
  };
  for (const fleet::AssignedTarget& target : confined.targets) {
    fuzz::require(std::ranges::all_of(target.prefixes, is_allowed), "targets stay inside what is allowed");
    fuzz::require(std::ranges::all_of(target.addresses, is_address_allowed), "addresses stay inside what is allowed");
  }
  fuzz::require(std::ranges::all_of(confined.controls, is_address_allowed), "controls stay inside what is allowed");
}

template <typename Read, typename Write>
void check(std::string_view bytes, Read read, Write write) {
  const auto first = read(bytes);
  if (!first) return fuzz::require(!first.error().detail.empty(), "an error says why");
  const auto again = read(write(*first));
  fuzz::require(again && *again == *first, "it is written as it was read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes, fleet::decode_assignment, [](const fleet::Assignment& read) { return fleet::encode(read); });
  check(bytes, fleet::decode_request, [](const fleet::Request& read) { return fleet::encode(read); });
  check(bytes, fleet::decode_claim, [](const fleet::Claim& read) { return fleet::encode(read); });
  check(bytes, fleet::decode_handover, [](const fleet::Handover& read) { return fleet::encode(read); });
  if (const auto assignment = fleet::decode_assignment(bytes)) check_confined(*assignment);
  if (const auto batch = fleet::decode(bytes)) {
    // Times that lie too far apart to be one batch again are all that may be refused.
    const auto again = fleet::decode(fleet::encode(batch->id, batch->messages));
    fuzz::require(!again || again->messages == batch->messages, "a batch is written as it was read");
  }
  return 0;
}
