#pragma once
// Internet exchanges: their peering LANs, and whose port an address on a LAN is.
//
// An exchange's LAN is never an AS on a path: an address on it belongs to the member whose port it is. LANs that no
// current list holds any more are kept as retired: old traces cross them, and renumberings take months.
//
// Exchanges are immutable once built and cheap to copy and move (copies share the data); any thread. string_views live
// as long as the last copy. The builder belongs to one thread and is consumed by build().

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

struct ExchangePort {
  std::uint32_t exchange{0};  ///< See Exchanges::name.
  Asn member{};               ///< Whose port the address is; none when it is on the LAN but not listed.
  bool retired{false};        ///< On a LAN that no current list holds any more.
  friend bool operator==(const ExchangePort&, const ExchangePort&) = default;
};

class Exchanges {
 public:
  /// Knows nothing.
  Exchanges();

  /// The exchange on whose LAN the address is; nothing for an address on no LAN.
  [[nodiscard]] std::optional<ExchangePort> lookup(const IpAddress& address) const;
  /// Valid UTF-8; empty for an index that lookup never gave.
  [[nodiscard]] std::string_view name(std::uint32_t exchange) const;
  [[nodiscard]] bool is_member(std::uint32_t exchange, Asn asn) const;

  [[nodiscard]] std::size_t exchange_count() const;
  [[nodiscard]] std::size_t lan_count() const;
  [[nodiscard]] std::size_t lan_count(Family family) const;
  [[nodiscard]] std::size_t port_count() const;
  /// Different ASes that are a member of at least one.
  [[nodiscard]] std::size_t member_count() const;

 private:
  friend class ExchangesBuilder;
  struct Data;
  explicit Exchanges(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;  // Never null.
};

/// Several sources may list one exchange under different names. Those with the same current LAN become one, under the
/// first name, with the members of all. Where a current and a retired LAN are the same, or where one lies within
/// another, the current one and the longer one count.
class ExchangesBuilder {
 public:
  ExchangesBuilder();
  ~ExchangesBuilder();
  ExchangesBuilder(ExchangesBuilder&&) noexcept;
  ExchangesBuilder& operator=(ExchangesBuilder&&) noexcept;

  /// The index for the other two functions; the built Exchanges may use another one.
  std::uint32_t add_exchange(std::string_view name);

  /// For an exchange whose name comes later than its first LAN or port; the first one that is not empty stands.
  void set_name(std::uint32_t exchange, std::string_view name);

  /// Refused (false) when the LAN is none: special-purpose space, or wider than /16 (IPv4) or /32 (IPv6).
  bool add_lan(std::uint32_t exchange, const Prefix& lan, bool retired);

  /// Makes the AS a member; the first member given for an address stands. An address on no LAN of the exchange is
  /// nobody's port if it lies on another one's LAN, and a LAN of its own otherwise. A retired port counts on retired
  /// LANs alone: on a current one somebody else may have the address by now. Refused (false): AS 0, special-purpose
  /// space.
  bool add_port(std::uint32_t exchange, const IpAddress& address, Asn member, bool retired = false);

  /// A member whose ports are not known.
  void add_member(std::uint32_t exchange, Asn member);

  [[nodiscard]] Exchanges build() &&;

 private:
  struct Data;
  std::unique_ptr<Data> data_;
};

}  // namespace isthmus::ip2as
