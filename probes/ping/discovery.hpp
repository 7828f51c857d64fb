#pragma once
// A gentle search for addresses that answer, in blocks where too few are known: random order, a small share of the rate
// limit, until enough are found; longer and longer pauses where they are not. Sans-I/O; belongs to one prober, on its
// thread.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isthmus/probes/settings.hpp"
#include "isthmus/schedule/random_order.hpp"
#include "isthmus/schedule/token_bucket.hpp"
#include "probes/ping/codec.hpp"
#include "probes/ping/ledger.hpp"
#include "probes/ping/ring.hpp"
#include "probes/ping/sources.hpp"

namespace isthmus::probes {

class Discovery {
 public:
  struct Found {
    std::string target;
    IpAddress address;
  };
  /// One block, or the part of it that belongs to a target.
  struct Range {
    std::string target;
    Prefix prefix;
    friend auto operator<=>(const Range&, const Range&) = default;
  };

  struct Census {
    Range range;
    std::vector<IpAddress> live;  ///< Its addresses that are known to answer, ascending.
  };

  Discovery(EchoCodec codec, SourceLookup source_for, std::uint64_t order_key);

  /// Replaces what is searched, at most `rate` probes a second. Ranges that stay go on where they were; where fewer are
  /// live than before the next pass comes sooner.
  void set_ranges(std::vector<Census> wanted, const DiscoverySettings& settings, double rate, Instant now);
  void set_deny(schedule::DenyList deny) { deny_ = std::move(deny); }

  std::optional<PingProbe> poll_probe(Instant now);
  std::optional<InvalidReason> handle_reply(const wire::DecodedPacket& packet, Instant received);
  void handle_send_failure(std::uint64_t number);
  void handle_timeout(Instant now);
  std::optional<Found> poll_found();

  std::span<const std::byte> encode(const PingProbe& probe, std::span<std::byte, PingSources::kMaxPacket> out) const {
    return sources_.encode(probe, out);
  }
  [[nodiscard]] std::vector<std::byte> encode(const PingProbe& probe) const;
  [[nodiscard]] Instant next_probe_time() const;
  [[nodiscard]] Instant next_timeout() const;

 private:
  struct Search {
    Range range;
    schedule::RandomOrder order;
    std::uint64_t position{0};
    std::vector<IpAddress> live;     // ascending
    Instant resume{Instant::min()};  // when the next pass may go on
    Duration pause{};                // after the pass under way
  };

  [[nodiscard]] std::optional<std::uint64_t> find(const PingClaim& claim, const wire::DecodedPacket& packet) const;
  std::optional<IpAddress> next_address(Search& search, Instant now);
  [[nodiscard]] Duration longest_pause() const { return std::max(settings_.longest_pause, settings_.rescan_pause); }
  [[nodiscard]] Search take_over(Search before, std::vector<IpAddress> live, Instant now) const;
  void take_turns(std::size_t first);
  [[nodiscard]] bool has_enough(const Search& search) const {
    return search.live.size() >= settings_.addresses_per_block;
  }
  [[nodiscard]] schedule::RandomOrder fresh_order(const Range& range);

  PingSources sources_;
  SourceLookup source_for_;
  std::uint64_t order_key_;
  DiscoverySettings settings_;
  schedule::DenyList deny_;
  schedule::TokenBucket bucket_{1.0};
  double rate_{0};
  Instant bucket_ready_{Instant::min()};
  std::vector<Search> searches_;  // ascending by range
  Ring<std::uint32_t> turn_;      // whose address is next, round robin
  std::uint32_t asked_last_{0};   // of searches_
  ProbeLedger ledger_;
  Ring<Found> found_;
};

}  // namespace isthmus::probes
