#include "ip2as/mmdb_reader.hpp"

#include <maxminddb.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ip2as/number.hpp"
#include "ip2as/text_fields.hpp"

namespace isthmus::ip2as {
namespace {

constexpr std::string_view kMarker = "\xAB\xCD\xEFMaxMind.com";
constexpr std::size_t kMetadataAtEnd = std::size_t{128} << 10;
constexpr std::size_t kLargest = std::size_t{1} << 30;

// The bytes of the database as a file that the library can map, wherever they came from.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("mmdb", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // What went wrong; empty when nothing did.
  std::string fill(ByteSource& bytes) {
    if (descriptor_ < 0) return "no memory for the database: " + std::generic_category().message(errno);
    std::size_t size = 0;
    for (std::string_view piece = bytes.next(); !piece.empty(); piece = bytes.next()) {
      size += piece.size();
      if (size > kLargest) return "the database is larger than 1 GiB";
      while (!piece.empty()) {
        const ssize_t written = ::write(descriptor_, piece.data(), piece.size());
        if (written < 0) return "no memory for the database: " + std::generic_category().message(errno);
        piece.remove_prefix(static_cast<std::size_t>(written));
      }
    }
    return bytes.problem();
  }

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

class Database {
 public:
  explicit Database(const std::string& path) : status_(MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database_)) {}
  ~Database() {
    if (status_ == MMDB_SUCCESS) MMDB_close(&database_);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] const char* problem() const { return status_ == MMDB_SUCCESS ? nullptr : MMDB_strerror(status_); }
  [[nodiscard]] MMDB_s* operator->() { return &database_; }
  [[nodiscard]] MMDB_s* get() { return &database_; }

 private:
  MMDB_s database_{};
  int status_;
};

struct Network {
  Asn asn;
  std::string name;
  std::string problem;  // Why it is of no use; empty when it is.
};

std::optional<std::string> find_text(MMDB_entry_s& entry, const char* key) {
  MMDB_entry_data_s data{};
  const std::array<const char*, 2> path{key, nullptr};
  if (MMDB_aget_value(&entry, &data, path.data()) != MMDB_SUCCESS || !data.has_data) return std::nullopt;
  switch (data.type) {
    case MMDB_DATA_TYPE_UTF8_STRING: return std::string(data.utf8_string, data.data_size);
    case MMDB_DATA_TYPE_UINT16: return std::to_string(data.uint16);
    case MMDB_DATA_TYPE_UINT32: return std::to_string(data.uint32);
    case MMDB_DATA_TYPE_UINT64: return std::to_string(data.uint64);
    case MMDB_DATA_TYPE_INT32: return std::to_string(data.int32);
    default: return std::nullopt;
  }
}

std::optional<std::string> find_first(MMDB_entry_s& entry, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (auto text = find_text(entry, key)) return text;
  }
  return std::nullopt;
}

Network read_network(MMDB_entry_s entry) {
  Network network;
  const auto asn = find_first(entry, {"autonomous_system_number", "asn"});
  if (!asn) return network;  // Known for something else, e.g. its country.
  std::string_view digits = *asn;
  if (digits.starts_with("AS")) digits.remove_prefix(2);
  if (auto bad = read_asn(digits, network.asn)) {
    network.problem = std::move(bad->why);
    return network;
  }
  network.name = find_first(entry, {"autonomous_system_organization", "as_name", "name"}).value_or("");
  return network;
}

// Walks the search tree, left before right.
class TreeReader {
 public:
  TreeReader(Database& database, PrefixTableBuilder& builder, ReportWriter& report)
      : database_(database), builder_(builder), report_(report), is_v6_(database->metadata.ip_version == 6) {}

  void read() {
    if (is_v6_) ipv4_root_ = find_ipv4_root();
    std::vector<Branch> open{{0, MMDB_RECORD_TYPE_SEARCH_NODE, {}, 0, 0}};
    std::uint64_t visited = 0;
    while (!open.empty()) {
      const Branch branch = open.back();
      open.pop_back();
      if (branch.type != MMDB_RECORD_TYPE_SEARCH_NODE) {
        take_leaf(branch);
        continue;
      }
      if (branch.node == ipv4_root_ && branch.first != 0) continue;
      // A tree visits each node once; one that joins branches again could take for ever.
      if (++visited > database_->metadata.node_count || !divide(branch, open)) {
        return report_.cut(networks_, "the search tree is damaged");
      }
    }
  }

