#pragma once
// One end of a veth pair that answers like a whole internet (world.h). Two ways to do it, chosen at start:
// inside the kernel (XDP; needs libbpf) or through packet sockets. Owned and run by one thread.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "world_packet.h"

namespace isthmus::responder {

struct Counters {
  std::array<std::uint64_t, kFates> fates{};
  std::uint64_t lost{0};  ///< Frames that came and could not be read, or answers that could not be sent.
};

class Responder {
 public:
  Responder() = default;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  virtual ~Responder() = default;

  /// Answers until `stop` becomes readable.
  virtual void run(int stop) = 0;
  [[nodiscard]] virtual Counters counters() const = 0;
  /// What was asked of each block; one record per block of the world.
  [[nodiscard]] virtual std::vector<FlowRecord> flows() const = 0;
};

/// Both throw std::system_error when the machine does not let them.
std::unique_ptr<Responder> make_socket_responder(const std::string& interface, const WorldSettings& world);
std::unique_ptr<Responder> make_kernel_responder(const std::string& interface, const WorldSettings& world);

}  // namespace isthmus::responder
