#include "isthmus/net/open_packet_io.hpp"

#include "net/link_sender.hpp"
#include "net/packet_frames.hpp"
#include "net/raw_receiver.hpp"
#include "net/raw_sender.hpp"
#include "net/ring_receiver.hpp"
#include "net/socket_io.hpp"
#include "net/xdp_frames.hpp"

namespace isthmus::net {
namespace {

using Kind = IoOptions::Kind;

Result<std::unique_ptr<FrameWriter>> open_frames(const Binding& binding, const IoOptions& options, WayFinder& ways) {
  const Link* const link = ways.main_link();
  auto packets = open_packet_frames(binding, link);
  if (!packets || options.kind != Kind::xdp) return packets;
  if (link == nullptr) {
    return Error{ErrorCode::not_found, "open AF_XDP socket" + describe(binding),
                 "no default route leaves by an Ethernet interface; name the interface"};
  }
  return open_xdp_frames(binding, *link, std::move(*packets));
}

Result<std::unique_ptr<Sender>> open_link_sender(const Binding& binding, const IoOptions& options) {
  auto kernel = open_raw_sender(binding);
  if (!kernel) return kernel.error();
  auto ways = WayFinder::open(binding);
  if (!ways) return ways.error();
  auto frames = open_frames(binding, options, **ways);
  if (!frames) return frames.error();
  return std::unique_ptr<Sender>(
      std::make_unique<LinkSender>(std::move(*ways), std::move(*frames), std::move(*kernel)));
}

Result<SocketParts> open_here(const Binding& binding, const IoOptions& options) {
  const bool raw = options.kind == Kind::raw;
  auto sender = raw ? open_raw_sender(binding) : open_link_sender(binding, options);
  if (!sender) return sender.error();
  auto receiver = raw ? open_raw_receiver(binding, options) : open_ring_receiver(binding, options);
  if (!receiver) return receiver.error();
  auto sources = SourceFinder::open(binding);
  if (!sources) return sources.error();
  const auto space = identify_namespace("");
  if (!space) return space.error();
  return SocketParts{std::move(*sender), std::move(*receiver), std::move(*sources), *space};
}

// A system without packet sockets or rtnetlink (some sandboxes) has raw sockets all the same.
Result<SocketParts> open_best(const Binding& binding, IoOptions options) {
  options.kind = Kind::packet;
  auto parts = open_here(binding, options);
  if (parts || parts.error().code != ErrorCode::io_failed) return parts;
  options.kind = Kind::raw;
  return open_here(binding, options);
}

Result<SocketParts> open_parts(const Binding& binding, const IoOptions& options) {
  return run_inside(binding, [&] {
    return options.kind == Kind::automatic ? open_best(binding, options) : open_here(binding, options);
  });
}

}  // namespace

Result<std::unique_ptr<PacketIo>> open_packet_io(const Binding& binding, const IoOptions& options) {
  auto parts = open_parts(binding, options);
  if (!parts) return parts.error();
  auto event = WakeEvent::create();
  if (!event) return event.error();
  return std::unique_ptr<PacketIo>(std::make_unique<SocketIo>(
      std::move(*parts), std::move(*event), binding, [binding, options] { return open_parts(binding, options); }));
}

}  // namespace isthmus::net
