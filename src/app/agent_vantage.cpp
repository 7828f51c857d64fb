#include "app/agent_vantage.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "app/agent_files.hpp"
#include "app/wiring.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// As often as another agent that has the name is complained of.
constexpr Duration kWarnEvery = std::chrono::seconds(30);
constexpr Duration kWaitForName = std::chrono::seconds(5);
constexpr std::size_t kMostRefusalsLogged = 10;

std::vector<std::string> names_of(const fleet::Assignment& assignment) {
  std::vector<std::string> names;
  for (const fleet::AssignedTarget& target : assignment.targets) names.push_back(target.name);
  return names;
}

}  // namespace

Result<std::unique_ptr<AgentVantage>> AgentVantage::create(AgentVantageOptions options,
                                                           const config::AgentConfig& limits, OpenIo open_io) {
  std::unique_ptr<AgentVantage> made(new AgentVantage(std::move(options), limits, std::move(open_io)));
  if (const auto opened = made->open(limits); !opened) {
    Error error = opened.error();
    error.operation = "vantage point " + made->options_.vantage.name + ": " + error.operation;
    return error;
  }
  return made;
}

AgentVantage::AgentVantage(AgentVantageOptions options, const config::AgentConfig& limits, OpenIo open_io)
    : options_(std::move(options)), open_io_(std::move(open_io)), folder_(limits.spool) {
  take_limits(limits);
}

AgentVantage::~AgentVantage() {
  stop_probing();
  leave(Duration::zero());
}

Result<void> AgentVantage::open(const config::AgentConfig& limits) {
  // What is missing for probing is found out now, and not when somebody assigns something.
  auto io = open_io_();
  if (!io) return io.error();
  spare_io_ = std::move(*io);
  const std::string& name = options_.vantage.name;
  membership_ = fleet::Membership::create({.broker = options_.broker, .vantage = name, .claim = options_.claim},
                                          {.standing = [this](fleet::Standing standing) { take_standing(standing); },
                                           .assigned = [this](const std::string& bytes) { take_assignment(bytes); },
                                           .asked = [this](const fleet::Request& request) { take_request(request); }});
  fleet::UplinkSettings settings;
  settings.connection = options_.broker;
  settings.may_send = [membership = membership_.get()] { return membership->may_publish(); };
  settings.stream.partitions = 1;
  settings.boot = options_.claim.boot;
  settings.spool = spool_path(limits.spool, name);
  settings.spool_bytes = limits.spool_bytes;
  settings.spool_age = limits.spool_age;
  auto uplink = fleet::Uplink::create(std::move(settings), bus_);
  if (!uplink) return uplink.error();
  uplink_ = std::move(*uplink);
  restore();
  return {};
}

void AgentVantage::start() {
  {
    // Whose the name is, a broker that is there says in a moment; one that is away is not waited for.
    const std::lock_guard lock(mutex_);
    waits_until_ =
        net::monotonic_now() + (fleet::state_of(*options_.broker).connected ? kWaitForName : Duration::zero());
    if (waits_until_ <= net::monotonic_now()) apply();
  }
  uplink_->start();
  membership_->start();
}

void AgentVantage::stop_probing() {
  std::unique_ptr<VantageRunner> gone;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    gone = std::move(runner_);
  }
  if (gone) gone->stop();
}

void AgentVantage::leave(Duration longest) {
  if (uplink_) uplink_->stop(longest);
  if (membership_) membership_->stop();
}

void AgentVantage::take_limits(const config::AgentConfig& limits) {
  limits_ = {.allow = limits.allow, .rate_limit = limits.rate_limit, .router_limit = limits.router_limit};
  // Each packet is held against the allow list once more, whatever was made of the assignment.
  deny_ = fleet::everything_but(limits.allow);
  deny_.insert(deny_.end(), limits.deny.begin(), limits.deny.end());
}

void AgentVantage::limit(const config::AgentConfig& limits) {
  const std::lock_guard lock(mutex_);
  take_limits(limits);
  apply();
}

// A damaged one is as good as none: the broker has it.
void AgentVantage::restore() {
  const auto kept = read_kept_assignment(folder_, options_.vantage.name);
  if (kept && !*kept) return;
  auto assignment = kept ? fleet::decode_assignment(**kept) : Result<fleet::Assignment>(kept.error());
  if (assignment && assignment->vantage == options_.vantage.name) {
    assigned_ = std::move(*assignment);
    return;
  }
  const std::string why = assignment ? "it is of another vantage point" : to_string(assignment.error());
  spdlog::warn("event=kept_assignment_ignored vantage={} error=\"{}\"", options_.vantage.name, why);
}

void AgentVantage::take_standing(fleet::Standing standing) {
  std::unique_ptr<VantageRunner> gone;
  {
    const std::lock_guard lock(mutex_);
    taken_ = standing == fleet::Standing::taken;
    if (taken_) {
      next_warning_ = Instant::min();
      gone = std::move(runner_);
    } else {
      spdlog::info("event=name_claimed vantage={}", options_.vantage.name);
      if (!runner_) apply();
    }
  }
  if (gone) gone->stop();
}

