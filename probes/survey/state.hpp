#pragma once
// The insides of a Survey, and what its parts share: owned by it, used by its thread.

#include "isthmus/probes/survey.hpp"
#include "isthmus/schedule/pacer.hpp"
#include "probes/survey/plan.hpp"
#include "probes/traceroute/codec.hpp"

namespace isthmus::probes {

struct Survey::State {
  State(const SurveySettings& wanted, std::vector<IpAddress> sorted, std::size_t left_out, Instant now);

  [[nodiscard]] survey::Tick tick(Instant now) const {
    return static_cast<survey::Tick>(std::chrono::duration_cast<std::chrono::microseconds>(now - began).count());
  }
  [[nodiscard]] Instant instant_of(survey::Tick tick, Instant now) const;
  [[nodiscard]] schedule::Pacer& pacer() {
    return plan.phase() == survey::Plan::Phase::retrying ? slow_pacer : full_pacer;
  }
  /// A verified answer on its way into the plan.
  struct Arrival {
    IpAddress destination;
    FlowId flow;
    bool retry{false};
    bool known{false};
    Instant received{};
    survey::Answer answer;
  };
  void take_in(std::span<const SurveyReply> replies);
  bool read(const SurveyReply& reply, Arrival& arrival);
  void conclude(Arrival& arrival);
  void reject(InvalidReason reason) { ++counts.invalid[static_cast<std::size_t>(reason)]; }

  SurveySettings settings;
  std::vector<IpAddress> targets;  // ascending
  Instant began;
  TraceCodec codec;
  survey::AddressTable target_numbers;
  survey::Plan plan;
  schedule::Pacer full_pacer;
  schedule::Pacer slow_pacer;
  SurveyProgress counts;

  std::array<survey::Ask, kBatch> asks{};
  std::array<std::array<std::byte, TraceCodec::kMaxPacket>, kBatch> buffers{};
  std::array<SurveyPacket, kBatch> packets{};
  std::size_t batch{0};
  std::array<Arrival, 32> arrivals{};
};

namespace survey {

/// Everything a saved survey must share with the one that takes it up.
[[nodiscard]] std::uint64_t fingerprint(const SurveySettings& settings, std::span<const IpAddress> targets);

/// What a file holds.
struct SavedSurvey {
  std::uint64_t fingerprint{0};
  wire::KeySeed seed{};
  std::uint64_t sent{0};
  std::uint64_t answers{0};
  Plan::Saved plan;
};

[[nodiscard]] std::vector<std::byte> write_saved(const SavedSurvey& saved, Ttl max_ttl);
[[nodiscard]] Result<SavedSurvey> read_saved(std::span<const std::byte> bytes);
/// What to say of a file that is whole and still cannot be what a survey saved.
[[nodiscard]] Error damaged_file();

}  // namespace survey
}  // namespace isthmus::probes
