#include "isthmus/fleet/membership.hpp"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "fleet/bucket.hpp"
#include "fleet/mailbox.hpp"

namespace isthmus::fleet {
namespace {

using Clock = std::chrono::steady_clock;

// How soon a new connection is noticed.
constexpr Duration kLongestWait = std::chrono::milliseconds(500);
// After another agent had the name,
constexpr Duration kRetry = std::chrono::seconds(2);
// and after the broker did not answer: it may elect a leader.
constexpr Duration kAskAgain = std::chrono::milliseconds(500);
// Changes are heard of at once; this is for one that was missed.
constexpr Duration kLookEvery = std::chrono::seconds(10);
// A change is heard of before the broker has stored it.
constexpr Duration kLookAgain = std::chrono::milliseconds(200);
constexpr int kLooksAfterNews = 5;
// Who did not renew a claim for nearly as long as it lives cannot be sure of it.
constexpr Duration kSureFor = kClaimLifetime - std::chrono::seconds(5);
// What a core may ask of a vantage point: a burst when much changes at once, less in the long run.
constexpr double kRequestsAtOnce = 200;
constexpr double kRequestsPerSecond = 20;

// Claims go on running out while this machine sleeps, or is paused as a guest; the steady clock stands still then.
Instant now() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return Instant(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}
Timestamp wall() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

class NatsMembership : public Membership {
 public:
  NatsMembership(MembershipSettings settings, MembershipHandlers handlers)
      : settings_(std::move(settings)),
        handlers_(std::move(handlers)),
        claims_(*settings_.broker, kClaimsBucket),
        assignments_(*settings_.broker, kAssignmentsBucket),
        news_(bucket_subject(kAssignmentsBucket, settings_.vantage)),
        claim_news_(bucket_subject(kClaimsBucket, settings_.vantage)),
        mailbox_(*settings_.broker, {request_subject(settings_.vantage), news_, claim_news_}),
        budget_(kRequestsAtOnce, kRequestsPerSecond) {}
  ~NatsMembership() override { stop(); }

  void start() override {
    thread_ = std::thread([this] { run(); });
  }
  void stop() override {
    stopping_ = true;
    mailbox_.wake();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] bool may_publish() const override {
    const BrokerState broker = settings_.broker->state();
    const std::lock_guard lock(mutex_);
    return broker.connected && sure(broker.connects);
  }
  [[nodiscard]] MembershipStatus status() const override {
    const BrokerState broker = settings_.broker->state();
    const std::lock_guard lock(mutex_);
    MembershipStatus status = status_;
    // The name is given up by nobody but time: who has it is known until the broker says otherwise.
    if (status.standing == Standing::ours && !(broker.connected && sure(broker.connects))) {
      status.standing = Standing::unknown;
    }
    status.requests_dropped += mailbox_.dropped();
    if (!broker.connected) status.problem.clear();
    return status;
  }

 private:
  [[nodiscard]] bool sure(std::uint64_t connects) const {
    return status_.standing == Standing::ours && sure_of_ == connects && now() < sure_until_;
  }

  void run() {
    while (!stopping_) {
      const auto letter = mailbox_.next(Clock::now() + kLongestWait);
      if (letter) take(*letter);
      const BrokerState broker = settings_.broker->state();
      if (!broker.connected || stopping_) continue;
      if (broker.connects != seen_) greet(broker.connects);
      if (now() >= next_claim_) claim(broker.connects);
      if (now() >= next_look_ && is_ours()) look();
    }
    leave();
  }

  // A new connection: all that was known of the broker has to be asked again.
  void greet(std::uint64_t connects) {
    if (const auto done = mailbox_.subscribe(); !done) return note(done.error());
    seen_ = connects;
    next_claim_ = now();
    next_look_ = now();
    shown_.reset();
  }

  void take(const Mailbox::Letter& letter) {
    if (letter.subject == news_) {
      // Whoever writes without a pause keeps nobody busier than that.
      next_look_ = std::min(next_look_, std::max(now(), last_look_ + kLookAgain));
      looks_left_ = kLooksAfterNews;
      return;
    }
    if (letter.subject == claim_news_) return hear_of_claim(letter.bytes);
    const auto request = decode_request(letter.bytes);
    const bool taken = request && budget_.take(now());
    {
      const std::lock_guard lock(mutex_);
      ++(!request ? status_.requests_malformed : taken ? status_.requests : status_.requests_dropped);
    }
    if (taken && is_ours()) handlers_.asked(*request);
  }

