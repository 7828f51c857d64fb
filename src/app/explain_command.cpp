#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/command.hpp"
#include "app/config_problems.hpp"
#include "app/data_options.hpp"
#include "app/data_report.hpp"
#include "app/event_explanation.hpp"
#include "isthmus/config/load.hpp"
#include "isthmus/store/store.hpp"

namespace isthmus::app {
namespace {

struct ExplainOptions {
  std::uint64_t event{0};
  std::string config;
  bool json{false};
};

int explain(const ExplainOptions& options) {
  const config::LoadResult loaded = config::load(options.config);
  if (!loaded.config) {
    return fail(to_string(problems_error(options.config, loaded.problems)));
  }
  store::Store store(store::StoreOptions{.path = loaded.config->store.path, .read_only = true});
  if (const auto opened = store.open(); !opened) return fail(to_string(opened.error()));
  const auto event = store.event(options.event);
  if (!event) return fail(to_string(event.error()));
  if (!*event) {
    return fail("there is no event " + std::to_string(options.event) + " in " + loaded.config->store.path +
                "; isthmus events lists those there are");
  }
  const auto data = load_data(data_files(loaded.config->ip2as));
  if (!data) return fail(to_string(data.error()));
  std::cout << (options.json ? explain_event_json(**event, *loaded.config, *data) + "\n"
                             : explain_event(**event, *loaded.config, *data))
            << std::flush;
  return std::cout ? kSuccess : fail("standard output cannot be written");
}

}  // namespace

void add_explain(CLI::App& root, Run& run) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command =
      root.add_subcommand("explain", "The traces behind one event, before and after, and what was concluded from them");
  command->add_option("event", options->event, "Its id, as isthmus events prints it")->required();
  command->add_option("--config", options->config, "Configuration whose store and network data to read")
      ->type_name("FILE")
      ->required();
  command->add_flag("--json", options->json, "One JSON document, as of /api/v1/explain");
  command->footer(
      "Hops that differ are marked <>. Conclusions are drawn anew, from the traces of the event alone and with the\n"
      "network data of today.\n\n"
      "Example: isthmus explain 17 --config isthmus.yaml");
  command->callback([options, &run] { run = [options] { return explain(*options); }; });
}

}  // namespace isthmus::app
