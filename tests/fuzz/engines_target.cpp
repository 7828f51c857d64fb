// What traces many targets, or one target's every path: a survey, one taken up from saved bytes, or the multipath
// engine. The input says which, gives the saved bytes, and then is a program of forged answers. Whatever strangers
// answer, and whatever a file holds, each comes to its end in bounded time.

#include <algorithm>
#include <cerrno>
#include <numeric>

#include "fuzz/fuzz_target.hpp"
#include "fuzz/program.hpp"
#include "isthmus/probes/multipath.hpp"
#include "probes/survey/state.hpp"

namespace {

using namespace isthmus;
using namespace std::chrono_literals;

constexpr Instant kStart{1h};
constexpr Timestamp kWall{1506848871s};
constexpr std::uint64_t kMaxSteps = 20'000;  // Until all is done; some hundreds are usual.

std::uint64_t sum(const std::array<std::uint64_t, kInvalidReasons>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

struct Choice {
  std::uint8_t bits;
  [[nodiscard]] Protocol protocol() const {
    constexpr Protocol kProtocols[] = {Protocol::udp, Protocol::icmp, Protocol::tcp};
    return kProtocols[(bits & 3U) % 3];
  }
  [[nodiscard]] bool v4() const { return (bits & 0x04) == 0; }
  [[nodiscard]] unsigned way() const { return bits >> 3 & 3U; }  ///< The survey's mode, or the multipath algorithm.
  [[nodiscard]] bool multipath() const { return (bits & 0x20) != 0; }
  [[nodiscard]] bool resumes() const { return (bits & 0x40) != 0; }  ///< A survey.
  [[nodiscard]] bool limited() const { return (bits & 0x80) != 0; }  ///< Multipath: with a budget for each router.
  [[nodiscard]] IpAddress source() const { return *IpAddress::parse(v4() ? "192.0.2.1" : "2001:db8::1"); }
};

// --- surveys ---

// Neighbours that share a distance, and others.
probes::SurveySettings survey_settings(const Choice& choice) {
  using Mode = probes::SurveySettings::Mode;
  probes::SurveySettings s;
  s.mode = choice.way() == 1 ? Mode::all : choice.way() == 2 ? Mode::window : Mode::saving;
  for (const char* const target : {"198.51.100.1", "198.51.101.1", "198.51.102.1", "203.0.113.1"}) {
    if (choice.v4()) s.targets.push_back(*IpAddress::parse(target));
  }
  for (const char* const target : {"2001:db8:1::1", "2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:9::1"}) {
    if (!choice.v4()) s.targets.push_back(*IpAddress::parse(target));
  }
  s.source = choice.source();
  s.protocol = choice.protocol();
  s.flows = 2;
  s.max_ttl = 8;
  s.window = 3;
  s.rate = 500;
  s.timeout = 300ms;
  s.gap_limit = 3;
  s.retry_rounds = 2;
  return s;
}

// The file format begins with a magic of 16 bytes, the length of what follows the head, and a checksum over it; the
// first thing behind the head says which survey it is.
constexpr std::size_t kHead = 32;

void put_word(std::vector<std::byte>& bytes, std::size_t at, std::uint64_t word) {
  for (std::size_t i = 0; i < 8; ++i) bytes[at + i] = static_cast<std::byte>(word >> (8 * i));
}

void seal(std::vector<std::byte>& saved) {
  if (saved.size() < kHead) return;
  const auto body = std::span<const std::byte>(saved).subspan(kHead);
  put_word(saved, 16, body.size());
  put_word(saved, 24, wire::siphash_2_4(wire::SipHashKey{}, body));
}

class SurveySession {
 public:
  explicit SurveySession(const Choice& choice)
      : settings_(survey_settings(choice)), survey_(probes::Survey::create(settings_, kStart).value()) {}

  const std::vector<support::SeenPacket>& sent() const { return sent_; }

  void run_for(Duration duration) {
    take_in();
    const Instant end = now_ + duration;
    while (true) {
      send();
      const Instant next = survey_.next_deadline(now_);
      fuzz::require(next >= now_, "a survey waits for what is to come");
      if (next > end) break;
      now_ = std::max(next, now_ + 1us);
      fuzz::require(++steps_ < kMaxSteps, "a survey comes to its end");
    }
    now_ = std::max(now_, end);
  }

  // What comes at one moment is taken in at once, as from a socket.
  void deliver(support::Packet packet) {
    ++delivered_;
    arrived_.push_back(std::move(packet));
  }

  // It is interrupted, and goes on from what was saved of it, damaged or not.
  void special(fuzz::Input& input) {
    take_in();
    std::vector<std::byte> saved = survey_.save(now_);
    const std::vector<std::byte> whole = saved;
    fuzz::flip_bytes(saved, input, 8);
    seal(saved);
    const bool resumed = resume(saved);
    fuzz::require(resumed || saved != whole, "what a survey saved, it takes up");
  }

  // Nobody answers any more.
  void finish() {
    take_in();
    while (!survey_.finished()) run_for(100ms);
    check();
  }

  // The rest of a saved survey behind its head and its name, which no fuzzer would guess.
  void begin_with(fuzz::Input& input) {
    const std::size_t size = std::size_t{input.number()} << 8 | input.number();
    const auto given = input.take(size);
    std::vector<std::byte> saved = survey_.save(now_);
    saved.resize(kHead + 8);
    saved.insert(saved.end(), given.begin(), given.end());
    seal(saved);
    resume(saved);
  }

 private:
  bool resume(const std::vector<std::byte>& saved) {
    auto resumed = probes::Survey::resume(settings_, saved, now_);
    if (!resumed) {
      fuzz::require(!resumed.error().detail.empty(), "a refusal says why");
      return false;
    }
    survey_ = std::move(*resumed);
    delivered_ = 0;
    steps_ = 0;
    answers_before_ = survey_.progress().answers;
    return true;
  }

  void take_in() {
    std::vector<probes::SurveyReply> replies;
    for (const support::Packet& packet : arrived_) replies.push_back({packet, now_});
    survey_.handle_packets(replies);
    arrived_.clear();
    send();
  }

  void send() {
    survey_.handle_timeout(now_);
    for (auto packets = survey_.poll_packets(now_); !packets.empty(); packets = survey_.poll_packets(now_)) {
      for (const probes::SurveyPacket& packet : packets) sent_.push_back(support::dissect(packet.bytes));
    }
  }

  void check() const {
    const probes::SurveyProgress progress = survey_.progress();
    fuzz::require(progress.answers - answers_before_ + sum(progress.invalid) == delivered_,
                  "each packet counts once: as an answer, or by its reason");
    fuzz::require(progress.share == 1.0, "a finished survey is done");
    for (std::size_t target = 0; target < survey_.targets().size(); ++target) {
      for (std::uint16_t flow = 0; flow < settings_.flows; ++flow) check_trace(survey_.trace(target, FlowId{flow}));
    }
    const auto links = survey_.links();
    for (std::size_t i = 0; i < links.size(); ++i) {
      const auto& [near, far] = links[i];
      fuzz::require(std::max(near, far) < survey_.interfaces().size() && near != far, "links join two interfaces");
      fuzz::require(i == 0 || links[i - 1] < links[i], "each link stands there once");
    }
    std::uint64_t silences = 0;
    survey_.explain_silence([&](const probes::SilentHop& hop) {
      fuzz::require(hop.target < survey_.targets().size() && hop.flow.value < settings_.flows,
                    "a silence has its path");
      fuzz::require(hop.ttl >= 1 && hop.ttl <= settings_.max_ttl, "a silence stands at a TTL that was asked");
      ++silences;
    });
    const std::size_t cells = survey_.targets().size() * settings_.flows * settings_.max_ttl;
    fuzz::require(silences <= cells, "each silence is told once");
    auto again = probes::Survey::resume(settings_, survey_.save(now_), now_);
    fuzz::require(again && again->finished(), "a finished survey stays finished");
  }

  void check_trace(const Trace& trace) const {
    for (std::size_t i = 0; i < trace.hops.size(); ++i) {
      fuzz::require(trace.hops[i].ttl == i + 1, "hops ascend without holes");
      fuzz::require(trace.hops[i].outcomes.size() == 1, "a hop has one outcome");
    }
  }

  probes::SurveySettings settings_;
  probes::Survey survey_;
  std::vector<support::SeenPacket> sent_;
  std::vector<support::Packet> arrived_;
  Instant now_{kStart};
  std::uint64_t delivered_{0};
  std::uint64_t answers_before_{0};
  std::uint64_t steps_{0};
};

// --- multipath ---

probes::MultipathSettings multipath_settings(const Choice& choice) {
  probes::MultipathSettings s;
  s.source = choice.source();
  s.destination = *IpAddress::parse(choice.v4() ? "198.51.100.1" : "2001:db8:1::1");
  s.protocol = choice.protocol();
  s.algorithm = choice.way() % 2 == 0 ? probes::MultipathAlgorithm::mda_lite : probes::MultipathAlgorithm::mda;
  s.max_ttl = 8;
  s.gap_limit = 3;
  s.timeout = 300ms;
  s.max_flows = 40;
  s.rate_limit = 500;
  s.router_limit = choice.limited() ? 20 : 0;
  return s;
}

class MultipathSession {
 public:
  explicit MultipathSession(const Choice& choice)
      : settings_(multipath_settings(choice)), engine_(probes::MultipathEngine::create(settings_, kWall).value()) {}

  const std::vector<support::SeenPacket>& sent() const { return sent_; }

  void run_for(Duration duration) {
    const Instant end = now_ + duration;
    while (true) {
      send();
      const Instant next = engine_.next_deadline();
      if (next > end) break;
      now_ = std::max(next, now_ + 1us);
      fuzz::require(++steps_ < kMaxSteps, "the engine comes to its end");
    }
    now_ = std::max(now_, end);
  }

  void deliver(const support::Packet& packet) {
    ++delivered_;
    engine_.handle_packet(packet, now_);
    send();
  }

  // The way out is lost, or comes back.
  void special(fuzz::Input& input) { send_error_ = input.number() % 2 == 0 ? 0 : ENETUNREACH; }

  // Nobody answers any more.
  void finish() {
    while (!engine_.finished()) {
      fuzz::require(engine_.next_deadline() != Instant::max(), "what is not finished has something to do");
      run_for(1s);
    }
    check();
  }

 private:
  void send() {
    engine_.handle_timeout(now_);
    std::array<std::byte, probes::MultipathEngine::kMaxPacket> buffer;
    for (auto packet = engine_.poll_packet(now_, buffer); !packet.empty(); packet = engine_.poll_packet(now_, buffer)) {
      if (send_error_ != 0) {
        engine_.handle_send_failure(send_error_, now_);
      } else {
        sent_.push_back(support::dissect(packet));
      }
    }
  }

  void check() const {
    const probes::MultipathResult result = engine_.result(kWall + (now_ - kStart));
    const std::uint64_t answers = delivered_ - sum(result.invalid);
    fuzz::require(sum(result.invalid) <= delivered_, "each packet counts once at most");
    fuzz::require(result.probes == sent_.size(), "every probe that left is counted");
    fuzz::require(result.weak <= answers, "what was rewritten is an answer");
    fuzz::require(result.flows <= settings_.max_flows, "flows have their limit");
    std::uint64_t met = 0;
    for (std::size_t i = 0; i < result.graph.vertices.size(); ++i) {
      const probes::MultipathVertex& vertex = result.graph.vertices[i];
      check_vertex(vertex);
      fuzz::require(i == 0 || result.graph.vertices[i - 1].ttl <= vertex.ttl, "vertices are in order");
      if (vertex.address) met += vertex.flows;
    }
    fuzz::require(met <= answers, "each packet shows one flow somebody at most");
    for (const probes::MultipathLink& link : result.graph.links) check_step(result.graph, link, true);
    for (const probes::MultipathLink& gap : result.graph.gaps) check_step(result.graph, gap, false);
    for (const probes::MultipathDiamond& diamond : result.graph.diamonds()) {
      fuzz::require(diamond.width >= 2 && (!diamond.last || *diamond.last > diamond.first + 1), "a diamond is wide");
    }
  }

  void check_vertex(const probes::MultipathVertex& vertex) const {
    fuzz::require(vertex.ttl >= settings_.first_ttl && vertex.ttl <= settings_.max_ttl, "a TTL that was asked");
    fuzz::require(vertex.flows > 0 && vertex.flows <= settings_.max_flows, "flows met here were sent");
    fuzz::require(vertex.ended <= vertex.flows, "flows that end were here");
    if (!vertex.rtt) return;
    fuzz::require(*vertex.rtt >= Duration::zero() && *vertex.rtt <= now_ - kStart,
                  "a round trip takes a possible time");
  }

  static void check_step(const probes::MultipathGraph& graph, const probes::MultipathLink& step, bool is_link) {
    fuzz::require(std::max(step.near, step.far) < graph.vertices.size(), "steps join vertices");
    const probes::MultipathVertex& near = graph.vertices[step.near];
    const probes::MultipathVertex& far = graph.vertices[step.far];
    fuzz::require(far.ttl == near.ttl + 1, "steps join neighbouring hops");
    fuzz::require((near.address && far.address) == is_link, "a link has two ends that answered");
    fuzz::require(step.flows > 0 && step.flows <= std::min(near.flows, far.flows), "flows of a step met both ends");
  }

  probes::MultipathSettings settings_;
  probes::MultipathEngine engine_;
  std::vector<support::SeenPacket> sent_;
  Instant now_{kStart};
  std::uint64_t delivered_{0};
  std::uint64_t steps_{0};
  int send_error_{0};
};

template <typename Session>
void run(Session session, fuzz::Input& input) {
  session.run_for(20ms);
  fuzz::run_program(session, input);
  session.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(std::as_bytes(std::span(data, size)));
  const Choice choice{input.number()};
  if (choice.multipath()) {
    run(MultipathSession(choice), input);
    return 0;
  }
  SurveySession session(choice);
  if (choice.resumes()) session.begin_with(input);
  run(std::move(session), input);
  return 0;
}
