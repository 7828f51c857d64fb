#pragma once
// A router that limits its answers, and people who ask it, in virtual time. For tests of RouterBudget; one thread.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <vector>

#include "isthmus/schedule/router_budget.hpp"

namespace isthmus::support {

struct RouterTruth {
  double limit{100};  // answers a second
  double burst{1};    // answers saved up at most
  double loss{0};     // of the path, of whatever the router does
};

struct Demand {
  int askers{1};       // each asks, waits for the outcome, asks again
  Duration round{};    // zero: at once; otherwise once a round, all askers at the same moment
  bool outage{false};  // nothing comes through, of nobody behind either
  bool reports{true};  // false: the budget is never told anything
};

struct Tally {
  double asked{0};
  double answered{0};
  std::uint64_t waits{0};  // times that the budget made somebody wait
  Duration waited{};       // by all of them together
};

class LimitedRouter {
 public:
  explicit LimitedRouter(const RouterTruth& truth, unsigned seed = 7)
      : truth_(truth), tokens_(truth.burst), random_(seed) {}

  void set_limit(double limit) { truth_.limit = limit; }
  void set_loss(double loss) { truth_.loss = loss; }

  Tally ask(schedule::RouterBudget& budget, const IpAddress& router, Instant from, Duration span,
            const Demand& demand) {
    Tally tally;
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
    for (int i = 0; i < demand.askers; ++i) turns.push(Turn::of_asker(from + i * std::chrono::microseconds(700)));
    while (turns.top().at < from + span) {
      Turn turn = turns.top();
      turns.pop();
      if (turn.kind == Turn::Kind::answer && demand.reports) budget.answered(router, turn.sent, turn.at);
      if (turn.kind == Turn::Kind::silence && demand.reports) {
        budget.unanswered(router, turn.sent, turn.at,
                          demand.outage ? schedule::Silence::path : schedule::Silence::forwarding);
      }
      if (demand.round > Duration::zero() && turn.kind != Turn::Kind::ask) {
        turns.push(Turn::of_asker(std::max(turn.at, turn.due + demand.round)));
        continue;
      }
      if (turn.kind != Turn::Kind::ask) turn.due = turn.at;
      if (const Duration wait = budget.wait(router, turn.at);
          wait > Duration::zero() || !budget.take(router, turn.at)) {
        ++tally.waits;
        // Looks again a little late, as everybody does.
        turns.push({turn.at + wait + std::chrono::microseconds(50 + random_() % 100), turn.due, {}, Turn::Kind::ask});
        continue;
      }
      ++tally.asked;
      tally.waited += turn.at - turn.due;
      const bool answers = answer(turn.at) && !demand.outage && !lost();
      tally.answered += answers ? 1 : 0;
      turns.push({turn.at + (answers ? kRoundTrip : kTimeout), turn.due, turn.at,
                  answers ? Turn::Kind::answer : Turn::Kind::silence});
    }
    return tally;
  }

 private:
  static constexpr Duration kRoundTrip = std::chrono::milliseconds(20);
  static constexpr Duration kTimeout = std::chrono::seconds(2);

  struct Turn {
    enum class Kind : std::uint8_t { ask, answer, silence };
    Instant at{};
    Instant due{};  // when its asker wanted to ask
    Instant sent{};
    Kind kind{Kind::ask};
    static Turn of_asker(Instant due) { return {due, due, {}, Kind::ask}; }
    friend bool operator>(const Turn& a, const Turn& b) { return a.at > b.at; }
  };

  bool lost() { return std::uniform_real_distribution<>(0, 1)(random_) < truth_.loss; }

  bool answer(Instant now) {
    if (last_ != Instant{}) tokens_ = std::min(truth_.burst, tokens_ + to_seconds(now - last_) * truth_.limit);
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  RouterTruth truth_;
  double tokens_;
  Instant last_{};
  std::minstd_rand random_;
};

}  // namespace isthmus::support
