#include "ip2as/mrt_reader.hpp"

#include <chrono>

#include "ip2as/byte_window.hpp"
#include "ip2as/mrt_routes.hpp"

namespace isthmus::ip2as {
namespace {

constexpr std::size_t kHeaderSize = 12;
// A prefix that a thousand peers see, with attributes as long as they can be, takes 66 MB; real records take kilobytes.
constexpr std::uint32_t kLongestRecord = std::uint32_t{64} << 20;

constexpr std::uint16_t kTableDump = 12;
constexpr std::uint16_t kTableDumpV2 = 13;
constexpr std::uint16_t kUpdates = 16;          // BGP4MP
constexpr std::uint16_t kExtendedUpdates = 17;  // BGP4MP_ET: with microseconds

// RFC 6396 section 4.3, RFC 6397 section 4, RFC 8050 section 4.
enum Subtype : std::uint16_t {
  kPeerIndexTable = 1,
  kRibIpv4Unicast = 2,
  kRibIpv4Multicast = 3,
  kRibIpv6Unicast = 4,
  kRibIpv6Multicast = 5,
  kRibGeneric = 6,
  kGeoPeerTable = 7,
  kRibIpv4UnicastAddpath = 8,
  kRibIpv4MulticastAddpath = 9,
  kRibIpv6UnicastAddpath = 10,
  kRibIpv6MulticastAddpath = 11,
  kRibGenericAddpath = 12,
};

struct Header {
  std::uint32_t time;
  std::uint16_t type;
  std::uint16_t subtype;
  std::uint32_t size;
};

Header read_header(std::string_view bytes) {
  Cursor cursor(bytes);
  return {.time = cursor.u32(), .type = cursor.u16(), .subtype = cursor.u16(), .size = cursor.u32()};
}

Timestamp time_of(std::uint32_t seconds) { return Timestamp(std::chrono::seconds(seconds)); }

class MrtReader {
 public:
  MrtReader(ByteSource& bytes, PrefixLimits limits, RouteVotes& votes, ReportWriter& report)
      : bytes_(bytes), window_(bytes), report_(report), routes_(limits, votes, report) {}

  void read() {
    while (read_record()) continue;
  }

 private:
  // False at the end.
  bool read_record() {
    at_ = window_.offset();
    const std::string_view start = window_.peek(kHeaderSize);
    if (start.empty()) {
      if (!bytes_.problem().empty()) report_.cut(at_, bytes_.problem());
      return false;
    }
    if (start.size() < kHeaderSize) return cut();
    const Header header = read_header(start);
    if (header.size > kLongestRecord) {
      report_.cut(at_, "a record of " + std::to_string(header.size) + " bytes cannot be: the rest is not read");
      return false;
    }
    const std::string_view record = window_.peek(kHeaderSize + header.size);
    if (record.size() < kHeaderSize + header.size) return cut();
    note_time(header.time);
    take(header, record.substr(kHeaderSize));
    window_.skip(record.size());
    return true;
  }

  bool cut() {
    report_.cut(at_, bytes_.problem().empty() ? "the last record is cut off" : bytes_.problem());
    return false;
  }

  void note_time(std::uint32_t seconds) {
    if (!report_.report().first_time) report_.report().first_time = time_of(seconds);
    report_.report().last_time = time_of(seconds);
  }

  void take(const Header& header, std::string_view body) {
    // The peers are what a table begins with, not something that it says: alone they are no table.
    const bool of_peers = header.type == kTableDumpV2 && header.subtype == kPeerIndexTable;
    if (of_peers && routes_.take_peers(body)) return;
    report_.record();
    if (header.type != kTableDumpV2) return report_.skipped();
    switch (header.subtype) {
      case kPeerIndexTable: report_.bad(at_, "the table of peers is cut off"); break;
      case kRibIpv4Unicast:
      case kRibIpv4UnicastAddpath:
        routes_.take(at_, body, MrtFamily::ipv4, header.subtype == kRibIpv4UnicastAddpath);
        break;
      case kRibIpv6Unicast:
      case kRibIpv6UnicastAddpath:
        routes_.take(at_, body, MrtFamily::ipv6, header.subtype == kRibIpv6UnicastAddpath);
        break;
      case kRibGeneric:
      case kRibGenericAddpath: routes_.take(at_, body, MrtFamily::told, header.subtype == kRibGenericAddpath); break;
      case kRibIpv4Multicast:
      case kRibIpv6Multicast:
      case kGeoPeerTable:
      case kRibIpv4MulticastAddpath:
      case kRibIpv6MulticastAddpath: report_.skipped(); break;
      default: report_.bad(at_, "subtype " + std::to_string(header.subtype) + " of TABLE_DUMP_V2 does not exist");
    }
  }

  ByteSource& bytes_;
  ByteWindow window_;
  ReportWriter& report_;
  MrtRoutes routes_;
  std::uint64_t at_{0};  // Offset of the record at hand.
};

}  // namespace

bool is_mrt_table(std::string_view head) {
  if (head.size() < kHeaderSize) return false;
  const Header header = read_header(head);
  return header.type == kTableDumpV2 && header.subtype >= kPeerIndexTable && header.subtype <= kRibGenericAddpath;
}

std::string other_mrt(std::string_view head) {
  if (head.size() < kHeaderSize) return {};
  const Header header = read_header(head);
  if (header.subtype > kRibGenericAddpath || header.size > kLongestRecord) return {};
  if (header.type == kTableDump) return "an MRT table in the format TABLE_DUMP that ended in 2008";
  const bool updates = header.type == kUpdates || header.type == kExtendedUpdates;
  return updates ? "an MRT file of updates, not a routing table" : "";
}

void read_mrt(ByteSource& bytes, PrefixLimits limits, RouteVotes& votes, ReportWriter& report) {
  report.report().by_offset = true;
  MrtReader(bytes, limits, votes, report).read();
}

}  // namespace isthmus::ip2as
