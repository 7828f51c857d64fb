#include "support/mmdb_writer.hpp"

#include <array>
#include <map>
#include <stdexcept>

namespace isthmus::support::mmdb {
namespace {

// Types of the data section.
constexpr int kText = 2;
constexpr int kUint16 = 5;
constexpr int kUint32 = 6;
constexpr int kMap = 7;
constexpr int kUint64 = 9;
constexpr int kArray = 11;

// The control byte, and the type in another one when it does not fit three bits.
std::string control(int type, std::size_t size) {
  std::string bytes;
  const auto shown = static_cast<char>(size < 29 ? size : 29);
  if (size >= 29 + 256) throw std::invalid_argument("too long for this writer");
  bytes += static_cast<char>((type <= 7 ? type << 5 : 0) | shown);
  if (type > 7) bytes += static_cast<char>(type - 7);
  if (size >= 29) bytes += static_cast<char>(size - 29);
  return bytes;
}

std::string unsigned_number(int type, std::uint64_t value) {
  std::string bytes;
  for (; value != 0; value >>= 8) bytes.insert(bytes.begin(), static_cast<char>(value));
  return control(type, bytes.size()) + bytes;
}

class Tree {
 public:
  explicit Tree(const Options& options) : options_(options) {}

  // Data is numbered from -2 downwards; -1 is nothing, the rest are nodes.
  void add(const Network& network) {
    const auto [known, is_new] = places_.try_emplace(network.data, data_.size());
    if (is_new) data_ += network.data;
    offsets_.push_back(known->second);
    set(bits_of(network.prefix), -1 - static_cast<std::int64_t>(offsets_.size()));
  }

  void add_aliases() {
    const std::int64_t ipv4 = record_at(std::string(96, '0'));
    set(std::string(80, '0') + std::string(16, '1'), ipv4);
    set("0010000000000010", ipv4);
  }

  [[nodiscard]] std::string bytes() const {
    std::string out;
    for (const Node& node : nodes_) put_node(out, value_of(node[0]), value_of(node[1]));
    return out + std::string(16, '\0') + data_ + metadata();
  }

 private:
  using Node = std::array<std::int64_t, 2>;

  [[nodiscard]] std::string bits_of(const Prefix& prefix) const {
    std::string bits = prefix.address().is_v4() && options_.ip_version == 6 ? std::string(96, '0') : "";
    for (int bit = 0; bit < prefix.length(); ++bit) {
      const std::uint8_t byte = prefix.address().bytes()[static_cast<std::size_t>(bit / 8)];
      bits += (byte >> (7 - bit % 8) & 1) != 0 ? '1' : '0';
    }
    return bits;
  }

  void set(const std::string& bits, std::int64_t record) {
    std::size_t node = 0;
    for (std::size_t i = 0; i + 1 < bits.size(); ++i) {
      const auto side = static_cast<std::size_t>(bits[i] - '0');
      if (nodes_[node][side] < 0) {
        nodes_[node][side] = static_cast<std::int64_t>(nodes_.size());
        nodes_.push_back({-1, -1});
      }
      node = static_cast<std::size_t>(nodes_[node][side]);
    }
    nodes_[node][static_cast<std::size_t>(bits.back() - '0')] = record;
  }

  [[nodiscard]] std::int64_t record_at(const std::string& bits) const {
    std::int64_t record = 0;
    for (const char bit : bits) record = nodes_[static_cast<std::size_t>(record)][static_cast<std::size_t>(bit - '0')];
    return record;
  }

  [[nodiscard]] std::uint32_t value_of(std::int64_t record) const {
    if (record >= 0) return static_cast<std::uint32_t>(record);
    const auto nodes = static_cast<std::uint32_t>(nodes_.size());
    if (record == -1) return nodes;
    return nodes + 16 + static_cast<std::uint32_t>(offsets_[static_cast<std::size_t>(-2 - record)]);
  }

  void put_node(std::string& out, std::uint32_t left, std::uint32_t right) const {
    const auto put = [&](std::uint32_t value, int bytes) {
      for (int byte = bytes - 1; byte >= 0; --byte) out += static_cast<char>(value >> (8 * byte));
    };
    if (options_.record_size == 28) {
      put(left & 0xFFFFFF, 3);
      out += static_cast<char>((left >> 24 << 4) | right >> 24);
      put(right & 0xFFFFFF, 3);
    } else {
      put(left, options_.record_size / 8);
      put(right, options_.record_size / 8);
    }
  }

  [[nodiscard]] std::string metadata() const {
    return "\xAB\xCD\xEFMaxMind.com" +
           map({{"node_count", number(static_cast<std::uint32_t>(nodes_.size()))},
                {"record_size", unsigned_number(kUint16, static_cast<std::uint64_t>(options_.record_size))},
                {"ip_version", unsigned_number(kUint16, static_cast<std::uint64_t>(options_.ip_version))},
                {"database_type", text("Test-ASN")},
                {"languages", control(kArray, 1) + text("en")},
                {"binary_format_major_version", unsigned_number(kUint16, 2)},
                {"binary_format_minor_version", unsigned_number(kUint16, 0)},
                {"build_epoch", unsigned_number(kUint64, options_.build_epoch)},
                {"description", map({{"en", text("test")}})}});
  }

  const Options& options_;
  std::vector<Node> nodes_{{-1, -1}};
  std::string data_;
  std::vector<std::size_t> offsets_;
  std::map<std::string, std::size_t> places_;
};

}  // namespace

std::string text(std::string_view value) { return control(kText, value.size()) + std::string(value); }
std::string number(std::uint32_t value) { return unsigned_number(kUint32, value); }

std::string map(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string bytes = control(kMap, entries.size());
  for (const auto& [key, value] : entries) bytes += text(key) + value;
  return bytes;
}

std::string write(const std::vector<Network>& networks, const Options& options) {
  Tree tree(options);
  for (const Network& network : networks) tree.add(network);
  if (options.with_aliases) tree.add_aliases();
  return tree.bytes();
}

std::string as_data(std::uint32_t asn, std::string_view organisation) {
  return map({{"autonomous_system_number", number(asn)}, {"autonomous_system_organization", text(organisation)}});
}

}  // namespace isthmus::support::mmdb
