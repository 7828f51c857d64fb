#pragma once
// The internet of known truth: which router stands at which distance on the way to a destination, who stays silent and
// whose ICMP is limited, each a pure function of (destination, flow hash, ttl, seed). The responder answers from it and
// the evaluator judges by it, so neither can disagree with the other.
//
// In the common subset of C and C++, because one of its compilers is `clang -target bpf`. No state, any thread.
//
//   ttl 1-5        a tree shared by everything: 1, 2, 4, 8, 16 routers
//   ttl 6          a diamond behind each leaf of the tree: the flow picks one of 4
//   ttl 7          the ingress router of the destination's AS
//   ttl 8 to d-2   the AS's chain; in a quarter of the ASes ttl 9 and 10 are a diamond of 2 to 4 branches, so that who
//                  mixes flows sees links that are not there
//   ttl d-1        the edge router of the block
//   ttl d          the host, d from 9 to 14

#include <stdint.h>

// The kernel's verifier follows no pointers through calls as well as it does through straight code.
#define WORLD_INLINE static inline __attribute__((always_inline))

#ifdef __cplusplus
namespace isthmus::responder {
#endif

enum {
  kMaxBlocks = 65536,  // IPv4: the /24s of 10.0.0.0/8. IPv6: the /48s of fd10::/32.
  kMaxAses = 4096,
  kMaxRouters = 0x30080,
  kAsSlots = 32,
  kAsRouterBase = 0x10000,  // Below: the edge router of each block.
  kTreeBase = 0x30000,
  kCoreBase = 0x30040,
  kTreeDepth = 5,
  kCoreTtl = 6,
  kCoreWidth = 4,
  kIngressTtl = 7,
  kAsDiamondTtl = 9,  // And the hop behind it.
  kMinDistance = 9,
  kMaxDistance = 14,
};

struct WorldSettings {
  uint64_t seed;
  uint32_t blocks;                  // At most kMaxBlocks.
  uint32_t ases;                    // At most kMaxAses and at most `blocks`.
  uint32_t silent_router_percent;
  uint32_t silent_host_percent;
  uint32_t limited_router_percent;
  uint32_t limit_per_second;        // ICMP messages a second of a limited router.
  uint32_t limit_burst;
};

// Block number above, host number in the low 8 bits.
typedef uint32_t DestinationIndex;

struct Hop {
  uint32_t router;  // Meaningless at a host.
  uint8_t exists;   // 0: the destination is outside this world.
  uint8_t is_host;
  uint8_t answers;
  uint8_t limited;
  uint8_t distance;  // Of the one who stands here.
};

// The finaliser of splitmix64: every input bit reaches every output bit.
WORLD_INLINE uint64_t world_mix(uint64_t seed, uint64_t value) {
  uint64_t x = value + seed * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0x632be59bd9b4e019);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

// One independent draw for each purpose, so that a silent router says nothing about a limited one.
enum Purpose {
  kDrawTree = 1,
  kDrawDistance,
  kDrawExtraHop,
  kDrawAsWidth,
  kDrawSilentRouter,
  kDrawSilentHost,
  kDrawLimited,
  kDrawCoreBranch,
  kDrawAsBranch,
  kDrawQuote,
};

WORLD_INLINE uint32_t world_draw(const struct WorldSettings* world, uint32_t purpose, uint64_t value) {
  return (uint32_t)(world_mix(world->seed + purpose, value) >> 32);
}

WORLD_INLINE uint32_t world_as_of(const struct WorldSettings* world, uint32_t block) {
  return (uint32_t)((uint64_t)block * world->ases / world->blocks);
}

// How far the hosts of a block are: 9 to 13 by AS, and one more in half of its blocks.
WORLD_INLINE uint32_t world_distance(const struct WorldSettings* world, uint32_t block) {
  const uint32_t as = world_as_of(world, block);
  const uint32_t spread = kMaxDistance - kMinDistance;
  return kMinDistance + world_draw(world, kDrawDistance, as) % spread + (world_draw(world, kDrawExtraHop, block) & 1);
}

WORLD_INLINE uint32_t world_as_width(const struct WorldSettings* world, uint32_t as) {
  const uint32_t draw = world_draw(world, kDrawAsWidth, as);
  return (draw & 3) == 0 ? 2 + (draw >> 2) % 3 : 1;
}

// The router in front of the edge: shared tree, core diamond, ingress or chain of the AS.
WORLD_INLINE uint32_t world_transit_router(const struct WorldSettings* world, uint32_t block, uint32_t flow,
                                            uint32_t ttl) {
  const uint32_t as = world_as_of(world, block);
  const uint32_t leaf = world_draw(world, kDrawTree, as) & 15;
  if (ttl <= kTreeDepth) return kTreeBase + (1U << (ttl - 1)) + (leaf >> (kTreeDepth - ttl));
  if (ttl == kCoreTtl) {
    const uint32_t branch = world_draw(world, kDrawCoreBranch, ((uint64_t)leaf << 32) | flow) % kCoreWidth;
    return kCoreBase + leaf * kCoreWidth + branch;
  }
  uint32_t branch = 0;
  if (ttl == kAsDiamondTtl || ttl == kAsDiamondTtl + 1) {
    const uint32_t width = world_as_width(world, as);
    branch = world_draw(world, kDrawAsBranch, ((uint64_t)as << 32) | flow) % width;
  }
  return kAsRouterBase + as * kAsSlots + (ttl - kIngressTtl) * 4 + branch;
}

WORLD_INLINE uint8_t world_router_answers(const struct WorldSettings* world, uint32_t router) {
  return world_draw(world, kDrawSilentRouter, router) % 100 >= world->silent_router_percent;
}

WORLD_INLINE uint8_t world_router_limited(const struct WorldSettings* world, uint32_t router) {
  return world_draw(world, kDrawLimited, router) % 100 < world->limited_router_percent;
}

WORLD_INLINE uint8_t world_host_answers(const struct WorldSettings* world, DestinationIndex destination) {
  return world_draw(world, kDrawSilentHost, destination) % 100 >= world->silent_host_percent;
}

// Half of the routers quote 28 bytes (RFC 792), the others as much as they were sent (RFC 1812 section 4.3.2.3).
WORLD_INLINE uint8_t world_router_quotes_all(const struct WorldSettings* world, uint32_t router) {
  return world_draw(world, kDrawQuote, router) & 1;
}

// Who answers a probe with this TTL. Behind its distance it is always the host.
WORLD_INLINE struct Hop world_hop(const struct WorldSettings* world, DestinationIndex destination, uint32_t flow,
                                   uint32_t ttl) {
  struct Hop hop = {0, 0, 0, 0, 0, 0};
  const uint32_t block = destination >> 8;
  if (block >= world->blocks || ttl == 0) return hop;
  const uint32_t distance = world_distance(world, block);
  hop.exists = 1;
  if (ttl >= distance) {
    hop.is_host = 1;
    hop.answers = world_host_answers(world, destination);
    hop.distance = (uint8_t)distance;
    return hop;
  }
  hop.router = ttl == distance - 1 ? block : world_transit_router(world, block, flow, ttl);
  hop.answers = world_router_answers(world, hop.router);
  hop.limited = world_router_limited(world, hop.router);
  hop.distance = (uint8_t)ttl;
  return hop;
}

// A token bucket as one number (GCRA): the time at which the bucket would be full again.
WORLD_INLINE uint8_t world_limit_allows(const struct WorldSettings* world, uint64_t* full_at, uint64_t now) {
  const uint64_t interval = UINT64_C(1000000000) / world->limit_per_second;
  const uint64_t from = *full_at > now ? *full_at : now;
  if (from - now > interval * (world->limit_burst - 1)) return 0;
  *full_at = from + interval;
  return 1;
}

// Which flows were asked of a block: what a survey can reveal depends on nothing else.
enum { kMaxRecordedFlows = 16 };

struct FlowRecord {
  uint32_t probes;
  uint32_t flows;  // How many of the entries are in use.
  uint32_t lost;   // Probes of flows that found no free entry.
  uint32_t reserved;
  uint32_t hash[kMaxRecordedFlows];
  uint8_t host[kMaxRecordedFlows];
};

WORLD_INLINE void world_record_flow(struct FlowRecord* record, DestinationIndex destination, uint32_t flow) {
  const uint8_t host = (uint8_t)(destination & 255);
  record->probes++;
  const uint32_t used = record->flows;
  for (uint32_t i = 0; i < kMaxRecordedFlows; i++) {
    if (i >= used) break;
    if (record->hash[i] == flow && record->host[i] == host) return;
  }
  if (used < kMaxRecordedFlows) {
    record->hash[used] = flow;
    record->host[used] = host;
    record->flows = used + 1;
  } else {
    record->lost++;
  }
}

#ifdef __cplusplus
}  // namespace isthmus::responder
#endif
