#pragma once
// A core's way from the stream: a thread for each of its partitions reads on from where its owner stands. What nobody
// has taken yet is bounded; readers wait. Created, started and stopped by the core's process; receive_until() belongs
// to one thread, status() and wake() to any.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/fleet/connection.hpp"
#include "isthmus/fleet/handover.hpp"
#include "isthmus/fleet/stream.hpp"

namespace isthmus::fleet {

struct PartitionStart {
  std::uint32_t partition{0};
  StreamPosition position{};  ///< What has been taken in.
  Duration rehearsal{};       ///< What was stored so long before that is to be read again.
};

struct DownlinkSettings {
  std::string stream{"ISTHMUS"};
  std::vector<PartitionStart> partitions;
  std::size_t most_bytes{64'000'000};  ///< Read and not taken.
  /// Why a partition may not be read now; empty: it may. Asked again and again, on any thread; none: always.
  std::function<std::string(std::uint32_t partition)> forbidden{};
  /// What another core has left of a partition that is now to be read, to go on from there; nothing: from where it is.
  /// Asked whenever a partition may be read and could not be before, on the readers' threads; none: never.
  std::function<Result<std::optional<Handover>>(const PartitionStart& start)> take_over{};
};

/// In the order of the stream, all of one partition. Empty when there was nothing for a moment, so that its owner
/// knows.
struct Reading {
  std::uint32_t partition{0};
  Timestamp created{};  ///< Of the stream.
  std::vector<StreamMessage> messages;
  /// The partition begins anew from there: what follows is behind it, or rehearsal. Without messages.
  std::shared_ptr<const Handover> taken_over{};
};

struct PartitionStatus {
  std::uint32_t partition{0};
  std::optional<std::uint64_t> pending;  ///< Messages of it not taken yet, when last heard; nothing before that.
  std::uint64_t waiting{0};              ///< Of these, how many have been read.
  std::string problem;                   ///< Why it cannot be read; empty while it can.
};

struct DownlinkStatus {
  bool connected{false};
  std::uint64_t connects{0};
  std::string problem;  ///< Of the connection; empty while all is well.
  std::vector<PartitionStatus> partitions;
};

class Downlink {
 public:
  /// Reads whenever the broker can be reached.
  [[nodiscard]] static std::unique_ptr<Downlink> create(std::shared_ptr<Broker> broker, DownlinkSettings settings);
  virtual ~Downlink() = default;

  virtual void start() = 0;
  /// Ends the threads; what was not taken is read again another time. Safe to call twice.
  virtual void stop() = 0;
  /// The oldest that was read of partitions that may be; nothing when the deadline passed, or after wake().
  [[nodiscard]] virtual std::optional<Reading> receive_until(std::chrono::steady_clock::time_point deadline) = 0;
  virtual void wake() = 0;
  [[nodiscard]] virtual DownlinkStatus status() const = 0;
};

}  // namespace isthmus::fleet
