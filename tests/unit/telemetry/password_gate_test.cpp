#include "telemetry/password_gate.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "telemetry/base64.hpp"

namespace isthmus::telemetry {
namespace {

// "open sesame" with the least cost, and with one that takes a moment.
constexpr const char* kQuick = "$2y$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy";
constexpr const char* kSlow = "$2y$08$abcdefghijklmnopqrstuuvbcBqwD0vqGp5cw/xK4wy0Mtx9M8.Zy";

std::shared_ptr<const WebAccess> with_users(std::map<std::string, std::string> users) {
  AccessSettings settings;
  settings.users = std::move(users);
  return make_web_access(settings).value();
}

std::string header(const std::string& user, const std::string& password) {
  return "Basic " + base64_encode(user + ":" + password);
}

struct Answer {
  Verdict verdict;
  bool compared;  ///< On the gate's thread, so a hash was made.
};

Answer ask(PasswordGate& gate, const std::shared_ptr<const WebAccess>& access, const std::string& authorization) {
  const auto answer = std::make_shared<std::promise<Answer>>();
  const auto asking = std::this_thread::get_id();
  gate.ask(access, authorization, [answer, asking](Verdict verdict) {
    answer->set_value({verdict, std::this_thread::get_id() != asking});
  });
  return answer->get_future().get();
}

TEST(PasswordGate, KnowsEveryKindOfBcrypt) {
  PasswordGate gate;
  const std::string rest = std::string(kQuick).substr(3);
  for (const std::string kind : {"$2y", "$2b", "$2a"}) {
    const auto access = with_users({{"prometheus", kind + rest}});
    EXPECT_EQ(ask(gate, access, header("prometheus", "open sesame")).verdict, Verdict::allowed) << kind;
    EXPECT_EQ(ask(gate, access, header("prometheus", "open sesam")).verdict, Verdict::refused) << kind;
    EXPECT_EQ(ask(gate, access, header("prometheus", "")).verdict, Verdict::refused) << kind;
  }
}

TEST(PasswordGate, ComparesForWhomItDoesNotKnowToo) {
  PasswordGate gate;
  const auto access = with_users({{"prometheus", kQuick}});
  const Answer stranger = ask(gate, access, header("nobody", "open sesame"));
  EXPECT_EQ(stranger.verdict, Verdict::refused) << "it is somebody else's password";
  EXPECT_TRUE(stranger.compared) << "the time would tell who is known";
}

TEST(PasswordGate, RemembersWhomItLetInAndNobodyElse) {
  PasswordGate gate;
  const auto access = with_users({{"prometheus", kQuick}});
  EXPECT_TRUE(ask(gate, access, header("prometheus", "open sesame")).compared);
  const Answer again = ask(gate, access, header("prometheus", "open sesame"));
  EXPECT_EQ(again.verdict, Verdict::allowed);
  EXPECT_FALSE(again.compared) << "a scrape costs 50 ms";
  for (int repetition = 0; repetition < 2; ++repetition) {
    EXPECT_TRUE(ask(gate, access, header("prometheus", "wrong")).compared) << "a wrong one was remembered";
  }
  // Another hash of the same password is another credential.
  EXPECT_TRUE(ask(gate, with_users({{"prometheus", kSlow}}), header("prometheus", "open sesame")).compared);
}

TEST(PasswordGate, TakesOnSoManyAtATime) {
  PasswordGate gate;
  const auto access = with_users({{"prometheus", kSlow}});
  const auto done = std::make_shared<std::promise<void>>();
  std::atomic<int> left{40};
  std::atomic<int> busy{0};
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 40; ++i) {
    gate.ask(access, header("prometheus", "guess " + std::to_string(i)), [&left, &busy, done](Verdict verdict) {
      if (verdict == Verdict::too_busy) ++busy;
      if (--left == 0) done->set_value();
    });
  }
  // Asking never waits for a comparison, of which each takes some milliseconds.
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
  done->get_future().wait();
  EXPECT_GT(busy, 0);
  EXPECT_LE(busy, 40 - 16);
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"a", "ab=", "a===", "=abc", "ab\nc", "ab c", "\xFF\xFF\xFF\xFF", "ab==cd=="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
  for (const std::string bytes : {"", "a", "ab", "abc", "user:p\xC3\xA4ss"}) {
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
}

}  // namespace
}  // namespace isthmus::telemetry
