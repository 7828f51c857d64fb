#include "isthmus/model/address.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace isthmus {
namespace {

Error malformed(std::string_view text, std::string detail) {
  return Error{ErrorCode::parse_failed, "read '" + std::string(text) + "'", std::move(detail)};
}

int block_length(Family family) { return family == Family::ipv4 ? 24 : 48; }

// Adds 2^(width-length) to an address, i.e. moves to the next prefix of that length.
IpAddress next_of(const IpAddress& address, int length) {
  auto bytes = address.bytes();
  int byte = (length - 1) / 8;
  unsigned carry = 1u << (7 - (length - 1) % 8);
  for (; byte >= 0 && carry != 0; --byte) {
    const unsigned sum = bytes[static_cast<std::size_t>(byte)] + carry;
    bytes[static_cast<std::size_t>(byte)] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
  }
  if (!address.is_v4()) return IpAddress::v6(bytes);
  return IpAddress::v4((std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
                       (std::uint32_t{bytes[2]} << 8) | bytes[3]);
}

// Strict dotted quad, because archives hold millions of them and inet_pton() wants a copy with an end mark.
bool read_quad(std::string_view text, std::uint32_t& value) {
  const char* at = text.data();
  const char* const end = at + text.size();
  value = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at == end || *at++ != '.')) return false;
    const char* const start = at;
    std::uint32_t number = 0;
    while (at != end && at - start < 3 && *at >= '0' && *at <= '9') {
      number = number * 10 + static_cast<std::uint32_t>(*at++ - '0');
    }
    if (at == start || number > 255 || (*start == '0' && at - start > 1)) return false;
    value = (value << 8) | number;
  }
  return at == end;
}

}  // namespace

std::string to_string(Asn asn) { return std::to_string(asn.number); }

Result<IpAddress> IpAddress::parse(std::string_view text) {
  std::uint32_t quad = 0;
  if (read_quad(text, quad)) return v4(quad);
  // inet_pton wants a terminated string; anything longer than the longest address is not one.
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (text.size() >= buffer.size()) return malformed(text.substr(0, 64), "too long for an IP address");
  std::memcpy(buffer.data(), text.data(), text.size());
  if (std::memchr(buffer.data(), 0, text.size()) != nullptr) return malformed(text, "not an IP address");
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET6, buffer.data(), bytes.data()) == 1) return v6(bytes);
  return malformed(text, "not an IP address such as 175.45.176.71 or 2001:db8::1");
}

std::string to_string(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (address.is_v4()) {
    // A survey writes millions of them, and inet_ntop() prints each by a format string.
    char* end = buffer.data();
    for (std::size_t i = 0; i < 4; ++i) {
      if (i > 0) *end++ = '.';
      end = std::to_chars(end, buffer.data() + buffer.size(), unsigned{address.bytes()[i]}).ptr;
    }
    return {buffer.data(), end};
  }
  inet_ntop(AF_INET6, address.bytes().data(), buffer.data(), buffer.size());
  return buffer.data();
}

Prefix::Prefix(const IpAddress& address, int length) : length_(length) {
  // The block of every destination is asked for several times.
  if (address.is_v4()) {
    const std::uint64_t mask = ~std::uint64_t{0} << (32 - length);
    address_ = IpAddress::v4(address.v4_value() & static_cast<std::uint32_t>(mask));
    return;
  }
  auto bytes = address.bytes();
  for (int bit = length; bit < 128; bit += 8 - bit % 8) {
    bytes[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(0xFF00u >> (bit % 8));
  }
  address_ = IpAddress::v6(bytes);
}

Result<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return malformed(text, "a prefix needs a length, e.g. 175.45.176.0/22; write /32 or /128 for one address");
  }
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return malformed(text, address.error().detail);
  const std::string_view digits = text.substr(slash + 1);
  int length = -1;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (status != std::errc{} || end != digits.data() + digits.size() || length < 0 || length > address->width()) {
    return malformed(text, "the prefix length must be 0 to " + std::to_string(address->width()));
  }
  const Prefix prefix(*address, length);
  if (prefix.address() != *address) return malformed(text, "has host bits set; write " + to_string(prefix));
  return prefix;
}

bool Prefix::contains(const IpAddress& address) const {
  return address.family() == family() && Prefix(address, length_).address_ == address_;
}

bool Prefix::contains(const Prefix& other) const { return other.length_ >= length_ && contains(other.address_); }

std::string to_string(const Prefix& prefix) {
  return to_string(prefix.address()) + "/" + std::to_string(prefix.length());
}

Block Block::of(const IpAddress& address) { return Block{Prefix(address, block_length(address.family()))}; }

std::string to_string(const Block& block) { return to_string(block.prefix); }

Result<std::vector<Block>> blocks_of(const Prefix& prefix, std::size_t limit) {
  const int length = block_length(prefix.family());
  if (prefix.length() >= length) return std::vector<Block>{Block::of(prefix.address())};
  const int bits = length - prefix.length();
  if (bits >= 32 || (std::size_t{1} << bits) > limit) {
    return Error{ErrorCode::invalid_argument, "divide " + to_string(prefix) + " into blocks",
                 "it holds more than " + std::to_string(limit) + " blocks of /" + std::to_string(length) +
                     "; watch smaller prefixes"};
  }
  std::vector<Block> blocks;
  blocks.reserve(std::size_t{1} << bits);
  IpAddress address = prefix.address();
  for (std::size_t i = 0; i < (std::size_t{1} << bits); ++i, address = next_of(address, length)) {
    blocks.push_back(Block::of(address));
  }
  return blocks;
}

}  // namespace isthmus

std::size_t std::hash<isthmus::IpAddress>::operator()(const isthmus::IpAddress& address) const noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, address.bytes().data(), 8);
  std::memcpy(&low, address.bytes().data() + 8, 8);
  // Multiply-mix: neighbouring addresses must not land in neighbouring buckets.
  std::uint64_t mixed = (high ^ (low * 0x9E3779B97F4A7C15ULL)) * 0xD6E8FEB86659FD93ULL;
  mixed = (mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93ULL;
  // A product carries bits upwards only: fold down the upper half, where the last bytes of an IPv6 address ended up.
  return static_cast<std::size_t>(mixed ^ (mixed >> 32));
}
