#include "isthmus/fleet/assign.hpp"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include "fleet/bucket.hpp"
#include "isthmus/fleet/claim.hpp"
#include "isthmus/fleet/handover.hpp"

namespace isthmus::fleet {
namespace {

using Outcome = Assigned::Outcome;

Result<void> wait_for(const Broker& broker, Duration longest) {
  const auto end = std::chrono::steady_clock::now() + longest;
  while (!broker.state().connected) {
    if (std::chrono::steady_clock::now() >= end) {
      return Error{ErrorCode::busy, "reach the broker", broker.state().problem};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return {};
}

Result<void> set_up(Broker& broker, const StreamSettings& stream) {
  if (const auto done = broker.ensure_stream(stream); !done) return done;
  if (const auto done = Bucket::ensure(broker, {.name = kAssignmentsBucket, .replicas = stream.replicas}); !done) {
    return done;
  }
  if (const auto done = Bucket::ensure(broker, {.name = kPartitionsBucket, .replicas = stream.replicas}); !done) {
    return done;
  }
  return Bucket::ensure(broker, {.name = kClaimsBucket, .replicas = stream.replicas, .lifetime = kClaimLifetime});
}

class Assigner {
 public:
  Assigner(Bucket& bucket, const AssignOptions& options) : bucket_(bucket), options_(options) {}

  Result<Assigned> write(Assignment wanted) {
    const auto present = bucket_.get(wanted.vantage);
    if (!present) return present.error();
    wanted.written = options_.now;
    wanted.serial = 1;
    Outcome outcome = Outcome::created;
    if (*present) {
      outcome = Outcome::changed;
      // One that nobody can read gives way, whoever wrote it.
      if (const auto before = decode_assignment((*present)->value)) {
        if (same_work(*before, wanted)) return Assigned{wanted.vantage, Outcome::unchanged, before->serial};
        wanted.serial = before->serial + 1;
      }
    }
    return put(wanted, outcome, *present ? (*present)->revision : 0);
  }

  /// Of a vantage point that is not in the configuration.
  Result<Assigned> leave_or_withdraw(const std::string& vantage) {
    const auto present = bucket_.get(vantage);
    if (!present) return present.error();
    if (!*present) return Assigned{vantage, Outcome::left_over, 0};
    const auto before = decode_assignment((*present)->value);
    if (!before) return Assigned{vantage, Outcome::left_over, 0};
    Assignment nothing = *before;
    nothing.targets.clear();
    nothing.controls.clear();
    if (!options_.withdraw) return Assigned{vantage, Outcome::left_over, before->serial};
    if (same_work(*before, nothing)) return Assigned{vantage, Outcome::unchanged, before->serial};
    ++nothing.serial;
    nothing.written = options_.now;
    return put(nothing, Outcome::withdrawn, (*present)->revision);
  }

 private:
  Result<Assigned> put(const Assignment& assignment, Outcome outcome, std::uint64_t revision) {
    const std::string bytes = encode(assignment);
    // What an agent would refuse is not written.
    if (const auto read = decode_assignment(bytes); !read) {
      return Error{ErrorCode::refused, "assign to " + assignment.vantage, read.error().detail};
    }
    if (!options_.dry_run) {
      // Whoever else writes at this moment has the same right, and one of us has to look again.
      const auto written = bucket_.replace(assignment.vantage, bytes, revision);
      if (!written) return written.error();
    }
    return Assigned{assignment.vantage, outcome, assignment.serial};
  }

  Bucket& bucket_;
  const AssignOptions& options_;
};

}  // namespace

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::unchanged: return "unchanged";
    case Outcome::created: return "created";
    case Outcome::changed: return "changed";
    case Outcome::left_over: return "left over";
    case Outcome::withdrawn: return "withdrawn";
  }
  return "unknown";
}

Result<std::vector<Assigned>> assign(Broker& broker, const StreamSettings& stream, std::vector<Assignment> wanted,
                                     const AssignOptions& options) {
  if (const auto there = wait_for(broker, options.longest); !there) return there.error();
  if (!options.dry_run) {
    if (const auto done = set_up(broker, stream); !done) return done.error();
  }
  Bucket bucket(broker, kAssignmentsBucket);
  Assigner assigner(bucket, options);
  std::map<std::string, Assigned> done;
  const auto keys = bucket.keys();
  // Before the first time there is no bucket, which a dry run does not make.
  if (!keys && !(options.dry_run && keys.error().code == ErrorCode::not_found)) return keys.error();
  for (Assignment& assignment : wanted) {
    const std::string vantage = assignment.vantage;
    auto one = keys ? assigner.write(std::move(assignment)) : Result<Assigned>(Assigned{vantage, Outcome::created, 1});
    if (!one) return one.error();
    done.emplace(vantage, std::move(*one));
  }
  for (const std::string& vantage : keys ? *keys : std::vector<std::string>()) {
    if (done.contains(vantage)) continue;
    auto one = assigner.leave_or_withdraw(vantage);
    if (!one) return one.error();
    done.emplace(vantage, std::move(*one));
  }
  std::vector<Assigned> all;
  for (auto& [vantage, one] : done) all.push_back(std::move(one));
  return all;
}

}  // namespace isthmus::fleet
