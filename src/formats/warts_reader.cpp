#include "formats/warts_reader.hpp"

#include <utility>

namespace isthmus::formats {

RecordKind WartsReader::read(WartsType type, std::string_view bytes, Observation& into, std::vector<Trace>& more) {
  const auto kind = [](bool ok, RecordKind good) { return ok ? good : RecordKind::bad; };
  switch (type) {
    case WartsType::list: return kind(read_list(bytes), RecordKind::other);
    case WartsType::cycle_start:
    case WartsType::cycle_definition: return kind(read_cycle(bytes), RecordKind::other);
    case WartsType::address: return kind(read_address(bytes), RecordKind::other);
    case WartsType::trace: return kind(read_trace(bytes, reuse_as<Trace>(into)), RecordKind::trace);
    case WartsType::mda_trace: {
      const bool ok = read_mda(bytes, more);
      return kind(ok, more.empty() ? RecordKind::other : RecordKind::trace);
    }
    case WartsType::ping: {
      PingSeries& series = reuse_as<PingSeries>(into);
      const bool ok = read_ping(bytes, series);
      // Begun, and nothing sent: no series.
      return kind(ok, series.outcomes.empty() ? RecordKind::other : RecordKind::ping);
    }
    case WartsType::cycle_stop: break;
  }
  return RecordKind::other;
}

bool WartsReader::read_list(std::string_view bytes) {
  WartsInput in(bytes, defined_);
  const std::uint32_t id = in.u32();
  in.u32();  // The number that a person gave it.
  List list{.target = std::string(in.string())};
  bool is_own = false;
  in.parameters([&](int flag) {
    if (flag == 1) is_own = in.string() == kWartsOwnList;
    if (flag == 2) list.monitor = in.string();
    return flag <= 2;
  });
  if (!is_own) list.target.clear();
  if (in.ok()) lists_[id] = std::move(list);
  return in.ok();
}

bool WartsReader::read_cycle(std::string_view bytes) {
  WartsInput in(bytes, defined_);
  const std::uint32_t id = in.u32();
  for (int i = 0; i < 3; ++i) in.u32();  // Its list, the number that a person gave it, when it began.
  std::string host;
  in.parameters([&](int flag) {
    if (flag == 1) in.u32();  // When it stopped.
    if (flag == 2) host = in.string();
    return flag <= 2;
  });
  if (in.ok()) hosts_[id] = std::move(host);
  return in.ok();
}

// Deprecated: addresses that the whole file may refer to, with the lowest byte of their number as a check.
bool WartsReader::read_address(std::string_view bytes) {
  if (bytes.size() < 2) return false;
  const auto address = warts_address(static_cast<std::uint8_t>(bytes[1]), bytes.substr(2));
  // Even a bad one has a number, or those behind it would have the wrong one.
  const bool fits = static_cast<unsigned char>(bytes[0]) == old_addresses_.size() % 255;
  old_addresses_.push_back(address.value_or(IpAddress{}));
  return address.has_value() && fits;
}

IpAddress WartsReader::old_address(WartsInput& in) const {
  const std::uint32_t number = in.u32();
  if (number >= old_addresses_.size()) in.fail();
  return in.ok() ? old_addresses_[number] : IpAddress{};
}

bool WartsReader::take_head(WartsInput& in, int flag, Head& head) const {
  switch (flag) {
    case 1: head.list = in.u32(); return true;
    case 2: head.cycle = in.u32(); return true;
    case 3: head.source = old_address(in); return true;
    case 4: head.destination = old_address(in); return true;
    case 5: head.start = in.time(); return true;
    default: return false;
  }
}

std::string WartsReader::vantage_of(const Head& head) const {
  const auto list = lists_.find(head.list);
  if (list != lists_.end() && !list->second.monitor.empty()) return list->second.monitor;
  const auto host = hosts_.find(head.cycle);
  if (host != hosts_.end() && !host->second.empty()) return host->second;
  return "scamper-" + to_string(head.source);
}

std::string WartsReader::target_of(const Head& head) const {
  const auto list = lists_.find(head.list);
  return list == lists_.end() ? std::string() : list->second.target;
}

}  // namespace isthmus::formats
