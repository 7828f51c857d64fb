#include "probes/survey/address_table.hpp"

#include <bit>
#include <cstring>

#include "probes/survey/mix.hpp"

namespace isthmus::probes::survey {
namespace {

// At most two thirds full.
std::size_t slots_for(std::size_t addresses) { return std::bit_ceil(addresses + addresses / 2 + 16); }

}  // namespace

AddressTable::AddressTable(std::size_t expected, std::uint64_t key) : key_(key), slots_(slots_for(expected)) {
  addresses_.reserve(expected);
}

std::uint64_t AddressTable::hash(const IpAddress& address) const {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, address.bytes().data(), 8);
  std::memcpy(&low, address.bytes().data() + 8, 8);
  return mix(mix(high ^ key_) + low + static_cast<std::uint64_t>(address.family()));
}

std::size_t AddressTable::slot_of(const IpAddress& address, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  const auto check = static_cast<std::uint32_t>(hash >> 32);
  for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    const Slot& here = slots_[slot];
    if (here.number_plus_one == 0) return slot;
    if (here.check == check && addresses_[here.number_plus_one - 1] == address) return slot;
  }
}

std::uint32_t AddressTable::intern(const IpAddress& address) {
  const std::uint64_t h = hash(address);
  Slot* slot = &slots_[slot_of(address, h)];
  if (slot->number_plus_one != 0) return slot->number_plus_one - 1;
  if ((addresses_.size() + 1) * 3 > slots_.size() * 2) {
    grow();
    slot = &slots_[slot_of(address, h)];
  }
  addresses_.push_back(address);
  *slot = {static_cast<std::uint32_t>(addresses_.size()), static_cast<std::uint32_t>(h >> 32)};
  return slot->number_plus_one - 1;
}

std::optional<std::uint32_t> AddressTable::find(const IpAddress& address) const {
  const Slot& slot = slots_[slot_of(address, hash(address))];
  if (slot.number_plus_one == 0) return std::nullopt;
  return slot.number_plus_one - 1;
}

void AddressTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (std::uint32_t number = 0; number < addresses_.size(); ++number) {
    const std::uint64_t h = hash(addresses_[number]);
    slots_[slot_of(addresses_[number], h)] = {number + 1, static_cast<std::uint32_t>(h >> 32)};
  }
}

}  // namespace isthmus::probes::survey