  // Somebody else claims the name, or gives it back. Our own word comes back as well.
  void hear_of_claim(const std::string& bytes) {
    const auto theirs = decode_claim(bytes);
    const Claim& ours = settings_.claim;
    if (theirs && theirs->installation == ours.installation && theirs->boot == ours.boot) return;
    next_claim_ = std::min(next_claim_, now() + kLookAgain);
  }

  void claim(std::uint64_t connects) {
    const auto present = claims_.get(settings_.vantage);
    if (!present) return retry(present.error());
    std::optional<Claim> theirs;
    if (*present) {
      auto read = decode_claim((*present)->value);
      if (!read) return retry(read.error());
      theirs = std::move(*read);
    }
    if (!gives_way(theirs, settings_.claim)) return yield_to(*theirs);
    Claim ours = settings_.claim;
    ours.written = wall();
    const auto written = claims_.replace(settings_.vantage, encode(ours), *present ? (*present)->revision : 0);
    if (!written) return retry(written.error());
    if (theirs && theirs->boot == ours.boot) compare_clocks(theirs->written - (*present)->stored);
    next_claim_ = now() + kClaimRenewal;
    hold(connects);
  }

  void hold(std::uint64_t connects) {
    {
      const std::lock_guard lock(mutex_);
      sure_of_ = connects;
      sure_until_ = now() + kSureFor;
      status_.other_host.clear();
      status_.problem.clear();
    }
    stand(Standing::ours);
  }

  void yield_to(const Claim& theirs) {
    next_claim_ = now() + kRetry;
    {
      const std::lock_guard lock(mutex_);
      status_.other_host = theirs.host;
      status_.problem.clear();
    }
    stand(Standing::taken);
  }

  void look() {
    last_look_ = now();
    const auto found = assignments_.get(settings_.vantage);
    const bool again = looks_left_ > 0;
    if (again) --looks_left_;
    next_look_ = now() + (again ? kLookAgain : kLookEvery);
    if (!found) {
      next_look_ = now() + kRetry;
      return note(found.error());
    }
    // None is no word to stop: a broker that lost its data must not end the work of a fleet.
    if (!*found || (*found)->revision == shown_) return;
    shown_ = (*found)->revision;
    looks_left_ = 0;
    next_look_ = now() + kLookEvery;
    handlers_.assigned((*found)->value);
  }

  void leave() {
    const BrokerState broker = settings_.broker->state();
    if (broker.connected && may_publish()) static_cast<void>(claims_.remove(settings_.vantage));
  }

  void stand(Standing standing) {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(status_.standing, standing) == standing) return;
    }
    if (standing == Standing::ours) next_look_ = now();
    handlers_.standing(standing);
  }

  void compare_clocks(Duration ahead) {
    const std::lock_guard lock(mutex_);
    status_.clock_offset = ahead;
  }
  void retry(const Error& error) {
    next_claim_ = now() + kAskAgain;
    note(error);
  }
  void note(const Error& error) {
    const std::lock_guard lock(mutex_);
    status_.problem = to_string(error);
  }
  [[nodiscard]] bool is_ours() const {
    const std::lock_guard lock(mutex_);
    return status_.standing == Standing::ours;
  }

  MembershipSettings settings_;
  MembershipHandlers handlers_;
  Bucket claims_;
  Bucket assignments_;
  std::string news_;
  std::string claim_news_;
  Mailbox mailbox_;
  RequestBudget budget_;
  std::uint64_t seen_{0};
  Instant next_claim_{Instant::min()};
  Instant next_look_{Instant::min()};
  Instant last_look_{};
  int looks_left_{0};
  std::optional<std::uint64_t> shown_;  // revision of the assignment that was handed over last
  mutable std::mutex mutex_;
  MembershipStatus status_;  // guarded by mutex_, as are those below
  std::uint64_t sure_of_{0};
  Instant sure_until_{Instant::min()};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Membership> Membership::create(MembershipSettings settings, MembershipHandlers handlers) {
  return std::make_unique<NatsMembership>(std::move(settings), std::move(handlers));
}

}  // namespace isthmus::fleet
