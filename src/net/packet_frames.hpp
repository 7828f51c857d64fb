#pragma once
// Frames through a packet socket: past the IP stack, with the link's queueing discipline.

#include "net/frame_writer.hpp"

namespace isthmus::net {

/// Call inside the vantage point's namespace.
[[nodiscard]] Result<std::unique_ptr<FrameWriter>> open_packet_frames(const Binding& binding);

}  // namespace isthmus::net
