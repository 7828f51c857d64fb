#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/command.hpp"
#include "app/event_text.hpp"
#include "app/store_choice.hpp"
#include "isthmus/formats/event_json.hpp"
#include "isthmus/store/store.hpp"

namespace isthmus::app {
namespace {

struct EventsOptions {
  StoreChoice where;
  std::string since;
  std::string kind;
  std::string target;
  std::size_t limit{100};
  bool json{false};
};

Result<EventQuery> query_of(const EventsOptions& options) {
  EventQuery query;
  query.target = options.target;
  query.limit = options.limit;
  if (!options.since.empty()) {
    const auto since = parse_since(options.since);
    if (!since) return since.error();
    query.since = *since;
  }
  if (!options.kind.empty()) {
    query.kind = parse_event_kind(options.kind);
    if (!query.kind) {
      return Error{ErrorCode::invalid_argument, "read --kind",
                   "there is no event of kind '" + options.kind + "'; see the README for the list"};
    }
  }
  return query;
}

int events(const EventsOptions& options) {
  const auto config = read_config(options.where);
  if (!config) return fail(to_string(config.error()));
  const auto query = query_of(options);
  if (!query) return fail(to_string(query.error()));
  store::Store store(
      store::StoreOptions{.path = *config ? (*config)->store.path : options.where.file, .read_only = true});
  if (const auto opened = store.open(); !opened) return fail(to_string(opened.error()));
  const auto found = store.events(*query);
  if (!found) return fail(to_string(found.error()));
  for (const Event& event : *found) {
    std::cout << (options.json ? formats::to_json(event) : event_line(event)) << '\n';
  }
  return kSuccess;
}

}  // namespace

void add_events(CLI::App& root, Run& run) {
  auto options = std::make_shared<EventsOptions>();
  CLI::App* command = root.add_subcommand("events", "Print the event log, oldest first");
  add_store_choice(*command, options->where);
  command->add_option("--since", options->since, "Only events since then: 24h, 7d or 2017-10-01T09:00:00Z");
  command->add_option("--kind", options->kind, "Only this kind, e.g. redundancy_lost");
  command->add_option("--target", options->target, "Only this target");
  command->add_option("--limit", options->limit, "At most so many, the latest")->capture_default_str();
  command->add_flag("--json", options->json, "NDJSON, with the evidence");
  command->footer("Example: isthmus events --config isthmus.yaml --since 24h --kind redundancy_lost");
  command->callback([options, &run] { run = [options] { return events(*options); }; });
}

}  // namespace isthmus::app
