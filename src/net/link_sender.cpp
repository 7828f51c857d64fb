#include "net/link_sender.hpp"

#include <cerrno>

#include "isthmus/net/clock.hpp"

namespace isthmus::net {

Sender::Sent LinkSender::send(std::span<const OutgoingView> packets) {
  const Instant now = monotonic_now();
  ways_->refresh(now);
  Sent sent;
  for (; sent.count < packets.size(); ++sent.count) {
    const OutgoingView& packet = packets[sent.count];
    const Way way = ways_->way_to(packet.destination, now);
    if (way.how == Way::How::link) {
      sent.error = write(way, packet);
    } else {
      // Frames written before leave before, so that those that are withdrawn are always the last ones.
      const FrameWriter::Flushed flushed = frames_->flush();
      if (flushed.withdrawn > 0) return {sent.count - flushed.withdrawn, flushed.error};
      sent.error = send_otherwise(way, packet);
    }
    if (sent.error != 0) break;
  }
  const FrameWriter::Flushed flushed = frames_->flush();
  return flushed.withdrawn > 0 ? Sent{sent.count - flushed.withdrawn, flushed.error} : sent;
}

int LinkSender::write(const Way& way, const OutgoingView& packet) {
  // Checked here, because what the kernel's devices check differs from kind to kind.
  if (packet.bytes.size() > way.link->mtu) return EMSGSIZE;
  return frames_->write(way, packet);
}

int LinkSender::send_otherwise(const Way& way, const OutgoingView& packet) {
  if (way.how == Way::How::nowhere) return way.error;
  const Sent sent = kernel_->send({&packet, 1});
  // What the kernel says is nearer to the cause.
  return sent.error != 0 ? sent.error : way.error;
}

// A raw socket that is bound to an interface is opened anew with the rest when another one comes.
std::optional<HeldInterface> LinkSender::held_interface() const {
  auto held = frames_->held_interface();
  return held ? held : kernel_->held_interface();
}

}  // namespace isthmus::net
