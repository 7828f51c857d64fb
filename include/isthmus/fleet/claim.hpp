#pragma once
// Who works under the name of a vantage point. Two at once would make one vantage point of two views; so the name is
// claimed at the broker, and the claim renewed as long as its agent lives. The schema stands in claim.proto. Value
// types and pure functions; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"

namespace isthmus::fleet {

inline constexpr std::uint32_t kClaimSchema = 1;
inline constexpr const char* kClaimsBucket = "ISTHMUS_AGENTS";
inline constexpr const char* kAssignmentsBucket = "ISTHMUS_ASSIGNMENTS";
/// A claim that was not renewed for so long is gone.
inline constexpr Duration kClaimLifetime = std::chrono::seconds(30);
inline constexpr Duration kClaimRenewal = std::chrono::seconds(10);

struct Claim {
  std::string installation;  ///< Random, kept beside the spool: the same after a restart, another in another folder.
  std::uint64_t boot{0};     ///< Of this start; above that of every start of this installation before.
  std::string host;
  std::string version;
  Timestamp written{};  ///< By the agent's clock.
  friend bool operator==(const Claim&, const Claim&) = default;
};

[[nodiscard]] std::string encode(const Claim& claim);
/// Errors: parse_failed, refused (another schema).
[[nodiscard]] Result<Claim> decode_claim(std::string_view bytes);

/// Whether whoever holds the present claim gives way to ours: nobody does, an earlier start of the same installation
/// does, so that a restart after a crash need not wait.
[[nodiscard]] bool gives_way(const std::optional<Claim>& present, const Claim& ours);

}  // namespace isthmus::fleet
