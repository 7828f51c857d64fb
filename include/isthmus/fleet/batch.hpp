#pragma once
// Batches of observations as bytes: what an agent puts into the stream and a core takes out of it. The schema stands in
// batch.proto. Pure functions; any thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/fleet/bus.hpp"

namespace isthmus::fleet {

/// The schema that is written, and the only one that is read.
inline constexpr std::uint32_t kBatchSchema = 1;
/// A batch with more bytes is refused: NATS takes a megabyte by default.
inline constexpr std::size_t kMostBatchBytes = 1'000'000;

/// Which observations these are; no two batches have the same.
struct BatchId {
  std::string vantage;
  std::uint32_t partition{0};
  std::uint64_t boot{0};   ///< Of the agent's start; ascends from start to start.
  std::uint64_t first{0};  ///< Number of the first one within that start and partition.
  friend auto operator<=>(const BatchId&, const BatchId&) = default;
};
/// As it names the message in the stream: "frankfurt/3/1506848871000000000/4711".
[[nodiscard]] std::string to_string(const BatchId& id);

struct Batch {
  BatchId id;
  std::vector<Message> messages;
};

/// All messages are of the vantage point of the id.
[[nodiscard]] std::string encode(const BatchId& id, std::span<const Message> messages);

/// Errors: parse_failed (not a batch, or one that says what cannot be: each names the field), refused (another schema).
[[nodiscard]] Result<Batch> decode(std::string_view bytes);

}  // namespace isthmus::fleet
