#pragma once
// The way of batches to the broker, as whoever sends them sees it: Publisher is the real one. Used by one thread.

#include <cstdint>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/fleet/batch.hpp"

namespace isthmus::fleet {

/// What became of a batch.
struct Delivery {
  enum class Fate : std::uint8_t {
    arrived,    ///< Stored, now or, as the broker knows by its id, before.
    refused,    ///< The broker does not take it at present: full, no stream, not permitted.
    no_answer,  ///< Nobody knows; it may have arrived.
  };
  std::uint64_t number{0};  ///< As given to publish().
  Fate fate{Fate::arrived};
  bool duplicate{false};
  std::string problem;  ///< Empty when it arrived.
};

class Channel {
 public:
  virtual ~Channel() = default;
  /// Each call that succeeds has one delivery, later. Errors: busy (no connection), refused.
  [[nodiscard]] virtual Result<void> publish(std::uint64_t number, const BatchId& id, const std::string& subject,
                                             const std::string& bytes) = 0;
  [[nodiscard]] virtual std::vector<Delivery> take_deliveries() = 0;
};

}  // namespace isthmus::fleet
