#include "ip2as/file_reader.hpp"

#include <utility>

#include "ip2as/delegation_reader.hpp"
#include "ip2as/exchange_reader.hpp"
#include "ip2as/mmdb_reader.hpp"
#include "ip2as/mrt_reader.hpp"
#include "ip2as/organisation_reader.hpp"
#include "ip2as/prefix_text_reader.hpp"
#include "ip2as/relationship_reader.hpp"

namespace isthmus::ip2as {
namespace {

Error error_at(const std::string& path, std::uint64_t line, std::string why) {
  return Error{ErrorCode::parse_failed, path + ":" + std::to_string(line), std::move(why)};
}

bool fits(FileRole role, DataFormat format) {
  const DataKind kind = kind_of(format);
  switch (role) {
    case FileRole::anything: return true;
    case FileRole::prefixes: return kind == DataKind::prefixes;
    case FileRole::registry: return kind == DataKind::registry || kind == DataKind::prefixes;
    case FileRole::overrides: return format == DataFormat::overrides || format == DataFormat::pyasn;
    case FileRole::relationships: return kind == DataKind::relationships;
    case FileRole::organisations: return kind == DataKind::organisations;
    case FileRole::cones: return kind == DataKind::cones;
    case FileRole::exchanges: return kind == DataKind::exchanges;
  }
  return false;
}

PrefixLines lines_of(DataFormat format) {
  switch (format) {
    case DataFormat::csv: return PrefixLines::csv;
    case DataFormat::pyasn: return PrefixLines::pyasn;
    case DataFormat::pfx2as: return PrefixLines::pfx2as;
    default: return PrefixLines::overrides;
  }
}

Error no_format(const Input& input) {
  if (input.head().empty()) {
    const bool damaged = input.size() > 0 && input.packing() != Packing::none;
    return error_at(input.path(), 1,
                    damaged ? "the compressed data is damaged; fetch the file again" : "the file is empty");
  }
  const std::string other = other_mrt(input.head());
  if (!other.empty()) return error_at(input.path(), 1, "is " + other);
  return error_at(input.path(), 1,
                  "is in no format that is known here; 'isthmus data info --help' lists those that are");
}

Error wrong_kind(const Input& input, DataFormat format) {
  return error_at(
      input.path(), 1,
      std::string("is in the format ") + to_string(format) +
          ", which does not belong here; a configuration lists such files under ip2as: " + section_of(kind_of(format)));
}

void read_prefixes(Input& input, DataFormat format, FileRole role, Sinks& sinks, ReportWriter& report) {
  PrefixTableBuilder& builder = role == FileRole::registry    ? sinks.registry
                                : role == FileRole::overrides ? sinks.overrides
                                                              : sinks.prefixes;
  const bool announced = role == FileRole::prefixes || role == FileRole::anything;
  const PrefixLimits limits = announced ? PrefixLimits{} : kNoLimits;
  switch (format) {
    case DataFormat::mrt: return read_mrt(input, limits, sinks.votes, report);
    case DataFormat::mmdb: sinks.flush(); return read_mmdb(input, builder, report);
    default: break;
  }
  sinks.flush();
  const bool by_hand = role == FileRole::overrides || format == DataFormat::overrides;
  read_prefix_text(input, by_hand ? PrefixLines::overrides : lines_of(format), by_hand ? kNoLimits : limits, builder,
                   report);
}

void read_exchanges(Input& input, DataFormat format, Sinks& sinks, ReportWriter& report) {
  ExchangeList& list = sinks.exchanges.emplace_back();
  if (format == DataFormat::peeringdb) {
    read_peeringdb(input, list, report);
  } else if (format == DataFormat::caida_ixs) {
    read_caida_exchanges(input, list, report);
  } else {
    read_caida_members(input, list, report);
  }
  list.date = report.report().date;
}

void read_as(DataFormat format, Input& input, FileRole role, Sinks& sinks, ReportWriter& report) {
  static const PrefixTable kNothing;
  switch (kind_of(format)) {
    case DataKind::none: break;
    case DataKind::prefixes: read_prefixes(input, format, role, sinks, report); break;
    case DataKind::registry:
      read_delegations(input, sinks.announced != nullptr ? *sinks.announced : kNothing, sinks.registry, report);
      break;
    case DataKind::relationships: read_relationships(input, sinks.relationships, report); break;
    case DataKind::organisations:
      if (format == DataFormat::as2org) {
        read_organisations(input, sinks.organisations, report);
      } else {
        read_organisations_json(input, sinks.organisations, report);
      }
      break;
    case DataKind::cones: read_cones(input, sinks.relationships, report); break;
    case DataKind::exchanges: read_exchanges(input, format, sinks, report); break;
  }
}

Error nothing_usable(const FileReport& report, DataFormat format) {
  std::string why = "holds nothing usable: " + std::to_string(report.records) + " records, of them " +
                    std::to_string(report.skipped) + " skipped and " + std::to_string(report.bad) + " bad";
  if (format == DataFormat::delegation) why += "; use the file with 'extended' in its name, which tells holders";
  if (report.problems.empty()) return error_at(report.file, 1, why);
  const FileProblem& first = report.problems.front();
  return error_at(report.file, report.by_offset ? 1 : first.line, first.why + "; the file " + why);
}

}  // namespace

Result<void> read_input(Input& input, FileRole role, Sinks& sinks, FileReport& report) {
  report.file = input.path();
  report.size = input.size();
  report.packing = input.packing() == Packing::gzip ? "gzip" : input.packing() == Packing::bzip2 ? "bzip2" : "";
  const DataFormat format = detect_format(input);
  report.format = to_string(format);
  if (format == DataFormat::unknown) return no_format(input);
  if (!fits(role, format)) return wrong_kind(input, format);
  report.date = date_in_name(input.path());
  ReportWriter writer(report);
  read_as(format, input, role, sinks, writer);
  if (report.records <= report.skipped + report.bad) return nothing_usable(report, format);
  return {};
}

Result<void> read_file(const std::string& path, FileRole role, Sinks& sinks, FileReport& report, std::string& version,
                       std::atomic<std::uint64_t>* bytes_read) {
  report.file = path;
  auto input = Input::open(path, bytes_read);
  if (!input) return input.error();
  const auto read = read_input(**input, role, sinks, report);
  version = (*input)->finish();
  return read;
}

}  // namespace isthmus::ip2as
