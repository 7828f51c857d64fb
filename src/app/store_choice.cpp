#include "app/store_choice.hpp"

#include <CLI/CLI.hpp>

#include "app/config_problems.hpp"
#include "isthmus/config/load.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {

CLI::App* add_store_choice(CLI::App& command, StoreChoice& choice) {
  auto* where = command.add_option_group("where", "Which store");
  where->add_option("--config", choice.config, "Configuration whose store to read")->type_name("FILE");
  where->add_option("--store,--db", choice.file, "The store's file itself")->type_name("FILE");
  where->require_option(1);
  return where;
}

Result<std::optional<config::Config>> read_config(const StoreChoice& choice) {
  if (choice.config.empty()) return std::optional<config::Config>();
  config::LoadResult loaded = config::load(choice.config);
  if (loaded.config) return std::move(loaded.config);
  return problems_error(choice.config, loaded.problems);
}

Result<Timestamp> parse_since(const std::string& text) {
  if (const auto ago = parse_duration(text)) return net::wall_now() - *ago;
  return parse_rfc3339(text);
}

}  // namespace isthmus::app
