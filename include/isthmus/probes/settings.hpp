#pragma once
// What a prober is told: whom to probe, how often, and within which limits. Plain value types, validated by
// Prober::create; any thread.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "isthmus/schedule/deny_list.hpp"
#include "isthmus/wire/tag.hpp"

namespace isthmus::probes {

/// The address that packets to a destination leave from, or nothing when there is no route. Called for every ping and
/// once a trace, so it should be a look-up (net::PacketIo::source_for caches).
using SourceLookup = std::function<std::optional<IpAddress>(const IpAddress& destination)>;

struct PingSettings {
  bool enabled{true};
  Duration interval{std::chrono::seconds(10)};
  Duration timeout{std::chrono::seconds(2)};
  Protocol protocol{Protocol::icmp};  ///< UDP asks a port that should be closed, TCP any port (SYN).
  std::uint16_t destination_port{0};  ///< UDP and TCP; 0: what is usual, see ping_port().
  /// A round asks one address of each block, another one each time, and more of them only after a miss; otherwise all.
  bool rotate{false};
};

/// The port that is usual: one that answers nearly everywhere with TCP, the first of traceroute's with UDP.
[[nodiscard]] constexpr std::uint16_t default_port(Protocol protocol) { return protocol == Protocol::tcp ? 80 : 33434; }

/// The port that a ping asks.
[[nodiscard]] constexpr std::uint16_t ping_port(const PingSettings& ping) {
  if (ping.destination_port != 0) return ping.destination_port;
  return default_port(ping.protocol);
}

/// Single probes that watch known paths between whole traces.
struct SentinelSettings {
  Duration interval{std::chrono::seconds(60)};  ///< Between two looks at a flow's path.
  friend bool operator==(const SentinelSettings&, const SentinelSettings&) = default;
};

struct TraceSettings {
  bool enabled{true};
  Duration interval{std::chrono::seconds(60)};
  Protocol protocol{Protocol::udp};
  std::uint16_t flows{6};  ///< Flow ids 0 to flows-1 to each traced address: at most 4096, with TCP 256.
  Duration timeout{std::chrono::seconds(2)};
  int attempts{2};   ///< Probes a silent hop gets.
  int gap_limit{5};  ///< Silent hops in a row that end a trace; also how far a trace looks ahead.
  Ttl first_ttl{1};
  Ttl max_ttl{32};                        ///< At most 63.
  std::uint16_t destination_port{33434};  ///< UDP: first of the sixteen ports used; TCP: the port asked for.
  std::size_t concurrency{64};            ///< Traces under way at once.
  std::size_t addresses_per_block{1};     ///< Traced addresses of one block; those that answered pings come first.
  /// 0: every trace goes the whole way. Otherwise one of `full_every` traces of a flow does, or the next one when
  /// something changed; the others ask only this many hops before the destination's known distance.
  int window{0};
  int full_every{10};
  /// With it, `interval` is that of whole traces, and between them one probe of each flow checks that the known router
  /// still carries it; see probes/traceroute/README.md.
  std::optional<SentinelSettings> sentinel{};
};

/// The census of blocks: which addresses answer, found gently and kept fresh.
struct DiscoverySettings {
  bool enabled{true};
  double share{0.1};                ///< Of the rate limit, at most.
  double block_probes_per_hour{0};  ///< As many on average over all blocks that are searched; 0: no such limit.
  std::size_t addresses_per_block{8};
  /// Between two passes over a block in which too few answer, at first; twice as long after each pass, up to the
  /// longest.
  Duration rescan_pause{std::chrono::hours(1)};
  Duration longest_pause{std::chrono::hours(7 * 24)};
  /// An address that was found and has been silent for so long is forgotten, if another one of its block answers.
  Duration forget_after{std::chrono::hours(3 * 24)};
};

/// One target: addresses known to answer, and prefixes whose blocks are searched when no address of theirs is given.
struct ProbeTarget {
  std::string name;
  std::vector<Prefix> prefixes;
  std::vector<IpAddress> addresses;
  /// What the search had found before a restart: as good as found.
  std::vector<IpAddress> remembered{};
  /// Probes of traces an hour, whole ones and others, to all of its addresses (schedule::ProbeQuota); 0: no such limit.
  double trace_probes_per_hour{0};
};

struct ProberSettings {
  std::string vantage;
  std::vector<ProbeTarget> targets;
  std::vector<IpAddress> controls;  ///< Pinged first in each round; never traced.
  double rate_limit{0};             ///< Packets a second, everything together; mandatory, > 0.
  double router_limit{0};           ///< Replies a second asked of one router at most; 0 = as many as it gives.
  PingSettings ping;
  TraceSettings trace;
  DiscoverySettings discovery;
  schedule::DenyList deny;
  wire::KeySeed key_seed{};  ///< 32 random bytes, fresh at each start.
};

}  // namespace isthmus::probes
