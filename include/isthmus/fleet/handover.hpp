#pragma once
// What moves with a partition from one core to another: up to where it was taken in, and what is normal there. The core
// that has it leaves that at the broker after it has stored what it told, so that the next one tells nothing again and
// leaves nothing out, wherever it runs. The schema stands in handover.proto. Value types and pure functions; any
// thread. A shelf is created by a core's service, and may be used from any thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/fleet/connection.hpp"
#include "isthmus/fleet/stream.hpp"
#include "isthmus/resilience/baseline.hpp"

namespace isthmus::fleet {

/// The schema that is written, and the only one that is read.
inline constexpr std::uint32_t kHandoverSchema = 1;
inline constexpr const char* kPartitionsBucket = "ISTHMUS_PARTITIONS";
/// A larger one is refused: NATS takes a megabyte by default.
inline constexpr std::size_t kMostHandoverBytes = 1'000'000;

struct Handover {
  /// Up to where the messages of one start of an agent have been taken in.
  struct Mark {
    std::string vantage;
    std::uint64_t boot{0};
    std::uint64_t next{0};
    friend bool operator==(const Mark&, const Mark&) = default;
  };

  std::uint32_t partition{0};
  std::string host;  ///< Of the core that has left it.
  StreamPosition position{};
  std::vector<Mark> marks;
  resilience::Baseline baseline;
  friend bool operator==(const Handover&, const Handover&) = default;
};

[[nodiscard]] std::string encode(const Handover& handover);
/// Errors: parse_failed (each names the field), refused (another schema).
[[nodiscard]] Result<Handover> decode_handover(std::string_view bytes);

/// Whether the one is behind what the other has taken in, also where the stream was made anew in between.
[[nodiscard]] bool is_further(const StreamPosition& one, const StreamPosition& other);

/// Where handovers lie at the broker.
class HandoverShelf {
 public:
  [[nodiscard]] static std::unique_ptr<HandoverShelf> create(std::shared_ptr<Broker> broker);
  virtual ~HandoverShelf() = default;

  /// What another core has left since we have last put or looked; the first time also what we did. Nothing when nobody
  /// has left any, or nobody has set up where it could be. Errors: busy, permission_denied, parse_failed, refused.
  [[nodiscard]] virtual Result<std::optional<Handover>> look(std::uint32_t partition) = 0;
  /// Only by whoever has the partition. Errors: busy (to be tried again: not connected, or somebody else was about to),
  /// not_found (no such bucket), refused (too large).
  [[nodiscard]] virtual Result<void> put(const Handover& handover) = 0;
};

}  // namespace isthmus::fleet
