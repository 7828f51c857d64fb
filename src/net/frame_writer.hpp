#pragma once
// Puts packets on a link as frames: what LinkSender sends through. One thread.

#include <cstddef>
#include <memory>
#include <optional>

#include "isthmus/base/result.hpp"
#include "net/sender.hpp"
#include "net/way_finder.hpp"

namespace isthmus::net {

class FrameWriter {
 public:
  FrameWriter() = default;
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;
  virtual ~FrameWriter() = default;

  /// Sends the packet by way.link to way.mac, at the latest with the next flush(), until when the packet must stay as
  /// it is. 0 or an errno; never blocks.
  [[nodiscard]] virtual int write(const Way& way, const OutgoingView& packet) = 0;

  struct Flushed {
    std::size_t withdrawn{0};  ///< So many of the last packets written have not left and will not.
    int error{0};
  };
  [[nodiscard]] virtual Flushed flush() = 0;
  /// As Sender::held_interface().
  [[nodiscard]] virtual std::optional<HeldInterface> held_interface() const = 0;
};

}  // namespace isthmus::net
