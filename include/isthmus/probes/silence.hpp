#pragma once
// Why hops of a survey that were asked stayed silent. Value types; any thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "isthmus/model/observation.hpp"

namespace isthmus::probes {

/// A reverse loss is never among them: what would show it, the way back changing meanwhile, takes rounds, and a survey
/// asks once. It is unknown here.
enum class SilenceCause : std::uint8_t {
  icmp_limit,    ///< Hops behind it answer, and so does the hop itself when it is asked at another time.
  mute,          ///< Hops behind it answer, but nobody here ever does.
  forward_loss,  ///< The path was cut: everything behind is silent too, and answers other flows to this target.
  unreachable,   ///< The path ends here, as a router says that it does on another flow.
  unknown,       ///< Anything else: the end of a path that nobody explains, or too little to go by.
};
inline constexpr std::size_t kSilenceCauses = 5;
[[nodiscard]] const char* to_string(SilenceCause cause);

/// Silent hops by cause.
using SilenceCounts = std::array<std::uint64_t, kSilenceCauses>;

struct SilentHop {
  std::size_t target{0};
  FlowId flow;
  Ttl ttl{1};
  SilenceCause cause{SilenceCause::unknown};
};

}  // namespace isthmus::probes
