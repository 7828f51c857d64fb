#pragma once
// What was found in data files: how many records, which were bad and why. Value types; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"

namespace isthmus::ip2as {

/// One record that was not used because it does not follow its format, or contradicts an earlier one.
struct FileProblem {
  std::string file;
  std::uint64_t line{0};  ///< From 1 on; in binary files and in JSON documents the offset of the record, from 0 on.
  std::string why;
};

/// "file:line: why", or "file: byte 1234: why" when `by_offset`.
[[nodiscard]] std::string to_string(const FileProblem& problem, bool by_offset);

struct FileReport {
  std::string file;
  std::string format;     ///< A word: mrt, pfx2as, pyasn, ip-location-db, mmdb, overrides, delegation, as-rel, as2org,
                          ///< as2org-jsonl, ppdc-ases, peeringdb, caida-ixs, caida-ix-asns.
  std::string packing;    ///< gzip, bzip2, or nothing.
  std::uint64_t size{0};  ///< Bytes, as the file lies there.

  std::uint64_t records{0};  ///< Used, skipped and bad ones.
  std::uint64_t skipped{0};  ///< Right, but of no use: bogons, prefixes too long to be announced, available space.
  std::uint64_t bad{0};
  bool cut{false};        ///< The file ends early, or could not be read or unpacked to its end: more may be missing.
  bool by_offset{false};  ///< Problems name offsets instead of lines.
  std::vector<FileProblem> problems;  ///< The first 20.

  // What the file says, as far as its kind has it. Counts are of different ones.
  std::uint64_t ipv4_prefixes{0};
  std::uint64_t ipv6_prefixes{0};
  std::uint64_t ases{0};
  std::uint64_t links{0};  ///< Pairs of ASes with a relationship.
  std::uint64_t organisations{0};
  std::uint64_t exchanges{0};
  std::uint64_t ports{0};               ///< Addresses of exchange members.
  std::string date;                     ///< As the file or its name has it, e.g. "2025-11-25".
  std::string collector;                ///< MRT: its BGP identifier, e.g. "193.0.4.28".
  std::string view;                     ///< MRT: name of the view, mostly empty.
  std::uint32_t peers{0};               ///< MRT: in the table of peers.
  std::optional<Timestamp> first_time;  ///< MRT: of the first and the last record.
  std::optional<Timestamp> last_time;
};

/// Of several files, in the order they were given.
struct LoadReport {
  std::vector<FileReport> files;
  [[nodiscard]] std::uint64_t records() const;
  [[nodiscard]] std::uint64_t bad() const;
  /// The first file that ends early; nullptr when none does.
  [[nodiscard]] const FileReport* first_cut() const;
};

}  // namespace isthmus::ip2as
