// Loading and look-ups of a routing-table-sized PrefixTable, next to a naive peer in the same run: a plain binary trie,
// one node a bit. Prints figures and asserts nothing about time.
//
// With $ISTHMUS_DATA_DIR (or ../shared/data) holding pyasn's ipasn6_20151101.dat.gz that is the table, otherwise
// 500,000 synthetic IPv4 and 50,000 synthetic IPv6 prefixes with a realistic mix of lengths.

#include <benchmark/benchmark.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "isthmus/ip2as/load.hpp"

namespace isthmus {
namespace {

constexpr std::size_t kAddresses = std::size_t{1} << 16;

// One node a bit, the obvious structure for longest match.
class BinaryTrie {
 public:
  void add(const Prefix& prefix, Asn asn) {
    std::uint32_t node = 0;
    for (int bit = 0; bit < prefix.length(); ++bit) {
      const std::size_t side = bit_of(prefix.address(), bit);
      if (nodes_[node].child[side] == 0) {
        nodes_[node].child[side] = static_cast<std::uint32_t>(nodes_.size());
        nodes_.emplace_back();
      }
      node = nodes_[node].child[side];
    }
    if (nodes_[node].asn.is_none()) nodes_[node].asn = asn;
  }
  [[nodiscard]] Asn lookup(const IpAddress& address) const {
    std::uint32_t node = 0;
    Asn best = nodes_[0].asn;
    for (int bit = 0; bit < address.width(); ++bit) {
      node = nodes_[node].child[bit_of(address, bit)];
      if (node == 0) break;
      if (!nodes_[node].asn.is_none()) best = nodes_[node].asn;
    }
    return best;
  }

