#include "probes/traceroute/loss.hpp"

#include <algorithm>
#include <map>

#include "probes/chance.hpp"

namespace isthmus::probes {
namespace {

constexpr double kChance = 0.05;  // how likely chance may be where it is not called the cause

// One hop of one round.
struct Seen {
  Count count;
  const Reply* reply{nullptr};
};

struct Round {
  std::map<Ttl, Seen> hops;
  Ttl last_answer{0};   // highest TTL with an answer; 0 when there is none
  bool refused{false};  // who answered last said that it does not forward
  bool cut{false};      // the rest of the path answers at other times
};

// What is known of one TTL over all rounds.
struct History {
  std::uint32_t probes{0};
  bool answers{false};
  Count passed;  // in rounds in which hops behind it answered
  Count behind;  // those hops, in the same rounds
  LossCounts lost;
};

Round read(const Trace& trace) {
  Round round;
  for (const Hop& hop : trace.hops) {
    Seen& seen = round.hops[hop.ttl];
    for (const Outcome& outcome : hop.outcomes) {
      if (reply_of(outcome) != nullptr) ++seen.count.answered;
      if (std::holds_alternative<TimedOut>(outcome)) ++seen.count.lost;
    }
    seen.reply = hop.answer();
    if (seen.reply == nullptr) continue;
    round.last_answer = hop.ttl;
    round.refused = seen.reply->kind == ReplyKind::unreachable && seen.reply->from != trace.destination;
    // Whatever was sent beyond the destination is not part of the path.
    if (seen.reply->from == trace.destination && seen.reply->kind != ReplyKind::time_exceeded) break;
  }
  return round;
}

class LossReader {
 public:
  explicit LossReader(const std::vector<const Trace*>& traces) {
    for (const Trace* trace : traces) rounds_.push_back(read(*trace));
    for (const Round& round : rounds_) {
      for (const auto& [ttl, seen] : round.hops) {
        path_[ttl].probes += seen.count.answered + seen.count.lost;
        path_[ttl].answers = path_[ttl].answers || seen.count.answered > 0;
      }
    }
  }

  LossDiagnosis diagnose() {
    for (Round& round : rounds_) judge_end(round);
    LossDiagnosis result;
    for (auto& [ttl, history] : path_) {
      judge_passed(ttl, history);
      if (history.probes > 0) result.hops.push_back({ttl, history.probes, history.lost});
    }
    for (const Round& round : rounds_) {
      if (round.cut) result.cut = static_cast<Ttl>(round.last_answer + 1);
    }
    return result;
  }

 private:
  // The silent end of a round. That probes did not get there is shown by a router that says so, or by two hops that
  // answer at other times: one alone may be limited, or have lost its answer. Without any answer before it the vantage
  // point itself may have been cut off.
  void judge_end(Round& round) {
    int known = 0;
    for (const auto& [ttl, seen] : round.hops) {
      if (ttl > round.last_answer && seen.count.lost > 0 && path_[ttl].answers) ++known;
    }
    round.cut = round.last_answer > 0 && (round.refused || known >= 2);
    for (const auto& [ttl, seen] : round.hops) {
      if (ttl <= round.last_answer) {
        if (ttl < round.last_answer) count_passed(round, ttl, seen);
        if (ttl == round.last_answer) path_[ttl].lost.unknown += seen.count.lost;
        continue;
      }
      History& history = path_[ttl];
      const bool gone = round.cut && (round.refused || history.answers);
      (gone ? history.lost.forward : history.lost.unknown) += seen.count.lost;
    }
  }

  void count_passed(const Round& round, Ttl ttl, const Seen& seen) {
    History& history = path_[ttl];
    history.passed.answered += seen.count.answered;
    history.passed.lost += seen.count.lost;
    Count behind;
    for (auto later = round.hops.upper_bound(ttl); later != round.hops.end() && later->first <= round.last_answer;
         ++later) {
      if (!path_[later->first].answers) continue;  // who never answers tells nothing about the path
      behind.answered += later->second.count.answered;
      behind.lost += later->second.count.lost;
    }
    // One answer is why the round counts here at all: it is no evidence.
    history.behind.answered += behind.answered - 1;
    history.behind.lost += behind.lost;
  }

  void judge_passed(Ttl ttl, History& history) {
    if (history.passed.lost == 0) return;
    if (chance_of(history.passed, history.behind) >= kChance) {
      history.lost.unknown += history.passed.lost;
    } else if (way_back_changed(ttl)) {
      history.lost.reverse += history.passed.lost;
    } else {
      history.lost.icmp_limit += history.passed.lost;
    }
  }

  // All losses lie together, between answers of one router that came back with one TTL before and with another after.
  [[nodiscard]] bool way_back_changed(Ttl ttl) const {
    std::vector<const Reply*> before;
    std::vector<const Reply*> after;
    bool lost = false;
    for (const Round& round : rounds_) {
      const auto found = round.hops.find(ttl);
      if (found == round.hops.end() || ttl >= round.last_answer) continue;
      const Seen& seen = found->second;
      if (seen.count.lost > 0 && !after.empty()) return false;
      lost = lost || seen.count.lost > 0;
      if (seen.reply != nullptr) (lost ? after : before).push_back(seen.reply);
    }
    if (before.size() < 2 || after.size() < 2) return false;
    const auto like = [](const Reply* first) {
      return [first](const Reply* other) { return other->from == first->from && other->ttl == first->ttl; };
    };
    return before.front()->from == after.front()->from && before.front()->ttl != after.front()->ttl &&
           std::all_of(before.begin(), before.end(), like(before.front())) &&
           std::all_of(after.begin(), after.end(), like(after.front()));
  }

  std::vector<Round> rounds_;
  std::map<Ttl, History> path_;
};

}  // namespace

LossDiagnosis diagnose_loss(const std::vector<const Trace*>& rounds) { return LossReader(rounds).diagnose(); }

LossCause LossCounts::cause() const {
  if (total() == 0) return LossCause::none;
  const std::uint32_t most = std::max({icmp_limit, forward, reverse, unknown});
  if (most == unknown) return LossCause::unknown;
  if (most == icmp_limit) return LossCause::icmp_limit;
  return most == forward ? LossCause::forward_loss : LossCause::reverse_loss;
}

}  // namespace isthmus::probes
