#pragma once
// Blocks whose fate is known, for tests/bench/resilience/outages.cpp: hosts that stay, leave every evening, answer now
// and then or move about; outages; vantage points that go blind. Answers what a probe at a moment meets. Deterministic
// for a seed; one thread.

#include <cstdint>
#include <random>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::bench {

struct Span {
  Timestamp begin{};
  Timestamp end{};
  [[nodiscard]] bool holds(Timestamp time) const { return begin <= time && time < end; }
};

enum class Habit : std::uint8_t { steady, diurnal, sparse, moving, lone };
inline constexpr std::size_t kHabits = 5;

struct Host {
  IpAddress address;
  double answer_rate{1};
  std::vector<Span> present;  // Ascending.
};

struct SimulatedBlock {
  Block block;
  Habit habit{Habit::steady};
  std::vector<Host> hosts;
  std::vector<Span> outages;       // Ascending.
  std::vector<std::uint8_t> cuts;  // Of each outage: the router behind which the way ends.
  [[nodiscard]] bool has_host(Timestamp time) const;
};

struct OutageSettings {
  std::uint32_t blocks{1000};
  std::uint32_t vantages{10};
  std::uint32_t days{30};
  Duration round{std::chrono::minutes(10)};
  double loss{0.02};
  double silent_rounds{0.05};  ///< Of a vantage point and block.
  double outages_per_day{0.05};
  std::uint32_t seed{1};
};

class OutageWorld {
 public:
  static constexpr std::uint8_t kRouters = 6;  ///< On every path; the last one is the block's own border.

  OutageWorld(const OutageSettings& settings, Timestamp start);

  [[nodiscard]] const std::vector<SimulatedBlock>& blocks() const { return blocks_; }
  [[nodiscard]] bool is_blind(std::uint32_t vantage, Timestamp time) const;
  /// Whether a probe to the host is answered.
  [[nodiscard]] bool answers(std::uint32_t vantage, std::size_t block, const Host& host, Timestamp time);
  [[nodiscard]] bool lost() { return uniform_(random_) < settings_.loss; }
  /// What a trace of now finds.
  [[nodiscard]] Trace trace(std::uint32_t vantage, std::size_t block, const Host& host, Timestamp time);

  [[nodiscard]] static std::string vantage_name(std::uint32_t vantage) { return "vp-" + std::to_string(vantage); }
  [[nodiscard]] static IpAddress router(std::uint32_t vantage, std::size_t block, std::uint8_t ttl);

 private:
  void populate(SimulatedBlock& block, std::uint32_t number);
  void plan_outages(SimulatedBlock& block);
  void plan_blindness();
  double exponential(double mean) { return -mean * std::log(1 - uniform_(random_)); }

  OutageSettings settings_;
  Timestamp start_;
  Timestamp end_;
  std::mt19937_64 random_;
  std::uniform_real_distribution<double> uniform_{0, 1};
  std::vector<SimulatedBlock> blocks_;
  std::vector<std::vector<Span>> blind_;
  // One block that this vantage point does not reach for a while, by a fault of its own network.
  struct PrivateLoss {
    std::size_t block;
    Span span;
  };
  std::vector<std::vector<PrivateLoss>> private_losses_;
};

}  // namespace isthmus::bench
