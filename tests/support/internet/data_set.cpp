#include "support/internet/data_set.hpp"

#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::testing::internet {
namespace {

ip2as::Exchanges build_exchanges(const PublicData& records, Family family) {
  ip2as::ExchangesBuilder builder;
  for (const ExchangeRecord& record : records.exchanges) {
    const std::uint32_t exchange = builder.add_exchange(record.name);
    builder.add_lan(exchange, export_prefix(record.lan, record.length, family), record.retired);
    for (const auto& port : record.ports) builder.add_port(exchange, export_address(port.address, family), port.member);
  }
  return std::move(builder).build();
}

}  // namespace

DataSet make_data_set(const Internet& internet) {
  const Family family = internet.settings().family;
  DataSet result{.records = publish(internet), .data = nullptr};
  const PublicData& records = result.records;
  ip2as::PrefixTableBuilder prefixes;
  for (const PrefixRecord& record : records.prefixes) {
    prefixes.add(export_prefix(record.first, record.length, family), record.origins);
  }
  ip2as::PrefixTableBuilder registry;
  for (const RegistryRecord& record : records.registry) {
    registry.add(export_prefix(record.first, record.length, family), record.asns);
  }
  ip2as::RelationshipsBuilder relationships;
  for (const RelationshipRecord& record : records.relationships) {
    record.transit ? relationships.add_transit(record.a, record.b) : relationships.add_peering(record.a, record.b);
  }
  ip2as::OrganisationsBuilder organisations;
  for (const OrganisationRecord& record : records.organisations) organisations.add(record.asn, record.id, record.name);

  auto data = std::make_shared<ip2as::NetworkData>();
  data->prefixes = std::move(prefixes).build();
  data->registry = std::move(registry).build();
  data->exchanges = build_exchanges(records, family);
  data->relationships = std::move(relationships).build();
  data->organisations = std::move(organisations).build();
  data->version = "simulated seed " + std::to_string(internet.settings().seed);
  result.data = std::move(data);
  return result;
}

}  // namespace isthmus::testing::internet
