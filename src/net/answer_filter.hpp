#pragma once
// Classic BPF programs that let only possible answers to probes through: the rest of the machine's traffic must neither
// fill the buffer nor cost a wake-up. Pure.

#include <linux/filter.h>

#include <optional>
#include <vector>

#include "isthmus/net/open_packet_io.hpp"

namespace isthmus::net {

/// For packet sockets, which see packets from the IP header on: ICMP or ICMPv6 that can answer, SYN-ACK and RST as
/// `tcp` says; addressed to this machine, and to `destination` if there is one. No fragments.
[[nodiscard]] std::vector<sock_filter> answer_filter(Family family, const TcpAnswers& tcp,
                                                     const std::optional<IpAddress>& destination);

/// For raw TCP sockets, which see packets of IPv4 from the IP header and of IPv6 from the TCP header on.
[[nodiscard]] std::vector<sock_filter> tcp_answer_filter(Family family, const TcpAnswers& tcp);

/// Attaches it; 0 or an errno.
[[nodiscard]] int attach_filter(int socket, std::vector<sock_filter> program);

}  // namespace isthmus::net