 private:
  struct Branch {
    std::uint32_t node;  // When it divides again.
    std::uint8_t type;
    MMDB_entry_s entry;  // When it has data.
    Uint128 first;       // Left-aligned, also in a tree of IPv4.
    int length;
  };

  [[nodiscard]] int width() const { return is_v6_ ? 128 : 32; }

  // IPv4 lies in ::/96 of a tree of IPv6; other places, such as ::ffff:0:0/96 and 2002::/16, lead there as well.
  std::uint32_t find_ipv4_root() {
    std::uint32_t node = 0;
    for (int length = 0; length < 96; ++length) {
      MMDB_search_node_s read{};
      if (MMDB_read_node(database_.get(), node, &read) != MMDB_SUCCESS) return kNoNode;
      if (read.left_record_type != MMDB_RECORD_TYPE_SEARCH_NODE) return kNoNode;
      node = static_cast<std::uint32_t>(read.left_record);
    }
    return node;
  }

  bool divide(const Branch& branch, std::vector<Branch>& open) {
    MMDB_search_node_s node{};
    if (branch.length >= width() || MMDB_read_node(database_.get(), branch.node, &node) != MMDB_SUCCESS) return false;
    const Uint128 half = Uint128{1} << (127 - branch.length);
    // Last in, first out: ascending.
    open.push_back({static_cast<std::uint32_t>(node.right_record), node.right_record_type, node.right_record_entry,
                    branch.first | half, branch.length + 1});
    open.push_back({static_cast<std::uint32_t>(node.left_record), node.left_record_type, node.left_record_entry,
                    branch.first, branch.length + 1});
    return true;
  }

  void take_leaf(const Branch& leaf) {
    if (leaf.type == MMDB_RECORD_TYPE_EMPTY) return;
    report_.record();
    const std::uint64_t number = networks_++;
    if (leaf.type != MMDB_RECORD_TYPE_DATA) return report_.bad(number, "a record of the search tree is damaged");
    const Network& network = network_at(leaf.entry);
    if (!network.problem.empty()) return report_.bad(number, network.problem);
    const std::string_view name = builder_.wants_name(network.asn) ? network.name : std::string_view{};
    if (network.asn.is_none() || !builder_.add(prefix_of(leaf), network.asn, name)) report_.skipped();
  }

  // Networks of one AS share their data.
  const Network& network_at(const MMDB_entry_s& entry) {
    const auto [found, is_new] = known_.try_emplace(entry.offset);
    if (is_new) found->second = read_network(entry);
    return found->second;
  }

  [[nodiscard]] Prefix prefix_of(const Branch& leaf) const {
    if (!is_v6_) return {IpAddress::v4(static_cast<std::uint32_t>(leaf.first >> 96)), leaf.length};
    if (leaf.length < 96 || (leaf.first >> 32) != 0) return {to_address(leaf.first), leaf.length};
    return {IpAddress::v4(static_cast<std::uint32_t>(leaf.first)), leaf.length - 96};
  }

  static constexpr std::uint32_t kNoNode = 0xFFFFFFFF;

  Database& database_;
  PrefixTableBuilder& builder_;
  ReportWriter& report_;
  bool is_v6_;
  std::uint32_t ipv4_root_{kNoNode};
  std::uint64_t networks_{0};
  std::unordered_map<std::uint32_t, Network> known_;  // By the offset of their data.
};

}  // namespace

bool is_mmdb(const Input& input) {
  return input.packing() == Packing::none && input.tail(kMetadataAtEnd).find(kMarker) != std::string::npos;
}

bool may_be_mmdb(const Input& input) {
  return input.packing() != Packing::none && input.head().find('\0') != std::string_view::npos;
}

void read_mmdb(Input& input, PrefixTableBuilder& builder, ReportWriter& report) {
  report.report().by_offset = true;
  MemoryFile file;
  if (auto problem = file.fill(input); !problem.empty()) return report.cut(0, std::move(problem));
  Database database(file.path());
  if (database.problem() != nullptr) return report.cut(0, database.problem());
  const Timestamp built{std::chrono::seconds(database->metadata.build_epoch)};
  if (database->metadata.build_epoch < 4'000'000'000) report.report().date = to_rfc3339(built).substr(0, 10);
  TreeReader(database, builder, report).read();
}

}  // namespace isthmus::ip2as
