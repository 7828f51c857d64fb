#pragma once
// The header of an Ethernet frame. Pure; any thread.

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include <cstddef>
#include <cstring>

#include "net/way_finder.hpp"

namespace isthmus::net {

/// IEEE 802.3: destination, source, EtherType; ETH_HLEN bytes.
inline void write_ethernet_header(std::byte* frame, const Way& way, Family family) {
  const std::uint16_t type = htons(family == Family::ipv4 ? ETH_P_IP : ETH_P_IPV6);
  std::memcpy(frame, way.mac->data(), ETH_ALEN);
  std::memcpy(frame + ETH_ALEN, way.link->mac.data(), ETH_ALEN);
  std::memcpy(frame + 2 * ETH_ALEN, &type, sizeof(type));
}

}  // namespace isthmus::net
