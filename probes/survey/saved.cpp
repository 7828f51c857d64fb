// The bytes of a saved survey, little-endian:
//
//   "isthmus survey\n" and the version   16   the last byte is the version
//   length of what follows the checksum   8
//   checksum                              8   SipHash-2-4 under a fixed key: against accidents, not against forgers
//   fingerprint 8 | seed 32 | sent 8 | answers 8 | phase 1 | rounds 1 | max_ttl 1 | 0 | position 8
//   interfaces 4, each: family 1, address 4 or 16
//   paths 4, each: bitmap of the TTLs that have a cell 8, cells 8 each
//   states 4, each 12

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

#include "probes/survey/state.hpp"

namespace isthmus::probes::survey {
namespace {

constexpr std::string_view kMagic = "isthmus survey\n\x01";
static_assert(kMagic.size() == 16);
constexpr std::size_t kHead = 32;

static_assert(std::endian::native == std::endian::little, "a port has to swap the bytes of numbers here");

class Writer {
 public:
  explicit Writer(std::size_t expected) { bytes_.reserve(expected); }
  template <typename T>
  void put(const T& value) {
    put_bytes(std::as_bytes(std::span(&value, 1)));
  }
  void put_bytes(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  [[nodiscard]] std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// Reads beyond the end give zeros and are remembered.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}
  template <typename T>
  T get() {
    T value{};
    get_bytes(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }
  void get_bytes(std::span<std::byte> out) {
    whole_ = whole_ && rest_.size() >= out.size();
    if (!whole_) return;
    std::memcpy(out.data(), rest_.data(), out.size());
    rest_ = rest_.subspan(out.size());
  }
  /// A count of things that take at least `least` bytes each, so that a broken one reserves no memory.
  std::size_t get_count(std::size_t least) {
    const auto count = get<std::uint32_t>();
    if (count > rest_.size() / least) whole_ = false;
    return whole_ ? count : 0;
  }
  [[nodiscard]] bool complete() const { return whole_ && rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
  bool whole_{true};
};

std::uint64_t checksum(std::span<const std::byte> body) { return wire::siphash_2_4(wire::SipHashKey{}, body); }

void put_address(Writer& writer, const IpAddress& address) {
  writer.put(static_cast<std::uint8_t>(address.family()));
  writer.put_bytes(std::as_bytes(std::span(address.bytes())).first(address.is_v4() ? 4 : 16));
}

IpAddress get_address(Reader& reader) {
  std::array<std::uint8_t, 16> bytes{};
  if (reader.get<std::uint8_t>() == static_cast<std::uint8_t>(Family::ipv6)) {
    reader.get_bytes(std::as_writable_bytes(std::span(bytes)));
    return IpAddress::v6(bytes);
  }
  reader.get_bytes(std::as_writable_bytes(std::span(bytes).first(4)));
  return IpAddress::v4((std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
                       (std::uint32_t{bytes[2]} << 8) | bytes[3]);
}

void put_row(Writer& writer, std::span<const std::uint64_t> row) {
  std::uint64_t used = 0;
  for (std::size_t i = 0; i < row.size(); ++i) used |= std::uint64_t{row[i] != 0} << i;
  writer.put(used);
  for (const std::uint64_t cell : row) {
    if (cell != 0) writer.put(cell);
  }
}

void get_row(Reader& reader, std::size_t size, std::vector<std::uint64_t>& cells) {
  const auto used = reader.get<std::uint64_t>();
  for (std::size_t i = 0; i < size; ++i) cells.push_back((used >> i & 1) != 0 ? reader.get<std::uint64_t>() : 0);
}

Error broken(std::string why) {
  return {ErrorCode::parse_failed, "resume the survey", std::move(why) + "; begin anew with another file"};
}

bool refers_to_nothing(const Plan::Saved& plan) {
  for (const std::uint64_t packed : plan.cells) {
    const Cell cell = Cell::unpack(packed);
    if (cell.is_router() && cell.interface() >= plan.interfaces.size()) return true;
  }
  return std::any_of(plan.states.begin(), plan.states.end(), [&](const PathState& state) {
    return state.expected != kNoInterface && state.expected >= plan.interfaces.size();
  });
}

// An address has one number: those behind a repeated one would shift.
bool names_one_twice(std::vector<IpAddress> interfaces) {
  std::sort(interfaces.begin(), interfaces.end());
  return std::adjacent_find(interfaces.begin(), interfaces.end()) != interfaces.end();
}

// Nothing when a flag is neither true nor false.
std::optional<PathState> get_state(Reader& reader) {
  const auto bytes = reader.get<std::array<std::uint8_t, sizeof(PathState)>>();
  constexpr std::size_t kFlags = offsetof(PathState, measuring);
  if (std::any_of(bytes.begin() + kFlags, bytes.end(), [](std::uint8_t flag) { return flag > 1; })) return std::nullopt;
  return std::bit_cast<PathState>(bytes);
}

}  // namespace

std::uint64_t fingerprint(const SurveySettings& settings, std::span<const IpAddress> targets) {
  Writer writer(targets.size() * 17 + 64);
  for (const IpAddress& target : targets) put_address(writer, target);
  writer.put(static_cast<std::uint8_t>(settings.mode));
  writer.put(static_cast<std::uint8_t>(settings.protocol));
  writer.put(settings.destination_port);
  writer.put(settings.flows);
  writer.put(settings.max_ttl);
  writer.put(settings.mode == SurveySettings::Mode::window ? settings.window : Ttl{0});
  return checksum(writer.bytes());
}

std::vector<std::byte> write_saved(const SavedSurvey& saved, Ttl max_ttl) {
  const Plan::Saved& plan = saved.plan;
  Writer writer(256 + plan.interfaces.size() * 17 + plan.cells.size() * 8 + plan.states.size() * 12);
  writer.put_bytes(std::as_bytes(std::span(kMagic)));
  writer.put(std::uint64_t{0});
  writer.put(std::uint64_t{0});
  writer.put(saved.fingerprint);
  writer.put_bytes(saved.seed);
  writer.put(saved.sent);
  writer.put(saved.answers);
  writer.put(plan.phase);
  writer.put(plan.rounds);
  writer.put(max_ttl);
  writer.put(std::uint8_t{0});
  writer.put(plan.position);
  writer.put(static_cast<std::uint32_t>(plan.interfaces.size()));
  for (const IpAddress& address : plan.interfaces) put_address(writer, address);
  writer.put(static_cast<std::uint32_t>(plan.cells.size() / max_ttl));
  for (std::size_t at = 0; at < plan.cells.size(); at += max_ttl)
    put_row(writer, std::span(plan.cells).subspan(at, max_ttl));
  writer.put(static_cast<std::uint32_t>(plan.states.size()));
  for (const PathState& state : plan.states) writer.put(state);

  std::vector<std::byte> bytes = std::move(writer.bytes());
  const std::span<const std::byte> body = std::span(bytes).subspan(kHead);
  const std::uint64_t length = body.size();
  const std::uint64_t sum = checksum(body);
  std::memcpy(&bytes[kMagic.size()], &length, sizeof length);
  std::memcpy(&bytes[kMagic.size() + 8], &sum, sizeof sum);
  return bytes;
}

Error damaged_file() { return broken("the file is damaged"); }

Result<SavedSurvey> read_saved(std::span<const std::byte> bytes) {
  const auto magic = std::as_bytes(std::span(kMagic));
  if (bytes.size() < kHead || std::memcmp(bytes.data(), magic.data(), magic.size() - 1) != 0) {
    return broken("the file holds no saved survey");
  }
  if (bytes[magic.size() - 1] != magic.back()) return broken("the file is of another version of isthmus");
  Reader head(bytes.subspan(magic.size(), 16));
  const auto length = head.get<std::uint64_t>();
  const auto sum = head.get<std::uint64_t>();
  const std::span<const std::byte> body = bytes.subspan(kHead);
  if (body.size() < length) return broken("the file is cut short");
  if (body.size() != length || checksum(body) != sum) return damaged_file();

  Reader reader(body);
  SavedSurvey saved;
  saved.fingerprint = reader.get<std::uint64_t>();
  reader.get_bytes(saved.seed);
  saved.sent = reader.get<std::uint64_t>();
  saved.answers = reader.get<std::uint64_t>();
  const auto phase = reader.get<std::uint8_t>();
  saved.plan.phase = static_cast<Plan::Phase>(phase);
  saved.plan.rounds = reader.get<std::uint8_t>();
  const auto max_ttl = reader.get<std::uint8_t>();
  if (max_ttl > kMaxTraceTtl || phase > static_cast<std::uint8_t>(Plan::Phase::done)) return damaged_file();
  reader.get<std::uint8_t>();
  saved.plan.position = reader.get<std::uint64_t>();
  for (std::size_t left = reader.get_count(5); left > 0; --left) saved.plan.interfaces.push_back(get_address(reader));
  for (std::size_t left = reader.get_count(8); left > 0; --left) get_row(reader, max_ttl, saved.plan.cells);
  bool flagged = true;
  for (std::size_t left = reader.get_count(sizeof(PathState)); left > 0; --left) {
    const auto state = get_state(reader);
    flagged = flagged && state.has_value();
    saved.plan.states.push_back(state.value_or(PathState{}));
  }
  const bool whole = reader.complete() && flagged;
  if (!whole || refers_to_nothing(saved.plan) || names_one_twice(saved.plan.interfaces)) return damaged_file();
  return saved;
}

}  // namespace isthmus::probes::survey
