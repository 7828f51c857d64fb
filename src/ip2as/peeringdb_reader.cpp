#include <boost/json/basic_parser_impl.hpp>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "ip2as/exchange_reader.hpp"
#include "ip2as/peeringdb_tables.hpp"

namespace isthmus::ip2as {
namespace {

using Status = boost::json::error_code;

// {"ix": {"data": [{record}, ...], "meta": {...}}, "ixlan": ...}: what the parser meets, by how deep it is.
constexpr int kTable = 1;
constexpr int kPart = 2;
constexpr int kRecords = 3;
constexpr int kRecord = 4;

// Texts this long are somebody's notes.
constexpr std::size_t kLongestText = 4096;

// What boost::json::basic_parser calls as it goes through the document.
class PeeringDbHandler {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  PeeringDbHandler(PeeringDbTables& tables, FileReport& report) : tables_(tables), report_(report) {}

  /// Where the piece that is parsed next begins in the document.
  void begin_piece(std::string_view piece, std::uint64_t offset) {
    piece_ = piece;
    piece_offset_ = offset;
  }

  bool on_document_begin(Status&) { return true; }
  bool on_document_end(Status&) { return true; }

  bool on_object_begin(Status&) {
    ++depth_;
    if (depth_ == kRecord && in_data_) {
      record_.clear();
      record_.offset = piece_offset_;
      has_offset_ = false;
    }
    return true;
  }
  bool on_object_end(std::size_t, Status&) {
    if (depth_ == kRecord && in_data_ && table_ != PeeringDbTable::other) tables_.take(table_, record_);
    --depth_;
    return true;
  }
  bool on_array_begin(Status&) {
    ++depth_;
    return true;
  }
  bool on_array_end(std::size_t, Status&) {
    --depth_;
    return true;
  }

  bool on_key_part(std::string_view part, std::size_t, Status&) { return take_part(part); }
  bool on_key(std::string_view part, std::size_t, Status&) {
    note_offset(part);
    take_part(part);
    std::swap(key_, text_);
    text_.clear();
    if (depth_ == kTable) table_ = peeringdb_table(key_);
    if (depth_ == kPart) in_data_ = key_ == "data";
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, Status&) { return take_part(part); }
  bool on_string(std::string_view part, std::size_t, Status&) {
    take_part(part);
    take_value(text_);
    text_.clear();
    return true;
  }
  bool on_number_part(std::string_view part, Status&) { return take_part(part); }
  bool on_int64(std::int64_t number, std::string_view part, Status&) {
    return take_number(static_cast<double>(number), part);
  }
  bool on_uint64(std::uint64_t number, std::string_view part, Status&) {
    return take_number(static_cast<double>(number), part);
  }
  bool on_double(double number, std::string_view part, Status&) { return take_number(number, part); }
  bool on_bool(bool, Status&) { return true; }
  bool on_null(Status&) { return true; }
  bool on_comment_part(std::string_view, Status&) { return true; }
  bool on_comment(std::string_view, Status&) { return true; }

 private:
  bool take_part(std::string_view part) {
    if (text_.size() + part.size() <= kLongestText) text_ += part;
    return true;
  }

  bool take_number(double number, std::string_view part) {
    if (depth_ == kRecords && !in_data_ && key_ == "generated") note_date(number);
    take_part(part);
    take_value(text_);
    text_.clear();
    return true;
  }

  void take_value(const std::string& value) {
    if (depth_ != kRecord || !in_data_) return;
    if (std::string* field = record_.field(key_)) *field = value;
  }

  // The parser does not say where it is, but the first key of a record mostly lies in the piece at hand.
  void note_offset(std::string_view key) {
    if (depth_ != kRecord || has_offset_) return;
    has_offset_ = true;
    const bool in_piece = key.data() >= piece_.data() && key.data() < piece_.data() + piece_.size();
    if (in_piece) record_.offset = piece_offset_ + static_cast<std::uint64_t>(key.data() - piece_.data());
  }

  // Each table has its own time; they differ by seconds.
  void note_date(double seconds) {
    if (!report_.date.empty() || !std::isfinite(seconds) || seconds < 0 || seconds > 4e9) return;
    const Timestamp time{std::chrono::seconds(static_cast<std::int64_t>(seconds))};
    report_.date = to_rfc3339(time).substr(0, 10);
  }

  PeeringDbTables& tables_;
  FileReport& report_;
  std::string_view piece_;
  std::uint64_t piece_offset_{0};
  int depth_{0};
  PeeringDbTable table_{PeeringDbTable::other};
  bool in_data_{false};
  std::string key_;
  std::string text_;
  PeeringDbRecord record_;
  bool has_offset_{false};
};

}  // namespace

void read_peeringdb(ByteSource& bytes, ExchangeList& list, ReportWriter& report) {
  list.source = ExchangeList::Source::peeringdb;
  report.report().by_offset = true;
  PeeringDbTables tables(report);
  boost::json::basic_parser<PeeringDbHandler> parser(boost::json::parse_options{}, tables, report.report());
  Status status;
  std::uint64_t offset = 0;
  bool more_than_one = false;
  for (std::string_view piece = bytes.next(); !piece.empty(); piece = bytes.next()) {
    parser.handler().begin_piece(piece, offset);
    const std::size_t parsed = parser.write_some(true, piece.data(), piece.size(), status);
    offset += parsed;
    more_than_one = parsed < piece.size();
    if (status || more_than_one) break;
  }
  if (!status && bytes.problem().empty() && !parser.done()) parser.write_some(false, "", 0, status);
  tables.move_to(list);
  if (!bytes.problem().empty()) {
    report.cut(offset, bytes.problem());
  } else if (status) {
    report.cut(offset, "is no JSON from here on (" + status.message() + "): the rest is not read");
  } else if (more_than_one) {
    report.cut(offset, "the document ends here, and more follows: the rest is not read");
  }
}

}  // namespace isthmus::ip2as
