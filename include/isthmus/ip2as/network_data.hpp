#pragma once
// Everything known about the networks of the internet, and what follows from it for one address.
//
// NetworkData is filled by one thread, then shared as shared_ptr<const NetworkData>: immutable, any thread. New data is
// loaded beside the old and the pointer swapped. What annotate() hands out lives as long as the data.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "isthmus/ip2as/exchanges.hpp"
#include "isthmus/ip2as/organisations.hpp"
#include "isthmus/ip2as/prefix_table.hpp"
#include "isthmus/ip2as/relationships.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

struct NetworkData {
  PrefixTable overrides;  ///< Said by the operator by hand; win over all but special-purpose space.
  PrefixTable prefixes;   ///< Announced in BGP. load() takes IPv4 up to /24 and IPv6 up to /48.
  PrefixTable registry;   ///< To whom registries gave the space; used where nothing is announced.
  Exchanges exchanges;
  Relationships relationships;
  Organisations organisations;
  std::string version;  ///< Which files, with checksums; stored with every conclusion.

  /// Who the AS is, from whichever source names it; empty if none does.
  [[nodiscard]] std::string_view name_of(Asn asn) const;
};

/// How the owner of an address is known.
enum class AddressKind : std::uint8_t {
  unknown,     ///< No source covers it.
  special,     ///< Private, shared, link-local and so on (RFC 6890), or outside all global unicast space: nobody's.
  overridden,  ///< By a manual override.
  exchange,    ///< On the LAN of an exchange.
  announced,   ///< Inside a prefix announced in BGP.
  registered,  ///< Not announced, but given to somebody.
};

[[nodiscard]] const char* to_string(AddressKind kind);

struct Annotation {
  AddressKind kind{AddressKind::unknown};
  Asn asn{};                      ///< Whose it is; on an exchange the member whose port it is. May be none.
  std::span<const Asn> others{};  ///< Origins of the prefix besides `asn`, when there are several.
  std::uint32_t exchange{0};      ///< For AddressKind::exchange: index into NetworkData::exchanges.
};

/// What is known about an address. Precedence: special-purpose space, manual override, exchange LAN (retired ones too),
/// announced, registered. Of several origins of one prefix: the first when all belong to one organisation, else the
/// first that is in every other's customer cone, else the first listed (precedence and rule of bdrmapIT, Marder et al.,
/// IMC 2018).
[[nodiscard]] Annotation annotate(const NetworkData& data, const IpAddress& address);

}  // namespace isthmus::ip2as