 private:
  struct Node {
    std::array<std::uint32_t, 2> child{};
    Asn asn;
  };
  static std::size_t bit_of(const IpAddress& address, int bit) {
    return (address.bytes()[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8)) & 1u;
  }
  std::vector<Node> nodes_{1};
};

struct Route {
  Prefix prefix;
  Asn asn;
};

IpAddress random_address(Family family, std::mt19937_64& random) {
  if (family == Family::ipv4) return IpAddress::v4(static_cast<std::uint32_t>(random() % 0xDF000000u));
  // Where the world's IPv6 allocations are.
  static constexpr std::array<std::uint8_t, 5> kFirst{0x20, 0x24, 0x26, 0x28, 0x2A};
  std::array<std::uint8_t, 16> bytes{};
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  bytes[0] = kFirst[random() % kFirst.size()];
  bytes[1] &= 0x0F;
  return IpAddress::v6(bytes);
}

std::vector<Route> synthetic_routes() {
  static constexpr std::array<int, 10> kLengths4{24, 24, 24, 24, 24, 23, 22, 21, 20, 16};
  static constexpr std::array<int, 10> kLengths6{48, 48, 48, 48, 44, 40, 36, 32, 32, 29};
  std::mt19937_64 random(4837);
  std::vector<Route> routes;
  for (int i = 0; i < 550'000; ++i) {
    const Family family = i < 500'000 ? Family::ipv4 : Family::ipv6;
    const int length = (family == Family::ipv4 ? kLengths4 : kLengths6)[random() % 10];
    routes.push_back(
        {Prefix(random_address(family, random), length), Asn{static_cast<std::uint32_t>(1 + random() % 60000)}});
  }
  return routes;
}

std::string file_of_table() {
  const char* folder = std::getenv("ISTHMUS_DATA_DIR");
  const auto real = std::filesystem::path(folder != nullptr ? folder : "../shared/data") / "ipasn6_20151101.dat.gz";
  if (std::filesystem::exists(real)) return real.string();
  const auto path = std::filesystem::temp_directory_path() / ("isthmus-bench-" + std::to_string(getpid()) + ".dat");
  std::ofstream out(path);
  for (const Route& route : synthetic_routes()) out << to_string(route.prefix) << '\t' << to_string(route.asn) << '\n';
  return path.string();
}

std::vector<Route> read_routes(const std::string& path) {
  std::vector<Route> routes;
  gzFile file = gzopen(path.c_str(), "rb");  // reads plain files, too
  std::array<char, 256> line{};
  while (file != nullptr && gzgets(file, line.data(), static_cast<int>(line.size())) != nullptr) {
    const std::string_view text(line.data());
    const std::size_t tab = text.find('\t');
    if (text.starts_with(';') || tab == std::string_view::npos) continue;
    const auto asn = static_cast<std::uint32_t>(std::strtoul(text.data() + tab + 1, nullptr, 10));
    routes.push_back({Prefix::parse(text.substr(0, tab)).value(), Asn{asn}});
  }
  gzclose(file);
  return routes;
}

ip2as::PrefixTable load(const std::string& path) {
  ip2as::LoadReport report;
  return ip2as::load_prefixes(std::vector<std::string>{path}, report).value();
}

// Everything that the benchmarks share, made once.
struct Bench {
  std::string file = file_of_table();
  std::vector<Route> routes = read_routes(file);
  ip2as::PrefixTable table = load(file);
  BinaryTrie trie;
  Bench() {
    for (const Route& route : routes) trie.add(route.prefix, route.asn);
  }
  ~Bench() {
    if (file.ends_with(".dat")) std::filesystem::remove(file);
  }
};

const Bench& bench() {
  static const Bench instance;
  return instance;
}

// Addresses inside random routes: what traceroutes return lies in announced space.
std::vector<IpAddress> addresses(Family family) {
  std::mt19937_64 random(131279);
  std::vector<IpAddress> result;
  const auto& routes = bench().routes;
  while (result.size() < kAddresses) {
    const Prefix& prefix = routes[random() % routes.size()].prefix;
    if (prefix.family() != family) continue;
    auto bytes = random_address(family, random).bytes();
    for (int bit = 0; bit < prefix.length(); ++bit) {
      const auto byte = static_cast<std::size_t>(bit / 8);
      const auto mask = static_cast<std::uint8_t>(0x80u >> (bit % 8));
      bytes[byte] = static_cast<std::uint8_t>((bytes[byte] & ~mask) | (prefix.address().bytes()[byte] & mask));
    }
    result.push_back(family == Family::ipv6
                         ? IpAddress::v6(bytes)
                         : IpAddress::v4((std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
                                         (std::uint32_t{bytes[2]} << 8) | bytes[3]));
  }
  return result;
}

void load_table(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(load(bench().file));
  state.counters["prefixes"] = static_cast<double>(bench().table.prefix_count());
}
BENCHMARK(load_table)->Unit(benchmark::kMillisecond);

void load_naive_trie(benchmark::State& state) {
  for (auto _ : state) {
    BinaryTrie trie;
    for (const Route& route : read_routes(bench().file)) trie.add(route.prefix, route.asn);
    benchmark::DoNotOptimize(trie);
  }
}
BENCHMARK(load_naive_trie)->Unit(benchmark::kMillisecond);

template <typename Table>
void lookup(benchmark::State& state, const Table& table, Family family) {
  const std::vector<IpAddress> asked = addresses(family);
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.lookup(asked[next]));
    next = (next + 1) % kAddresses;
  }
}
void lookup_ipv4(benchmark::State& state) { lookup(state, bench().table, Family::ipv4); }
void lookup_ipv4_naive_trie(benchmark::State& state) { lookup(state, bench().trie, Family::ipv4); }
void lookup_ipv6(benchmark::State& state) { lookup(state, bench().table, Family::ipv6); }
void lookup_ipv6_naive_trie(benchmark::State& state) { lookup(state, bench().trie, Family::ipv6); }
BENCHMARK(lookup_ipv4);
BENCHMARK(lookup_ipv4_naive_trie);
BENCHMARK(lookup_ipv6);
BENCHMARK(lookup_ipv6_naive_trie);

// An internet of the size of the real one: 80,000 ASes, of which the first sell transit to many, 600,000 relationships,
// 2,000 exchange LANs with 60,000 ports.
struct Network {
  ip2as::NetworkData data;
  std::vector<Asn> asns;
};

ip2as::Relationships make_relationships(std::mt19937_64& random, std::vector<Asn>& asns) {
  constexpr std::uint32_t kAses = 80'000;
  ip2as::RelationshipsBuilder builder;
  const auto asn = [](std::uint64_t index) { return Asn{static_cast<std::uint32_t>(10 + 5 * index)}; };
  for (std::uint32_t i = 1; i < kAses; ++i) {
    // Providers come from the front, more often from its very beginning.
    for (int link = 0; link < 2; ++link) builder.add_transit(asn(random() % i % (1 + random() % i)), asn(i));
  }
  for (int i = 0; i < 440'000; ++i) builder.add_peering(asn(random() % kAses), asn(random() % kAses));
  for (std::uint32_t i = 0; i < kAses; ++i) asns.push_back(asn(i));
  return std::move(builder).build();
}

ip2as::Exchanges make_exchanges() {
  ip2as::ExchangesBuilder builder;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const std::uint32_t exchange = builder.add_exchange("IX " + std::to_string(i));
    const std::uint32_t first = 0xB9000000 + i * 1024;
    builder.add_lan(exchange, Prefix(IpAddress::v4(first), 22), i % 10 == 0);
    for (std::uint32_t port = 1; port <= 30; ++port) {
      builder.add_port(exchange, IpAddress::v4(first + port), Asn{10 + 5 * (i * 30 + port)});
    }
  }
  return std::move(builder).build();
}

const Network& network() {
  static const Network instance = [] {
    std::mt19937_64 random(20485);
    Network made;
    made.data.prefixes = load(bench().file);
    made.data.relationships = make_relationships(random, made.asns);
    made.data.exchanges = make_exchanges();
    return made;
  }();
  return instance;
}

void annotate_ipv4(benchmark::State& state) {
  const std::vector<IpAddress> asked = addresses(Family::ipv4);
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ip2as::annotate(network().data, asked[next]));
    next = (next + 1) % kAddresses;
  }
}
BENCHMARK(annotate_ipv4);

