// Signals of the long-running commands.

#include "app/daemon.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

namespace isthmus::app {
namespace {

// A thread that hears the signals of the process, as the main thread of a command does.
class Daemon : public testing::Test {
 protected:
  Daemon() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
  }
  ~Daemon() override { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  static void send(int number) { ::kill(::getpid(), number); }

 private:
  sigset_t before_{};
};

// Nobody ever answers the reload: were the end not heard meanwhile, the test would have none either.
TEST_F(Daemon, TheEndIsHeardDuringAReloadThatWaits) {
  std::promise<void> reloading;
  std::promise<void> gave_up;
  std::thread main([&] {
    run_until_stopped(
        [&] {
          reloading.set_value();
          gave_up.get_future().wait();
        },
        [&] { gave_up.set_value(); });
  });
  send(SIGHUP);
  reloading.get_future().wait();
  send(SIGTERM);
  main.join();
}

TEST_F(Daemon, HangupsDuringAReloadAreOneMore) {
  std::atomic<int> reloads{0};
  std::promise<void> first;
  std::promise<void> go_on;
  std::promise<void> second;
  std::thread main([&] {
    run_until_stopped(
        [&] {
          if (++reloads == 1) {
            first.set_value();
            go_on.get_future().wait();
          } else {
            second.set_value();
          }
        },
        [] {});
  });
  send(SIGHUP);
  first.get_future().wait();
  send(SIGHUP);
  go_on.set_value();
  second.get_future().wait();
  send(SIGINT);
  main.join();
  EXPECT_EQ(reloads, 2);
}

}  // namespace
}  // namespace isthmus::app
