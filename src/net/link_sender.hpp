#pragma once
// Sends packets past the kernel's IP stack where the way out is Ethernet and the neighbour is known, and by raw IP
// sockets where not. One thread.

#include <memory>

#include "net/frame_writer.hpp"
#include "net/sender.hpp"
#include "net/way_finder.hpp"

namespace isthmus::net {

class LinkSender final : public Sender {
 public:
  LinkSender(std::unique_ptr<WayFinder> ways, std::unique_ptr<FrameWriter> frames, std::unique_ptr<Sender> kernel)
      : ways_(std::move(ways)), frames_(std::move(frames)), kernel_(std::move(kernel)) {}

  Sent send(std::span<const OutgoingView> packets) override;
  std::optional<HeldInterface> held_interface() const override;

 private:
  int write(const Way& way, const OutgoingView& packet);
  int send_otherwise(const Way& way, const OutgoingView& packet);

  std::unique_ptr<WayFinder> ways_;
  std::unique_ptr<FrameWriter> frames_;
  std::unique_ptr<Sender> kernel_;
};

}  // namespace isthmus::net
