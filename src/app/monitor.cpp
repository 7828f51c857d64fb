#include "app/monitor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "app/data_report.hpp"
#include "app/version.hpp"
#include "isthmus/config/load.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

bool same_binding(const config::VantageConfig& a, const config::VantageConfig& b) {
  return a.name == b.name && a.netns == b.netns && a.interface == b.interface && a.source == b.source;
}

std::string listen_address(const config::ExporterConfig& exporter) {
  const std::string address = to_string(exporter.address);
  return (exporter.address.is_v4() ? address : "[" + address + "]") + ":" + std::to_string(exporter.port);
}

}  // namespace

Result<std::unique_ptr<Monitor>> Monitor::start(MonitorOptions options) {
  std::unique_ptr<Monitor> monitor(new Monitor(std::move(options)));
  auto loaded = monitor->load();
  if (!loaded) return loaded.error();
  if (const auto opened = monitor->open(std::move(*loaded)); !opened) return opened.error();
  if (const auto serving = monitor->serve(); !serving) return serving.error();
  return monitor;
}

Monitor::Monitor(MonitorOptions options) : options_(std::move(options)), seed_(random_seed()) {}

// Consumers outlive producers: pages first (they ask the core), then the vantage points, then the core, which takes in
// what is left.
Monitor::~Monitor() {
  if (http_) http_->stop();
  for (Vantage& vantage : vantages_) vantage.runner->stop();
  if (core_) core_->stop();
}

Result<Monitor::Loaded> Monitor::load() const {
  config::LoadResult loaded = config::load(options_.config);
  if (!loaded.config) {
    std::string problems;
    for (const config::Problem& problem : loaded.problems) problems += "\n" + to_string(problem);
    return Error{ErrorCode::parse_failed, "read " + options_.config,
                 std::to_string(loaded.problems.size()) + " problem(s)" + problems};
  }
  ip2as::LoadReport report;
  auto data = ip2as::load(data_files(loaded.config->ip2as), report);
  log_report(report);
  if (!data) return data.error();
  return Loaded{std::move(*loaded.config), std::move(*data), std::move(report)};
}

Result<std::unique_ptr<VantageRunner>> Monitor::open_vantage(const config::Config& config,
                                                             const config::VantageConfig& vantage,
                                                             const resilience::Baseline& baseline) {
  auto io = net::open_packet_io(binding_of(vantage));
  if (!io) {
    Error error = io.error();
    error.operation = "vantage point " + vantage.name + ": " + error.operation;
    return error;
  }
  auto settings = prober_settings(config, vantage, seed_);
  remember(settings, baseline);
  return VantageRunner::create(std::move(*io), std::move(settings), bus_);
}

Result<void> Monitor::open(Loaded loaded) {
  store_ = std::make_unique<store::Store>(
      store::StoreOptions{.path = options_.store.empty() ? loaded.config.store.path : options_.store,
                          .retention = loaded.config.store.retention,
                          .daily_retention = loaded.config.store.daily_retention,
                          .daily_block_retention = loaded.config.store.daily_block_retention});
  Stored stored = read_store();
  for (const config::VantageConfig& vantage : loaded.config.vantages) {
    auto runner = open_vantage(loaded.config, vantage, stored.baseline);
    if (!runner) return runner.error();
    vantages_.push_back({vantage, std::move(*runner)});
  }
  resilience::Core core(core_settings(loaded.config, loaded.data->version), loaded.data, std::move(stored.baseline));
  core_ = std::make_unique<CoreRunner>(
      std::move(core), std::move(stored.days), bus_, *store_,
      CoreSinks{.retrace = [this](const resilience::RetraceRequest& request) { retrace(request); },
                        .ping = [this](const resilience::PingRequest& request) { ping(request); },
                        .advise = [this](const resilience::UpstreamAdvice& advice) { advise(advice); }});
  config_ = std::move(loaded.config);
  status_.version = kVersion;
  note_data(*loaded.data);
  note_reload(true);
  return {};
}

// Monitoring goes on without a log: what people are paged from is not the file.
Monitor::Stored Monitor::read_store() {
  Stored stored;
  const auto opened = store_->open();
  if (const store::StoreStatus status = store_->status(); status.damaged > 0) {
    spdlog::error("event=store_damaged moved_to={} hint=\"history begins anew; see whether the disk fails\"",
                  status.moved_to);
  }
  if (!opened) {
    spdlog::error("event=store_failed error=\"{}\"", to_string(opened.error()));
    return stored;
  }
  if (auto baseline = store_->load()) {
    stored.baseline = std::move(*baseline);
  } else {
    spdlog::error("event=baseline_not_restored error=\"{}\"", to_string(baseline.error()));
    store_->discard_baseline();
  }
  if (auto days = store_->open_days()) {
    stored.days = resilience::DayBook(std::move(days->records), days->alive);
  } else {
    spdlog::error("event=day_not_continued error=\"{}\"", to_string(days.error()));
  }
  return stored;
}

Result<void> Monitor::serve() {
  // A reload over HTTP waits until all that it changes has been started.
  const std::lock_guard lock(reload_mutex_);
  auto http = telemetry::HttpServer::start(
      {.listen = options_.listen.empty() ? listen_address(config_.exporter) : options_.listen}, handlers());
  if (!http) return http.error();
  http_ = std::move(*http);
  core_->start();
  for (Vantage& vantage : vantages_) vantage.runner->start();
  return {};
}

