#pragma once
// The NATS library's objects as owned ones, and its failures as values.

#include <nats/nats.h>

#include <memory>
#include <string>

#include "isthmus/base/result.hpp"

namespace isthmus::fleet {

template <typename T, void (*destroy)(T*)>
struct NatsDestroy {
  void operator()(T* object) const { destroy(object); }
};
template <typename T, void (*destroy)(T*)>
using NatsOwned = std::unique_ptr<T, NatsDestroy<T, destroy>>;

using NatsOptions = NatsOwned<natsOptions, natsOptions_Destroy>;
using NatsMessage = NatsOwned<natsMsg, natsMsg_Destroy>;
using NatsJetStream = NatsOwned<jsCtx, jsCtx_Destroy>;
using NatsSubscription = NatsOwned<natsSubscription, natsSubscription_Destroy>;

/// The library's words for a status, and what to do about it; `detail` adds what the broker said.
[[nodiscard]] Error nats_error(natsStatus status, std::string operation, const char* detail = nullptr);
[[nodiscard]] Result<void> check(natsStatus status, const char* operation);

}  // namespace isthmus::fleet
