#include "app/core_service.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "app/fleet_wiring.hpp"
#include "app/host_name.hpp"
#include "app/partitioning.hpp"
#include "app/web_wiring.hpp"
#include "app/wiring.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

telemetry::StreamStatus::Partition status_of(const StreamCore::PartitionState& state,
                                             const fleet::DownlinkStatus& downlink, bool elsewhere) {
  telemetry::StreamStatus::Partition status{.number = state.partition,
                                            .caught_up = state.caught_up,
                                            .pending = std::nullopt,
                                            .log_time = state.log_time,
                                            .messages = state.intake.messages,
                                            .missing = state.intake.missing,
                                            .rejected = {},
                                            .delays = {state.delays.buckets.begin(), state.delays.buckets.end()},
                                            .delay_seconds = state.delays.sum_seconds,
                                            .problem = state.intake.problem,
                                            .elsewhere = false,
                                            .unread = false};
  for (std::size_t i = 0; i < state.intake.rejected.size(); ++i) {
    status.rejected.emplace_back(to_string(static_cast<fleet::BatchRejection>(i)), state.intake.rejected[i]);
  }
  for (const fleet::PartitionStatus& read : downlink.partitions) {
    if (read.partition != state.partition) continue;
    status.pending = read.pending;
    if (read.problem.empty()) continue;
    status.problem = read.problem;
    status.elsewhere = elsewhere;
    status.unread = !elsewhere;
  }
  return status;
}

}  // namespace

Result<std::unique_ptr<CoreService>> CoreService::start(CoreOptions options) {
  std::unique_ptr<CoreService> service(new CoreService(std::move(options)));
  auto loaded = load_all(service->options_.config, service->sources_);
  if (!loaded) return loaded.error();
  if (const auto opened = service->open(std::move(*loaded)); !opened) return opened.error();
  if (const auto serving = service->serve(); !serving) return serving.error();
  return service;
}

// Pages ask the core, the core reads from the downlink; each goes before what it uses.
CoreService::~CoreService() {
  if (http_) http_->stop();
  if (core_) core_->stop();
  if (downlink_) downlink_->stop();
  if (claims_) claims_->stop();
}

Result<void> CoreService::open(Loaded loaded) {
  const config::Config& config = loaded.config;
  if (!config.fleet) {
    return Error{
        ErrorCode::invalid_argument, "read " + config.file,
        "there is no section fleet; write where the broker is, fleet: {servers: [tls://host:4222], ...}, or use"
        " `isthmus monitor`, which needs none"};
  }
  const config::PartitionRange& range = config.fleet->partition;
  auto broker = fleet::connect(broker_settings(config.fleet->broker, "isthmus core"));
  if (!broker) return broker.error();
  broker_ = std::move(*broker);
  store_ = std::make_unique<store::Store>(store_options(config.store, options_.store));
  auto claims =
      PartitionClaims::create(broker_, range, (options_.store.empty() ? config.store.path : options_.store) + ".core");
  if (!claims) return claims.error();
  claims_ = std::move(*claims);
  handovers_ = fleet::HandoverShelf::create(broker_);
  Stored stored = read_store(*store_);
  const resilience::CoreSettings settings = core_settings(config, loaded.basis.data->version);
  fleet::DownlinkSettings reading;
  reading.stream = config.fleet->stream;
  reading.forbidden = [this](std::uint32_t partition) { return claims_->forbidden(partition); };
  reading.take_over = [this](const fleet::PartitionStart& own) { return take_over(own); };
  auto starts = starts_of(range, settings, loaded.basis.data, std::move(stored), read_progress(*store_));
  for (const PartitionCore::Start& start : starts) {
    fleet::PartitionStart from{
        .partition = start.partition, .position = {}, .rehearsal = rehearsal_for(config.probing)};
    if (start.progress) {
      from.position = {start.progress->created, start.progress->sequence, start.progress->stored};
    }
    reading.partitions.push_back(from);
  }
  downlink_ = fleet::Downlink::create(broker_, std::move(reading));
  StreamCore core(std::move(starts), reconfiguration_of(range, settings, loaded.basis.data).targets,
                  net::monotonic_now());
  core_ = std::make_unique<StreamCoreRunner>(
      std::move(core), *downlink_, *store_, sinks(), [this](const fleet::Handover& left) { return hand_over(left); },
      [this](std::uint32_t partition) { return claims_->is_elsewhere(partition); });
  for (const config::VantageConfig& vantage : config.vantages) vantages_.push_back(vantage.name);
  explainer_.renew(loaded.config, loaded.basis.data);
  notes_.note_start(loaded);
  sources_.settle(loaded.sources, true);
  config_ = std::move(loaded.config);
  return {};
}

Result<void> CoreService::serve() {
  const std::lock_guard lock(reload_mutex_);
  auto http = serve_pages(config_.exporter, options_.listen, handlers());
  if (!http) return http.error();
  http_ = std::move(*http);
  core_->start();
  claims_->start();
  downlink_->start();
  return {};
}

CoreSinks CoreService::sinks() {
  const auto all = [this] {
    const std::lock_guard lock(vantages_mutex_);
    return vantages_;
  };
  return {.retrace =
              [this, all](const resilience::RetraceRequest& request) {
                const fleet::AskTrace wish{request.target, request.address, request.path_changed};
                for (const auto& vantage : request.vantage.empty() ? all() : std::vector{request.vantage}) {
                  ask(vantage, wish);
                }
              },
          .ping =
              [this, all](const resilience::PingRequest& request) {
                for (const auto& vantage : all())
                  ask(vantage, fleet::AskPing{request.target, request.block, request.answers});
              },
          .advise =
              [this](const resilience::UpstreamAdvice& advice) {
                ask(advice.vantage, fleet::Advise{advice.target, advice.address, advice.flow, advice.router});
              }};
}

