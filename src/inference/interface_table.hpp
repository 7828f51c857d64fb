#pragma once
// Every interface that ever answered, what its address maps to, and what all traces together show around it. Traces
// refer to interfaces by number. Grows with what is seen; owned and used by one thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "inference/asn_tally.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::inference {

using InterfaceId = std::uint32_t;

/// What is known of one interface. `owner` is whose address it is, which need not be who runs the router: the border of
/// a customer is mostly numbered from its provider's space.
struct Interface {
  IpAddress address;
  ip2as::AddressKind kind{ip2as::AddressKind::unknown};
  bool dual_origin{false};    ///< Several ASes announce it.
  Asn owner{};                ///< None when not known; on an exchange the member whose port it is.
  Asn registrant{};           ///< To whom the announced space was given, if to somebody else than `owner`.
  std::uint32_t exchange{0};  ///< Of AddressKind::exchange.
  std::uint32_t traces{0};    ///< Latest traces that it is on.
  std::uint32_t detours{0};   ///< Of these, the ones that had left its owner's network before they came to it.
  AsnTally before{};          ///< Owners of the address one hop nearer, where that hop answered.
  AsnTally behind{};          ///< Owners of the address one hop on, the target's AS where the target begins.
  AsnTally targets{};         ///< ASes that the traces through it were sent to.
};

class InterfaceTable {
 public:
  explicit InterfaceTable(const ip2as::NetworkData& data) : data_(&data) {}

  /// The number of an address, annotated if it is new.
  [[nodiscard]] InterfaceId intern(const IpAddress& address);
  [[nodiscard]] const Interface& at(InterfaceId id) const { return interfaces_[id]; }
  [[nodiscard]] Interface& at(InterfaceId id) { return interfaces_[id]; }
  [[nodiscard]] std::size_t size() const { return interfaces_.size(); }

  /// Annotates everything anew and forgets what was counted; numbers stay. `data` must outlive the table.
  void set_data(const ip2as::NetworkData& data);

  /// Further origins of a dual-origin interface. As long as the data lives.
  [[nodiscard]] std::span<const Asn> other_origins(InterfaceId id) const;

 private:
  void annotate(Interface& interface) const;

  const ip2as::NetworkData* data_;
  std::vector<Interface> interfaces_;
  boost::unordered_flat_map<IpAddress, InterfaceId, std::hash<IpAddress>> numbers_;
};

/// Whether it is known to answer from space that its traces do not come through: they had left its owner's network
/// before (no route enters a network twice), or it follows both routers of its owner and of others (an interface that
/// packets come in by has one neighbour).
[[nodiscard]] bool answers_elsewhere(const Interface& interface);

/// Who runs the router behind an interface, as far as its address and its neighbours tell; none when they do not.
///
/// The owner of the address, unless what lies behind it says otherwise: addresses of one customer of the owner and
/// hardly any other mean that it is that customer's border, numbered from the provider's space (bdrmapIT, IMC 2018,
/// section 5). An address that no data maps belongs to the AS that most of what lies behind it belongs to.
[[nodiscard]] Asn operator_of(const Interface& interface, const ip2as::Relationships& relationships);

}  // namespace isthmus::inference
