#include "app/monitor.hpp"

#include <algorithm>

#include "app/web_wiring.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

bool same_binding(const config::VantageConfig& a, const config::VantageConfig& b) {
  return a.name == b.name && a.netns == b.netns && a.interface == b.interface && a.source == b.source;
}

}  // namespace

Result<std::unique_ptr<Monitor>> Monitor::start(MonitorOptions options) {
  std::unique_ptr<Monitor> monitor(new Monitor(std::move(options)));
  auto loaded = load_all(monitor->options_.config, monitor->sources_);
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
  sources_.stop();
  for (Vantage& vantage : vantages_) vantage.runner->stop();
  if (core_) core_->stop();
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
  store_ = std::make_unique<store::Store>(store_options(loaded.config.store, options_.store));
  Stored stored = read_store(*store_);
  for (const config::VantageConfig& vantage : loaded.config.vantages) {
    auto runner = open_vantage(loaded.config, vantage, stored.baseline);
    if (!runner) return runner.error();
    vantages_.push_back({vantage, std::move(*runner)});
  }
  const auto& data = loaded.basis.data;
  resilience::Core core(core_settings(loaded.config, data->version), data, std::move(stored.baseline));
  core_ = std::make_unique<CoreRunner>(
      std::move(core), resilience::DayBook(std::move(stored.days), stored.alive), bus_, *store_,
      CoreSinks{.retrace = [this](const resilience::RetraceRequest& request) { retrace(request); },
                .ping = [this](const resilience::PingRequest& request) { ping(request); },
                .advise = [this](const resilience::UpstreamAdvice& advice) { advise(advice); }});
  notes_.note_start(loaded);
  sources_.settle(loaded.sources, true);
  config_ = std::move(loaded.config);
  basis_ = std::move(loaded.basis);
  explainer_.renew(config_, basis_.data);
  return {};
}

Result<void> Monitor::serve() {
  // No reload over HTTP until all that it changes has been started.
  const std::lock_guard lock(reload_mutex_);
  auto http = serve_pages(config_.exporter, options_.listen, handlers());
  if (!http) return http.error();
  http_ = std::move(*http);
  core_->start();
  for (Vantage& vantage : vantages_) vantage.runner->start();
  watch_targets();
  return {};
}

telemetry::Handlers Monitor::handlers() {
  telemetry::Handlers handlers = handlers_of(
      *store_, explainer_, [this] { return core_->snapshot(); }, [this] { return core_->alive(net::monotonic_now()); });
  handlers.status = [this] { return status(); };
  handlers.ready = [this]() -> telemetry::Health {
    if (core_->snapshot()) return {};
    return {.ok = false, .reason = "starting: no snapshot yet"};
  };
  if (config_.exporter.reload_endpoint) {
    handlers.reload = [this] { return try_reload(reload_mutex_, [this] { return reload_now(); }); };
  }
  return handlers;
}

Result<void> Monitor::reload() {
  const std::lock_guard lock(reload_mutex_);
  return reload_now();
}

Result<void> Monitor::reload_now() {
  auto loaded = load_all(options_.config, sources_);
  const Result<void> applied = loaded ? take_over(std::move(*loaded)) : Result<void>(loaded.error());
  notes_.note_reload(options_.config, applied);
  if (applied) watch_targets();
  return applied;
}

void Monitor::watch_targets() {
  sources_.watch(config_.targets_from, [this] { change_targets(); });
}

void Monitor::change_targets() {
  const std::lock_guard lock(reload_mutex_);
  auto loaded = load_targets(options_.config, basis_, sources_);
  const Result<void> applied = loaded ? take_over(std::move(*loaded)) : Result<void>(loaded.error());
  ProcessNotes::note_targets(config_.targets.size(), applied);
}

Result<void> Monitor::take_over(Loaded loaded) {
  const auto read = loaded.sources;
  const auto applied = apply(std::move(loaded));
  sources_.settle(read, applied.has_value());
  return applied;
}

Result<void> Monitor::apply(Loaded loaded) {
  if (!same_listener(loaded.config.exporter, config_.exporter) || loaded.config.store != config_.store) {
    return Error{ErrorCode::refused, "reload " + options_.config,
                 "exporter (but for web_config) and store cannot change while running; restart isthmus for that"};
  }
  if (const auto whole = refuse_cut_tables(loaded); !whole) return whole;
  auto access = web_access_of(loaded.config.exporter.web);
  if (!access) return access.error();
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
  const auto& data = loaded.basis.data;
  core_->reconfigure(core_settings(loaded.config, data->version), data);
  http_->renew(std::move(*access));
  explainer_.renew(loaded.config, data);
  if (data != basis_.data) notes_.note_data(*data);
  config_ = std::move(loaded.config);
  basis_ = std::move(loaded.basis);
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

telemetry::ProcessStatus Monitor::status() const {
  telemetry::ProcessStatus status = notes_.status(*store_);
  status.messages_dropped = bus_.dropped();
  status.target_sources = sources_.status();
  return status;
}

}  // namespace isthmus::app
