#include "fleet/publisher.hpp"

#include <utility>

#include "fleet/nats_error.hpp"
#include "fleet/registry.hpp"

namespace isthmus::fleet {
namespace {

// In milliseconds: longer than a cluster takes to elect another leader.
constexpr std::int64_t kLongestAnswer = 5'000;
// Far above what a sender has out at a time: the library must never hold it up.
constexpr std::int64_t kMostPending = 1'000'000;
constexpr const char* kIdHeader = "Nats-Msg-Id";

}  // namespace

struct Publisher::Callbacks {
  static void answered(jsCtx*, natsMsg* message, jsPubAck* ack, jsPubAckErr* failure, void* token) {
    const NatsMessage owned(message);
    const char* id = nullptr;
    if (natsMsgHeader_Get(message, kIdHeader, &id) != NATS_OK) return;
    Delivery delivery;
    if (ack != nullptr) {
      delivery.duplicate = ack->Duplicate;
    } else {
      const bool silent = failure->Err == NATS_TIMEOUT || failure->Err == NATS_CONNECTION_CLOSED ||
                          failure->Err == NATS_CONNECTION_DISCONNECTED;
      delivery.fate = silent ? Delivery::Fate::no_answer : Delivery::Fate::refused;
      delivery.problem = to_string(nats_error(failure->Err, "publish to the stream", failure->ErrText));
    }
    Registry<Publisher>::with(token, [&](Publisher& publisher) { publisher.conclude(id, std::move(delivery)); });
  }
};

Publisher::Publisher(Broker& broker, std::function<void()> delivered)
    : broker_(broker), delivered_(std::move(delivered)), token_(Registry<Publisher>::add(*this)) {}

Publisher::~Publisher() {
  Registry<Publisher>::remove(token_);
  jsCtx_Destroy(stream_);
}

// Nobody will answer any more for what went out by a connection that is lost; the library would wait for it all the
// same.
bool Publisher::give_up_on_former_connection() {
  const bool other = stream_ != nullptr && generation_ != broker_.generation();
  if (other) jsCtx_Destroy(std::exchange(stream_, nullptr));
  const std::uint64_t connects = broker_.state().connects;
  if (std::exchange(connects_, connects) == connects && !other) return false;
  const std::lock_guard lock(mutex_);
  const bool lost = !out_.empty();
  for (const auto& [id, number] : out_) {
    deliveries_.push_back({.number = number,
                           .fate = Delivery::Fate::no_answer,
                           .duplicate = false,
                           .problem = "publish to the stream: the connection was lost; it is sent again"});
  }
  out_.clear();
  return lost;
}

Result<void> Publisher::open() {
  if (give_up_on_former_connection()) {
    return Error{ErrorCode::busy, "publish to the stream", "the connection was lost; what went out by it comes first"};
  }
  if (stream_ != nullptr) return {};
  generation_ = broker_.generation();
  jsOptions options;
  jsOptions_Init(&options);
  options.PublishAsync.AckHandler = &Callbacks::answered;
  options.PublishAsync.AckHandlerClosure = token_;
  options.PublishAsync.MaxPending = kMostPending;
  return check(natsConnection_JetStream(&stream_, broker_.connection().get(), &options), "use JetStream");
}

Result<void> Publisher::publish(std::uint64_t number, const BatchId& id, const std::string& subject,
                                const std::string& bytes) {
  if (const auto opened = open(); !opened) return opened;
  natsMsg* message = nullptr;
  const auto made =
      check(natsMsg_Create(&message, subject.c_str(), nullptr, bytes.data(), static_cast<int>(bytes.size())),
            "make a message");
  if (!made) return made;
  NatsMessage owned(message);
  const std::string name = to_string(id);
  {
    const std::lock_guard lock(mutex_);
    out_[name] = number;
  }
  jsPubOptions options;
  jsPubOptions_Init(&options);
  options.MsgId = name.c_str();
  options.MaxWait = kLongestAnswer;
  natsMsg* given = owned.release();
  const natsStatus status = js_PublishMsgAsync(stream_, &given, &options);
  owned.reset(given);  // Null once the library has taken it.
  if (status == NATS_OK) return {};
  const std::lock_guard lock(mutex_);
  out_.erase(name);
  natsStatus last = NATS_OK;
  return nats_error(status, "publish to the stream", nats_GetLastError(&last));
}

void Publisher::conclude(const std::string& id, Delivery delivery) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = out_.find(id);
    if (found == out_.end()) return;
    delivery.number = found->second;
    out_.erase(found);
    deliveries_.push_back(std::move(delivery));
  }
  changed_.notify_all();
  delivered_();
}

std::vector<Delivery> Publisher::take_deliveries() {
  give_up_on_former_connection();
  const std::lock_guard lock(mutex_);
  return std::exchange(deliveries_, {});
}

void Publisher::wait(Duration longest) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, longest, [this] { return !deliveries_.empty(); });
}

std::size_t Publisher::in_flight() const {
  const std::lock_guard lock(mutex_);
  return out_.size();
}

}  // namespace isthmus::fleet
