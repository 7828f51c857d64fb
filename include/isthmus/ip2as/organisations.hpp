#pragma once
// Which ASes belong to the same organisation.
//
// Organisations are immutable once built and cheap to copy and move (copies share the data); any thread. Spans and
// string_views live as long as the last copy. The builder belongs to one thread and is consumed by build().

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

class Organisations {
 public:
  /// Knows nothing.
  Organisations();

  /// True for a == b, unless they are none; false when either is unknown.
  [[nodiscard]] bool same(Asn a, Asn b) const;
  /// All ASes of the organisation, ascending, the one asked for included; empty when it is unknown.
  [[nodiscard]] std::span<const Asn> siblings(Asn asn) const;
  /// Name of the organisation, valid UTF-8; empty when unknown.
  [[nodiscard]] std::string_view name_of(Asn asn) const;

  /// ASes whose organisation is known.
  [[nodiscard]] std::size_t as_count() const;
  /// Organisations that have an AS or a name.
  [[nodiscard]] std::size_t organisation_count() const;

 private:
  friend class OrganisationsBuilder;
  struct Data;
  explicit Organisations(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;  // Never null.
};

class OrganisationsBuilder {
 public:
  OrganisationsBuilder();
  ~OrganisationsBuilder();
  OrganisationsBuilder(OrganisationsBuilder&&) noexcept;
  OrganisationsBuilder& operator=(OrganisationsBuilder&&) noexcept;

  /// The first organisation given for an AS stands, and the first name that is not empty for an organisation. Ignores
  /// AS 0 and an empty id, which say nothing.
  void add(Asn asn, std::string_view organisation_id, std::string_view name);

  /// The name of an organisation that is, or will be, some AS's.
  void add_name(std::string_view organisation_id, std::string_view name);

  [[nodiscard]] Organisations build() &&;

 private:
  struct Data;
  std::unique_ptr<Data> data_;
};

}  // namespace isthmus::ip2as
