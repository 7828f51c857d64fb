#pragma once
// A connection to the broker of a fleet, shared by all that a process has to do there. Opaque outside of this module;
// the functions here may be called from any thread.

#include <cstdint>
#include <memory>
#include <string>

#include "isthmus/base/result.hpp"
#include "isthmus/fleet/request.hpp"
#include "isthmus/fleet/settings.hpp"

namespace isthmus::fleet {

class Broker;

struct BrokerState {
  bool connected{false};
  std::uint64_t connects{0};  ///< How often the connection was made.
  std::string problem;        ///< Why it is not there, or what the broker complained of last.
  /// Of the problem: busy (not reached), permission_denied (credentials, permissions), refused (TLS, JetStream), or
  /// other.
  ErrorCode kind{ErrorCode::busy};
};

/// Returns at once, connected or not, and goes on trying for ever. Errors: invalid_argument, not_found or
/// permission_denied: files that cannot be read, servers that are none.
[[nodiscard]] Result<std::shared_ptr<Broker>> connect(const BrokerSettings& settings);
[[nodiscard]] BrokerState state_of(const Broker& broker);

/// Takes other settings, and the files that say who we are as they are now.
void renew(Broker& broker, const BrokerSettings& settings);

/// At most once: nothing is kept for a vantage point that is away. Errors: busy (not connected), permission_denied.
[[nodiscard]] Result<void> ask(Broker& broker, const std::string& vantage, const Request& request);

}  // namespace isthmus::fleet
