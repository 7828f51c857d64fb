#pragma once
// The agent's way to the cores: a thread that takes what its vantage points observe from the bus, keeps it in the spool
// until a broker has confirmed it, and sends it. Created, started and stopped by the agent; status() may be called from
// any thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/fleet/bus.hpp"
#include "isthmus/fleet/connection.hpp"
#include "isthmus/fleet/settings.hpp"

namespace isthmus::fleet {

struct UplinkSettings {
  BrokerSettings broker;  ///< Unless there is a connection already:
  std::shared_ptr<Broker> connection{};
  /// Asked on the uplink's thread before anything is sent; empty: always. What may not go waits in the spool.
  std::function<bool()> may_send{};
  StreamSettings stream;
  std::vector<std::string> targets;  ///< That are probed here.
  std::uint64_t boot{0};             ///< Of this start, in nanoseconds since 1970; above that of every start before.
  std::string spool;                 ///< Path of its file.
  std::uint64_t spool_bytes{1'000'000'000};
  Duration spool_age{std::chrono::hours(14 * 24)};
};

struct UplinkStatus {
  bool connected{false};
  std::uint64_t connects{0};
  std::string problem;  ///< Empty while all is well: of the connection, of sending, or of the spool.
  std::uint64_t waiting_batches{0};
  std::uint64_t waiting_bytes{0};
  std::uint64_t arrived_batches{0};  ///< Since the start, as are those below.
  std::uint64_t duplicates{0};
  std::uint64_t refused{0};
  std::uint64_t unanswered{0};
  std::uint64_t dropped_batches{0};  ///< By the spool's caps.
  std::uint64_t dropped_messages{0};
  std::uint64_t spool_failures{0};
  std::string moved_to;  ///< Where a damaged spool went; empty when there was none.
  Instant turned{};      ///< When the thread last looked at everything; at least once a second.
};

class Uplink {
 public:
  /// `bus` outlives the uplink. Opens the spool; connects whenever a broker can be reached. Errors: as of the spool and
  /// of files that the broker's settings name.
  [[nodiscard]] static Result<std::unique_ptr<Uplink>> create(UplinkSettings settings, InProcessBus& bus);
  virtual ~Uplink() = default;

  virtual void start() = 0;
  /// Puts what is still in the bus into the spool, sends it if the broker is there, waits for that for so long at most,
  /// and ends the thread.
  virtual void stop(Duration longest) = 0;
  /// Other targets are probed from now on. Any thread.
  virtual void retarget(std::vector<std::string> targets, std::uint32_t partitions) = 0;
  [[nodiscard]] virtual UplinkStatus status() const = 0;
};

}  // namespace isthmus::fleet
