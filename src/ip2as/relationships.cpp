#include "isthmus/ip2as/relationships.hpp"

#include <algorithm>
#include <utility>

#include "ip2as/relationships_data.hpp"

namespace isthmus::ip2as {

Relationships::Relationships() {
  static const auto kNothing = std::make_shared<const Data>();
  data_ = kNothing;
}

Relationships::Relationships(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

Relation Relationships::between(Asn of, Asn other) const {
  // Of a pair with AS 0 the key would be that of a free slot, or of no pair at all.
  if (of.is_none() || other.is_none()) return Relation::none;
  const Relation* found = data_->links.find(link_key(of, other));
  if (found == nullptr) return Relation::none;
  return of < other ? *found : reversed(*found);
}

std::span<const Asn> Relationships::providers(Asn asn) const {
  const auto row = data_->row_of(asn);
  return row ? data_->providers[*row] : std::span<const Asn>{};
}

std::span<const Asn> Relationships::customers(Asn asn) const {
  const auto row = data_->row_of(asn);
  return row ? data_->customers[*row] : std::span<const Asn>{};
}

std::span<const Asn> Relationships::peers(Asn asn) const {
  const auto row = data_->row_of(asn);
  return row ? data_->peers[*row] : std::span<const Asn>{};
}

std::size_t Relationships::cone_size(Asn asn) const {
  const auto row = data_->row_of(asn);
  if (!row || data_->cone_of[*row] == kNoCone) return 1;
  return data_->cones[data_->cone_of[*row]].size();
}

bool Relationships::in_cone(Asn of, Asn member) const {
  if (of == member) return true;
  const auto row = data_->row_of(of);
  if (!row || data_->cone_of[*row] == kNoCone) return false;
  return std::ranges::binary_search(data_->cones[data_->cone_of[*row]], member);
}

std::size_t Relationships::as_count() const { return data_->index.size(); }
std::size_t Relationships::link_count() const { return data_->links.size(); }
std::size_t Relationships::refused_count() const { return data_->refused; }
std::size_t Relationships::cut_cones() const { return data_->cut_cones; }

}  // namespace isthmus::ip2as
