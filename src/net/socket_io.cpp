#include "net/socket_io.hpp"

#include <cerrno>

#include "isthmus/net/clock.hpp"

namespace isthmus::net {
namespace {

// Opening takes about a millisecond; so often it harms nobody.
constexpr Duration kReopeningInterval = std::chrono::milliseconds(250);

bool may_mean_that_the_way_out_is_gone(int error) {
  return error == ENODEV || error == ENXIO || error == ENETDOWN || error == ENETUNREACH || error == EADDRNOTAVAIL;
}

IoCounters sum(const IoCounters& a, const IoCounters& b) {
  return {.receive_drops = a.receive_drops + b.receive_drops,
          .kernel_stamps = a.kernel_stamps + b.kernel_stamps,
          .stamps_rejected = a.stamps_rejected + b.stamps_rejected,
          .truncated = a.truncated + b.truncated};
}

}  // namespace

std::size_t SocketIo::send_batch(std::span<const OutgoingView> packets) {
  const Sender::Sent sent = parts_.sender->send(packets);
  batch_error_ = may_mean_that_the_way_out_is_gone(sent.error) ? handle_failure(sent.error) : sent.error;
  return sent.count;
}

std::span<const ReceivedPacket> SocketIo::receive() {
  retired_.reset();
  return parts_.receiver->receive();
}

IoCounters SocketIo::counters() const { return sum(before_, parts_.receiver->counters()); }

// The error by its name, which depends on the kind of socket as the kernel gives it; and what can be done about it.
int SocketIo::handle_failure(int error) {
  int named = error == ENXIO ? ENODEV : error;
  if (!binding_.interface.empty()) {
    const auto state = parts_.sources.state_of(binding_.interface);
    named = state.index == 0 ? ENODEV : !state.up ? ENETDOWN : named;
  }
  const Instant now = monotonic_now();
  if (now - last_look_ < kReopeningInterval) return named;
  last_look_ = now;
  if (!another_came()) return named;
  auto parts = opener_();
  if (!parts) return named;  // Not ready yet; a later failure asks again.
  before_ = counters();
  retired_ = std::move(parts_.receiver);
  parts_ = std::move(*parts);
  return named;
}

bool SocketIo::another_came() const {
  if (!binding_.netns.empty()) {
    const auto space = identify_namespace(binding_.netns);
    if (space && *space != parts_.space) return true;
  }
  const auto held = parts_.sender->held_interface();
  if (!held) return false;
  const int now = parts_.sources.state_of(held->name).index;
  return now != 0 && now != held->index;
}

}  // namespace isthmus::net
