#pragma once
// One list of internet exchanges as a source has it, and how several become one. Value types; any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "isthmus/ip2as/exchanges.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

struct ExchangeList {
  enum class Source : std::uint8_t { peeringdb, caida_exchanges, caida_members };
  using Id = std::uint64_t;  ///< What the source calls an exchange; the two files of CAIDA share theirs.

  struct Name {
    Id exchange;
    std::string name;
  };
  struct Lan {
    Id exchange;
    Prefix prefix;
    bool retired;
  };
  struct Port {
    Id exchange;
    IpAddress address;
    Asn member;
    bool retired;
  };
  struct Member {
    Id exchange;
    Asn member;
  };

  Source source{Source::peeringdb};
  std::string date;  ///< "2025-11-25" or "2025-11"; empty when unknown.
  std::vector<Name> names;
  std::vector<Lan> lans;
  std::vector<Port> ports;
  std::vector<Member> members;
};

/// Of several lists of one source the newest is current; undated ones are as new as the first. What only older lists
/// hold has retired, and exchanges are named as in the newest that lists them. Lists in order of precedence.
[[nodiscard]] Exchanges merge_exchanges(std::vector<ExchangeList> lists);

/// The date in a file's name, "2025-11-25" or "2025-11": written as 20251125, 2025_11_25 or 202511. Empty when there is
/// none.
[[nodiscard]] std::string date_in_name(const std::string& path);

}  // namespace isthmus::ip2as