void AgentVantage::take_assignment(const std::string& bytes) {
  auto assignment = fleet::decode_assignment(bytes);
  const std::string& name = options_.vantage.name;
  if (assignment && assignment->vantage != name) {
    assignment = Error{ErrorCode::refused, "read an assignment", "it is of vantage point " + assignment->vantage};
  }
  const std::lock_guard lock(mutex_);
  if (!assignment) {
    ++assignments_bad_;
    spdlog::error("event=assignment_rejected vantage={} error=\"{}\" hint=\"the one before stays in force\"", name,
                  to_string(assignment.error()));
    return;
  }
  if (assigned_ == *assignment) return;
  if (const auto kept = keep_assignment(folder_, name, bytes); !kept) {
    spdlog::error(
        "event=assignment_not_kept vantage={} error=\"{}\" hint=\"after a restart without the broker nothing "
        "would be probed\"",
        name, to_string(kept.error()));
  }
  assigned_ = std::move(*assignment);
  apply();
}

void AgentVantage::take_request(const fleet::Request& request) {
  const std::lock_guard lock(mutex_);
  if (!runner_) return;
  if (const auto* trace = std::get_if<fleet::AskTrace>(&request)) {
    runner_->trace_now(trace->target, trace->address, trace->look);
  } else if (const auto* ping = std::get_if<fleet::AskPing>(&request)) {
    runner_->ping_now(ping->target, ping->block, ping->first);
  } else {
    const auto& advice = std::get<fleet::Advise>(request);
    runner_->advise({advice.target, advice.address, advice.flow, advice.router});
  }
}

// Brings the prober to what is assigned and allowed. The mutex is held.
void AgentVantage::apply() {
  if (!assigned_ || taken_ || stopping_) return;
  fleet::Confined confined = fleet::confine(*assigned_, limits_);
  if (const auto done = probe(confined.assignment); !done) {
    // It is tried again every second.
    std::string failure = to_string(done.error());
    if (failure != failure_) {
      spdlog::error("event=assignment_failed vantage={} serial={} error=\"{}\"", options_.vantage.name,
                    assigned_->serial, failure);
    }
    failure_ = std::move(failure);
    return;
  }
  failure_.clear();
  const fleet::Confined before = std::exchange(confined_, std::move(confined));
  uplink_->retarget(names_of(confined_.assignment), confined_.assignment.partitions);
  spdlog::info("event=assignment_applied vantage={} serial={} targets={} controls={} refusals={}",
               options_.vantage.name, assigned_->serial, confined_.assignment.targets.size(),
               confined_.assignment.controls.size(), confined_.refusals.size());
  log_refusals(before.refusals);
}

Result<void> AgentVantage::probe(const fleet::Assignment& assignment) {
  probes::ProberSettings settings = prober_settings(assignment, deny_, options_.seed);
  if (runner_) {
    const auto valid = probes::Prober::create(settings, [](const IpAddress&) { return std::optional<IpAddress>(); });
    if (!valid) return valid.error();
    runner_->reconfigure(std::move(settings));
    return {};
  }
  auto io = spare_io_ ? Result<std::unique_ptr<net::PacketIo>>(std::move(spare_io_)) : open_io_();
  if (!io) return io.error();
  auto runner = VantageRunner::create(std::move(*io), std::move(settings), bus_);
  if (!runner) return runner.error();
  runner_ = std::move(*runner);
  runner_->start();
  return {};
}

void AgentVantage::log_refusals(const std::vector<std::string>& before) const {
  if (confined_.refusals == before) return;
  const std::size_t count = confined_.refusals.size();
  for (std::size_t i = 0; i < std::min(count, kMostRefusalsLogged); ++i) {
    spdlog::warn("event=assignment_confined vantage={} what=\"{}\"", options_.vantage.name, confined_.refusals[i]);
  }
  if (count > kMostRefusalsLogged) {
    spdlog::warn("event=assignment_confined vantage={} what=\"and {} more\"", options_.vantage.name,
                 count - kMostRefusalsLogged);
  }
}

void AgentVantage::tend(Instant now) {
  const std::string present = problem();
  const fleet::MembershipStatus member = membership_->status();
  const std::lock_guard lock(mutex_);
  const std::string& name = options_.vantage.name;
  if (present != logged_problem_ && !present.empty()) {
    spdlog::warn("event=problem vantage={} error=\"{}\"", name, present);
  } else if (present != logged_problem_) {
    spdlog::info("event=problem_gone vantage={}", name);
  }
  logged_problem_ = present;
  if (taken_ && now >= next_warning_) {
    next_warning_ = now + kWarnEvery;
    spdlog::error(
        "event=name_taken vantage={} host={} hint=\"another agent works under this name there: stop it, or give "
        "this vantage point another name; nothing is probed or published here until then\"",
        name, member.other_host);
  }
  if (!failure_.empty() || (assigned_ && !runner_ && now >= waits_until_)) apply();
}

}  // namespace isthmus::app
