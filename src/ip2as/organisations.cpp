#include "isthmus/ip2as/organisations.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ip2as/flat_map.hpp"
#include "ip2as/rows.hpp"
#include "ip2as/text_fields.hpp"

namespace isthmus::ip2as {
namespace {

struct Name {
  std::size_t offset{0};
  std::uint32_t size{0};
};

}  // namespace

struct Organisations::Data {
  FlatMap<std::uint32_t, std::uint32_t> organisation_of;  // AS number -> row.
  Rows members;
  std::vector<Name> names;
  std::string text;
};

struct OrganisationsBuilder::Data {
  Organisations::Data made;
  std::unordered_map<std::string, std::uint32_t> rows;  // By the source's id.

  std::uint32_t row_of(std::string_view id) {
    const auto [row, is_new] = rows.try_emplace(std::string(id), static_cast<std::uint32_t>(made.names.size()));
    if (is_new) made.names.emplace_back();
    return row->second;
  }

  void take_name(std::uint32_t row, std::string_view name) {
    Name& known = made.names[row];
    if (known.size != 0 || name.empty()) return;
    const std::string text = to_utf8(name);
    known = {made.text.size(), static_cast<std::uint32_t>(text.size())};
    made.text += text;
  }
};

Organisations::Organisations() {
  static const auto kNothing = std::make_shared<const Data>();
  data_ = kNothing;
}

Organisations::Organisations(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

bool Organisations::same(Asn a, Asn b) const {
  if (a == b) return !a.is_none();
  const std::uint32_t* of_a = data_->organisation_of.find(a.number);
  const std::uint32_t* of_b = data_->organisation_of.find(b.number);
  return of_a != nullptr && of_b != nullptr && *of_a == *of_b;
}

std::span<const Asn> Organisations::siblings(Asn asn) const {
  const std::uint32_t* row = data_->organisation_of.find(asn.number);
  return row == nullptr ? std::span<const Asn>{} : data_->members[*row];
}

std::string_view Organisations::name_of(Asn asn) const {
  const std::uint32_t* row = data_->organisation_of.find(asn.number);
  if (row == nullptr) return {};
  return std::string_view(data_->text).substr(data_->names[*row].offset, data_->names[*row].size);
}

std::size_t Organisations::as_count() const { return data_->organisation_of.size(); }
std::size_t Organisations::organisation_count() const { return data_->names.size(); }

OrganisationsBuilder::OrganisationsBuilder() : data_(std::make_unique<Data>()) {}
OrganisationsBuilder::~OrganisationsBuilder() = default;
OrganisationsBuilder::OrganisationsBuilder(OrganisationsBuilder&&) noexcept = default;
OrganisationsBuilder& OrganisationsBuilder::operator=(OrganisationsBuilder&&) noexcept = default;

void OrganisationsBuilder::add(Asn asn, std::string_view organisation_id, std::string_view name) {
  if (asn.is_none() || organisation_id.empty()) return;
  const std::uint32_t row = data_->row_of(organisation_id);
  data_->made.organisation_of.try_emplace(asn.number, row);
  data_->take_name(row, name);
}

void OrganisationsBuilder::add_name(std::string_view organisation_id, std::string_view name) {
  if (!organisation_id.empty()) data_->take_name(data_->row_of(organisation_id), name);
}

Organisations OrganisationsBuilder::build() && {
  auto made = std::make_shared<Organisations::Data>(std::move(data_->made));
  data_.reset();
  std::vector<std::uint64_t> pairs;
  pairs.reserve(made->organisation_of.size());
  made->organisation_of.for_each(
      [&](std::uint32_t asn, std::uint32_t row) { pairs.push_back(pair_of(row, Asn{asn})); });
  made->members = Rows::from_pairs(std::move(pairs), made->names.size());
  return Organisations(std::move(made));
}

}  // namespace isthmus::ip2as
