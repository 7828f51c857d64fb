#include <simdjson.h>

#include <utility>

#include "formats/atlas_result.hpp"
#include "isthmus/formats/atlas.hpp"

namespace isthmus::formats {
namespace {

Error bad_trace(std::string detail) {
  return Error{ErrorCode::parse_failed, "read traceroute result", std::move(detail)};
}

}  // namespace

Result<Trace> trace_from_atlas_json(std::string_view text) {
  simdjson::dom::parser parser;
  JsonObject root;
  std::string why;
  const auto status = parser.parse(text.data(), text.size()).get(root);
  if (status != simdjson::SUCCESS) return bad_trace(simdjson::error_message(status));
  Observation read;
  Observation spare;
  switch (read_atlas_result(root, read, spare, why)) {
    case RecordKind::trace: return std::move(std::get<Trace>(read));
    case RecordKind::bad: return bad_trace(std::move(why));
    default: return bad_trace("it is no RIPE Atlas result of a traceroute to a \"dst_addr\"");
  }
}

}  // namespace isthmus::formats
