#pragma once
// A small internet whose paths change, for comparing ways to spend probes: one vantage point, many blocks, each behind
// transit that changes its mind and two or three providers of which one carries the block. Deterministic by its seed;
// the same changes whoever probes. One thread.

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "support/path_simulator.hpp"

namespace isthmus::bench {

struct WorldSettings {
  std::size_t blocks{60};
  Duration duration{std::chrono::hours(24)};
  double loss{0.01};
  std::uint64_t seed{1};
};

/// What changes: who carries the block, the transit before that, or which flow a balancer sends where.
enum class Part : std::uint8_t { provider, transit, balancer };

struct Change {
  Duration at{};
  std::size_t block{0};
  Part part{Part::provider};
  std::size_t variant{0};  ///< What is in place from then on.
};

class BudgetWorld {
 public:
  explicit BudgetWorld(const WorldSettings& settings);

  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  [[nodiscard]] static IpAddress host(std::size_t block);
  [[nodiscard]] static Prefix prefix(std::size_t block);
  /// Every path as it is at the start.
  void build(support::PathSimulator& network) const;
  void apply(const Change& change, support::PathSimulator& network);
  /// Back to the start, for the next one who probes.
  void reset();

  /// Whether the address belongs to what carries the block in this variant, and to no other variant.
  [[nodiscard]] bool shows(const IpAddress& address, std::size_t block, Part part, std::size_t variant) const;
  /// Whether the address is a provider's or the border that a provider numbers: what a core would call the upstream.
  [[nodiscard]] bool is_upstream(const IpAddress& address, std::size_t block) const;
  /// Which variant's it is. Precondition: is_upstream().
  [[nodiscard]] std::size_t provider_of(const IpAddress& address, std::size_t block) const;
  [[nodiscard]] double mean_hops() const;

 private:
  using Routers = std::vector<support::SimRouter>;
  struct Block {
    Routers access;                 // shared by all blocks of the vantage point
    std::vector<Routers> transit;   // variants
    std::vector<Routers> provider;  // variants, the border among them
    Routers inside;                 // of the target
    std::size_t transit_now{0};
    std::size_t provider_now{0};
    std::size_t turn{0};  // of the balancers
  };

  Routers make_routers(std::size_t count);
  void make_block(std::size_t index);
  void make_changes(std::size_t index, Part part, double per_second, std::size_t variants);
  [[nodiscard]] Routers way_of(const Block& block) const;
  double random();

  WorldSettings settings_;
  std::mt19937_64 random_;
  std::uint32_t next_router_{0};
  std::vector<Block> blocks_;
  std::vector<Change> changes_;
};

}  // namespace isthmus::bench
