#include "app/partition_claims.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

#include "app/agent_files.hpp"
#include "app/host_name.hpp"
#include "app/version.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// No vantage point can be called so.
std::string name_of(std::uint32_t partition) { return "core/" + std::to_string(partition); }

void log_standing(std::uint32_t partition, fleet::Standing standing) {
  if (standing == fleet::Standing::ours) {
    spdlog::info("event=partition_held partition={}", partition);
  } else if (standing == fleet::Standing::taken) {
    spdlog::error(
        "event=partition_taken partition={} hint=\"another core judges it, and this one waits; see which one with "
        "/-/ready,"
        " and give each its own fleet.partition\"",
        partition);
  }
}

}  // namespace

Result<std::unique_ptr<PartitionClaims>> PartitionClaims::create(const std::shared_ptr<fleet::Broker>& broker,
                                                                 const config::PartitionRange& range,
                                                                 const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error{ErrorCode::io_failed, "create " + folder, failed.message()};
  const auto installation = installation_of(folder);
  if (!installation) return installation.error();
  const auto boot = next_boot(folder, net::wall_now());
  if (!boot) return boot.error();
  std::unique_ptr<PartitionClaims> claims(new PartitionClaims());
  for (std::uint32_t partition = range.first; partition <= range.last; ++partition) {
    fleet::MembershipSettings settings;
    settings.broker = broker;
    settings.vantage = name_of(partition);
    settings.claim = {
        .installation = *installation, .boot = *boot, .host = host_name(), .version = kVersion, .written = {}};
    fleet::MembershipHandlers handlers;
    handlers.standing = [partition](fleet::Standing standing) { log_standing(partition, standing); };
    handlers.assigned = [](const std::string&) {};
    handlers.asked = [](const fleet::Request&) {};
    claims->members_.emplace_back(partition, fleet::Membership::create(std::move(settings), std::move(handlers)));
  }
  return claims;
}

void PartitionClaims::start() {
  for (const auto& [partition, member] : members_) member->start();
}

void PartitionClaims::stop() {
  for (const auto& [partition, member] : members_) member->stop();
}

bool PartitionClaims::is_elsewhere(std::uint32_t partition) const {
  return std::ranges::any_of(members_, [partition](const auto& claimed) {
    return claimed.first == partition && claimed.second->status().standing == fleet::Standing::taken;
  });
}

std::string PartitionClaims::forbidden(std::uint32_t partition) const {
  for (const auto& [claimed, member] : members_) {
    if (claimed != partition || member->may_publish()) continue;
    const fleet::MembershipStatus status = member->status();
    if (status.standing == fleet::Standing::taken) {
      return "another core judges it, on " + status.other_host +
             "; stop that one, or give each its own fleet.partition";
    }
    return status.problem.empty() ? "whose it is has not been asked yet" : status.problem;
  }
  return {};
}

}  // namespace isthmus::app
