#pragma once
// A gentle search for addresses that answer, in blocks where none is known: random order, a small share of the rate
// limit, until enough are found. Sans-I/O; belongs to one prober, on its thread.

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

  Discovery(EchoCodec codec, SourceLookup source_for, std::uint64_t order_key);

  /// Replaces what is searched, at most `rate` probes a second. Ranges that stay go on where they were.
  void set_ranges(const std::vector<Range>& ranges, const DiscoverySettings& settings, double rate);
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
    std::size_t found{0};
    Instant resume{Instant::min()};  // when the next pass may go on
  };

  [[nodiscard]] std::optional<std::uint64_t> find(const PingClaim& claim, const wire::DecodedPacket& packet) const;
  std::optional<IpAddress> next_address(Search& search, Instant now);
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
  ProbeLedger ledger_;
  Ring<Found> found_;
};

}  // namespace isthmus::probes
