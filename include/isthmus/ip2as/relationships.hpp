#pragma once
// Who sells transit to whom and who peers with whom, and the customer cones that follow.
//
// Relationships are immutable once built and cheap to copy and move (copies share the data); any thread. Spans live as
// long as the last copy. The builder belongs to one thread and is consumed by build().

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

enum class Relation : std::uint8_t { none, provider, customer, peer };

class Relationships {
 public:
  /// Knows nothing.
  Relationships();

  [[nodiscard]] bool empty() const { return link_count() == 0; }

  /// What `other` is to `of`: provider means that `other` sells transit to `of`.
  [[nodiscard]] Relation between(Asn of, Asn other) const;

  /// Ascending; empty for an AS that no source names.
  [[nodiscard]] std::span<const Asn> providers(Asn asn) const;
  [[nodiscard]] std::span<const Asn> customers(Asn asn) const;
  [[nodiscard]] std::span<const Asn> peers(Asn asn) const;

  /// ASes in the customer cone: the AS itself, its customers, their customers and so on; 1 when no source names it.
  [[nodiscard]] std::size_t cone_size(Asn asn) const;
  /// True for of == member.
  [[nodiscard]] bool in_cone(Asn of, Asn member) const;

  /// ASes that a link or a cone names.
  [[nodiscard]] std::size_t as_count() const;
  /// Pairs of ASes with a relationship.
  [[nodiscard]] std::size_t link_count() const;
  /// Records refused because they contradict an earlier one, or relate an AS to itself or to no AS.
  [[nodiscard]] std::size_t refused_count() const;
  /// ASes whose computed cone holds direct customers only, because all cones together would not fit into memory. 0 for
  /// the real internet; a chain of tens of thousands of providers makes some.
  [[nodiscard]] std::size_t cut_cones() const;

 private:
  friend class RelationshipsBuilder;
  struct Data;
  explicit Relationships(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;  // Never null.
};

class RelationshipsBuilder {
 public:
  RelationshipsBuilder();
  ~RelationshipsBuilder();
  RelationshipsBuilder(RelationshipsBuilder&&) noexcept;
  RelationshipsBuilder& operator=(RelationshipsBuilder&&) noexcept;

  /// Of contradictory records the first stands: later ones are refused (false) and counted, as are those that relate an
  /// AS to itself or to 0. Saying the same again is fine.
  bool add_transit(Asn provider, Asn customer);
  bool add_peering(Asn a, Asn b);

  /// A customer cone as somebody else worked it out; the first one given for an AS stands. ASes without one get theirs
  /// from the transit links, where cycles put all their members into each other's cone.
  void add_cone(Asn of, std::span<const Asn> members);

  [[nodiscard]] Relationships build() &&;

 private:
  struct Data;
  std::unique_ptr<Data> data_;
};

}  // namespace isthmus::ip2as
