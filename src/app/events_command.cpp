#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "app/command.hpp"
#include "app/event_follower.hpp"
#include "app/event_text.hpp"
#include "app/http_access.hpp"
#include "app/monitor_api.hpp"
#include "app/one_shot.hpp"
#include "app/store_choice.hpp"
#include "isthmus/formats/event_json.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kLimit = 100;
constexpr std::size_t kFollowLimit = 10;  // what happened just before is worth seeing

struct EventsOptions {
  StoreChoice where;
  std::string url;
  telemetry::HttpAccess access;
  std::string since;
  std::string kind;
  std::string target;
  std::optional<std::size_t> limit;
  bool follow{false};
  bool json{false};
};

Result<EventQuery> query_of(const EventsOptions& options) {
  EventQuery query;
  query.target = options.target;
  query.limit = options.limit.value_or(options.follow && options.since.empty() ? kFollowLimit : kLimit);
  if (!options.since.empty()) {
    const auto since = parse_since(options.since);
    if (!since) {
      return Error{since.error().code, "read --since", since.error().detail + "; write 24h or 2017-10-01T00:00:00Z"};
    }
    query.since = *since;
  }
  if (!options.kind.empty()) query.kind = parse_event_kind(options.kind);
  return query;
}

Result<std::unique_ptr<EventSource>> open_feed(const EventsOptions& options) {
  if (options.where.config.empty() && options.where.file.empty()) {
    return http_feed(options.url.empty() ? kMonitorUrl : options.url, options.access);
  }
  const auto config = read_config(options.where);
  if (!config) return config.error();
  auto store = std::make_unique<store::Store>(
      store::StoreOptions{.path = *config ? (*config)->store.path : options.where.file, .read_only = true});
  if (const auto opened = store->open(); !opened) return opened.error();
  return store_feed(std::move(store));
}

void print(const std::vector<Event>& events, bool json) {
  for (const Event& event : events) std::cout << (json ? formats::to_json(event) : event_line(event)) << '\n';
  std::cout << std::flush;
}

// Ctrl-C ends it early.
void wait_a_second() {
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  ::nanosleep(&second, nullptr);
}

int follow(EventSource& feed, const EventsOptions& options, const EventQuery& query) {
  catch_interrupt();
  EventFollower follower(feed, query);
  auto found = follower.next();
  if (!found) return fail(to_string(found.error()));
  bool lost = false;
  while (true) {
    if (found) {
      if (lost) std::cerr << "isthmus: it answers again" << std::endl;
      if (follower.take_restart()) std::cerr << "isthmus: the log was begun anew" << std::endl;
      print(*found, options.json);
      if (!std::cout) return fail("standard output cannot be written");
    } else if (!lost) {
      std::cerr << "isthmus: " << to_string(found.error()) << "; trying again every second" << std::endl;
    }
    lost = !found;
    wait_a_second();
    if (is_interrupted()) return kSuccess;
    found = follower.next();
  }
}

int events(const EventsOptions& options) {
  const auto query = query_of(options);
  if (!query) return fail(to_string(query.error()));
  auto feed = open_feed(options);
  if (!feed) return fail(to_string(feed.error()));
  if (options.follow) return follow(**feed, options, *query);
  const auto found = (*feed)->events(*query);
  if (!found) return fail(to_string(found.error()));
  print(*found, options.json);
  return std::cout ? kSuccess : fail("standard output cannot be written");
}

std::vector<std::string> event_kinds() {
  std::vector<std::string> kinds;
  for (const EventKind kind : kEventKinds) kinds.emplace_back(to_string(kind));
  return kinds;
}

constexpr const char* kFooter =
    "Reads a store, or asks a running isthmus with --url. --follow goes on with what\n"
    "happens, from the isthmus on this machine unless told otherwise, until Ctrl-C; it\n"
    "looks every second, and waits for an isthmus that is restarted.\n\n"
    "Example: isthmus events --config isthmus.yaml --since 24h --kind redundancy_lost\n"
    "Example: isthmus events --follow\n"
    "Example: isthmus events --follow --url http://monitor:10176 --json";

}  // namespace

void add_events(CLI::App& root, Run& run) {
  auto options = std::make_shared<EventsOptions>();
  CLI::App* command = root.add_subcommand("events", "Print the event log, oldest first, or follow it");
  CLI::App* where = add_store_choice(*command, options->where);
  where->add_option("--url", options->url, "Where a running isthmus listens")->type_name("URL");
  auto* follow = command->add_flag("--follow", options->follow, "Go on with what happens, until Ctrl-C");
  where->require_option(0, 1);
  command->add_option("--since", options->since, "Only events since then: 24h, 7d or 2017-10-01T09:00:00Z")
      ->type_name("TIME");
  command->add_option("--kind", options->kind, "Only this kind")
      ->type_name("KIND")
      ->check(CLI::IsMember(event_kinds()));
  command->add_option("--target", options->target, "Only this target")->type_name("NAME");
  command
      ->add_option("--limit", options->limit,
                   "At most so many that have happened, the latest (1000 at most with --url): 100 unless given, "
                   "10 with --follow alone")
      ->check(CLI::Range(std::size_t{0}, std::size_t{1000000}));
  command->add_flag("--json", options->json, "NDJSON, with the evidence");
  add_http_access(*command, options->access);
  command->footer(kFooter);
  command->callback([options, follow, where, &run] {
    if (follow->count() == 0 && where->count_all() == 0) {
      throw CLI::RequiredError("one of --config, --store, --url, or --follow,");
    }
    run = [options] { return events(*options); };
  });
}

}  // namespace isthmus::app
