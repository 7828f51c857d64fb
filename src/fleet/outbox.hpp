#pragma once
// Collects what the vantage points of an agent observe into batches, one open for each vantage point and partition.
// What says how a vantage point fares goes into every partition that has targets here, each of which judges it by
// itself, and into the one that speaks of vantage points. Time comes in as an argument. Belongs to the agent's sending
// thread.

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fleet/spool.hpp"
#include "isthmus/fleet/batch.hpp"

namespace isthmus::fleet {

struct OutboxSettings {
  std::uint32_t partitions{8};
  std::vector<std::string> targets;                  ///< That are probed here.
  std::uint64_t boot{0};                             ///< Of this start of the agent, in nanoseconds since 1970.
  std::size_t most_messages{500};                    ///< A batch with so many is closed,
  Duration longest{std::chrono::milliseconds(250)};  ///< and one that has been open for so long.
};

class Outbox {
 public:
  explicit Outbox(OutboxSettings settings);

  /// Other targets are probed here from now on.
  void retarget(std::vector<std::string> targets, std::uint32_t partitions);
  void add(const Message& message, Instant now);
  /// Batches that are full; once one has been open for long enough, or with `all`, the others as well.
  [[nodiscard]] std::vector<Spool::Waiting> take(Instant now, bool all = false);
  /// When take() has something to give; Instant::max() when nothing is open.
  [[nodiscard]] Instant next_due() const;

 private:
  using Key = std::pair<std::string, std::uint32_t>;
  struct Open {
    std::vector<Message> messages;
    std::uint64_t first{0};
    Instant since{};
  };

  void add_to(const Key& key, const Message& message, Instant now);
  void close(const Key& key, Open& open);
  void pack(const Key& key, std::uint64_t first, std::span<const Message> messages);

  OutboxSettings settings_;
  std::set<std::uint32_t> partitions_;  // those that have targets here, and the speaking one
  std::map<Key, Open> open_;
  std::vector<Spool::Waiting> closed_;
};

}  // namespace isthmus::fleet
