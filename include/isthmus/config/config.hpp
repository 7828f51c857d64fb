#pragma once
// The configuration as validated values: what load() returns has passed every check, file paths are absolute or
// relative to the working directory, variables are expanded. Immutable by use; copy or share as const; any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/config/web_config.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::config {

/// Most blocks that all targets may have together: each becomes probes, beliefs and time series.
inline constexpr std::size_t kMaxBlocks = 65536;

/// From so many blocks on probing is quiet unless the file says otherwise.
inline constexpr std::size_t kQuietFrom = 257;

/// Where probes leave from. At most one of netns, interface and source is set; with none the machine's own
/// namespace and routing decide.
struct VantageConfig {
  std::string name;  ///< Unique; letters, digits, '.', '_' and '-'.
  Asn asn;
  std::string netns;  ///< A named network namespace, as in `ip netns`.
  std::string interface;
  std::optional<IpAddress> source;
  std::optional<std::uint32_t> atlas_probe;  ///< RIPE Atlas probe whose results count as this vantage point's.
  friend bool operator==(const VantageConfig&, const VantageConfig&) = default;
};

struct TargetConfig {
  std::string name;                     ///< Unique; same characters as a vantage point's.
  Asn asn;                              ///< Origin of the prefixes.
  std::vector<Prefix> prefixes;         ///< At least one, none inside another.
  std::vector<Asn> expected_upstreams;  ///< May be empty: then learnt.
  std::vector<IpAddress> addresses;     ///< Known to answer, all inside the prefixes; may be empty: then discovered.
  /// Probes of traces an hour to all of its addresses from all vantage points together, at least 10 for each of these;
  /// nothing: no such limit.
  std::optional<std::uint32_t> trace_probes_per_hour{};
  friend bool operator==(const TargetConfig&, const TargetConfig&) = default;
};

/// A list of targets behind an URL, in the style of Prometheus' http_sd.
struct HttpTargetsConfig {
  std::string url;  ///< http:// or https://, without a user's name.
  Duration refresh_interval{std::chrono::seconds(60)};
  Duration timeout{std::chrono::seconds(10)};
  std::string ca{};  ///< File with who signs the server's certificate; empty: whom the system trusts.
  friend bool operator==(const HttpTargetsConfig&, const HttpTargetsConfig&) = default;
};

/// Section `targets_from`: where more targets are listed. What they list is in Config::targets, behind those of the
/// file.
struct TargetSourcesConfig {
  std::vector<std::string> files;  ///< Patterns, with wildcards in their last part only.
  std::vector<HttpTargetsConfig> http;
  friend bool operator==(const TargetSourcesConfig&, const TargetSourcesConfig&) = default;
};

struct PingConfig {
  Duration interval{std::chrono::seconds(10)};
  Duration timeout{std::chrono::seconds(2)};
  Protocol protocol{Protocol::icmp};
  std::uint16_t port{0};  ///< 1 to 65520, for UDP and TCP; 0: 33434 and 80.
  /// Each interval asks one address of a block, and more after a miss; otherwise all that are known.
  bool rotate{false};
  friend bool operator==(const PingConfig&, const PingConfig&) = default;
};

/// Single probes that watch known paths between whole traces.
struct SentinelConfig {
  Duration interval{std::chrono::seconds(60)};  ///< Shorter than that of whole traces.
  friend bool operator==(const SentinelConfig&, const SentinelConfig&) = default;
};

struct TraceConfig {
  Duration interval{std::chrono::seconds(60)};
  Protocol protocol{Protocol::udp};
  std::uint16_t port{0};   ///< 1 to 65520: UDP's first port, or TCP's only one; 0: 33434 and 80.
  std::uint16_t flows{6};  ///< 1 to 64: flows probed to one address.
  Duration timeout{std::chrono::seconds(1)};
  std::uint8_t attempts{2};   ///< 1 to 10 probes a hop before it counts as silent.
  Ttl max_ttl{32};            ///< 1 to 63: a probe has six bits to say which one it was.
  std::uint8_t gap_limit{5};  ///< 1 to 255 silent hops in a row end a trace.
  /// Without it, every look at a path is a whole trace.
  std::optional<SentinelConfig> sentinel{};
  friend bool operator==(const TraceConfig&, const TraceConfig&) = default;
};

struct ProbingConfig {
  /// Defaults for large spaces: pings in rotation every ten minutes, three flows traced once a day, sentinels every
  /// hour, a census at long intervals. In what stands below they are filled in already.
  bool quiet{false};
  std::uint32_t rate_limit{0};    ///< Packets a second per vantage point, 1 to 100000; has no default on purpose.
  std::uint32_t router_limit{1};  ///< Replies a second asked of one router, all targets together; 1 to 1000.
  PingConfig ping;
  TraceConfig trace;
  std::vector<std::string> deny_files;
  std::vector<Prefix> deny;  ///< What the files list: never probed.
  friend bool operator==(const ProbingConfig&, const ProbingConfig&) = default;
};

