#include "app/service_parts.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "app/data_report.hpp"
#include "app/version.hpp"
#include "isthmus/config/load.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {

namespace {

// What was read, or its problems as one error.
Result<config::Config> config_of(const std::string& path, config::LoadResult& loaded, TargetSources& sources) {
  if (loaded.config) return std::move(*loaded.config);
  sources.settle(loaded.sources, false);
  std::string problems;
  for (const config::Problem& problem : loaded.problems) problems += "\n" + to_string(problem);
  return Error{ErrorCode::parse_failed, "read " + path,
               std::to_string(loaded.problems.size()) + " problem(s)" + problems};
}

}  // namespace

Result<Loaded> load_all(const std::string& path, TargetSources& sources) {
  config::LoadResult loaded = config::load(path, sources.asking());
  auto config = config_of(path, loaded, sources);
  if (!config) return config.error();
  ip2as::LoadReport report;
  auto data = ip2as::load(data_files(config->ip2as), report);
  log_report(report);
  if (!data) {
    sources.settle(loaded.sources, false);
    return data.error();
  }
  return Loaded{
      std::move(*config), {std::move(loaded.text), std::move(*data)}, std::move(report), std::move(loaded.sources)};
}

Result<Loaded> load_targets(const std::string& path, const Basis& basis, TargetSources& sources) {
  config::LoadResult loaded = config::load_text(path, basis.text, sources.remembering());
  auto config = config_of(path, loaded, sources);
  if (!config) return config.error();
  return Loaded{std::move(*config), basis, {}, std::move(loaded.sources)};
}

Result<void> refuse_cut_tables(const Loaded& loaded) {
  const ip2as::FileReport* cut = loaded.report.first_cut();
  if (cut == nullptr) return {};
  return Error{ErrorCode::parse_failed, cut->file,
               to_string(cut->problems.back(), cut->by_offset) + "; the data in use is kept"};
}

Result<void> try_reload(std::mutex& reloading, const std::function<Result<void>()>& reload) {
  const std::unique_lock lock(reloading, std::try_to_lock);
  if (!lock) return Error{ErrorCode::busy, "reload the configuration", "a reload is under way"};
  return reload();
}

store::StoreOptions store_options(const config::StoreConfig& config, const std::string& path) {
  return {.path = path.empty() ? config.path : path,
          .retention = config.retention,
          .daily_retention = config.daily_retention,
          .daily_block_retention = config.daily_block_retention};
}

Stored read_store(store::Store& store) {
  Stored stored;
  const auto opened = store.open();
  if (const store::StoreStatus status = store.status(); status.damaged > 0) {
    spdlog::error("event=store_damaged moved_to={} hint=\"history begins anew; see whether the disk fails\"",
                  status.moved_to);
  }
  if (!opened) {
    spdlog::error("event=store_failed error=\"{}\"", to_string(opened.error()));
    return stored;
  }
  if (auto baseline = store.load()) {
    stored.baseline = std::move(*baseline);
  } else {
    spdlog::error("event=baseline_not_restored error=\"{}\"", to_string(baseline.error()));
    store.discard_baseline();
  }
  if (auto days = store.open_days()) {
    stored.days = std::move(days->records);
    stored.alive = days->alive;
  } else {
    spdlog::error("event=day_not_continued error=\"{}\"", to_string(days.error()));
  }
  return stored;
}

Result<resilience::History> history_of(const store::Store& store, const resilience::HistoryQuery& query) {
  auto days = store.days(query);
  if (!days) return days.error();
  auto late = store.late(query);
  if (!late) return late.error();
  return resilience::History{.days = std::move(*days), .late = std::move(*late)};
}

std::vector<store::StreamProgress> read_progress(const store::Store& store) {
  auto progress = store.progress();
  if (progress) return std::move(*progress);
  spdlog::error("event=position_not_restored error=\"{}\" hint=\"the stream is read from its beginning\"",
                to_string(progress.error()));
  return {};
}

telemetry::Handlers handlers_of(const store::Store& store, const EventExplainer& explainer,
                                std::function<std::shared_ptr<const resilience::Snapshot>()> snapshot,
                                std::function<bool()> alive) {
  telemetry::Handlers handlers;
  handlers.files = telemetry::web_files();
  handlers.snapshot = std::move(snapshot);
  handlers.events = [&store](const EventQuery& query) { return store.events(query); };
  handlers.history = [&store](const resilience::HistoryQuery& query) { return history_of(store, query); };
  handlers.explain = [&store, &explainer](std::uint64_t event) { return explainer.explain(store, event); };
  handlers.healthy = [alive = std::move(alive)]() -> telemetry::Health {
    if (alive()) return {};
    return {.ok = false, .reason = "the core has not made a turn for 30 seconds; restart the process"};
  };
  return handlers;
}

std::string listen_address(const config::ExporterConfig& exporter) {
  const std::string address = to_string(exporter.address);
  return (exporter.address.is_v4() ? address : "[" + address + "]") + ":" + std::to_string(exporter.port);
}

ProcessNotes::ProcessNotes() { status_.version = kVersion; }

void ProcessNotes::note_reload(const std::string& file, const Result<void>& applied) {
  set_reload(applied.has_value());
  if (applied) {
    spdlog::info("event=config_reloaded file={}", file);
  } else {
    spdlog::error("event=config_reload_failed error=\"{}\"", to_string(applied.error()));
  }
}

void ProcessNotes::note_targets(std::size_t targets, const Result<void>& applied) {
  if (applied) {
    spdlog::info("event=targets_changed targets={}", targets);
  } else {
    spdlog::error("event=targets_not_changed error=\"{}\" hint=\"those before stay in use\"",
                  to_string(applied.error()));
  }
}

void ProcessNotes::note_start(const Loaded& loaded) {
  note_data(*loaded.basis.data);
  {
    const std::lock_guard lock(mutex_);
    status_.series = std::make_shared<telemetry::SeriesLimit>(loaded.config.exporter.series_limit);
  }
  set_reload(true);
}

void ProcessNotes::set_reload(bool successful) {
  const std::lock_guard lock(mutex_);
  status_.config_reload_successful = successful;
  if (successful) status_.config_reload_success = net::wall_now();
}

void ProcessNotes::note_data(const ip2as::NetworkData& data) {
  const std::lock_guard lock(mutex_);
  status_.ip2as_prefixes = data.prefixes.prefix_count();
  status_.ip2as_loaded = net::wall_now();
}

telemetry::ProcessStatus ProcessNotes::status(const store::Store& store) const {
  telemetry::ProcessStatus status;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
  }
  const store::StoreStatus stored = store.status();
  status.store_failures = stored.failures;
  status.store_backlog = stored.backlog;
  status.store_events_lost = stored.events_lost;
  status.store_damaged = stored.damaged;
  status.store_moved_to = stored.moved_to;
  return status;
}

}  // namespace isthmus::app
