// The files hold what the data in memory holds: loaded as a user would load them, they say the same of every address.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "isthmus/ip2as/load.hpp"
#include "support/internet/campaign.hpp"
#include "support/internet/data_set.hpp"
#include "support/internet/files.hpp"

namespace isthmus::testing::internet {
namespace {

class LoadedFiles : public ::testing::TestWithParam<Family> {
 protected:
  LoadedFiles() : folder_(std::filesystem::path(::testing::TempDir()) / ("internet-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~LoadedFiles() override { std::filesystem::remove_all(folder_); }

  template <typename Write>
  std::string file(const char* name, const Write& write) {
    const std::string path = folder_ / name;
    std::ofstream out(path, std::ios::binary);
    write(out);
    return path;
  }

  ip2as::DataFiles write_all(const PublicData& data, Family family) {
    ip2as::DataFiles files;
    files.prefixes = {file("pfx2as.txt", [&](auto& out) { write_prefixes(data, family, out); })};
    files.registry = {file("registry.txt", [&](auto& out) { write_registry(data, family, out); })};
    files.relationships = {file("as-rel.txt", [&](auto& out) { write_relationships(data, {}, out); })};
    files.organisations = {file("as2org.txt", [&](auto& out) { write_organisations(data, out); })};
    files.exchanges = {file("peeringdb.json", [&](auto& out) { write_exchanges(data, family, false, out); }),
                       file("peeringdb-old.json", [&](auto& out) { write_exchanges(data, family, true, out); })};
    return files;
  }

  // Of all routers and hosts that answer, and all ports at exchanges.
  static std::set<IpAddress> addresses_of(const Internet& internet) {
    std::set<IpAddress> addresses;
    for_each_trace(internet, {.flows = 1}, [&](Trace&& trace, TruthOfTrace&&) {
      for (const Hop& hop : trace.hops) {
        if (hop.answer() != nullptr) addresses.insert(hop.answer()->from);
      }
    });
    for (std::uint32_t i = 0; i < internet.graph().exchanges.size(); ++i) {
      for (const Port& port : internet.topology().ports_of(i)) {
        addresses.insert(export_address(port.address, internet.settings().family));
      }
    }
    return addresses;
  }

 private:
  std::filesystem::path folder_;
};

TEST_P(LoadedFiles, SayTheSameOfEveryAddressAndOfEveryNeighbour) {
  Settings settings{.seed = 6, .family = GetParam()};
  settings.vantages = 8;
  settings.target_blocks = 300;
  settings.data.lan_retired = 0.5;
  const Internet internet(settings);
  const DataSet set = make_data_set(internet);
  ip2as::LoadReport report;
  const auto loaded = ip2as::load(write_all(set.records, settings.family), report);
  ASSERT_TRUE(loaded) << loaded.error().operation << " " << loaded.error().detail;
  EXPECT_EQ(report.bad(), 0U);
  const ip2as::NetworkData& read = **loaded;
  std::size_t retired = 0;
  for (const IpAddress& address : addresses_of(internet)) {
    const auto before = ip2as::annotate(*set.data, address);
    const auto after = ip2as::annotate(read, address);
    EXPECT_EQ(before.kind, after.kind) << to_string(address);
    EXPECT_EQ(before.asn, after.asn) << to_string(address);
    if (before.kind != ip2as::AddressKind::exchange || after.kind != before.kind) continue;
    EXPECT_EQ(set.data->exchanges.lookup(address)->retired, read.exchanges.lookup(address)->retired);
    retired += read.exchanges.lookup(address)->retired ? 1 : 0;
  }
  EXPECT_GT(retired, 10U);
  for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) {
    for (const Neighbour& neighbour : internet.graph().ases[as].neighbours) {
      const Asn one = internet.asn(as);
      const Asn other = internet.asn(neighbour.as);
      EXPECT_EQ(set.data->relationships.between(one, other), read.relationships.between(one, other));
      EXPECT_EQ(set.data->organisations.same(one, other), read.organisations.same(one, other));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, LoadedFiles, ::testing::Values(Family::ipv4, Family::ipv6));

}  // namespace
}  // namespace isthmus::testing::internet
