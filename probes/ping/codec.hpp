#pragma once
// The echo probe on the wire: built with libtins, recognised by its keyed tag alone. The layout is in README.md of
// this folder. Immutable; any thread.

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "isthmus/wire/decode.hpp"
#include "isthmus/wire/tag.hpp"

namespace isthmus::probes {

/// One echo request with every field that a reply can return.
struct EchoProbe {
  std::uint64_t number{0};  ///< Never repeats within a start.
  IpAddress source;
  IpAddress destination;
  std::uint16_t id{0};
  std::uint16_t sequence{0};  ///< The low 16 bits of the number.
  std::uint16_t ip_id{0};
  std::uint64_t tag{0};
  [[nodiscard]] std::uint16_t icmp_checksum() const;
};

class EchoCodec {
 public:
  /// Probes of one codec carry one ICMP id; codecs that share a socket need different ids.
  EchoCodec(const wire::KeySeed& seed, wire::TagKey::Purpose purpose, std::uint16_t id)
      : key_(seed, purpose), id_(id) {}

  [[nodiscard]] EchoProbe make(std::uint64_t number, const IpAddress& source, const IpAddress& destination) const;
  [[nodiscard]] std::vector<std::byte> encode(const EchoProbe& probe) const;

  /// The number of the probe that the packet answers, `not_ours` when it carries another id, or `bad_tag`.
  /// `next_number` is that of the next probe: errors quote 16 bits of a number only, those of a recent one.
  [[nodiscard]] std::variant<std::uint64_t, InvalidReason> match(const wire::DecodedPacket& packet,
                                                                 std::uint64_t next_number) const;

 private:
  [[nodiscard]] std::variant<std::uint64_t, InvalidReason> match_reply(const wire::DecodedPacket& packet,
                                                                       const wire::EchoReply& reply) const;
  [[nodiscard]] std::variant<std::uint64_t, InvalidReason> match_error(const wire::IcmpError& error,
                                                                       std::uint64_t next_number) const;

  wire::TagKey key_;
  std::uint16_t id_;
};

}  // namespace isthmus::probes
