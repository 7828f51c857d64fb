#include "app/store_choice.hpp"

#include <CLI/CLI.hpp>

#include "isthmus/config/load.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {

void add_store_choice(CLI::App& command, StoreChoice& choice) {
  auto* where = command.add_option_group("where", "Which store");
  where->add_option("--config", choice.config, "Configuration whose store to read");
  where->add_option("--store,--db", choice.file, "The store's file itself");
  where->require_option(1);
}

Result<std::optional<config::Config>> read_config(const StoreChoice& choice) {
  if (choice.config.empty()) return std::optional<config::Config>();
  config::LoadResult loaded = config::load(choice.config);
  if (loaded.config) return std::move(loaded.config);
  return Error{ErrorCode::parse_failed, "read " + choice.config,
               to_string(loaded.problems.front()) + " (isthmus check names them all)"};
}

Result<Timestamp> parse_since(const std::string& text) {
  if (const auto ago = parse_duration(text)) return net::wall_now() - *ago;
  return parse_rfc3339(text);
}

}  // namespace isthmus::app
