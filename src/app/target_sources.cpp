#include "app/target_sources.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "isthmus/net/clock.hpp"
#include "isthmus/telemetry/http_client.hpp"

namespace isthmus::app {
namespace {

// As for files: nobody's list of targets is longer.
constexpr std::size_t kLongestList = std::size_t{4} << 20;

Result<std::string> get(const config::HttpTargetsConfig& source, const std::stop_token& stop = {}) {
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(source.timeout);
  telemetry::HttpAccess access;
  access.ca_file = source.ca;
  auto response = telemetry::http_get(source.url, timeout, access, stop);
  const std::string operation = "get " + config::source_name(source);
  // Its own operation names the whole URL; what follows a '?' may be a secret, and errors are logged.
  if (!response) return Error{response.error().code, operation, response.error().detail};
  if (response->status != 200) {
    return Error{ErrorCode::io_failed, operation, "the server answers with status " + std::to_string(response->status)};
  }
  if (response->body.size() > kLongestList) return Error{ErrorCode::io_failed, operation, "is larger than 4 MiB"};
  return std::move(response->body);
}

}  // namespace

config::Environment fetching_environment() {
  config::Environment environment = config::system_environment();
  environment.fetch = [](const config::HttpTargetsConfig& source) { return get(source); };
  return environment;
}

TargetSources::~TargetSources() { stop(); }

config::Environment TargetSources::asking() {
  {
    const std::lock_guard lock(mutex_);
    read_at_ = net::wall_now();
  }
  config::Environment environment = config::system_environment();
  environment.fetch = [this](const config::HttpTargetsConfig& source) { return ask(source); };
  return environment;
}

config::Environment TargetSources::remembering() {
  config::Environment environment = config::system_environment();
  environment.fetch = [this](const config::HttpTargetsConfig& source) { return recall(source); };
  return environment;
}

Result<std::string> TargetSources::ask(const config::HttpTargetsConfig& http) {
  auto text = get(http, stopping_.get_token());
  if (!text && stopping_.stop_requested()) return text;  // Not the server's fault.
  const std::lock_guard lock(mutex_);
  Source& source = sources_[config::source_name(http)];
  source.fetch_failed = !text;
  if (text) {
    source.fresh = *text;
    return text;
  }
  ++source.status.failures;
  source.status.failing = true;
  spdlog::error("event=targets_not_fetched error=\"{}\"", to_string(text.error()));
  return source.accepted ? Result<std::string>(*source.accepted) : text;
}

Result<std::string> TargetSources::recall(const config::HttpTargetsConfig& http) const {
  const std::lock_guard lock(mutex_);
  const auto source = sources_.find(config::source_name(http));
  if (source != sources_.end() && source->second.fresh) return *source->second.fresh;
  if (source != sources_.end() && source->second.accepted) return *source->second.accepted;
  return Error{ErrorCode::not_found, "targets of " + config::source_name(http), "were never fetched"};
}

void TargetSources::settle(const std::vector<config::TargetSource>& read, bool applied) {
  const std::lock_guard lock(mutex_);
  for (const config::TargetSource& one : read) {
    Source& source = sources_[one.name];
    telemetry::TargetSourceStatus& status = source.status;
    status.source = one.name;
    if (!one.good && !source.fetch_failed) ++status.failures;
    status.failing = !one.good || source.fetch_failed;
    if (applied) {
      status.targets = one.targets;
      if (!status.failing) status.success = net::wall_now();
      if (source.fresh) source.accepted = std::move(source.fresh);
    }
    source.fresh.reset();
  }
  if (!applied) return;
  // What the configuration no longer names.
  std::erase_if(sources_, [&](const auto& known) {
    return std::ranges::find(read, known.first, &config::TargetSource::name) == read.end();
  });
}

void TargetSources::watch(const config::TargetSourcesConfig& from, std::function<void()> changed) {
  {
    const std::lock_guard lock(mutex_);
    next_ = from;
  }
  if (thread_.joinable()) return files_->wake();
  if (from.files.empty() && from.http.empty()) return;
  auto files = FileWatch::create();
  if (!files) {
    spdlog::error("event=targets_not_watched error=\"{}\" hint=\"SIGHUP reads them again\"", to_string(files.error()));
    return;
  }
  files_ = std::move(*files);
  changed_ = std::move(changed);
  thread_ = std::thread([this] { run(); });
}

void TargetSources::stop() {
  if (!thread_.joinable()) return;
  give_up();
  files_->wake();
  thread_.join();
}

void TargetSources::take_next() {
  const std::lock_guard lock(mutex_);
  if (!next_) return;
  files_->follow(std::move(next_->files), read_at_);
  refreshes_.clear();
  for (config::HttpTargetsConfig& http : next_->http) {
    const Instant at = net::monotonic_now() + http.refresh_interval;
    refreshes_.push_back({std::move(http), at});
  }
  next_.reset();
}

void TargetSources::run() {
  constexpr Duration kLong = std::chrono::hours(1);
  while (!stopping_.stop_requested()) {
    take_next();
    Instant next = net::monotonic_now() + kLong;
    for (const Refresh& refresh : refreshes_) next = std::min(next, refresh.at);
    const bool files_changed = files_->wait(next);
    if (stopping_.stop_requested()) return;
    const bool lists_changed = refresh_due();
    if (files_changed || lists_changed) changed_();
  }
}

// Whether a server has another list than the one in use.
bool TargetSources::refresh_due() {
  bool changed = false;
  for (Refresh& refresh : refreshes_) {
    if (stopping_.stop_requested() || net::monotonic_now() < refresh.at) continue;
    const bool answered = ask(refresh.source).has_value();
    refresh.at = net::monotonic_now() + refresh.source.refresh_interval;
    const std::lock_guard lock(mutex_);
    Source& source = sources_[config::source_name(refresh.source)];
    if (!answered || source.fetch_failed) continue;
    if (source.fresh != source.accepted) {
      changed = true;
      continue;
    }
    source.status.failing = false;
    source.status.success = net::wall_now();
    source.fresh.reset();
  }
  return changed;
}

std::vector<telemetry::TargetSourceStatus> TargetSources::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<telemetry::TargetSourceStatus> all;
  for (const auto& [name, source] : sources_) {
    // Asked, while what has become of it is not settled yet: it has no name to be told under.
    if (!source.status.source.empty()) all.push_back(source.status);
  }
  return all;
}

}  // namespace isthmus::app
