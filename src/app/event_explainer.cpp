#include "app/event_explainer.hpp"

#include <utility>

#include "app/event_explanation.hpp"

namespace isthmus::app {

void EventExplainer::renew(const config::Config& config, std::shared_ptr<const ip2as::NetworkData> data) {
  auto copy = std::make_shared<const config::Config>(config);
  const std::lock_guard lock(mutex_);
  config_ = std::move(copy);
  data_ = std::move(data);
}

Result<std::string> EventExplainer::explain(const store::Store& store, std::uint64_t event) const {
  const auto found = store.event(event);
  if (!found) return found.error();
  if (!*found) {
    return Error{ErrorCode::not_found, "explain event " + std::to_string(event),
                 "the log has none of that id; /api/v1/events lists those there are"};
  }
  std::unique_lock lock(mutex_);
  const auto config = config_;
  const auto data = data_;
  lock.unlock();
  return explain_event_json(**found, *config, data);
}

}  // namespace isthmus::app
