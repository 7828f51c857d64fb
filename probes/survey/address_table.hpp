#pragma once
// Numbers for addresses: the first one taken in is 0. Open addressing over one flat array; keyed, because strangers
// choose the addresses they answer from. Owned by one thread.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::probes::survey {

class AddressTable {
 public:
  /// Room for `expected` addresses without another allocation; more are taken in by doubling.
  AddressTable(std::size_t expected, std::uint64_t key);

  /// The number of the address, a new one if it has none.
  std::uint32_t intern(const IpAddress& address);
  [[nodiscard]] std::optional<std::uint32_t> find(const IpAddress& address) const;
  /// The address will be looked for soon.
  void prefetch(const IpAddress& address) const { __builtin_prefetch(&slots_[hash(address) & (slots_.size() - 1)]); }
  [[nodiscard]] const IpAddress& at(std::uint32_t number) const { return addresses_[number]; }
  [[nodiscard]] std::size_t size() const { return addresses_.size(); }
  [[nodiscard]] std::span<const IpAddress> all() const { return addresses_; }

 private:
  [[nodiscard]] std::uint64_t hash(const IpAddress& address) const;
  /// The slot that holds the address, or the free one where it belongs.
  [[nodiscard]] std::size_t slot_of(const IpAddress& address, std::uint64_t hash) const;
  void grow();

  struct Slot {
    std::uint32_t number_plus_one{0};
    std::uint32_t check{0};  // other bits of the hash: a miss need not touch the address
  };
  std::uint64_t key_;
  std::vector<Slot> slots_;
  std::vector<IpAddress> addresses_;
};

}  // namespace isthmus::probes::survey
