#pragma once
// A North Korea with two providers, both known, for tests of `isthmus infer` and `isthmus explain`.

#include <memory>

#include "app/trace_intake.hpp"
#include "isthmus/ip2as/relationships.hpp"
#include "unit/inference/trace_builder.hpp"

namespace isthmus::app::testing {

using inference::testing::ip;
using inference::testing::Shape;

inline constexpr Asn kUnicom{4837};
inline constexpr Asn kTtk{20485};
inline constexpr Asn kStar{131279};

inline std::shared_ptr<const ip2as::NetworkData> charted() {
  auto data = inference::testing::prefixes_only();
  ip2as::RelationshipsBuilder builder;
  builder.add_transit(kUnicom, kStar);
  builder.add_transit(kTtk, kStar);
  builder.add_peering(Asn{7018}, kUnicom);
  builder.add_peering(Asn{7018}, kTtk);
  data->relationships = std::move(builder).build();
  return data;
}

/// Through AT&T unless told otherwise.
inline Trace by_unicom(const Shape& shape = {}, const std::string& seen_from = "12.0.1.77") {
  Trace trace = inference::testing::trace("12.0.1.1 219.158.3.1 219.158.3.2 " + shape.destination, shape);
  trace.seen_from = ip(seen_from);
  return trace;
}
inline Trace by_ttk(const Shape& shape = {}, const std::string& seen_from = "12.0.1.77") {
  Trace trace = inference::testing::trace("12.0.1.1 188.43.225.1 188.43.225.153 " + shape.destination, shape);
  trace.seen_from = ip(seen_from);
  return trace;
}
inline Trace dying(const Shape& shape = {}, const std::string& seen_from = "12.0.1.77") {
  Trace trace = inference::testing::trace("12.0.1.1 * * * *", shape);
  trace.seen_from = ip(seen_from);
  return trace;
}

inline Block block(const char* text) { return Block{Prefix::parse(text).value()}; }

}  // namespace isthmus::app::testing
