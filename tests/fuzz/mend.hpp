#pragma once
// Makes a made-up or damaged packet consistent, so that readers behind its lengths and checksums see the rest of it. It
// reads bytes by itself, without the project's decoder, so that a mistake there does not cancel out here. Pure.

#include "support/path_simulator.hpp"

namespace isthmus::fuzz {

/// Writes the IP length, the IPv4 header checksum, the checksum of RFC 4884 extensions where they may be, and that of
/// ICMP, ICMPv6 or TCP anew, as far as the packet has the fields. Leaves what is no IP packet alone.
void mend(support::Packet& packet);

}  // namespace isthmus::fuzz
