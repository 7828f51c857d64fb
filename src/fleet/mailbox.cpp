#include "fleet/mailbox.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::fleet {
namespace {

constexpr std::size_t kMostLetters = 1024;

}  // namespace

// Called on threads of the library.
struct Mailbox::Callbacks {
  static void arrived(natsConnection*, natsSubscription*, natsMsg* message, void* token) {
    const NatsMessage owned(message);
    Letter letter{natsMsg_GetSubject(message), {}};
    letter.bytes.assign(natsMsg_GetData(message),
                        static_cast<std::size_t>(std::max(0, natsMsg_GetDataLength(message))));
    Registry<Mailbox>::with(token, [&](Mailbox& mailbox) { mailbox.letters_.push(std::move(letter)); });
  }
};

Mailbox::Mailbox(Broker& broker, std::vector<std::string> subjects)
    : broker_(broker), subjects_(std::move(subjects)), token_(Registry<Mailbox>::add(*this)), letters_(kMostLetters) {}

Mailbox::~Mailbox() {
  Registry<Mailbox>::remove(token_);
  for (const NatsSubscription& subscription : subscriptions_) natsSubscription_Unsubscribe(subscription.get());
}

// The library itself sees to that after it has connected again.
Result<void> Mailbox::subscribe() {
  if (!subscriptions_.empty() && generation_ == broker_.generation()) return {};
  subscriptions_.clear();
  generation_ = broker_.generation();
  for (const std::string& subject : subjects_) {
    natsSubscription* made = nullptr;
    const auto done =
        check(natsConnection_Subscribe(&made, broker_.connection().get(), subject.c_str(), &Callbacks::arrived, token_),
              "listen to the broker");
    if (!done) {
      subscriptions_.clear();
      return done;
    }
    subscriptions_.emplace_back(made);
  }
  return {};
}

}  // namespace isthmus::fleet
