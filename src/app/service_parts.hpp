#pragma once
// What the long-running commands have in common: loading all that a configuration names, and what the store has left.

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/event_explainer.hpp"
#include "app/target_sources.hpp"
#include "isthmus/config/config.hpp"
#include "isthmus/ip2as/load.hpp"
#include "isthmus/resilience/baseline.hpp"
#include "isthmus/resilience/day_book.hpp"
#include "isthmus/store/store.hpp"
#include "isthmus/telemetry/http_server.hpp"
#include "isthmus/telemetry/metrics.hpp"

namespace isthmus::app {

/// What stays as it is while only targets change: the text of the configuration file, and the network data.
struct Basis {
  std::string text;
  std::shared_ptr<const ip2as::NetworkData> data;
};

struct Loaded {
  config::Config config;
  Basis basis;
  ip2as::LoadReport report;
  std::vector<config::TargetSource> sources;
};

/// The configuration, the targets that other sources list, and the network data. The error's detail has a line for each
/// problem; `sources` knows already.
[[nodiscard]] Result<Loaded> load_all(const std::string& path, TargetSources& sources);
/// The same from what is in use, but for the targets of other sources.
[[nodiscard]] Result<Loaded> load_targets(const std::string& path, const Basis& basis, TargetSources& sources);

/// At the start half a table is better than none; at a reload there is a whole one, and a download may still be going
/// on.
[[nodiscard]] Result<void> refuse_cut_tables(const Loaded& loaded);

/// `path`: instead of the configured one, unless empty.
[[nodiscard]] store::StoreOptions store_options(const config::StoreConfig& config, const std::string& path);

/// What the last run has left.
struct Stored {
  resilience::Baseline baseline;
  std::vector<resilience::DayRecord> days;
  Timestamp alive{};
};

/// Opens the store and reads it. What fails is logged, and monitoring goes on without: what people are paged from is
/// not the file.
[[nodiscard]] Stored read_store(store::Store& store);

[[nodiscard]] Result<resilience::History> history_of(const store::Store& store, const resilience::HistoryQuery& query);

/// Where a core of a fleet stopped; without it all of the stream is read, and told, again. What fails is logged.
[[nodiscard]] std::vector<store::StreamProgress> read_progress(const store::Store& store);

/// What pages show of a core and its store, whichever command has them. `store`, `explainer` and what the functions use
/// outlive the server.
[[nodiscard]] telemetry::Handlers handlers_of(const store::Store& store, const EventExplainer& explainer,
                                              std::function<std::shared_ptr<const resilience::Snapshot>()> snapshot,
                                              std::function<bool()> alive);

/// A reload that was asked for over HTTP, where whoever waits for another one holds a thread that answers: busy while
/// somebody has `reloading`, which `reload` runs under.
[[nodiscard]] Result<void> try_reload(std::mutex& reloading, const std::function<Result<void>()>& reload);

/// "127.0.0.1:10176", "[::1]:10176"
[[nodiscard]] std::string listen_address(const config::ExporterConfig& exporter);

/// Keeps what the process says about itself. Any thread.
class ProcessNotes {
 public:
  ProcessNotes();
  /// Logs it as well.
  void note_reload(const std::string& file, const Result<void>& applied);
  /// Of targets alone; only logs it.
  static void note_targets(std::size_t targets, const Result<void>& applied);
  void note_start(const Loaded& loaded);
  void note_data(const ip2as::NetworkData& data);
  /// With the store's figures of now.
  [[nodiscard]] telemetry::ProcessStatus status(const store::Store& store) const;

 private:
  void set_reload(bool successful);

  mutable std::mutex mutex_;
  telemetry::ProcessStatus status_;  // guarded by mutex_
};

}  // namespace isthmus::app
