// What a vantage point of an agent says of itself.

#include <utility>

#include "app/agent_vantage.hpp"

namespace isthmus::app {
namespace {

// Both threads look around every second or so.
constexpr Duration kLongestTurn = std::chrono::seconds(30);
constexpr Duration kMostClockOffset = std::chrono::seconds(5);

}  // namespace

std::string AgentVantage::problem() const {
  const fleet::MembershipStatus member = membership_->status();
  const fleet::UplinkStatus uplink = uplink_->status();
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) return failure_;
  if (!member.problem.empty()) return member.problem;
  // Without a connection that is the reason, and said once for all vantage points.
  if (!uplink.connected) return {};
  if (!uplink.problem.empty()) return uplink.problem;
  if (member.clock_offset && abs(*member.clock_offset) > kMostClockOffset) {
    return std::string("this machine's clock is more than five seconds ") +
           (*member.clock_offset > Duration::zero() ? "ahead of" : "behind") +
           " the broker's, and what is observed carries its times; let chrony or systemd-timesyncd set it";
  }
  return {};
}

telemetry::AgentVantageStatus AgentVantage::status() const {
  telemetry::AgentVantageStatus status;
  const fleet::MembershipStatus member = membership_->status();
  const fleet::UplinkStatus uplink = uplink_->status();
  status.problem = problem();
  status.vantage = options_.vantage.name;
  status.name_ours = member.standing == fleet::Standing::ours;
  status.other_host = member.other_host;
  status.requests = member.requests;
  status.requests_dropped = member.requests_dropped;
  status.requests_malformed = member.requests_malformed;
  status.clock_offset = member.clock_offset;
  status.waiting_batches = uplink.waiting_batches;
  status.waiting_bytes = uplink.waiting_bytes;
  status.arrived = uplink.arrived_batches;
  status.refused = uplink.refused;
  status.unanswered = uplink.unanswered;
  status.dropped_batches = uplink.dropped_batches;
  status.dropped_messages = uplink.dropped_messages;
  status.spool_failures = uplink.spool_failures;
  status.queue_drops = bus_.dropped();
  const std::lock_guard lock(mutex_);
  status.name_taken = taken_;
  status.probing = runner_ != nullptr && !confined_.assignment.targets.empty();
  if (runner_) status.report = runner_->latest_report();
  status.assignments_bad = assignments_bad_;
  if (assigned_) {
    status.serial = assigned_->serial;
    status.assigned = assigned_->written;
    status.targets = confined_.assignment.targets.size();
    status.controls = confined_.assignment.controls.size();
    status.refusals = confined_.refusals.size();
  }
  return status;
}

bool AgentVantage::alive(Instant now) const { return now - uplink_->status().turned < kLongestTurn; }

}  // namespace isthmus::app
