#pragma once
// What a core reads from the stream, and where it stands there. Plain value types; any thread.

#include <cstdint>
#include <string>

#include "isthmus/base/time.hpp"

namespace isthmus::fleet {

struct StreamMessage {
  std::uint64_t sequence{0};  ///< Ascends within the stream, with holes where other partitions are.
  Timestamp stored{};         ///< By the broker's clock.
  std::string vantage;        ///< As its subject says, which the broker lets only that vantage point use.
  std::string bytes;
  std::uint64_t pending{0};  ///< How many of the partition were behind it when the broker sent it.
};

/// Up to where a partition has been taken in.
struct StreamPosition {
  Timestamp created{};        ///< Of the stream: another one of that name counts from 1 again.
  std::uint64_t sequence{0};  ///< Of the last message; 0: none.
  Timestamp stored{};         ///< When that one was.
  friend bool operator==(const StreamPosition&, const StreamPosition&) = default;
};

}  // namespace isthmus::fleet
