#include "support/internet/naive.hpp"

namespace isthmus::testing::internet {
namespace {

std::optional<Asn> last_foreign(const Trace& trace, Asn target, const ip2as::NetworkData& data, bool skip_exchanges) {
  std::optional<Asn> last;
  for (const Hop& hop : trace.hops) {
    const Reply* reply = hop.answer();
    if (reply == nullptr) continue;
    if (reply->from == trace.destination) break;
    if (skip_exchanges && data.exchanges.lookup(reply->from)) continue;
    const auto origin = data.prefixes.lookup(reply->from);
    if (!origin) continue;
    if (origin->asn == target) break;
    last = origin->asn;
  }
  return last;
}

}  // namespace

std::optional<Asn> naive_upstream(const Trace& trace, Asn target, const ip2as::NetworkData& data) {
  return last_foreign(trace, target, data, false);
}

std::optional<Asn> naive_upstream_without_exchanges(const Trace& trace, Asn target, const ip2as::NetworkData& data) {
  return last_foreign(trace, target, data, true);
}

}  // namespace isthmus::testing::internet
