#pragma once
// Where the broker is and who we are to it. Plain value types; any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"

namespace isthmus::fleet {

struct BrokerSettings {
  std::string name{};                  ///< Of this client, as the broker lists it.
  std::vector<std::string> servers{};  ///< "tls://broker.example.net:4222"; one that answers is enough.
  std::string credentials{};           ///< File with the user's JWT and seed, as `nsc` writes it; or empty.
  std::string nkey{};                  ///< Our public key (U...), with `nkey_seed`; or empty.
  std::string nkey_seed{};             ///< File with the seed of it (SU...).
  std::string ca{};                    ///< Certificates (PEM) that may have signed the broker's; empty: the system's.
  std::string certificate{};           ///< Our own (PEM), with its key, where the broker asks for one; or empty.
  std::string key{};
  std::string inbox{};  ///< Where answers come in, "_INBOX.frankfurt": may be closed to others; empty: _INBOX.
};

/// The stream that all observations of a fleet are in, and how it is divided.
struct StreamSettings {
  std::string name{"ISTHMUS"};
  std::uint32_t partitions{8};  ///< Fixed for the life of a fleet: a target's partition is its name's hash.
  int replicas{1};
  Duration kept{std::chrono::hours(14 * 24)};
  std::uint64_t most_bytes{20'000'000'000};
};

/// Each partition judges the vantage points by itself; this one tells people about them.
inline constexpr std::uint32_t kSpeakingPartition = 0;

/// "obs.v1.<partition>.<vantage>": a core filters by the first, an agent may publish only the last.
[[nodiscard]] std::string subject_of(const std::string& vantage, std::uint32_t partition);
/// FNV-1a, 64 bits, of the name, modulo the number of partitions: the same in every program of every version.
[[nodiscard]] std::uint32_t partition_of(const std::string& target, std::uint32_t partitions);

}  // namespace isthmus::fleet
