#pragma once
// Network data from files: routing tables, registries, relationships, organisations, exchanges. Any thread; nothing is
// kept open. src/ip2as/README.md lists the formats, where each comes from, and under which licence.
//
// Formats are told from content, compression (gzip, bzip2) too, and files are read in pieces. A bad record is skipped
// and counted, and the rest is used. A file that cannot be opened, is in no known format or not in one that belongs
// there, or holds nothing usable, is an error: the caller then goes on with the data it has.

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/ip2as/file_report.hpp"
#include "isthmus/ip2as/network_data.hpp"

namespace isthmus::ip2as {

/// Paths by what they tell, each list in order of precedence.
struct DataFiles {
  std::vector<std::string> prefixes;       ///< pfx2as, pyasn, @ip-location-db/asn, MMDB, MRT.
  std::vector<std::string> registry;       ///< RIR delegations, or any format of prefixes.
  std::vector<std::string> overrides;      ///< Lines "prefix AS # comment".
  std::vector<std::string> relationships;  ///< CAIDA serial-1 and serial-2.
  std::vector<std::string> organisations;  ///< CAIDA as2org, text or JSON lines.
  std::vector<std::string> cones;          ///< CAIDA ppdc-ases.
  std::vector<std::string> exchanges;      ///< PeeringDB dump, CAIDA ixs and ix-asns.
};

/// Loads everything. The report is about all files that were read, also when the result is an error, whose operation is
/// "file:1" or "file:line".
[[nodiscard]] Result<std::shared_ptr<const NetworkData>> load(const DataFiles& files, LoadReport& report);

/// Prefixes alone, for those who only want names and origins.
[[nodiscard]] Result<PrefixTable> load_prefixes(std::span<const std::string> paths, LoadReport& report);

/// What is in one file of any known format, whichever it is. `bytes_read`, unless nullptr, tells meanwhile how many of
/// the file's bytes have been read; any thread may look.
[[nodiscard]] Result<FileReport> describe(const std::string& path, std::atomic<std::uint64_t>* bytes_read = nullptr);

}  // namespace isthmus::ip2as
