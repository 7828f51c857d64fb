#pragma once
// Frames through an AF_XDP socket in copy mode on one link: the kernel takes them from shared memory by the batch and
// hands them to the driver, past queueing disciplines and packet taps. Sends only, so that it needs no program on the
// link and no capability but CAP_NET_RAW; memory it locks, within RLIMIT_MEMLOCK. One such socket a link.

#include "net/frame_writer.hpp"

namespace isthmus::net {

/// Frames for other links than `link`, and larger ones than its memory takes, go through `others`. Call inside the
/// vantage point's namespace.
[[nodiscard]] Result<std::unique_ptr<FrameWriter>> open_xdp_frames(const Binding& binding, const Link& link,
                                                                   std::unique_ptr<FrameWriter> others);

}  // namespace isthmus::net
