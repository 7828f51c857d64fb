#include <algorithm>
#include <utility>
#include <vector>

#include "ip2as/cones.hpp"
#include "ip2as/relationships_data.hpp"
#include "ip2as/sorted.hpp"

namespace isthmus::ip2as {

struct RelationshipsBuilder::Data {
  Links links;
  GivenCones cones;
  std::size_t refused{0};

  // `relation` is what b is to a.
  bool add(Asn a, Asn b, Relation relation) {
    if (a.is_none() || b.is_none() || a == b) {
      ++refused;
      return false;
    }
    const Relation of_low = a < b ? relation : reversed(relation);
    const auto [known, is_new] = links.try_emplace(link_key(a, b), of_low);
    if (!is_new && *known != of_low) {
      ++refused;
      return false;
    }
    return true;
  }

  // Every AS that links or cones name, ascending.
  [[nodiscard]] std::vector<Asn> all() const {
    std::vector<Asn> asns = cones.members;
    for (const GivenCones::Cone& cone : cones.cones) asns.push_back(cone.of);
    links.for_each([&](std::uint64_t key, Relation) {
      asns.push_back(Asn{static_cast<std::uint32_t>(key >> 32)});
      asns.push_back(Asn{static_cast<std::uint32_t>(key)});
    });
    sort_unique(asns);
    return asns;
  }
};

namespace {

// The neighbours of every AS, by what they are to it.
void fill_neighbours(const Links& links, const FlatMap<std::uint32_t, std::uint32_t>& index, Rows& providers,
                     Rows& customers, Rows& peers) {
  std::vector<std::uint64_t> provider_pairs;
  std::vector<std::uint64_t> customer_pairs;
  std::vector<std::uint64_t> peer_pairs;
  const auto add = [&](Asn of, Asn other, Relation relation) {
    const std::uint64_t pair = pair_of(*index.find(of.number), other);
    if (relation == Relation::provider) provider_pairs.push_back(pair);
    if (relation == Relation::customer) customer_pairs.push_back(pair);
    if (relation == Relation::peer) peer_pairs.push_back(pair);
  };
  links.for_each([&](std::uint64_t key, Relation relation) {
    const Asn low{static_cast<std::uint32_t>(key >> 32)};
    const Asn high{static_cast<std::uint32_t>(key)};
    add(low, high, relation);
    add(high, low, reversed(relation));
  });
  providers = Rows::from_pairs(std::move(provider_pairs), index.size());
  customers = Rows::from_pairs(std::move(customer_pairs), index.size());
  peers = Rows::from_pairs(std::move(peer_pairs), index.size());
}

}  // namespace

RelationshipsBuilder::RelationshipsBuilder() : data_(std::make_unique<Data>()) {}
RelationshipsBuilder::~RelationshipsBuilder() = default;
RelationshipsBuilder::RelationshipsBuilder(RelationshipsBuilder&&) noexcept = default;
RelationshipsBuilder& RelationshipsBuilder::operator=(RelationshipsBuilder&&) noexcept = default;

bool RelationshipsBuilder::add_transit(Asn provider, Asn customer) {
  return data_->add(provider, customer, Relation::customer);
}

bool RelationshipsBuilder::add_peering(Asn a, Asn b) { return data_->add(a, b, Relation::peer); }

void RelationshipsBuilder::add_cone(Asn of, std::span<const Asn> members) { data_->cones.add(of, members); }

Relationships RelationshipsBuilder::build() && {
  auto built = std::make_shared<Relationships::Data>();
  const std::vector<Asn> asns = data_->all();
  for (const Asn asn : asns) {
    built->index.try_emplace(asn.number, static_cast<std::uint32_t>(built->index.size()));
  }
  fill_neighbours(data_->links, built->index, built->providers, built->customers, built->peers);
  Cones cones = compute_cones(asns, built->index, built->customers, data_->cones);
  built->cone_of = std::move(cones.cone_of);
  built->cones = std::move(cones.rows);
  built->cut_cones = cones.cut;
  built->links = std::move(data_->links);
  built->refused = data_->refused;
  data_.reset();
  return Relationships(std::move(built));
}

}  // namespace isthmus::ip2as