template <typename Ask>
void relationships(benchmark::State& state, Ask ask) {
  const Network& known = network();
  std::mt19937_64 random(4837);
  std::vector<std::pair<Asn, Asn>> pairs(kAddresses);
  for (auto& [a, b] : pairs) {
    a = known.asns[random() % known.asns.size()];
    const auto providers = known.data.relationships.providers(a);
    // Half of them neighbours, as on paths.
    b = providers.empty() || random() % 2 == 0 ? known.asns[random() % known.asns.size()] : providers.front();
  }
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ask(known.data.relationships, pairs[next].first, pairs[next].second));
    next = (next + 1) % kAddresses;
  }
}
void relationship_between(benchmark::State& state) {
  relationships(state, [](const ip2as::Relationships& known, Asn a, Asn b) { return known.between(a, b); });
}
void relationship_in_cone(benchmark::State& state) {
  relationships(state, [](const ip2as::Relationships& known, Asn a, Asn b) { return known.in_cone(b, a); });
}
BENCHMARK(relationship_between);
BENCHMARK(relationship_in_cone);

void build_relationships(benchmark::State& state) {
  for (auto _ : state) {
    std::mt19937_64 random(20485);
    std::vector<Asn> asns;
    benchmark::DoNotOptimize(make_relationships(random, asns));
  }
  state.counters["links"] = static_cast<double>(network().data.relationships.link_count());
}
BENCHMARK(build_relationships)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace isthmus

BENCHMARK_MAIN();
