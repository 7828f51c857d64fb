#include "isthmus/fleet/bus.hpp"

#include <utility>

namespace isthmus::fleet {

InProcessBus::InProcessBus(std::size_t capacity) : queue_(capacity) {}

bool InProcessBus::send(Message message) { return queue_.push(std::move(message)); }

std::optional<Message> InProcessBus::receive_until(std::chrono::steady_clock::time_point deadline) {
  return queue_.pop_until(deadline);
}

std::optional<Message> InProcessBus::try_receive() { return queue_.try_pop(); }

void InProcessBus::wake() { queue_.wake(); }

void InProcessBus::close() { queue_.close(); }

bool InProcessBus::closed() const { return queue_.closed(); }

std::size_t InProcessBus::size() const { return queue_.size(); }

std::uint64_t InProcessBus::dropped() const { return queue_.dropped(); }

}  // namespace isthmus::fleet
