#include "app/vantage_runner.hpp"

#include <spdlog/spdlog.h>

#include "app/probe_loop.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

constexpr Duration kReportInterval = std::chrono::seconds(1);

}  // namespace

Result<std::unique_ptr<VantageRunner>> VantageRunner::create(std::unique_ptr<net::PacketIo> io,
                                                             probes::ProberSettings settings,
                                                             fleet::InProcessBus& bus) {
  net::PacketIo* sockets = io.get();
  auto prober = probes::Prober::create(
      std::move(settings), [sockets](const IpAddress& destination) { return sockets->source_for(destination); });
  if (!prober) return prober.error();
  return std::unique_ptr<VantageRunner>(new VantageRunner(std::move(io), std::move(*prober), bus));
}

VantageRunner::VantageRunner(std::unique_ptr<net::PacketIo> io, probes::Prober prober, fleet::InProcessBus& bus)
    : io_(std::move(io)), prober_(std::move(prober)), bus_(bus) {}

VantageRunner::~VantageRunner() { stop(); }

void VantageRunner::start() {
  thread_ = std::thread([this] { run(); });
}

void VantageRunner::stop() {
  stopping_ = true;
  io_->wake();
  if (thread_.joinable()) thread_.join();
}

void VantageRunner::trace_now(std::string target, const IpAddress& address, bool look) {
  {
    const std::lock_guard lock(requests_mutex_);
    trace_requests_.push_back({std::move(target), address, look});
  }
  io_->wake();
}

void VantageRunner::ping_now(std::string target, const Block& block, const std::optional<IpAddress>& first) {
  {
    const std::lock_guard lock(requests_mutex_);
    ping_requests_.push_back({std::move(target), block, first});
  }
  io_->wake();
}

// No hurry: it is for the next look.
void VantageRunner::advise(probes::UpstreamAdvice advice) {
  const std::lock_guard lock(requests_mutex_);
  advice_.push_back(std::move(advice));
}

void VantageRunner::reconfigure(probes::ProberSettings settings) {
  {
    const std::lock_guard lock(requests_mutex_);
    requested_settings_ = std::move(settings);
  }
  io_->wake();
}

void VantageRunner::run() {
  ProbeLoop loop(*io_, prober_);
  Instant next_report = net::monotonic_now();
  while (!stopping_) {
    take_requests();
    if (net::monotonic_now() >= next_report) {
      report();
      next_report = net::monotonic_now() + kReportInterval;
    }
    loop.turn(next_report, [this](Observation observation) { publish(std::move(observation)); });
  }
  while (auto observation = prober_.poll_observation()) publish(std::move(*observation));
  report();
}

void VantageRunner::take_requests() {
  std::vector<TraceRequest> traces;
  std::vector<PingRequest> pings;
  std::vector<probes::UpstreamAdvice> advice;
  std::optional<probes::ProberSettings> settings;
  {
    const std::lock_guard lock(requests_mutex_);
    traces.swap(trace_requests_);
    pings.swap(ping_requests_);
    advice.swap(advice_);
    settings.swap(requested_settings_);
  }
  if (settings) {
    if (const auto done = prober_.reconfigure(std::move(*settings), net::monotonic_now()); !done) {
      spdlog::error("event=reconfigure_failed error=\"{}\"", to_string(done.error()));
    }
  }
  for (const probes::UpstreamAdvice& where : advice) prober_.advise(where);
  for (const PingRequest& request : pings) {
    prober_.ping_now(request.target, request.block, request.first, net::monotonic_now());
  }
  for (const TraceRequest& request : traces) {
    const Instant now = net::monotonic_now();
    if (request.look) {
      prober_.look_now(request.target, request.address, now);
    } else {
      prober_.trace_now(request.target, request.address, now);
    }
  }
}

void VantageRunner::publish(fleet::Message message) {
  if (!bus_.send(std::move(message))) ++observations_dropped_;
}

void VantageRunner::report() {
  ProberReport report = prober_.report(net::monotonic_now(), net::wall_now());
  report.receive_drops = io_->counters().receive_drops;
  report.observations_dropped = observations_dropped_;
  {
    const std::lock_guard lock(report_mutex_);
    latest_report_ = report;
  }
  publish(std::move(report));
}

std::optional<ProberReport> VantageRunner::latest_report() const {
  const std::lock_guard lock(report_mutex_);
  return latest_report_;
}

}  // namespace isthmus::app
