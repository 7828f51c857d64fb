// Traceroute results, events and evidence as JSON: refused with a reason, or read, and then what isthmus writes of it
// reads back the same.

#include <string_view>

#include "fuzz/fuzz_target.hpp"
#include "isthmus/formats/atlas.hpp"
#include "isthmus/formats/event_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isthmus;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto trace = formats::trace_from_atlas_json(text)) {
    const auto again = formats::trace_from_atlas_json(formats::to_atlas_json(*trace));
    fuzz::require(again && *again == *trace, "a trace reads back as it was written");
  } else {
    fuzz::require(!trace.error().detail.empty(), "an error says why");
  }
  if (const auto event = formats::event_from_json(text)) {
    const auto again = formats::event_from_json(formats::to_json(*event));
    // Events carry milliseconds: what is finer is gone after one writing, and then nothing changes any more.
    fuzz::require(again && formats::to_json(*again) == formats::to_json(*event), "an event reads back as written");
  }
  if (const auto evidence = formats::evidence_from_json(text)) {
    const auto again = formats::evidence_from_json(formats::evidence_to_json(*evidence));
    fuzz::require(again && *again == *evidence, "evidence reads back as it was written");
  }
  return 0;
}
