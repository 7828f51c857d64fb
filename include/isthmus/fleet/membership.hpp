#pragma once
// One vantage point's place in a fleet: a thread that claims its name at the broker and renews the claim, fetches what
// is assigned to it as soon as it changes, and hears what cores ask. Created, started and stopped by the agent;
// status() and may_publish() may be called from any thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "isthmus/fleet/claim.hpp"
#include "isthmus/fleet/connection.hpp"
#include "isthmus/fleet/request.hpp"

namespace isthmus::fleet {

enum class Standing : std::uint8_t {
  unknown,  ///< The broker has not been asked yet, or not lately.
  ours,
  taken,  ///< Another agent works under the name.
};

struct MembershipSettings {
  std::shared_ptr<Broker> broker;
  std::string vantage;
  Claim claim;
};

/// Called on the membership's thread, one at a time. None of them may call back into the membership, but for
/// may_publish() and status().
struct MembershipHandlers {
  /// Whether the name is ours, whenever that becomes another answer; from `taken` only to `ours`.
  std::function<void(Standing)> standing;
  /// What is assigned, as it came: whenever it changes, and once after each connection. Only while the name is ours.
  std::function<void(const std::string& bytes)> assigned;
  std::function<void(const Request&)> asked;
};

struct MembershipStatus {
  Standing standing{Standing::unknown};
  std::string other_host;             ///< Of the agent that has the name; empty when nobody else has.
  std::string problem;                ///< Why the broker could not be asked; empty while all is well.
  std::uint64_t requests{0};          ///< Taken, since the start, as those below.
  std::uint64_t requests_dropped{0};  ///< Beyond what an agent takes.
  std::uint64_t requests_malformed{0};
  std::optional<Duration> clock_offset{};  ///< How far our clock is ahead of the broker's.
};

class Membership {
 public:
  [[nodiscard]] static std::unique_ptr<Membership> create(MembershipSettings settings, MembershipHandlers handlers);
  virtual ~Membership() = default;

  virtual void start() = 0;
  /// Gives the name back if it is ours and the broker is there, and ends the thread.
  virtual void stop() = 0;
  /// The name is ours, as the broker said by this connection and not long ago.
  [[nodiscard]] virtual bool may_publish() const = 0;
  [[nodiscard]] virtual MembershipStatus status() const = 0;
};

}  // namespace isthmus::fleet
