#pragma once
// Frames through packet sockets: past the IP stack, with the link's queueing discipline.

#include "net/frame_writer.hpp"

namespace isthmus::net {

/// `main`: the link that most frames leave by, which gets a socket of its own; null when there is none yet. Call inside
/// the vantage point's namespace.
[[nodiscard]] Result<std::unique_ptr<FrameWriter>> open_packet_frames(const Binding& binding, const Link* main);

}  // namespace isthmus::net