// Whoever has copied the other's store has all of it already, and more: what nobody hands over.
Result<std::optional<fleet::Handover>> CoreService::take_over(const fleet::PartitionStart& own) {
  auto left = handovers_->look(own.partition);
  if (!left || !*left || !fleet::is_further((*left)->position, own.position)) {
    return left ? Result<std::optional<fleet::Handover>>(std::nullopt) : left;
  }
  spdlog::info("event=partition_taken_over partition={} from={} sequence={}", own.partition, (*left)->host,
               (*left)->position.sequence);
  return left;
}

// Only what is ours: whoever was away for long may find that another core has it by now.
Result<void> CoreService::hand_over(fleet::Handover left) {
  if (auto why = claims_->forbidden(left.partition); !why.empty()) {
    return Error{ErrorCode::busy, "hand over partition " + std::to_string(left.partition), std::move(why)};
  }
  left.host = host_name();
  auto done = handovers_->put(left);
  const std::string problem = done || done.error().code == ErrorCode::busy ? std::string() : to_string(done.error());
  if (problem != handover_problem_ && !problem.empty()) {
    spdlog::error(
        "event=partition_not_handed_over partition={} error=\"{}\" hint=\"another core would have to begin "
        "with a copy of the store\"",
        left.partition, problem);
  }
  handover_problem_ = problem;
  return done;
}

// What does not arrive is looked at with the next round.
void CoreService::ask(const std::string& vantage, const fleet::Request& request) {
  ++requests_;
  if (!fleet::ask(*broker_, vantage, request)) ++requests_failed_;
}

telemetry::Handlers CoreService::handlers() {
  telemetry::Handlers handlers = handlers_of(
      *store_, explainer_, [this] { return core_->snapshot(); }, [this] { return core_->alive(net::monotonic_now()); });
  handlers.status = [this] { return status(); };
  handlers.ready = [this] { return readiness(); };
  if (config_.exporter.reload_endpoint) {
    handlers.reload = [this] { return try_reload(reload_mutex_, [this] { return reload_now(); }); };
  }
  return handlers;
}

telemetry::Health CoreService::readiness() const {
  if (!core_->snapshot()) return {.ok = false, .reason = "starting: no snapshot yet"};
  if (core_->caught_up()) return {};
  const fleet::DownlinkStatus downlink = downlink_->status();
  if (!downlink.connected) return {.ok = false, .reason = "the broker cannot be reached: " + downlink.problem};
  for (const fleet::PartitionStatus& partition : downlink.partitions) {
    const std::string name = "partition " + std::to_string(partition.partition);
    if (!partition.problem.empty()) return {.ok = false, .reason = name + ": " + partition.problem};
    if (partition.pending.value_or(0) > 0) {
      return {.ok = false,
              .reason = name + " is being read, " + std::to_string(*partition.pending) + " batches are left"};
    }
  }
  return {.ok = false, .reason = "the stream is being read"};
}

telemetry::ProcessStatus CoreService::status() const {
  telemetry::ProcessStatus status = notes_.status(*store_);
  const fleet::DownlinkStatus downlink = downlink_->status();
  telemetry::StreamStatus stream;
  stream.connected = downlink.connected;
  stream.connects = downlink.connects;
  stream.problem = downlink.problem;
  stream.published = core_->published();
  for (const auto& state : core_->states()) {
    stream.partitions.push_back(status_of(state, downlink, claims_->is_elsewhere(state.partition)));
  }
  stream.requests = requests_;
  stream.requests_failed = requests_failed_;
  status.stream = std::move(stream);
  status.target_sources = sources_.status();
  return status;
}

Result<void> CoreService::reload() {
  const std::lock_guard lock(reload_mutex_);
  return reload_now();
}

Result<void> CoreService::reload_now() {
  auto loaded = load_all(options_.config, sources_);
  const auto read = loaded ? loaded->sources : std::vector<config::TargetSource>();
  const Result<void> applied = loaded ? apply(std::move(*loaded)) : Result<void>(loaded.error());
  sources_.settle(read, applied.has_value());
  notes_.note_reload(options_.config, applied);
  return applied;
}

Result<void> CoreService::apply(Loaded loaded) {
  if (!same_listener(loaded.config.exporter, config_.exporter) || loaded.config.store != config_.store ||
      loaded.config.fleet != config_.fleet) {
    return Error{
        ErrorCode::refused, "reload " + options_.config,
        "exporter (but for web_config), store and fleet cannot change while running; restart isthmus for that"};
  }
  if (const auto whole = refuse_cut_tables(loaded); !whole) return whole;
  auto access = web_access_of(loaded.config.exporter.web);
  if (!access) return access.error();
  {
    const std::lock_guard lock(vantages_mutex_);
    vantages_.clear();
    for (const config::VantageConfig& vantage : loaded.config.vantages) vantages_.push_back(vantage.name);
  }
  core_->reconfigure(reconfiguration_of(config_.fleet->partition,
                                        core_settings(loaded.config, loaded.basis.data->version), loaded.basis.data));
  http_->renew(std::move(*access));
  explainer_.renew(loaded.config, loaded.basis.data);
  notes_.note_data(*loaded.basis.data);
  config_ = std::move(loaded.config);
  return {};
}

}  // namespace isthmus::app
