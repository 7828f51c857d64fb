#pragma once
// Where targets come from beside the configuration file: what each source said last, what failed, and a thread that
// sees when to read them again. watch() and stop() belong to the owner; the rest may be called from any thread.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "app/file_watch.hpp"
#include "isthmus/config/load.hpp"
#include "isthmus/telemetry/metrics.hpp"

namespace isthmus::app {

/// For commands that read the configuration once: asks the servers that it names.
[[nodiscard]] config::Environment fetching_environment();

class TargetSources {
 public:
  TargetSources() = default;
  ~TargetSources();
  TargetSources(const TargetSources&) = delete;
  TargetSources& operator=(const TargetSources&) = delete;

  /// For a start or a reload: servers are asked, and one that does not answer counts as having said what it said
  /// before.
  [[nodiscard]] config::Environment asking();
  /// For a change of targets alone: nobody is asked.
  [[nodiscard]] config::Environment remembering();
  /// After either, what has become of it. Only what was applied is what a source said last.
  void settle(const std::vector<config::TargetSource>& read, bool applied);

  /// Calls `changed` on a thread of its own whenever a source has something else to say, until stop(). Again after each
  /// reload, with what is to be watched from then on; never waits for `changed`.
  void watch(const config::TargetSourcesConfig& from, std::function<void()> changed);
  void stop();
  /// From now on no server is waited for: whoever asks one gets an error at once. Any thread.
  void give_up() { stopping_.request_stop(); }

  [[nodiscard]] std::vector<telemetry::TargetSourceStatus> status() const;

 private:
  struct Source {
    std::optional<std::string> accepted;  ///< Text behind an URL that is in use,
    std::optional<std::string> fresh;     ///< and one that came later.
    bool fetch_failed{false};
    telemetry::TargetSourceStatus status{};
  };
  [[nodiscard]] Result<std::string> ask(const config::HttpTargetsConfig& source);
  [[nodiscard]] Result<std::string> recall(const config::HttpTargetsConfig& source) const;
  void run();
  void take_next();
  [[nodiscard]] bool refresh_due();

  mutable std::mutex mutex_;
  Timestamp read_at_{};                    // guarded by mutex_; when the latest reading began
  std::map<std::string, Source> sources_;  // guarded by mutex_; by name
  struct Refresh {
    config::HttpTargetsConfig source;
    Instant at;
  };
  std::optional<config::TargetSourcesConfig> next_;  // guarded by mutex_; what to watch from now on
  std::vector<Refresh> refreshes_;                   // of the thread
  std::function<void()> changed_;                    // set before it starts
  std::unique_ptr<FileWatch> files_;
  std::stop_source stopping_;
  std::thread thread_;
};

}  // namespace isthmus::app
