// Whose address is it: which source has the last word, and which of several origins is taken.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::ip2as {
namespace {

IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }
Prefix prefix(const std::string& text) { return Prefix::parse(text).value(); }

PrefixTable table(std::initializer_list<std::pair<const char*, std::uint32_t>> entries) {
  PrefixTableBuilder builder;
  for (const auto& [text, asn] : entries) builder.add(prefix(text), Asn{asn});
  return std::move(builder).build();
}

PrefixTable moas(const char* text, std::vector<Asn> origins) {
  PrefixTableBuilder builder;
  builder.add(prefix(text), origins);
  return std::move(builder).build();
}

std::vector<Asn> list(std::span<const Asn> asns) { return {asns.begin(), asns.end()}; }

TEST(Annotate, ManualBeatsExchangeBeatsAnnouncedBeatsRegistered) {
  NetworkData data;
  data.registry = table({{"198.51.0.0/16", 64501}, {"2001:db8::/32", 64501}});
  EXPECT_EQ(annotate(data, address("198.51.100.1")).kind, AddressKind::registered);
  EXPECT_EQ(annotate(data, address("2001:db8::1")).asn, Asn{64501});

  data.prefixes = table({{"198.51.100.0/24", 64502}});
  const Annotation announced = annotate(data, address("198.51.100.1"));
  EXPECT_EQ(announced.kind, AddressKind::announced);
  EXPECT_EQ(announced.asn, Asn{64502});
  EXPECT_EQ(annotate(data, address("198.51.101.1")).kind, AddressKind::registered);

  ExchangesBuilder exchanges;
  exchanges.add_exchange("First-IX");
  const auto ix = exchanges.add_exchange("Example-IX");
  exchanges.add_lan(ix, prefix("198.51.100.0/25"), true);
  exchanges.add_port(ix, address("198.51.100.1"), Asn{64503});
  data.exchanges = std::move(exchanges).build();
  const Annotation port = annotate(data, address("198.51.100.1"));
  EXPECT_EQ(port.kind, AddressKind::exchange);
  EXPECT_EQ(port.asn, Asn{64503});
  EXPECT_EQ(port.exchange, ix);
  EXPECT_EQ(annotate(data, address("198.51.100.2")).kind, AddressKind::exchange);
  EXPECT_EQ(annotate(data, address("198.51.100.2")).asn, Asn{}) << "on the LAN, but nobody's port";

  data.overrides = table({{"198.51.100.1/32", 64504}});
  EXPECT_EQ(annotate(data, address("198.51.100.1")).kind, AddressKind::overridden);
  EXPECT_EQ(annotate(data, address("198.51.100.1")).asn, Asn{64504});
  EXPECT_EQ(annotate(data, address("203.0.113.1")).kind, AddressKind::unknown);
  EXPECT_EQ(annotate(data, address("203.0.113.1")).asn, Asn{});
}

TEST(Annotate, SpecialSpaceIsNobodysWhateverIsSaidOfIt) {
  NetworkData data;
  data.overrides = table({{"10.0.0.0/8", 64504}});
  for (const char* text : {"0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.31.255.255",
                           "192.0.0.8", "192.168.1.1", "198.19.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "::1",
                           "fe80::1", "fd00::1", "ff02::1", "64:ff9b::1"}) {
    EXPECT_EQ(annotate(data, address(text)).kind, AddressKind::special) << text;
    EXPECT_TRUE(annotate(data, address(text)).asn.is_none()) << text;
  }
  for (const char* text : {"9.255.255.255", "100.128.0.0", "172.32.0.0", "192.0.1.0", "198.20.0.0", "223.255.255.255",
                           "2000::1", "3fff::1"}) {
    EXPECT_EQ(annotate(data, address(text)).kind, AddressKind::unknown) << text;
  }
}

TEST(AnnotateSeveralOrigins, WithoutMoreKnowledgeTheFirst) {
  NetworkData data;
  data.prefixes = moas("198.51.100.0/24", {Asn{64502}, Asn{64500}, Asn{64501}});
  const Annotation found = annotate(data, address("198.51.100.1"));
  EXPECT_EQ(found.asn, Asn{64502});
  EXPECT_EQ(list(found.others), (std::vector<Asn>{Asn{64500}, Asn{64501}}));
}

TEST(AnnotateSeveralOrigins, TheOneThatTheOthersSellTransitTo) {
  RelationshipsBuilder links;
  links.add_transit(Asn{64500}, Asn{64502});
  links.add_transit(Asn{64502}, Asn{64501});
  NetworkData data;
  data.relationships = std::move(links).build();
  data.prefixes = moas("198.51.100.0/24", {Asn{64500}, Asn{64501}, Asn{64502}});
  const Annotation found = annotate(data, address("198.51.100.1"));
  EXPECT_EQ(found.asn, Asn{64501});
  EXPECT_EQ(list(found.others), (std::vector<Asn>{Asn{64502}, Asn{64500}}));
}

TEST(AnnotateSeveralOrigins, OfOneOrganisationTheFirstEvenIfAnotherIsItsCustomer) {
  RelationshipsBuilder links;
  links.add_transit(Asn{64500}, Asn{64501});
  OrganisationsBuilder organisations;
  organisations.add(Asn{64500}, "EX", "");
  organisations.add(Asn{64501}, "EX", "");
  NetworkData data;
  data.relationships = std::move(links).build();
  data.prefixes = moas("198.51.100.0/24", {Asn{64500}, Asn{64501}});
  EXPECT_EQ(annotate(data, address("198.51.100.1")).asn, Asn{64501});
  data.organisations = std::move(organisations).build();
  EXPECT_EQ(annotate(data, address("198.51.100.1")).asn, Asn{64500});
}

TEST(NetworkNames, ComeFromWhicheverSourceHasOne) {
  PrefixTableBuilder prefixes;
  prefixes.add(prefix("198.51.100.0/24"), Asn{64500}, "As routed");
  OrganisationsBuilder organisations;
  organisations.add(Asn{64500}, "A", "As organised");
  organisations.add(Asn{64501}, "B", "Other");
  NetworkData data;
  data.prefixes = std::move(prefixes).build();
  data.organisations = std::move(organisations).build();
  EXPECT_EQ(data.name_of(Asn{64500}), "As routed");
  EXPECT_EQ(data.name_of(Asn{64501}), "Other");
  EXPECT_EQ(data.name_of(Asn{64502}), "");
}

}  // namespace
}  // namespace isthmus::ip2as
