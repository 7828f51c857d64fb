// Sources of targets, watched: files by the kernel and by looking, lists behind URLs by asking again.

#include "app/target_sources.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "isthmus/net/clock.hpp"
#include "isthmus/telemetry/http_server.hpp"
#include "support/temporary_folder.hpp"

namespace isthmus::app {
namespace {

using namespace std::chrono_literals;

class Folder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }
  [[nodiscard]] std::string pattern(const std::string& name = "*.yaml") const { return (folder_ / name).string(); }
  static bool comes(FileWatch& watch) { return watch.wait(net::monotonic_now() + 20s); }
  static bool comes_soon(FileWatch& watch) { return watch.wait(net::monotonic_now() + 50ms); }

  support::TemporaryFolder folder_;
};

using FileWatchTest = Folder;

// Looking would find it after an hour, or when the wait is over.
TEST_F(FileWatchTest, TheKernelTellsOfAFileThatChangesComesOrGoes) {
  const auto watch = FileWatch::create(1h).value();
  const auto comes_at_once = [&](const std::function<void()>& change) {
    const Instant start = net::monotonic_now();
    std::thread somebody([&] {
      std::this_thread::sleep_for(50ms);  // So that the watch waits by then; were it late, it would see the same.
      change();
    });
    const bool came = watch->wait(start + 30s);
    somebody.join();
    return came && net::monotonic_now() - start < 20s;
  };
  write("a.yaml", "one");
  watch->follow({pattern()}, net::wall_now());
  EXPECT_FALSE(comes_soon(*watch)) << "it was read already";
  EXPECT_TRUE(comes_at_once([&] { write("a.yaml", "another"); }));
  EXPECT_FALSE(comes_soon(*watch)) << "it was told already";
  EXPECT_TRUE(comes_at_once([&] { write("b.yaml", ""); }));
  EXPECT_TRUE(comes_at_once([&] { std::filesystem::remove(folder_ / "a.yaml"); }));
  write("b.txt", "");
  EXPECT_FALSE(comes_soon(*watch)) << "it does not match";
}

TEST_F(FileWatchTest, LookingFindsWhatTheKernelDoesNotTell) {
  const auto watch = FileWatch::create(50ms).value();
  // The kernel cannot watch a folder that is not there.
  watch->follow({pattern("later/*.yaml")}, net::wall_now());
  EXPECT_FALSE(comes_soon(*watch));
  write("later/a.yaml", "");
  EXPECT_TRUE(comes(*watch));
}

TEST_F(FileWatchTest, AChangeBetweenReadingAndWatchingIsNotMissed) {
  const auto watch = FileWatch::create().value();
  const Timestamp read_at = net::wall_now();
  write("a.yaml", "");
  std::filesystem::last_write_time(folder_ / "a.yaml", std::filesystem::file_time_type::clock::now() + 1s);
  watch->follow({pattern()}, read_at);
  EXPECT_TRUE(comes(*watch));
}

TEST_F(FileWatchTest, AFileThatIsBeingWrittenIsLeftAloneUntilItIsWhole) {
  const auto watch = FileWatch::create(20ms).value();
  watch->follow({pattern()}, net::wall_now());
  Duration longest_pause{};
  std::thread writer([&] {
    std::ofstream file(folder_ / "a.yaml");
    Instant before = net::monotonic_now();
    for (int i = 0; i < 10; ++i) {
      file << "line\n" << std::flush;
      std::this_thread::sleep_for(50ms);
      const Instant now = net::monotonic_now();
      longest_pause = std::max(longest_pause, now - before);
      before = now;
    }
  });
  EXPECT_TRUE(comes(*watch));
  const auto size = std::filesystem::file_size(folder_ / "a.yaml");
  writer.join();
  // On a busy machine the writer itself may stand still for so long that its file looks finished.
  EXPECT_TRUE(size == 50 || longest_pause > 250ms) << size;
}

// Whoever waits has other things to do at times, however often somebody writes.
TEST_F(FileWatchTest, TheTimeComesWhileFilesChangeAndThenTheyAreToldLater) {
  const auto watch = FileWatch::create(1h).value();
  watch->follow({pattern()}, net::wall_now());
  write("a.yaml", "one");
  EXPECT_FALSE(watch->wait(net::monotonic_now())) << "it may still be being written";
  bool came = false;
  for (const Instant end = net::monotonic_now() + 20s; !came && net::monotonic_now() < end;) came = comes_soon(*watch);
  EXPECT_TRUE(came);
  EXPECT_FALSE(comes_soon(*watch)) << "it was told already";
}

TEST_F(FileWatchTest, WakingEndsAWait) {
  const auto watch = FileWatch::create(1h).value();
  watch->follow({pattern()}, net::wall_now());
  std::thread waker([&] { watch->wake(); });
  EXPECT_FALSE(watch->wait(net::monotonic_now() + 1h));
  waker.join();
}

