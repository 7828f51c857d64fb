#pragma once
// The sending half of a PacketIo. One thread.

#include <optional>
#include <span>
#include <string>

#include "isthmus/net/packet_io.hpp"

namespace isthmus::net {

/// The name stays when an interface goes and another comes; the number does not.
struct HeldInterface {
  std::string name;
  int index{0};
};

class Sender {
 public:
  /// How many packets left, in order, and the errno of why the next one did not; 0 when all did.
  struct Sent {
    std::size_t count{0};
    int error{0};
  };

  Sender() = default;
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  virtual ~Sender() = default;

  /// Never blocks.
  [[nodiscard]] virtual Sent send(std::span<const OutgoingView> packets) = 0;
  /// The interface that it sends through as it was when opened: only opening anew finds one that came back.
  [[nodiscard]] virtual std::optional<HeldInterface> held_interface() const = 0;
};

}  // namespace isthmus::net