/// Files for ip2as::load, each list in order of precedence.
struct Ip2AsConfig {
  std::vector<std::string> prefixes;       ///< At least one.
  std::vector<std::string> registry;       ///< Key `registry`.
  std::vector<std::string> overrides;      ///< Key `overrides`.
  std::vector<std::string> relationships;  ///< Key `as_rel`.
  std::vector<std::string> organisations;  ///< Key `as2org`.
  std::vector<std::string> cones;          ///< Key `cones`.
  std::vector<std::string> exchanges;      ///< Key `ixp`.
  friend bool operator==(const Ip2AsConfig&, const Ip2AsConfig&) = default;
};

struct ExporterConfig {
  IpAddress address{IpAddress::v4(0x7F000001)};
  std::uint16_t port{10176};
  bool reload_endpoint{false};  ///< POST /-/reload answers only when set; SIGHUP always works.
  /// Most series of a metrics page, 1000 to 1000000000; beyond it what matters least is left out. The default has room
  /// for 10,000 targets from ten vantage points. Agents have few, and no use for it.
  std::uint32_t series_limit{3'000'000};
  WebConfig web{};  ///< What the file of key `web_config` says; open to everybody without one.
  friend bool operator==(const ExporterConfig&, const ExporterConfig&) = default;
};

struct StoreConfig {
  std::string path;                                        ///< isthmus.db beside the configuration file unless given.
  Duration retention{std::chrono::days(90)};               ///< Of events and path changes; 0: for ever, as below.
  Duration daily_retention{std::chrono::days(1826)};       ///< Of the days of targets; five years.
  Duration daily_block_retention{std::chrono::days(400)};  ///< Of the days of their blocks.
  friend bool operator==(const StoreConfig&, const StoreConfig&) = default;
};

/// Partitions of a stream that one core judges, both inclusive.
struct PartitionRange {
  std::uint32_t first{0};
  std::uint32_t last{0};
  std::uint32_t of{1};  ///< How many the fleet has; 1 to 1024, fixed for its life.
  friend bool operator==(const PartitionRange&, const PartitionRange&) = default;
};

/// Where the broker of a fleet is and who we are to it.
struct BrokerConfig {
  std::vector<std::string> servers;  ///< "tls://host:4222"; nats:// only to the loopback interface.
  std::string credentials;           ///< File with JWT and seed; or empty, as are all below.
  std::string nkey;                  ///< Public key, with `nkey_seed_file`.
  std::string nkey_seed_file;
  std::string ca;
  std::string certificate;  ///< With `key_file`.
  std::string key_file;
  friend bool operator==(const BrokerConfig&, const BrokerConfig&) = default;
};

/// Section `fleet` of a core's file.
struct FleetConfig {
  BrokerConfig broker;
  PartitionRange partition;  ///< Written `0-3 of 8`.
  std::string stream{"ISTHMUS"};
  int replicas{1};  ///< Of the stream and the buckets: 1, 3 or 5.
  Duration kept{std::chrono::hours(14 * 24)};
  std::uint64_t max_bytes{20'000'000'000};
  friend bool operator==(const FleetConfig&, const FleetConfig&) = default;
};

struct Config {
  std::string file;                     ///< Where it was read from.
  std::vector<VantageConfig> vantages;  ///< At least one.
  std::vector<TargetConfig> targets;    ///< At least one, where all sources were asked.
  TargetSourcesConfig targets_from;
  std::vector<IpAddress> controls;  ///< Stable unrelated addresses; may be empty.
  ProbingConfig probing;
  Ip2AsConfig ip2as;
  ExporterConfig exporter;
  StoreConfig store;
  std::optional<FleetConfig> fleet;  ///< Needed by `isthmus core` and `isthmus assign`; ignored by others.
  friend bool operator==(const Config&, const Config&) = default;
};

/// The file of an agent: what it may do, whoever asks. What it does is assigned to it.
struct AgentConfig {
  std::string file;
  std::vector<VantageConfig> vantages;  ///< At least one.
  std::vector<Prefix> allow;            ///< Key `probing.allow`: all that may ever be probed, controls included.
  std::uint32_t rate_limit{0};          ///< Ceiling, packets a second per vantage point.
  std::uint32_t router_limit{1};        ///< Ceiling, replies a second asked of one router.
  std::vector<std::string> deny_files;
  std::vector<Prefix> deny;
  ExporterConfig exporter;
  BrokerConfig broker;  ///< Section `fleet`, with the spool's keys beside it.
  std::string spool;    ///< Folder: one file for each vantage point. Key `fleet.spool`.
  std::uint64_t spool_bytes{1'000'000'000};
  Duration spool_age{std::chrono::hours(14 * 24)};
  friend bool operator==(const AgentConfig&, const AgentConfig&) = default;
};

}  // namespace isthmus::config