// A server whose list a test changes, and who reads it as a monitor does.
class HttpList : public testing::Test {
 protected:
  void SetUp() override {
    telemetry::Handlers handlers;
    handlers.own_metrics = [this] {
      std::unique_lock lock(mutex_);
      waiting_ = silent_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !silent_; });
      if (list_.empty()) throw std::runtime_error("the list is not there");
      return list_;
    };
    server_ = telemetry::HttpServer::start({.listen = "127.0.0.1:0"}, handlers).value();
    source_.url = server_->url() + "/metrics";
    source_.refresh_interval = 20ms;
    serve("first");
  }
  void TearDown() override {
    sources_.stop();
    be_silent(false);
  }

  void serve(const std::string& list) {
    const std::lock_guard lock(mutex_);
    list_ = list;
  }
  void be_silent(bool silent) {
    const std::lock_guard lock(mutex_);
    silent_ = silent;
    changed_.notify_all();
  }
  // A reload; what is read is good, or not.
  std::string reload(bool good = true) { return read(sources_.asking(), good); }
  std::string read(const config::Environment& environment, bool good) {
    const auto text = environment.fetch(source_);
    const bool usable = text && good;
    sources_.settle({{.name = source_.url, .targets = text ? text->size() : 0, .good = usable}}, usable);
    return text ? *text : "";
  }
  void watch(bool good = true) {
    sources_.watch({.files = {}, .http = {source_}}, [this, good] {
      const std::string text = read(sources_.remembering(), good);
      const std::lock_guard lock(mutex_);
      changes_.push_back(text);
      changed_.notify_all();
    });
  }
  std::string next_change() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 20s, [&] { return !changes_.empty(); });
    if (changes_.empty()) return "nothing within 20 s";
    const std::string first = changes_.front();
    changes_.erase(changes_.begin());
    return first;
  }
  bool until(const std::function<bool(const telemetry::TargetSourceStatus&)>& condition) {
    for (const Instant end = net::monotonic_now() + 20s; net::monotonic_now() < end; std::this_thread::sleep_for(5ms)) {
      if (const auto all = sources_.status(); all.size() == 1 && condition(all[0])) return true;
    }
    return false;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string list_;                  // guarded by mutex_
  bool silent_{false};                // guarded by mutex_; the server answers nobody,
  bool waiting_{false};               // guarded by mutex_; and somebody waits for it
  std::vector<std::string> changes_;  // guarded by mutex_
  std::unique_ptr<telemetry::HttpServer> server_;
  config::HttpTargetsConfig source_;
  TargetSources sources_;
};

TEST_F(HttpList, AnotherListIsTakenWhenItComesAndTheSameOneIsNot) {
  EXPECT_EQ(reload(), "first");
  watch();
  serve("the second");
  EXPECT_EQ(next_change(), "the second");
  EXPECT_TRUE(until([](const auto& status) { return status.targets == 10 && status.failures == 0; }));
  const Timestamp before = sources_.status()[0].success;
  EXPECT_TRUE(until([&](const auto& status) { return status.success > before; })) << "it is asked on";
  const std::lock_guard lock(mutex_);
  EXPECT_TRUE(changes_.empty());
}

TEST_F(HttpList, AServerThatFailsIsCountedAndWhatItSaidBeforeStays) {
  EXPECT_EQ(reload(), "first");
  watch();
  serve("");
  EXPECT_TRUE(until([](const auto& status) { return status.failures >= 2 && status.failing; }));
  EXPECT_EQ(sources_.status()[0].targets, 5u);
  EXPECT_EQ(reload(), "first") << "a reload goes on with it, too";
  EXPECT_TRUE(sources_.status()[0].failing);
  serve("first");
  EXPECT_TRUE(until([](const auto& status) { return !status.failing; }));
}

TEST_F(HttpList, AListThatIsNoGoodIsCountedAndNotRemembered) {
  EXPECT_EQ(reload(), "first");
  serve("bad");
  EXPECT_EQ(reload(false), "bad");
  EXPECT_EQ(sources_.status()[0].failures, 1u);
  EXPECT_TRUE(sources_.status()[0].failing);
  EXPECT_EQ(sources_.status()[0].targets, 5u);
  EXPECT_EQ(sources_.remembering().fetch(source_).value(), "first");
}

TEST_F(HttpList, WithoutEverHavingAnsweredThereIsNothingToGoOnWith) {
  serve("");
  EXPECT_FALSE(sources_.asking().fetch(source_));
  EXPECT_FALSE(sources_.remembering().fetch(source_));
}

TEST_F(HttpList, WhatFollowsAQuestionMarkIsNotToldInAnError) {
  server_->stop();
  const std::string name = source_.url;
  source_.url += "?key=secret";
  const auto refused = sources_.asking().fetch(source_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().operation, "get " + name);
  EXPECT_EQ(refused.error().detail.find("secret"), std::string::npos) << refused.error().detail;
  source_.url = "http://127.0.0.1:any/list?key=secret";
  const auto unreadable = sources_.asking().fetch(source_);
  ASSERT_FALSE(unreadable);
  EXPECT_EQ(to_string(unreadable.error()).find("secret"), std::string::npos) << to_string(unreadable.error());
}

// It may take an hour: were the end not told to it, the test would have none either.
TEST_F(HttpList, AServerThatNeverAnswersDoesNotHoldUpTheEnd) {
  source_.timeout = 1h;
  EXPECT_EQ(reload(), "first");
  be_silent(true);
  watch();
  {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, 20s, [this] { return waiting_; }));
  }
  sources_.stop();
  EXPECT_EQ(sources_.status()[0].failures, 0u) << "it may well have answered";
}

TEST_F(HttpList, ASourceIsInTheMetricsOnceItIsSettled) {
  serve("");
  EXPECT_FALSE(sources_.asking().fetch(source_));
  EXPECT_TRUE(sources_.status().empty());
  EXPECT_EQ(reload(), "");
  ASSERT_EQ(sources_.status().size(), 1u);
  EXPECT_EQ(sources_.status()[0].source, source_.url);
  EXPECT_EQ(sources_.status()[0].failures, 2u);
}

TEST_F(HttpList, ASourceThatIsNoLongerNamedLeavesTheMetrics) {
  EXPECT_EQ(reload(), "first");
  EXPECT_EQ(sources_.status().size(), 1u);
  sources_.settle({}, true);
  EXPECT_TRUE(sources_.status().empty());
}

}  // namespace
}  // namespace isthmus::app
