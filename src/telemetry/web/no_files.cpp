#include "isthmus/telemetry/static_files.hpp"

namespace isthmus::telemetry {

std::span<const StaticFile> web_files() { return {}; }

}  // namespace isthmus::telemetry
