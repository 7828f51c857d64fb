#pragma once
// A gentle search for addresses that answer, in blocks where none is known: random order, a small share of the rate
// limit, until enough are found. Sans-I/O; belongs to one prober, on its thread.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "isthmus/probes/settings.hpp"
#include "isthmus/schedule/random_order.hpp"
#include "isthmus/schedule/token_bucket.hpp"
#include "probes/ping/ledger.hpp"

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

  std::optional<EchoProbe> poll_probe(Instant now);
  std::optional<InvalidReason> handle_reply(const wire::DecodedPacket& packet, Instant received);
  void handle_send_failure(std::uint64_t number);
  void handle_timeout(Instant now);
  std::optional<Found> poll_found();

  [[nodiscard]] std::vector<std::byte> encode(const EchoProbe& probe) const { return ledger_.codec().encode(probe); }
  [[nodiscard]] Instant next_probe_time() const;
  [[nodiscard]] Instant next_timeout() const { return ledger_.next_deadline(); }

 private:
  struct Search {
    schedule::RandomOrder order;
    std::uint64_t position{0};
    std::size_t found{0};
    Instant resume{Instant::min()};  // when the next pass may go on
  };

  std::optional<IpAddress> next_address(const Range& range, Search& search, Instant now);
  [[nodiscard]] schedule::RandomOrder fresh_order(const Range& range);

  EchoLedger ledger_;
  SourceLookup source_for_;
  std::uint64_t order_key_;
  DiscoverySettings settings_;
  schedule::DenyList deny_;
  schedule::TokenBucket bucket_{1.0};
  double rate_{0};
  Instant bucket_ready_{Instant::min()};
  std::map<Range, Search> searches_;
  std::deque<Range> turn_;  // whose address is next, round robin
  std::unordered_map<std::uint64_t, std::pair<Range, IpAddress>> sent_;
  std::deque<Found> found_;
};

}  // namespace isthmus::probes
