#pragma once
// Which trace probes are out, by what an answer says of them, and what became of the recent ones. Belongs to one
// engine, on its thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <variant>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "probes/traceroute/codecs.hpp"

namespace isthmus::probes {

/// A probe that leaves. `number` never repeats within a start and is mixed into its tag.
struct OpenProbe {
  TraceProbe probe;
  IpAddress source;
  std::uint64_t number{0};
};

class ProbeTable {
 public:
  struct Owner {
    std::uint64_t run{0};
    TraceProbe probe;
  };
  struct Answer {
    Owner owner;
    Reply reply;
  };

  explicit ProbeTable(const wire::KeySeed& seed) : codecs_(seed) {}

  /// What is sent from now on; probes that are out are forgotten when it changes. `flows`: how many ids are in use.
  void use(Protocol protocol, std::uint16_t destination_port, std::uint16_t flows);

  /// A new probe, out from now on; nothing while the same one is out for another run, or the table is full.
  std::optional<OpenProbe> open(const TraceProbe& probe, const IpAddress& source, std::uint64_t run, Instant sent);
  /// The packet of a probe just opened.
  std::span<const std::byte> encode(const OpenProbe& probe, std::span<std::byte, TraceCodec::kMaxPacket> out);

  /// The answer to a probe that was out, or why the packet is none. Only an answer changes anything.
  std::variant<Answer, InvalidReason> settle(const wire::DecodedPacket& packet, Instant received);
  /// Gives up on a probe; its owner if it was out.
  std::optional<Owner> give_up(std::uint64_t number);
  void give_up(const TraceProbe& probe);

 private:
  enum class State : std::uint8_t { unused, out, answered, expired };
  struct Entry {
    TraceProbe probe;
    State state{State::unused};
    std::uint64_t number{0};
    std::uint64_t before{0};  // number of the last probe that looked the same but for its tag
    std::uint64_t run{0};
    Instant sent{};
  };
  struct Hash {
    std::size_t operator()(const TraceProbe& probe) const;
  };
  struct Match {
    Entry* entry{nullptr};
    Verdict verdict;
  };

  Entry* entry_of(std::uint64_t number);
  std::optional<std::uint32_t> free_slot();
  /// The probes that the packet may be about, the flow tried out where it was lost.
  [[nodiscard]] Match find(const TraceCodec& codec, const wire::DecodedPacket& packet, const TraceClaims& claims);
  bool consider(const TraceCodec& codec, const wire::DecodedPacket& packet, const TraceProbe& claim, Match& best);
  void finish(Entry& entry, State state);

  TraceCodecs codecs_;
  std::uint16_t flows_{0};
  std::vector<Entry> entries_;                                   // by slot
  std::vector<std::uint32_t> spare_;                             // slots to be used again
  std::unordered_map<TraceProbe, std::uint64_t, Hash> numbers_;  // of the latest probe that looks so
  std::deque<std::uint64_t> finished_;                           // oldest first, bounded
  std::uint64_t opened_{0};
};

}  // namespace isthmus::probes
