#pragma once
// Echo pings without end: rounds over the addresses of targets, control addresses first, each outcome reported as soon
// as it is known. Sans-I/O; belongs to one prober, on its thread.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "isthmus/probes/settings.hpp"
#include "isthmus/schedule/rounds.hpp"
#include "probes/ping/ledger.hpp"

namespace isthmus::probes {

/// The addresses of one target; the target without a name is the control addresses.
struct PingGroup {
  std::string target;
  std::vector<IpAddress> addresses;
};

class PingEngine {
 public:
  PingEngine(EchoCodec codec, std::string vantage, SourceLookup source_for);

  /// Replaces what is pinged. Addresses that stay keep their phase and the probes that are out.
  void set_targets(const std::vector<PingGroup>& groups, const PingSettings& settings, Instant now);

  std::optional<EchoProbe> poll_probe(Instant now, Timestamp wall);
  /// Nothing when the packet was the answer to a probe, otherwise why it was not.
  std::optional<InvalidReason> handle_reply(const wire::DecodedPacket& packet, Instant received);
  /// The probe leaves at this moment, not when it was polled.
  void handle_sent(std::uint64_t number, Instant sent) { ledger_.restamp(number, sent); }
  void handle_send_failure(std::uint64_t number, int error_number);
  void handle_timeout(Instant now);
  std::optional<PingSeries> poll_observation();

  [[nodiscard]] std::vector<std::byte> encode(const EchoProbe& probe) const { return ledger_.codec().encode(probe); }
  /// Since when (or from when on) a probe is due; Instant::max() when none is planned.
  [[nodiscard]] Instant next_probe_time() const;
  [[nodiscard]] Instant next_timeout() const { return ledger_.next_deadline(); }
  [[nodiscard]] std::uint64_t send_failures() const { return send_failures_; }

  /// Whether one of the last few pings of the address was answered.
  [[nodiscard]] bool is_answering(const std::string& target, const IpAddress& address) const;
  /// Whether is_answering() changed for any address since the last call.
  bool take_answering_changed() { return std::exchange(answering_changed_, false); }

 private:
  using Key = std::pair<std::string, IpAddress>;
  struct Watch {
    bool queued{false};
    bool answering{false};
    int silent_in_row{0};
  };
  struct Pending {
    Key key;
    Instant due{};
  };
  struct Sent {
    Key key;
    IpAddress source;
    Timestamp wall{};
  };

  void start_rounds(Instant now);
  void enqueue_group(const std::string& target, Instant due);
  void report(const Sent& sent, Outcome outcome);

  EchoLedger ledger_;
  std::string vantage_;
  SourceLookup source_for_;
  PingSettings settings_;
  schedule::Rounds rounds_;
  std::map<std::string, std::vector<IpAddress>> groups_;
  std::map<Key, Watch> watches_;
  std::deque<Pending> pending_;
  std::unordered_map<std::uint64_t, Sent> sent_;
  std::deque<PingSeries> observations_;
  Instant controls_asked_{Instant::min()};
  std::uint64_t send_failures_{0};
  bool answering_changed_{false};
};

}  // namespace isthmus::probes
