#pragma once
// Packets of the internet of known truth: reads a probe out of a frame and builds the answer around it, in place.
// In the common subset of C and C++ (see world.h); every offset is a constant, which is what the kernel's verifier
// wants to see. No state of its own, any thread.
//
// The frame lies at kFrameAt, so that the outer headers of an ICMP error fit in front of the packet it quotes.
// IPv4: 10.B.B.H is host H of block B, 172.16.0.0 + R is router R. IPv6: fd10:0:B::H and fd20::R.

#include "world.h"

#ifdef __cplusplus
namespace isthmus::responder {
#endif

enum {
  kMaxFrame = 256,
  kEthernet = 14,
  kFrameAt = 48,
  kIpAt = kFrameAt + kEthernet,
  kScratch = kIpAt + 64 + 2 * kMaxFrame,  // So that every masked offset and length stays inside.
  kErrorAtV4 = kIpAt - 8 - 20 - kEthernet,
  kErrorAtV6 = kIpAt - 8 - 40 - kEthernet,
};

enum { kTypeIpV4 = 0x0800, kTypeArp = 0x0806, kTypeIpV6 = 0x86dd };
enum { kIcmp = 1, kTcp = 6, kUdp = 17, kIcmpV6 = 58 };

// What became of a frame; also the index of its counter.
enum Fate {
  kTimeExceeded,
  kEchoReply,
  kPortUnreachable,
  kTcpReset,
  kTcpSynAck,
  kArpReply,
  kSilentRouter,
  kSilentHost,
  kLimited,
  kBadChecksum,
  kNoProbe,
  kFates,
};

struct Scratch {
  uint8_t bytes[kScratch] __attribute__((aligned(8)));
};

struct Probe {
  DestinationIndex destination;
  uint32_t flow;
  uint32_t ip_length;
  uint32_t transport_sum;  // Of all transport bytes, one's complement, unfolded.
  uint8_t ttl;
  uint8_t protocol;
  uint8_t checksum_good;
  uint8_t is_v6;
};

// The answer lies at `start` in the scratch; only its first `changed` bytes differ from the frame behind them.
struct Answer {
  uint32_t fate;
  uint32_t start;
  uint32_t changed;
  uint32_t length;
};

WORLD_INLINE uint32_t world_get16(const uint8_t* at) { return (uint32_t)at[0] << 8 | at[1]; }

WORLD_INLINE uint32_t world_get32(const uint8_t* at) { return world_get16(at) << 16 | world_get16(at + 2); }

WORLD_INLINE void world_put16(uint8_t* at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

WORLD_INLINE void world_put32(uint8_t* at, uint32_t value) {
  world_put16(at, value >> 16);
  world_put16(at + 2, value);
}

// RFC 1071: words in the machine's own order, whose sum is the swapped sum of the swapped words; back in net order.
WORLD_INLINE uint32_t world_fold(uint32_t sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

// The bytes are followed by zeros up to a multiple of four.
WORLD_INLINE uint32_t world_sum(const uint8_t* at, uint32_t length) {
#ifdef __bpf__
  // A loop with an end that depends on the packet makes the verifier try every end with all code behind it.
  const uint32_t sum = world_fold((uint32_t)bpf_csum_diff(0, 0, (uint32_t*)at, (length + 3) & (2 * kMaxFrame - 4), 0));
#else
  uint32_t words = 0;
  for (uint32_t i = 0; i < length; i += 2) {
    uint16_t word;
    __builtin_memcpy(&word, at + i, 2);
    words += word;
  }
  const uint32_t sum = world_fold(words);
#endif
  return (sum >> 8 | sum << 8) & 0xffff;
}

WORLD_INLINE void world_put_checksum(uint8_t* at, uint32_t sum) { world_put16(at, ~world_fold(sum)); }

WORLD_INLINE void world_swap(uint8_t* a, uint8_t* b, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) {
    const uint8_t byte = a[i];
    a[i] = b[i];
    b[i] = byte;
  }
}

// What a load balancer hashes: addresses, protocol, flow label and the first four bytes of the transport header
// (ports, or an ICMP checksum), as Paris traceroute found them to do.
WORLD_INLINE uint32_t world_flow_hash(uint64_t addresses, uint32_t protocol, uint32_t label, uint32_t first) {
  return (uint32_t)world_mix(addresses ^ ((uint64_t)label << 32), ((uint64_t)first << 8) ^ protocol);
}

WORLD_INLINE uint8_t world_known_transport(struct Probe* probe, uint8_t* transport, uint32_t length,
                                           uint32_t pseudo) {
  if (probe->protocol == kTcp ? length < 20 : length < 8) return 0;
  // What follows is padding of the link layer; world_sum wants zeros.
  __builtin_memset(transport + (length & (kMaxFrame - 1)), 0, 4);
  // Only what asks for an answer is a probe: an echo request or a SYN.
  if (probe->protocol == kIcmp && transport[0] != 8) return 0;
  if (probe->protocol == kIcmpV6 && transport[0] != 128) return 0;
  if (probe->protocol == kTcp && (transport[13] & 0x17) != 0x02) return 0;
  probe->transport_sum = world_sum(transport, length);
  if (probe->protocol != kIcmp) pseudo += probe->protocol + length;
  const uint8_t none = !probe->is_v6 && probe->protocol == kUdp && world_get16(transport + 6) == 0;
  probe->checksum_good = none || world_fold(probe->transport_sum + (probe->protocol == kIcmp ? 0 : pseudo)) == 0xffff;
  return 1;
}

// RFC 791 section 3.1. Options and fragments are not part of this world.
WORLD_INLINE uint8_t world_parse_v4(struct Scratch* scratch, uint32_t length, struct Probe* probe) {
  uint8_t* ip = scratch->bytes + kIpAt;
  if (length < kEthernet + 28 || ip[0] != 0x45 || (world_get16(ip + 6) & 0x3fff) != 0) return 0;
  probe->ip_length = world_get16(ip + 2);
  if (probe->ip_length < 28 || probe->ip_length > length - kEthernet) return 0;
  if (world_sum(ip, 20) != 0xffff || ip[16] != 10) return 0;
  probe->destination = world_get32(ip + 16) & 0xffffff;
  probe->ttl = ip[8];
  probe->protocol = ip[9];
  if (probe->protocol != kIcmp && probe->protocol != kTcp && probe->protocol != kUdp) return 0;
  const uint64_t addresses = (uint64_t)world_get32(ip + 12) << 32 | world_get32(ip + 16);
  probe->flow = world_flow_hash(addresses, probe->protocol, 0, world_get32(ip + 20));
  return world_known_transport(probe, ip + 20, probe->ip_length - 20, world_sum(ip + 12, 8));
}

// RFC 8200 section 3. Extension headers are not part of this world.
WORLD_INLINE uint8_t world_parse_v6(struct Scratch* scratch, uint32_t length, struct Probe* probe) {
  uint8_t* ip = scratch->bytes + kIpAt;
  if (length < kEthernet + 48 || ip[0] >> 4 != 6) return 0;
  probe->is_v6 = 1;
  probe->ip_length = 40 + world_get16(ip + 4);
  if (probe->ip_length < 48 || probe->ip_length > length - kEthernet) return 0;
  if (world_get32(ip + 24) != 0xfd100000 || ip[24 + 6] != 0 || ip[24 + 7] != 0) return 0;
  probe->destination = world_get16(ip + 24 + 4) << 8 | ip[39];
  probe->ttl = ip[7];
  probe->protocol = ip[6];
  if (probe->protocol != kIcmpV6 && probe->protocol != kTcp && probe->protocol != kUdp) return 0;
  const uint64_t addresses = (uint64_t)world_get32(ip + 20) << 32 | probe->destination;
  probe->flow = world_flow_hash(addresses, probe->protocol, world_get32(ip) & 0xfffff, world_get32(ip + 40));
  return world_known_transport(probe, ip + 40, probe->ip_length - 40, world_sum(ip + 8, 32));
}

// 0: nothing that anybody here would answer or route.
WORLD_INLINE uint8_t world_parse(struct Scratch* scratch, uint32_t length, struct Probe* probe) {
  __builtin_memset(probe, 0, sizeof(*probe));
  if (length < kEthernet + 28) return 0;
  const uint32_t type = world_get16(scratch->bytes + kFrameAt + 12);
  if (type == kTypeIpV4) return world_parse_v4(scratch, length, probe);
  if (type == kTypeIpV6) return world_parse_v6(scratch, length, probe);
  return 0;
}

WORLD_INLINE void world_put_ipv4(uint8_t* ip, uint32_t total_length, uint32_t ttl, uint32_t protocol) {
  world_put16(ip, 0x4500);
  world_put16(ip + 2, total_length);
  world_put32(ip + 4, 0x4000);
  world_put16(ip + 8, ttl << 8 | protocol);
  world_put16(ip + 10, 0);
  world_put_checksum(ip + 10, world_sum(ip, 20));
}

// Answers start with 255 (routers) or 64 (hosts) and take as many hops back as the probe took there.
WORLD_INLINE uint32_t world_return_ttl(const struct Hop* hop) {
  return (hop->is_host ? 64U : 255U) - (uint32_t)(hop->distance - 1);
}

// ICMP time exceeded from a router or port unreachable from a host (RFC 792).
WORLD_INLINE struct Answer world_error_v4(const struct WorldSettings* world, struct Scratch* scratch,
                                          const struct Probe* probe, const struct Hop* hop) {
  uint8_t* out = scratch->bytes + kErrorAtV4;
  uint8_t* quote = scratch->bytes + kIpAt;
  // The forwarding routers took one each; RFC 1624 keeps the quoted header's sum right.
  const uint32_t old_word = world_get16(quote + 8);
  quote[8] = hop->is_host ? (uint8_t)(probe->ttl - hop->distance + 1) : 1;
  world_put_checksum(quote + 10, (~world_get16(quote + 10) & 0xffff) + (~old_word & 0xffff) + world_get16(quote + 8));

  const uint8_t all = hop->is_host || world_router_quotes_all(world, hop->router);
  const uint32_t quoted = all ? probe->ip_length : 28;
  __builtin_memcpy(out, scratch->bytes + kFrameAt + 6, 6);
  __builtin_memcpy(out + 6, scratch->bytes + kFrameAt, 6);
  world_put16(out + 12, kTypeIpV4);
  uint8_t* ip = out + kEthernet;
  world_put32(ip + 12, hop->is_host ? world_get32(quote + 16) : 0xac100000 + hop->router);
  __builtin_memcpy(ip + 16, quote + 12, 4);
  world_put_ipv4(ip, 28 + quoted, world_return_ttl(hop), kIcmp);
  const uint32_t type_code = hop->is_host ? 0x0303 : 0x0b00;
  world_put16(ip + 20, type_code);
  world_put32(ip + 24, 0);
  // A header with its own checksum sums to nothing, so only type, code and the quoted transport bytes count.
  world_put_checksum(ip + 22, type_code + (all ? probe->transport_sum : world_sum(quote + 20, 8)));
  const struct Answer answer = {hop->is_host ? kPortUnreachable : kTimeExceeded, kErrorAtV4, kEthernet + 28 + 20,
                                kEthernet + 28 + quoted};
  return answer;
}

// The same in ICMPv6 (RFC 4443 sections 3.1 and 3.3), which always quotes all it can.
WORLD_INLINE struct Answer world_error_v6(struct Scratch* scratch, const struct Probe* probe, const struct Hop* hop) {
  uint8_t* out = scratch->bytes + kErrorAtV6;
  uint8_t* quote = scratch->bytes + kIpAt;
  quote[7] = hop->is_host ? (uint8_t)(probe->ttl - hop->distance + 1) : 1;
  __builtin_memcpy(out, scratch->bytes + kFrameAt + 6, 6);
  __builtin_memcpy(out + 6, scratch->bytes + kFrameAt, 6);
  world_put16(out + 12, kTypeIpV6);
  uint8_t* ip = out + kEthernet;
  world_put32(ip, 0x60000000);
  world_put16(ip + 4, 8 + probe->ip_length);
  ip[6] = kIcmpV6;
  ip[7] = (uint8_t)world_return_ttl(hop);
  if (hop->is_host) {
    __builtin_memcpy(ip + 8, quote + 24, 16);
  } else {
    __builtin_memset(ip + 8, 0, 16);
    world_put32(ip + 8, 0xfd200000);
    world_put32(ip + 20, hop->router);
  }
  __builtin_memcpy(ip + 24, quote + 8, 16);
  const uint32_t type_code = hop->is_host ? 0x0104 : 0x0300;
  world_put16(ip + 40, type_code);
  world_put32(ip + 44, 0);
  world_put_checksum(ip + 42, world_sum(ip + 8, 32) + kIcmpV6 + 8 + probe->ip_length + type_code +
                                  world_sum(quote, 40) + probe->transport_sum);
  const struct Answer answer = {hop->is_host ? kPortUnreachable : kTimeExceeded, kErrorAtV6, kEthernet + 48 + 40,
                                kEthernet + 48 + probe->ip_length};
  return answer;
}

// RFC 9293 section 3.10.7: the answer to a SYN, from ports 80 and 443 of a listener. Returns what became of it.
WORLD_INLINE uint32_t world_put_tcp(uint8_t* tcp, uint32_t length) {
  const uint32_t port = world_get16(tcp + 2);
  const uint8_t listens = port == 80 || port == 443;
  const uint32_t sequence = world_get32(tcp + 4);
  // Data that came with the SYN is not acknowledged by a listener, and is by a reset.
  const uint32_t data = listens ? 0 : length - (uint32_t)(tcp[12] >> 4) * 4;
  world_swap(tcp, tcp + 2, 2);
  world_put32(tcp + 4, listens ? sequence ^ 0x5a5a5a5a : 0);
  world_put32(tcp + 8, sequence + 1 + data);
  world_put16(tcp + 12, listens ? 0x5012 : 0x5014);
  world_put16(tcp + 14, listens ? 65535 : 0);
  world_put32(tcp + 16, 0);
  return listens ? kTcpSynAck : kTcpReset;
}

WORLD_INLINE struct Answer world_host_v4(struct Scratch* scratch, const struct Probe* probe, const struct Hop* hop) {
  uint8_t* frame = scratch->bytes + kFrameAt;
  uint8_t* ip = scratch->bytes + kIpAt;
  world_swap(frame, frame + 6, 6);
  world_swap(ip + 12, ip + 16, 4);
  if (probe->protocol == kIcmp) {
    world_put_ipv4(ip, probe->ip_length, world_return_ttl(hop), kIcmp);
    ip[20] = 0;
    world_put_checksum(ip + 22, (~world_get16(ip + 22) & 0xffff) + (~0x0800U & 0xffff));
    const struct Answer answer = {kEchoReply, kFrameAt, kEthernet + 28, kEthernet + probe->ip_length};
    return answer;
  }
  const uint32_t fate = world_put_tcp(ip + 20, probe->ip_length - 20);
  world_put_ipv4(ip, 40, world_return_ttl(hop), kTcp);
  world_put_checksum(ip + 36, world_sum(ip + 12, 8) + kTcp + 20 + world_sum(ip + 20, 20));
  const struct Answer answer = {fate, kFrameAt, kEthernet + 40, kEthernet + 40};
  return answer;
}

WORLD_INLINE struct Answer world_host_v6(struct Scratch* scratch, const struct Probe* probe, const struct Hop* hop) {
  uint8_t* frame = scratch->bytes + kFrameAt;
  uint8_t* ip = scratch->bytes + kIpAt;
  world_swap(frame, frame + 6, 6);
  world_swap(ip + 8, ip + 24, 16);
  ip[7] = (uint8_t)world_return_ttl(hop);
  if (probe->protocol == kIcmpV6) {
    ip[40] = 129;
    world_put_checksum(ip + 42, (~world_get16(ip + 42) & 0xffff) + (~0x8000U & 0xffff) + 0x8100);
    const struct Answer answer = {kEchoReply, kFrameAt, kEthernet + 48, kEthernet + probe->ip_length};
    return answer;
  }
  const uint32_t fate = world_put_tcp(ip + 40, probe->ip_length - 40);
  world_put16(ip + 4, 20);
  world_put_checksum(ip + 56, world_sum(ip + 8, 32) + kTcp + 20 + world_sum(ip + 40, 20));
  const struct Answer answer = {fate, kFrameAt, kEthernet + 60, kEthernet + 60};
  return answer;
}

// The answer of whoever stands at `hop`, which must answer. `length` 0 means that it cannot: see `fate`.
WORLD_INLINE struct Answer world_answer(const struct WorldSettings* world, struct Scratch* scratch,
                                        const struct Probe* probe, const struct Hop* hop) {
  struct Answer none = {kBadChecksum, 0, 0, 0};
  // Routers look at no transport checksum, hosts do.
  if (hop->is_host && !probe->checksum_good) return none;
  if (!hop->is_host || probe->protocol == kUdp) {
    return probe->is_v6 ? world_error_v6(scratch, probe, hop) : world_error_v4(world, scratch, probe, hop);
  }
  return probe->is_v6 ? world_host_v6(scratch, probe, hop) : world_host_v4(scratch, probe, hop);
}

// Answers an ARP request (RFC 826) for any address, with an address of its own.
WORLD_INLINE struct Answer world_arp(struct Scratch* scratch, uint32_t length) {
  struct Answer answer = {kNoProbe, kFrameAt, kEthernet + 28, kEthernet + 28};
  uint8_t* frame = scratch->bytes + kFrameAt;
  uint8_t* arp = scratch->bytes + kIpAt;
  if (length < kEthernet + 28 || world_get16(frame + 12) != kTypeArp || world_get16(arp + 6) != 1) {
    answer.length = 0;
    return answer;
  }
  world_swap(arp + 8, arp + 18, 10);
  world_put16(arp + 6, 2);
  world_put16(arp + 8, 0x0269);
  world_put32(arp + 10, 0x73746802);
  __builtin_memcpy(frame, frame + 6, 6);
  __builtin_memcpy(frame + 6, arp + 8, 6);
  answer.fate = kArpReply;
  return answer;
}

#ifdef __cplusplus
}  // namespace isthmus::responder
#endif
