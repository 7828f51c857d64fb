#include <simdjson.h>

#include <utility>

#include "formats/atlas_result.hpp"
#include "formats/json_reader.hpp"
#include "isthmus/formats/atlas.hpp"

namespace isthmus::formats {

Result<Trace> trace_from_atlas_json(std::string_view text) {
  simdjson::dom::parser parser;
  JsonObject root;
  std::string why;
  const auto status = parser.parse(text.data(), text.size()).get(root);
  if (status != simdjson::SUCCESS) return json_error("traceroute result", simdjson::error_message(status));
  Observation read;
  switch (read_atlas_result(root, read, why)) {
    case RecordKind::trace: return std::move(std::get<Trace>(read));
    case RecordKind::bad: return json_error("traceroute result", std::move(why));
    default: return json_error("traceroute result", "it is no RIPE Atlas result of a traceroute to a \"dst_addr\"");
  }
}

}  // namespace isthmus::formats
