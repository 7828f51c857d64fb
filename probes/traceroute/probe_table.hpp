#pragma once
// Which trace probes are out, by slot, and what became of the recent ones. Belongs to one engine, on its thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "isthmus/schedule/random_order.hpp"
#include "probes/traceroute/slot_codec.hpp"

namespace isthmus::probes {

class ProbeTable {
 public:
  struct Owner {
    std::uint64_t run{0};
    Ttl ttl{0};
  };
  struct Answer {
    Owner owner;
    Reply reply;
  };

  /// `reserved` are ICMP ids that other engines on the same socket use.
  ProbeTable(SlotCodec codec, std::uint64_t order_key, std::vector<std::uint16_t> reserved);

  /// A new probe, out from now on; nothing when every slot is taken.
  std::optional<SlotProbe> open(const TraceRequest& request, const Owner& owner, Instant sent);
  /// The answer to a probe that was out, or why the packet is none. Only an answer changes anything.
  std::variant<Answer, InvalidReason> settle(const wire::DecodedPacket& packet, Instant received);
  /// Gives up on the probe of a slot, of an owner; the owner of the slot if it was out.
  std::optional<Owner> give_up(std::uint16_t slot);
  void give_up(const Owner& owner);
  [[nodiscard]] const SlotCodec& codec() const { return codec_; }

 private:
  enum class State : std::uint8_t { out, answered, expired };
  struct Entry {
    SlotProbe probe;
    Owner owner;
    Instant sent{};
    State state{State::out};
    std::uint64_t number{0};
  };
  std::optional<std::uint16_t> free_slot();
  void finish(Entry& entry, State state);
  static std::uint64_t key_of(const Owner& owner) { return owner.run << 8 | owner.ttl; }

  SlotCodec codec_;
  schedule::RandomOrder order_;
  std::vector<std::uint16_t> reserved_;
  std::uint64_t next_{0};
  std::unordered_map<std::uint16_t, Entry> entries_;
  std::unordered_map<std::uint64_t, std::uint16_t> slot_of_owner_;  // probes that are out
  std::deque<std::pair<std::uint16_t, std::uint64_t>> finished_;    // slot and number, oldest first, bounded
};

}  // namespace isthmus::probes
