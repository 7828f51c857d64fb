#pragma once
// What the world knows about the simulated internet: routing tables, registries, inferred relationships,
// organisations and lists of exchanges, with the errors that such data has. Plain values; one thread builds them.

#include <cstdint>
#include <string>
#include <vector>

#include "isthmus/model/address.hpp"
#include "support/internet/internet.hpp"

namespace isthmus::testing::internet {

struct PrefixRecord {
  std::uint32_t first{0};
  int length{0};
  std::vector<Asn> origins;
};

/// Space that a registry gave to an organisation; `asns` are the numbers that it gave to the same, ascending, those
/// that originate something first: who reads delegations cannot know which of them uses the space.
struct RegistryRecord {
  std::uint32_t first{0};
  int length{0};
  std::vector<Asn> asns;
};

struct RelationshipRecord {
  Asn a;  ///< The provider, if one is.
  Asn b;
  bool transit{false};
};

struct OrganisationRecord {
  Asn asn;
  std::string id;
  std::string name;
};

struct ExchangeRecord {
  struct Port {
    std::uint32_t address{0};
    Asn member;
  };
  std::string name;
  std::uint32_t lan{0};
  int length{0};
  bool retired{false};
  std::vector<Port> ports;
};

struct PublicData {
  std::vector<PrefixRecord> prefixes;
  std::vector<RegistryRecord> registry;
  std::vector<RelationshipRecord> relationships;
  std::vector<OrganisationRecord> organisations;
  std::vector<ExchangeRecord> exchanges;
};

[[nodiscard]] PublicData publish(const Internet& internet);

/// By index of adjacency: whether it is on a path that a BGP collector sees.
[[nodiscard]] std::vector<bool> links_seen_by_collectors(const Internet& internet);

}  // namespace isthmus::testing::internet