telemetry::Handlers Monitor::handlers() {
  telemetry::Handlers handlers;
  handlers.snapshot = [this] { return core_->snapshot(); };
  handlers.events = [this](const EventQuery& query) { return store_->events(query); };
  handlers.history = [this](const resilience::HistoryQuery& query) { return history(query); };
  handlers.status = [this] { return status(); };
  handlers.healthy = [this]() -> telemetry::Health {
    if (core_->alive(net::monotonic_now())) return {};
    return {.ok = false, .reason = "the core has not made a turn for 30 seconds; restart the process"};
  };
  handlers.ready = [this]() -> telemetry::Health {
    if (core_->snapshot()) return {};
    return {.ok = false, .reason = "starting: no snapshot yet"};
  };
  if (config_.exporter.reload_endpoint) handlers.reload = [this] { return reload(); };
  return handlers;
}

Result<resilience::History> Monitor::history(const resilience::HistoryQuery& query) const {
  auto days = store_->days(query);
  if (!days) return days.error();
  auto late = store_->late(query);
  if (!late) return late.error();
  return resilience::History{.days = std::move(*days), .late = std::move(*late)};
}

Result<void> Monitor::reload() {
  const std::lock_guard lock(reload_mutex_);
  auto loaded = load();
  const Result<void> applied = loaded ? apply(std::move(*loaded)) : Result<void>(loaded.error());
  note_reload(applied.has_value());
  if (applied) {
    spdlog::info("event=config_reloaded file={}", options_.config);
  } else {
    spdlog::error("event=config_reload_failed error=\"{}\"", to_string(applied.error()));
  }
  return applied;
}

Result<void> Monitor::apply(Loaded loaded) {
  if (loaded.config.exporter != config_.exporter || loaded.config.store != config_.store) {
    return Error{ErrorCode::refused, "reload " + options_.config,
                 "exporter and store cannot change while running; restart isthmus for that"};
  }
  if (const ip2as::FileReport* cut = loaded.report.first_cut()) {
    // At the start half a table is better than none; now there is a whole one, and a download may still be going on.
    return Error{ErrorCode::parse_failed, cut->file,
                 to_string(cut->problems.back(), cut->by_offset) + "; the data in use is kept"};
  }
  // First everything that can fail, then the change itself.
  std::vector<Vantage> fresh;
  for (const config::VantageConfig& vantage : loaded.config.vantages) {
    const bool stays = std::any_of(vantages_.begin(), vantages_.end(),
                                   [&](const Vantage& v) { return same_binding(v.config, vantage); });
    if (stays) {
      const auto valid = probes::Prober::create(prober_settings(loaded.config, vantage, seed_),
                                                [](const IpAddress&) { return std::optional<IpAddress>(); });
      if (!valid) return valid.error();
      continue;
    }
    auto runner = open_vantage(loaded.config, vantage, {});
    if (!runner) return runner.error();
    fresh.push_back({vantage, std::move(*runner)});
  }
  std::vector<Vantage> gone;
  {
    const std::lock_guard lock(vantages_mutex_);
    std::vector<Vantage> kept;
    for (const config::VantageConfig& vantage : loaded.config.vantages) {
      const auto same = [&](const Vantage& v) { return v.runner && same_binding(v.config, vantage); };
      auto found = std::find_if(vantages_.begin(), vantages_.end(), same);
      if (found != vantages_.end()) {
        found->runner->reconfigure(prober_settings(loaded.config, vantage, seed_));
      } else {
        found = std::find_if(fresh.begin(), fresh.end(), same);
        found->runner->start();
      }
      kept.push_back({vantage, std::move(found->runner)});
    }
    gone.swap(vantages_);
    vantages_ = std::move(kept);
  }
  // Outside the lock: a thread that ends may take a moment.
  for (Vantage& vantage : gone) {
    if (vantage.runner) vantage.runner->stop();
  }
  core_->reconfigure(core_settings(loaded.config, loaded.data->version), loaded.data);
  note_data(*loaded.data);
  config_ = std::move(loaded.config);
  return {};
}

void Monitor::retrace(const resilience::RetraceRequest& request) {
  const std::lock_guard lock(vantages_mutex_);
  for (Vantage& vantage : vantages_) {
    if (request.vantage.empty() || request.vantage == vantage.config.name) {
      vantage.runner->trace_now(request.target, request.address, request.path_changed);
    }
  }
}

void Monitor::ping(const resilience::PingRequest& request) {
  const std::lock_guard lock(vantages_mutex_);
  for (Vantage& vantage : vantages_) vantage.runner->ping_now(request.target, request.block, request.answers);
}

void Monitor::advise(const resilience::UpstreamAdvice& advice) {
  const std::lock_guard lock(vantages_mutex_);
  for (Vantage& vantage : vantages_) {
    if (vantage.config.name != advice.vantage) continue;
    vantage.runner->advise({advice.target, advice.address, advice.flow, advice.router});
  }
}

void Monitor::note_reload(bool successful) {
  const std::lock_guard lock(status_mutex_);
  status_.config_reload_successful = successful;
  if (successful) status_.config_reload_success = net::wall_now();
}

void Monitor::note_data(const ip2as::NetworkData& data) {
  const std::lock_guard lock(status_mutex_);
  status_.ip2as_prefixes = data.prefixes.prefix_count();
  status_.ip2as_loaded = net::wall_now();
}

telemetry::ProcessStatus Monitor::status() const {
  telemetry::ProcessStatus status;
  {
    const std::lock_guard lock(status_mutex_);
    status = status_;
  }
  const store::StoreStatus stored = store_->status();
  status.store_failures = stored.failures;
  status.store_backlog = stored.backlog;
  status.store_events_lost = stored.events_lost;
  status.store_damaged = stored.damaged;
  status.store_moved_to = stored.moved_to;
  status.messages_dropped = bus_.dropped();
  return status;
}

}  // namespace isthmus::app
