#include "app/agent.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <utility>

#include "app/agent_files.hpp"
#include "app/fleet_wiring.hpp"
#include "app/host_name.hpp"
#include "app/service_parts.hpp"
#include "app/version.hpp"
#include "app/web_wiring.hpp"
#include "app/wiring.hpp"
#include "isthmus/config/load.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

constexpr Duration kLongestDrain = std::chrono::seconds(10);
constexpr Duration kTendEvery = std::chrono::seconds(1);

// As metrics name it.
const char* kind_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::busy: return "unreachable";
    case ErrorCode::permission_denied: return "credentials";
    case ErrorCode::refused: return "tls";
    default: return "other";
  }
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::start(AgentOptions options) {
  std::unique_ptr<Agent> agent(new Agent(std::move(options)));
  auto config = agent->load();
  if (!config) return config.error();
  if (const auto opened = agent->open(std::move(*config)); !opened) return opened.error();
  if (const auto serving = agent->serve(); !serving) return serving.error();
  return agent;
}

Agent::~Agent() {
  if (http_) http_->stop();
  tending_ = {};
  for (const auto& vantage : vantages_) vantage->stop_probing();
  std::vector<std::jthread> leaving;
  for (const auto& vantage : vantages_) leaving.emplace_back([&vantage] { vantage->leave(kLongestDrain); });
}

Result<config::AgentConfig> Agent::load() const {
  config::AgentLoadResult loaded = config::load_agent(options_.config);
  if (loaded.config) return std::move(*loaded.config);
  std::string problems;
  for (const config::Problem& problem : loaded.problems) problems += "\n" + to_string(problem);
  return Error{ErrorCode::parse_failed, "read " + options_.config,
               std::to_string(loaded.problems.size()) + " problem(s)" + problems};
}

fleet::BrokerSettings Agent::broker_settings_of(const config::AgentConfig& config) const {
  const std::string& name = config.vantages.front().name;
  fleet::BrokerSettings settings = broker_settings(config.broker, "isthmus agent " + name);
  // Of its own, so that its credentials need not permit it to hear what others are answered.
  settings.inbox = "_INBOX." + name;
  return settings;
}

Result<void> Agent::open(config::AgentConfig config) {
  const auto installation = installation_of(config.spool);
  if (!installation) return installation.error();
  const auto boot = next_boot(config.spool, net::wall_now());
  if (!boot) return boot.error();
  auto broker = fleet::connect(broker_settings_of(config));
  if (!broker) return broker.error();
  broker_ = std::move(*broker);
  const wire::KeySeed seed = random_seed();
  for (const config::VantageConfig& vantage : config.vantages) {
    auto made = AgentVantage::create(
        {.vantage = vantage,
         .broker = broker_,
         .claim = {.installation = *installation, .boot = *boot, .host = host_name(), .version = kVersion},
         .seed = seed},
        config, [vantage] { return net::open_packet_io(binding_of(vantage)); });
    if (!made) return made.error();
    vantages_.push_back(std::move(*made));
  }
  config_ = std::move(config);
  reload_success_ = net::wall_now();
  return {};
}

Result<void> Agent::serve() {
  // No reload over HTTP until there is a server to renew.
  const std::lock_guard no_reload(reload_mutex_);
  auto http = serve_pages(config_.exporter, options_.listen, handlers());
  if (!http) return http.error();
  http_ = std::move(*http);
  for (const auto& vantage : vantages_) vantage->start();
  tending_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      tend();
      changed.wait_for(lock, stop, kTendEvery, [] { return false; });
    }
  });
  return {};
}

// A problem is logged when it becomes another one, not as long as it lasts.
void Agent::tend() {
  const fleet::BrokerState broker = fleet::state_of(*broker_);
  const std::string problem = broker.connected && broker.problem.empty() ? "" : broker.problem;
  if (problem != logged_problem_ && !problem.empty()) {
    spdlog::warn("event=broker_problem connected={} error=\"{}\"", broker.connected, problem);
  } else if (problem != logged_problem_) {
    spdlog::info("event=broker_connected");
  }
  logged_problem_ = problem;
  for (const auto& vantage : vantages_) vantage->tend(net::monotonic_now());
}

Result<void> Agent::reload() {
  const std::lock_guard lock(reload_mutex_);
  return reload_now();
}

Result<void> Agent::reload_now() {
  auto config = load();
  const Result<void> applied = config ? apply(std::move(*config)) : Result<void>(config.error());
  {
    const std::lock_guard status(status_mutex_);
    reload_successful_ = applied.has_value();
    if (applied) reload_success_ = net::wall_now();
  }
  if (applied) {
    spdlog::info("event=config_reloaded file={}", options_.config);
  } else {
    spdlog::error("event=config_reload_failed error=\"{}\"", to_string(applied.error()));
  }
  return applied;
}

Result<void> Agent::apply(config::AgentConfig config) {
  if (config.vantages != config_.vantages || !same_listener(config.exporter, config_.exporter) ||
      config.spool != config_.spool || config.spool_bytes != config_.spool_bytes ||
      config.spool_age != config_.spool_age) {
    return Error{ErrorCode::refused, "reload " + options_.config,
                 "vantages, exporter (but for web_config) and the spool cannot change while running; restart the agent "
                 "for that"};
  }
  auto access = web_access_of(config.exporter.web);
  if (!access) return access.error();
  http_->renew(std::move(*access));
  // Also when the file is the same: what it names may have become another.
  const bool has_certificates = !config.broker.ca.empty() || !config.broker.certificate.empty();
  if (config.broker != config_.broker || has_certificates || !fleet::state_of(*broker_).connected) {
    fleet::renew(*broker_, broker_settings_of(config));
  }
  for (const auto& vantage : vantages_) vantage->limit(config);
  config_ = std::move(config);
  return {};
}

telemetry::AgentStatus Agent::status() const {
  const fleet::BrokerState broker = fleet::state_of(*broker_);
  telemetry::AgentStatus status;
  status.version = kVersion;
  status.connected = broker.connected;
  status.connects = broker.connects;
  status.problem = broker.problem;
  status.problem_kind = kind_of(broker.kind);
  for (const auto& vantage : vantages_) status.vantages.push_back(vantage->status());
  const std::lock_guard lock(status_mutex_);
  status.reload_successful = reload_successful_;
  status.reload_success = reload_success_;
  return status;
}

telemetry::Handlers Agent::handlers() {
  telemetry::Handlers handlers;
  handlers.own_metrics = [this] { return telemetry::metrics_text(status()); };
  handlers.own_page = [this] { return telemetry::agent_page(status()); };
  handlers.healthy = [this]() -> telemetry::Health {
    for (const auto& vantage : vantages_) {
      if (vantage->alive(net::monotonic_now())) continue;
      return {.ok = false, .reason = "vantage point " + vantage->config().name + " stands still; restart the process"};
    }
    return {};
  };
  handlers.ready = []() -> telemetry::Health { return {}; };
  if (config_.exporter.reload_endpoint) {
    handlers.reload = [this] { return try_reload(reload_mutex_, [this] { return reload_now(); }); };
  }
  return handlers;
}

}  // namespace isthmus::app
