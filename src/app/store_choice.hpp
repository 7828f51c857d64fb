#pragma once
// Which store a command reads, and since when. Used by the commands that print what is stored; main thread.

#include <optional>
#include <string>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"
#include "isthmus/config/config.hpp"

namespace CLI {
class App;
}

namespace isthmus::app {

struct StoreChoice {
  std::string config;  ///< A configuration, whose store it is,
  std::string file;    ///< or the file itself.
};

/// --config, and --store or --db: one of them must be given. The group that they are in.
CLI::App* add_store_choice(CLI::App& command, StoreChoice& choice);

/// The configuration, if one was given; the error names its first problem.
[[nodiscard]] Result<std::optional<config::Config>> read_config(const StoreChoice& choice);

/// A point in time (RFC 3339), or how long ago: 24h.
[[nodiscard]] Result<Timestamp> parse_since(const std::string& text);

}  // namespace isthmus::app
