#pragma once
// One file into whatever it fills: opens it, tells its format, and hands it to the reader of that format. One thread.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "ip2as/data_format.hpp"
#include "ip2as/exchange_list.hpp"
#include "ip2as/route_votes.hpp"
#include "isthmus/ip2as/file_report.hpp"
#include "isthmus/ip2as/organisations.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"
#include "isthmus/ip2as/relationships.hpp"

namespace isthmus::ip2as {

/// What a file was listed for: a kind of data, or manual overrides, which look like prefixes.
enum class FileRole : std::uint8_t {
  anything,
  prefixes,
  registry,
  overrides,
  relationships,
  organisations,
  cones,
  exchanges
};

/// Where the records of files go. Prefixes of MRT files wait among the votes until flush().
struct Sinks {
  PrefixTableBuilder prefixes;
  RouteVotes votes;
  PrefixTableBuilder registry;
  PrefixTableBuilder overrides;
  RelationshipsBuilder relationships;
  OrganisationsBuilder organisations;
  std::vector<ExchangeList> exchanges;
  const PrefixTable* announced{nullptr};  ///< Tells registries which ASes are at work; may be nullptr.

  void flush() { votes.move_to(prefixes); }
};

/// Reads the file for its role, or for whatever it is good for. The report tells of it in any case; `version` is its
/// name and checksum. `bytes_read` as in describe().
[[nodiscard]] Result<void> read_file(const std::string& path, FileRole role, Sinks& sinks, FileReport& report,
                                     std::string& version, std::atomic<std::uint64_t>* bytes_read = nullptr);

/// The part of read_file after opening, without the checks of what was found.
[[nodiscard]] Result<void> read_input(Input& input, FileRole role, Sinks& sinks, FileReport& report);

}  // namespace isthmus::ip2as
