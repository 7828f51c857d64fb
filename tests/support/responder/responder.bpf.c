// The responder inside the kernel: answers a probe where its frame arrives (XDP) and sends it back the way it came.
// Maps are the whole of its state; the program that loads it (kernel_way.cpp) fills and reads them.

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "world_packet.h"

volatile const struct WorldSettings settings = {0};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, uint32_t);
  __type(value, struct Scratch);
} scratches SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, kFates);
  __type(key, uint32_t);
  __type(value, uint64_t);
} fates SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, kMaxRouters);
  __type(key, uint32_t);
  __type(value, uint64_t);
} buckets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, kMaxBlocks);
  __type(key, uint32_t);
  __type(value, struct FlowRecord);
} flows SEC(".maps");

static __always_inline int count(uint32_t fate, int verdict) {
  uint64_t* counter = bpf_map_lookup_elem(&fates, &fate);
  if (counter) ++*counter;
  return verdict;
}

static __always_inline int send(struct xdp_md* frame, uint32_t length, struct Scratch* scratch, const struct Answer* answer) {
  const int grown = (int)kFrameAt - (int)answer->start;
  if (grown != 0 && bpf_xdp_adjust_head(frame, -grown) != 0) return XDP_ABORTED;
  const int surplus = (int)length + grown - (int)answer->length;
  if (surplus > 0 && bpf_xdp_adjust_tail(frame, -surplus) != 0) return XDP_ABORTED;
  // The verifier wants each of the few possible places and sizes by itself.
  int stored;
  if (answer->start == kErrorAtV4) {
    stored = bpf_xdp_store_bytes(frame, 0, scratch->bytes + kErrorAtV4, kEthernet + 48);
  } else if (answer->start == kErrorAtV6) {
    stored = bpf_xdp_store_bytes(frame, 0, scratch->bytes + kErrorAtV6, kEthernet + 88);
  } else if (answer->changed == kEthernet + 28) {
    stored = bpf_xdp_store_bytes(frame, 0, scratch->bytes + kFrameAt, kEthernet + 28);
  } else if (answer->changed == kEthernet + 60) {
    stored = bpf_xdp_store_bytes(frame, 0, scratch->bytes + kFrameAt, kEthernet + 60);
  } else if (answer->changed == kEthernet + 40) {
    stored = bpf_xdp_store_bytes(frame, 0, scratch->bytes + kFrameAt, kEthernet + 40);
  } else {
    stored = bpf_xdp_store_bytes(frame, 0, scratch->bytes + kFrameAt, kEthernet + 48);
  }
  if (stored != 0) return XDP_ABORTED;
  // Not XDP_TX: a veth pair wakes the other end after it only if that end runs a program, too.
  return count(answer->fate, (int)bpf_redirect(frame->ingress_ifindex, 0));
}

// A function of its own to the verifier, which then need not follow the search through everything behind it.
__attribute__((noinline)) int record(uint32_t destination, uint32_t flow) {
  const uint32_t block = destination >> 8;
  struct FlowRecord* asked = bpf_map_lookup_elem(&flows, &block);
  if (asked) world_record_flow(asked, destination, flow);
  return 0;
}

SEC("xdp")
int respond(struct xdp_md* frame) {
  const uint32_t zero = 0;
  struct Scratch* scratch = bpf_map_lookup_elem(&scratches, &zero);
  if (!scratch) return XDP_ABORTED;
  const uint32_t length = frame->data_end - frame->data;
  if (length < kEthernet + 28 || length > kMaxFrame) return count(kNoProbe, XDP_DROP);
  if (bpf_xdp_load_bytes(frame, 0, scratch->bytes + kFrameAt, length) != 0) return XDP_ABORTED;

  const struct WorldSettings world = settings;
  struct Probe probe;
  if (!world_parse(scratch, length, &probe)) {
    const struct Answer arp = world_arp(scratch, length);
    return arp.length != 0 ? send(frame, length, scratch, &arp) : count(kNoProbe, XDP_DROP);
  }
  const struct Hop hop = world_hop(&world, probe.destination, probe.flow, probe.ttl);
  if (!hop.exists) return count(kNoProbe, XDP_DROP);
  record(probe.destination, probe.flow);
  if (!hop.answers) return count(hop.is_host ? kSilentHost : kSilentRouter, XDP_DROP);
  if (hop.limited) {
    uint64_t* bucket = bpf_map_lookup_elem(&buckets, &hop.router);
    if (bucket && !world_limit_allows(&world, bucket, bpf_ktime_get_ns())) return count(kLimited, XDP_DROP);
  }
  const struct Answer answer = world_answer(&world, scratch, &probe, &hop);
  return answer.length != 0 ? send(frame, length, scratch, &answer) : count(answer.fate, XDP_DROP);
}

const char responder_license[] SEC("license") = "GPL";
