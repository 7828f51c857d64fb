#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>

#include "app/command.hpp"
#include "app/data_options.hpp"
#include "app/data_report.hpp"
#include "app/history_text.hpp"
#include "app/store_choice.hpp"
#include "isthmus/formats/history_json.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/net/clock.hpp"
#include "isthmus/store/store.hpp"

namespace isthmus::app {
namespace {

using std::chrono::days;
using std::chrono::floor;

constexpr int kMostDays = 3653;

struct HistoryOptions {
  std::string target;
  StoreChoice where;
  std::string block;
  std::string since{"30d"};
  std::size_t limit{100};
  bool paths{false};
  bool json{false};
};

Result<resilience::HistoryQuery> query_of(const HistoryOptions& options, Timestamp since) {
  resilience::HistoryQuery query;
  query.target = options.target;
  query.last = floor<days>(net::wall_now());
  // As many days as were asked for, today among them.
  const bool ago = parse_duration(options.since).has_value();
  query.first = std::min(floor<days>(since) + days(ago ? 1 : 0), query.last);
  if (query.last - query.first > days(kMostDays)) {
    return Error{ErrorCode::invalid_argument, "read --since", "it must be at most ten years ago"};
  }
  if (options.block.empty()) return query;
  const auto prefix = Prefix::parse(options.block);
  if (!prefix) return Error{ErrorCode::invalid_argument, "read --block", prefix.error().detail};
  query.block = Block{*prefix};
  return query;
}

// Names need the network data, which only a configuration tells of.
NameOf names(const std::optional<config::Config>& config) {
  if (!config) return [](Asn) { return std::string(); };
  const auto data = load_data(data_files(config->ip2as));
  if (!data) return [](Asn) { return std::string(); };
  return [known = *data](Asn asn) { return std::string(known->name_of(asn)); };
}

int print_days(const HistoryOptions& options, const store::Store& store, const resilience::HistoryQuery& query,
               const std::optional<config::Config>& config) {
  auto found = store.days(query);
  if (!found) return fail(to_string(found.error()));
  auto late = store.late(query);
  if (!late) return fail(to_string(late.error()));
  const resilience::History history{.days = std::move(*found), .late = std::move(*late)};
  if (!options.json) {
    std::cout << history_text(query, history, names(config));
    return kSuccess;
  }
  for (const auto& record : history.days) std::cout << formats::to_json(record) << '\n';
  for (const auto& tally : history.late) std::cout << formats::to_json(tally, query) << '\n';
  return kSuccess;
}

int print_paths(const HistoryOptions& options, const store::Store& store, Timestamp since,
                const std::optional<config::Config>& config) {
  const auto found =
      store.path_changes({.target = options.target, .since = since, .until = {}, .limit = options.limit});
  if (!found) return fail(to_string(found.error()));
  if (!options.json) {
    std::cout << path_changes_text(*found, names(config));
    return kSuccess;
  }
  for (const auto& change : found->kept) std::cout << formats::to_json(change) << '\n';
  for (const auto& left_out : found->left_out) std::cout << formats::to_json(left_out) << '\n';
  return kSuccess;
}

int history(const HistoryOptions& options) {
  const auto config = read_config(options.where);
  if (!config) return fail(to_string(config.error()));
  const auto since = parse_since(options.since);
  if (!since) return fail("read --since: " + since.error().detail + "; write 30d or 2017-10-01T00:00:00Z");
  const auto query = query_of(options, *since);
  if (!query) return fail(to_string(query.error()));
  store::Store store(
      store::StoreOptions{.path = *config ? (*config)->store.path : options.where.file, .read_only = true});
  if (const auto opened = store.open(); !opened) return fail(to_string(opened.error()));
  const int status =
      options.paths ? print_paths(options, store, *since, *config) : print_days(options, store, *query, *config);
  std::cout << std::flush;
  return std::cout ? status : fail("standard output cannot be written");
}

}  // namespace

void add_history(CLI::App& root, Run& run) {
  auto options = std::make_shared<HistoryOptions>();
  CLI::App* command =
      root.add_subcommand("history", "Availability and upstreams of a target day by day, and its paths");
  command->add_option("target", options->target, "Its name in the configuration")->required();
  add_store_choice(*command, options->where);
  command->add_option("--since", options->since, "From then on: 30d, 24h or 2017-10-01T00:00:00Z")
      ->capture_default_str();
  command->add_option("--block", options->block, "The days of one of its blocks, e.g. 175.45.176.0/24");
  command->add_flag("--paths", options->paths, "Paths that have lastingly become others instead of days");
  command->add_option("--limit", options->limit, "At most so many path changes, the latest")->capture_default_str();
  command->add_flag("--json", options->json, "NDJSON, a line a day or change");
  command->footer(
      "A day counts as covered while isthmus ran; what nobody could see is unknown and neither up nor down.\n\n"
      "Example: isthmus history north-korea --config isthmus.yaml --since 90d\n"
      "         isthmus history north-korea --store isthmus.db --paths --since 24h --json");
  command->callback([options, &run] { run = [options] { return history(*options); }; });
}

}  // namespace isthmus::app
