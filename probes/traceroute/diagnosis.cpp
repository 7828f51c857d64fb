#include "isthmus/probes/diagnosis.hpp"

#include <algorithm>
#include <map>

#include "probes/traceroute/loss.hpp"

namespace isthmus::probes {
namespace {

// A hop that answered.
struct Answer {
  Ttl ttl;
  const Reply* reply;
  bool rewritten;
};

std::vector<Answer> answers_of(const Trace& trace) {
  std::vector<Answer> answers;
  for (const Hop& hop : trace.hops) {
    const Reply* reply = hop.answer();
    if (reply == nullptr) continue;
    const bool rewritten = std::all_of(hop.outcomes.begin(), hop.outcomes.end(), [](const Outcome& outcome) {
      const Reply* other = reply_of(outcome);
      return other == nullptr || other->rewritten;
    });
    answers.push_back({hop.ttl, reply, rewritten});
  }
  return answers;
}

bool quotes(const Reply& reply) {
  return reply.kind == ReplyKind::time_exceeded || reply.kind == ReplyKind::unreachable;
}

// A change that is carried on by all that follows. One router alone may quote badly; the destination itself, behind a
// translator, is the only one that has nobody behind it.
std::optional<Ttl> find_translation(const Trace& trace, const std::vector<Answer>& answers) {
  std::optional<Ttl> from;
  int carried = 0;
  bool reaches_destination = false;
  for (auto answer = answers.rbegin(); answer != answers.rend(); ++answer) {
    if (!quotes(*answer->reply)) continue;
    if (!answer->rewritten) break;
    from = answer->ttl;
    ++carried;
    reaches_destination = reaches_destination || answer->reply->from == trace.destination;
  }
  return carried >= 2 || reaches_destination ? from : std::nullopt;
}

const Reply* at(const std::vector<Answer>& answers, int ttl) {
  const auto found = std::find_if(answers.begin(), answers.end(), [&](const Answer& a) { return a.ttl == ttl; });
  return found == answers.end() ? nullptr : found->reply;
}

// The circle goes on: every later answer is that of a period before, and there are at least two.
bool is_lasting(const std::vector<Answer>& answers, const Loop& loop) {
  int matches = 0;
  for (const Answer& answer : answers) {
    if (answer.ttl < loop.again) continue;
    const Reply* before = at(answers, answer.ttl - (loop.again - loop.first));
    if (before == nullptr) continue;
    if (before->from != answer.reply->from) return false;
    ++matches;
  }
  return matches >= 2;
}

std::optional<Loop> find_loop(const std::vector<Answer>& answers) {
  for (std::size_t again = 2; again < answers.size(); ++again) {
    for (std::size_t first = again - 1; first-- > 0;) {
      const IpAddress& router = answers[again].reply->from;
      if (answers[first].reply->from != router) continue;
      // The same one all along is no circle.
      if (std::all_of(answers.begin() + static_cast<std::ptrdiff_t>(first),
                      answers.begin() + static_cast<std::ptrdiff_t>(again),
                      [&](const Answer& a) { return a.reply->from == router; })) {
        continue;
      }
      Loop loop{router, answers[first].ttl, answers[again].ttl, false};
      loop.lasting = is_lasting(answers, loop);
      return loop;
    }
  }
  return std::nullopt;
}

std::vector<ZeroTtl> find_zero_ttl(const std::vector<Answer>& answers) {
  std::vector<ZeroTtl> found;
  for (const Answer& answer : answers) {
    if (answer.reply->kind != ReplyKind::time_exceeded || answer.reply->quoted_ttl != Ttl{0}) continue;
    const Reply* next = at(answers, answer.ttl + 1);
    const bool confirmed = next != nullptr && next->from == answer.reply->from && next->quoted_ttl == Ttl{1};
    found.push_back({answer.ttl, answer.reply->from, confirmed});
  }
  return found;
}

std::vector<Tunnel> find_labels(const std::vector<Answer>& answers) {
  std::vector<Tunnel> tunnels;
  for (const Answer& answer : answers) {
    if (answer.reply->mpls.empty()) continue;
    if (!tunnels.empty() && tunnels.back().last + 1 == answer.ttl) {
      tunnels.back().last = answer.ttl;
    } else {
      tunnels.push_back({answer.ttl, answer.ttl, Tunnel::Evidence::labels});
    }
  }
  return tunnels;
}

// The n-th router of a tunnel that copies the IP TTL at its entry quotes n (Donnet et al. 2012). Routers in front of
// one that quotes n must fit, or be silent; a TTL that stays the same was set anew by something else.
std::vector<Tunnel> find_quoted(const std::vector<Answer>& answers) {
  std::vector<Tunnel> tunnels;
  for (const Answer& answer : answers) {
    const int quoted = answer.reply->quoted_ttl.value_or(1);
    const int first = answer.ttl - quoted + 1;
    if (answer.reply->kind != ReplyKind::time_exceeded || quoted < 2 || first < 1) continue;
    const bool fits = std::all_of(answers.begin(), answers.end(), [&](const Answer& other) {
      return other.ttl < first || other.ttl >= answer.ttl ||
             other.reply->quoted_ttl.value_or(1) == other.ttl - first + 1;
    });
    if (!fits) continue;
    if (!tunnels.empty() && tunnels.back().first == first) {
      tunnels.back().last = answer.ttl;
    } else {
      tunnels.push_back({static_cast<Ttl>(first), answer.ttl, Tunnel::Evidence::quoted_ttl});
    }
  }
  return tunnels;
}

// Where routers tell their labels there is nothing to conclude.
std::vector<Tunnel> find_tunnels(const std::vector<Answer>& answers) {
  std::vector<Tunnel> tunnels = find_labels(answers);
  const std::size_t told = tunnels.size();
  for (const Tunnel& quoted : find_quoted(answers)) {
    const bool known = std::any_of(tunnels.begin(), tunnels.begin() + static_cast<std::ptrdiff_t>(told),
                                   [&](const Tunnel& t) { return t.first <= quoted.last && quoted.first <= t.last; });
    if (!known) tunnels.push_back(quoted);
  }
  std::sort(tunnels.begin(), tunnels.end(), [](const Tunnel& a, const Tunnel& b) { return a.first < b.first; });
  return tunnels;
}

std::optional<TargetRepeats> find_target_repeats(const Trace& trace, const std::vector<Answer>& answers) {
  std::optional<TargetRepeats> repeats;
  for (const Answer& answer : answers) {
    if (answer.reply->from != trace.destination) continue;
    if (!repeats) repeats = TargetRepeats{answer.ttl, answer.ttl};
    repeats->last = answer.ttl;
  }
  return repeats && repeats->first < repeats->last ? repeats : std::nullopt;
}

TraceDiagnosis diagnose_rounds(const std::vector<const Trace*>& rounds) {
  const Trace& last = *rounds.back();
  const auto answers = answers_of(last);
  LossDiagnosis loss = diagnose_loss(rounds);
  TraceDiagnosis diagnosis;
  diagnosis.flow = last.flow;
  diagnosis.hops = std::move(loss.hops);
  diagnosis.cut = loss.cut;
  diagnosis.translated_from = find_translation(last, answers);
  diagnosis.loop = find_loop(answers);
  diagnosis.zero_ttl = find_zero_ttl(answers);
  diagnosis.tunnels = find_tunnels(answers);
  diagnosis.target_repeats = find_target_repeats(last, answers);
  return diagnosis;
}

}  // namespace

const char* to_string(LossCause cause) {
  switch (cause) {
    case LossCause::none: return "none";
    case LossCause::icmp_limit: return "icmp_limit";
    case LossCause::forward_loss: return "forward_loss";
    case LossCause::reverse_loss: return "reverse_loss";
    case LossCause::unknown: return "unknown";
  }
  return "unknown";
}

TraceDiagnosis diagnose(const Trace& trace) { return diagnose_rounds({&trace}); }

std::vector<TraceDiagnosis> diagnose(std::span<const Trace> traces) {
  std::map<FlowId, std::vector<const Trace*>> flows;
  for (const Trace& trace : traces) flows[trace.flow].push_back(&trace);
  std::vector<TraceDiagnosis> diagnoses;
  for (const auto& [flow, rounds] : flows) diagnoses.push_back(diagnose_rounds(rounds));
  return diagnoses;
}

}  // namespace isthmus::probes
