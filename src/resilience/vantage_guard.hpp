#pragma once
// Can this vantage point see at all? Judges by its control addresses, its prober's reports and the age of its
// data. Belongs to the core's thread; no I/O.
//
// Two answers, on purpose: trust is withdrawn at the first bad sign, so that a blind vantage point never
// votes; the state, and the events that people read, follow only when the sign is confirmed.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/model/observation.hpp"
#include "isthmus/resilience/settings.hpp"

namespace isthmus::resilience {

class VantageGuard {
 public:
  /// A change of state that is worth an event.
  struct Change {
    VantageState before;
    VantageState after;
  };

  void configure(const CoreSettings& settings);
  void restore(VantageState state, Timestamp since);

  /// Anything at all from its prober.
  void handle_sign_of_life(Timestamp now);
  void handle_control(const IpAddress& control, bool answered, Timestamp sent, Timestamp now);
  [[nodiscard]] bool has_control(const IpAddress& control) const { return controls_.contains(control); }
  /// Whether this very probe of the control was told of before.
  [[nodiscard]] bool knows(const IpAddress& control, Timestamp sent) const;
  /// An observation said a time that cannot be believed.
  void handle_wrong_time(Timestamp said, Timestamp now);
  /// Any target answered a ping: whatever the controls say, it is not cut off.
  void handle_target_reply(Timestamp sent);
  void handle_report(const ProberReport& report, Timestamp now);
  void handle_tick(Timestamp now);
  /// Our own process slept: silence of that time is nobody's fault.
  void handle_own_pause(Timestamp now);

  [[nodiscard]] std::optional<Change> poll_change();

  [[nodiscard]] bool trusted() const { return trusted_; }
  /// Since when it has been trusted without a break; misses of probes that left earlier are void.
  [[nodiscard]] Timestamp trusted_since() const { return trusted_since_; }
  /// Sending time of the latest proof that it could see; Timestamp::max() when nothing could prove it (no
  /// controls).
  [[nodiscard]] std::optional<Timestamp> proof_of_sight() const;

  [[nodiscard]] VantageState state() const { return state_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] Timestamp since() const { return since_; }
  [[nodiscard]] std::optional<Timestamp> last_observation() const { return last_observation_; }
  [[nodiscard]] const std::optional<ProberReport>& report() const { return report_; }
  [[nodiscard]] std::uint32_t controls_answering() const;
  [[nodiscard]] std::uint32_t controls() const { return static_cast<std::uint32_t>(controls_.size()); }
  [[nodiscard]] Timestamp next_deadline() const;
  /// Age at which an observation says nothing about the present any more.
  [[nodiscard]] Duration stale_after() const { return stale_after_; }

 private:
  struct Control {
    std::optional<bool> answered;  // Of the latest probe; nothing before the first.
    Timestamp sent{};
  };
  enum class Sight { good, bad, undecided };

  [[nodiscard]] Sight sight(Timestamp now, std::string& why) const;
  /// What is wrong with the prober itself, by its latest report; empty when nothing is.
  [[nodiscard]] std::string complaint(const ProberReport& report) const;
  /// Until when the latest observation counts as fresh.
  [[nodiscard]] Timestamp alive_until() const;
  [[nodiscard]] bool bad_is_confirmed(Timestamp now) const;
  void judge(Timestamp now, bool new_round);
  void set_state(VantageState state, Timestamp now);

  Duration ping_interval_{};
  Duration stale_after_{};
  std::map<IpAddress, Control> controls_;
  std::optional<ProberReport> report_;
  std::string complaint_;  // About that report.
  std::optional<Timestamp> first_look_;
  std::optional<Timestamp> last_observation_;
  std::optional<Duration> clock_offset_;  // Of the latest observation that could not be believed; none since then.
  Timestamp pause_ended_{};
  std::optional<Timestamp> last_target_reply_;  // Sending time.
  std::optional<Timestamp> last_control_answer_;
  bool trusted_{false};
  Timestamp trusted_since_{};
  VantageState state_{VantageState::unknown};
  Timestamp since_{};
  std::string reason_;
  std::optional<Timestamp> bad_since_;
  std::optional<Timestamp> good_since_;
  std::optional<Change> change_;
};

}  // namespace isthmus::resilience
