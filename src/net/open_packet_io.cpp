#include "isthmus/net/open_packet_io.hpp"

#include "isthmus/net/raw_socket_io.hpp"
#include "net/raw_receiver.hpp"
#include "net/raw_sender.hpp"
#include "net/socket_io.hpp"

namespace isthmus::net {
namespace {

Result<SocketParts> open_raw(const Binding& binding, const IoOptions& options) {
  auto sender = open_raw_sender(binding);
  if (!sender) return sender.error();
  auto receiver = open_raw_receiver(binding, options);
  if (!receiver) return receiver.error();
  auto sources = SourceFinder::open(binding);
  if (!sources) return sources.error();
  const auto space = identify_namespace("");
  if (!space) return space.error();
  return SocketParts{std::move(*sender), std::move(*receiver), std::move(*sources), *space};
}

Result<SocketParts> open_parts(const Binding& binding, const IoOptions& options) {
  return run_inside(binding, [&] { return open_raw(binding, options); });
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

Result<std::unique_ptr<PacketIo>> open_raw_sockets(const Binding& binding) {
  return open_packet_io(binding, {.kind = IoOptions::Kind::raw});
}

}  // namespace isthmus::net
