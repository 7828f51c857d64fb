#pragma once
// What a core asks of a vantage point between its rounds, and how often an agent listens. The schema stands in
// request.proto. Value types and pure functions; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::fleet {

inline constexpr std::uint32_t kRequestSchema = 1;

/// Trace the address as soon as the limits allow; with `look`, see whether its paths are still the known ones.
struct AskTrace {
  std::string target;
  IpAddress address;
  bool look{false};
  friend bool operator==(const AskTrace&, const AskTrace&) = default;
};
/// Ping the block as soon as the limits allow, that address first.
struct AskPing {
  std::string target;
  Block block;
  std::optional<IpAddress> first{};
  friend bool operator==(const AskPing&, const AskPing&) = default;
};
/// Which router carries a flow on its last hop before the target: where a sentinel should stand.
struct Advise {
  std::string target;
  IpAddress address;
  FlowId flow;
  IpAddress router;
  friend bool operator==(const Advise&, const Advise&) = default;
};
using Request = std::variant<AskTrace, AskPing, Advise>;

/// "ask.v1.<vantage>"
[[nodiscard]] std::string request_subject(const std::string& vantage);

[[nodiscard]] std::string encode(const Request& request);
/// Errors: parse_failed (each names the field), refused (another schema).
[[nodiscard]] Result<Request> decode_request(std::string_view bytes);

/// So many at once and so many a second, however many are asked: a token bucket. Time comes in as an argument.
class RequestBudget {
 public:
  RequestBudget(double at_once, double per_second) : most_(at_once), rate_(per_second), left_(at_once) {}
  [[nodiscard]] bool take(Instant now);

 private:
  double most_;
  double rate_;
  double left_;
  std::optional<Instant> last_;
};

}  // namespace isthmus::fleet
