#pragma once
// PacketIo put together from a sending and a receiving half. When the interface or the namespace it was opened on is
// gone and one of the same name has come, it opens anew; until then every probe gets the error that says so.

#include <functional>
#include <memory>
#include <optional>

#include "isthmus/net/open_packet_io.hpp"
#include "net/receiver.hpp"
#include "net/sender.hpp"
#include "net/source_finder.hpp"
#include "net/vantage_space.hpp"
#include "net/wake_event.hpp"

namespace isthmus::net {

/// What is opened inside a namespace, together.
struct SocketParts {
  std::unique_ptr<Sender> sender;
  std::unique_ptr<Receiver> receiver;
  SourceFinder sources;
  NamespaceIdentity space;
};

class SocketIo final : public PacketIo {
 public:
  using Opener = std::function<Result<SocketParts>()>;

  SocketIo(SocketParts parts, WakeEvent event, Binding binding, Opener opener)
      : parts_(std::move(parts)), event_(std::move(event)), binding_(std::move(binding)), opener_(std::move(opener)) {}

  std::size_t send_batch(std::span<const OutgoingView> packets) override;
  std::span<const ReceivedPacket> receive() override;
  void wait(Instant until) override { event_.wait(parts_.receiver->descriptors(), until); }
  void rest(Instant until) override { event_.wait({}, until); }
  void wake() noexcept override { event_.wake(); }
  std::optional<IpAddress> source_for(const IpAddress& destination) override {
    return parts_.sources.source_for(destination);
  }
  IoCounters counters() const override;

 private:
  [[nodiscard]] int handle_failure(int error);
  [[nodiscard]] bool another_came() const;

  SocketParts parts_;
  WakeEvent event_;
  Binding binding_;
  Opener opener_;
  Instant last_look_{};
  IoCounters before_{};                ///< Of what was open before.
  std::unique_ptr<Receiver> retired_;  ///< Holds the batch that receive() gave out before opening anew.
};

}  // namespace isthmus::net
