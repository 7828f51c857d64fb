#pragma once
// Pings without end, over ICMP, UDP or TCP: rounds over the addresses of targets, control addresses first, each outcome
// reported as soon as it is known. A round allocates nothing but the observations that are taken out.
// Sans-I/O; belongs to one prober, on its thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/probes/settings.hpp"
#include "probes/ping/codec.hpp"
#include "probes/ping/ledger.hpp"
#include "probes/ping/ring.hpp"
#include "probes/ping/sources.hpp"
#include "probes/ping/watch_list.hpp"

namespace isthmus::probes {

class PingEngine {
 public:
  static constexpr std::size_t kMaxPacket = PingSources::kMaxPacket;

  PingEngine(EchoCodec codec, std::string vantage, SourceLookup source_for);

  /// Replaces what is pinged. Addresses that stay keep their phase and the probes that are out, unless the protocol or
  /// the port is another one.
  void set_targets(const std::vector<PingGroup>& groups, const PingSettings& settings, Instant now);

  std::optional<PingProbe> poll_probe(Instant now, Timestamp wall);
  /// Nothing when the packet was the answer to a probe, otherwise why it was not.
  std::optional<InvalidReason> handle_reply(const wire::DecodedPacket& packet, Instant received);
  /// The probe leaves at this moment, not when it was polled.
  void handle_sent(std::uint64_t number, Instant sent);
  void handle_send_failure(std::uint64_t number, int error_number);
  void handle_timeout(Instant now);
  std::optional<PingSeries> poll_observation();

  /// Writes the packet of a probe and returns how much of `out` that is. No allocation.
  std::span<const std::byte> encode(const PingProbe& probe, std::span<std::byte, kMaxPacket> out) const;
  [[nodiscard]] std::vector<std::byte> encode(const PingProbe& probe) const;
  /// Since when (or from when on) a probe is due; Instant::max() when none is planned.
  [[nodiscard]] Instant next_probe_time() const { return watches_.next_due(); }
  [[nodiscard]] Instant next_timeout() const { return ledger_.next_deadline(settings_.timeout); }
  [[nodiscard]] std::size_t watched() const { return watches_.size(); }
  [[nodiscard]] std::uint64_t send_failures() const { return send_failures_; }

  /// Asks the block ahead of its round, this address first, and more of it after a miss. Ignored unless rounds ask one
  /// address of a block.
  void ping_now(const std::string& target, const Block& block, const std::optional<IpAddress>& first, Instant now) {
    watches_.ask_now(target, block, first, now);
  }

  /// When the latest answer of the address came; Instant::min() when none did.
  [[nodiscard]] Instant last_answer(const std::string& target, const IpAddress& address) const;
  /// How long it takes until each of so many addresses of a block has been asked.
  [[nodiscard]] Duration turn(std::size_t addresses) const {
    return settings_.interval * static_cast<Duration::rep>(settings_.rotate ? addresses : 1);
  }
  /// Whether one of the last few pings of the address was answered.
  [[nodiscard]] bool is_answering(const std::string& target, const IpAddress& address) const;
  /// Whether is_answering() changed for any address since the last call.
  bool take_answering_changed() { return std::exchange(answering_changed_, false); }

 private:
  struct Finished {
    std::uint32_t watch{0};
    IpAddress source;
    Timestamp wall{};
    Outcome outcome;
  };

  struct Match {
    std::uint64_t number{0};
    Verdict verdict{};
    InvalidReason otherwise{InvalidReason::bad_tag};  // why it is none when the verdict is none
  };

  [[nodiscard]] Match find(const PingClaim& claim, const wire::DecodedPacket& packet) const;
  [[nodiscard]] bool is_to(std::uint64_t number, const IpAddress& address) const;
  void note_answer(std::uint32_t watch, Instant received);
  void note_miss(std::uint32_t watch, Instant sent, Instant now);
  void report(const ProbeLedger::Entry& entry, Outcome&& outcome);
  void report(std::uint32_t watch, const IpAddress& source, Timestamp wall, Outcome&& outcome);

  PingSources sources_;
  std::string vantage_;
  SourceLookup source_for_;
  PingSettings settings_;
  WatchList watches_;
  ProbeLedger ledger_;
  Ring<Finished> finished_;
  std::uint64_t send_failures_{0};
  bool answering_changed_{false};
};

}  // namespace isthmus::probes
