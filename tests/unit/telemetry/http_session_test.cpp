// One connection by itself: when it leaves, as a server at its limit wants it to.

#include "telemetry/http_session.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <thread>

#include "unit/telemetry/http_fixture.hpp"

namespace isthmus::telemetry {
namespace {

using boost::asio::ip::tcp;
using ::testing::EndsWith;
using ::testing::StartsWith;

// Its own time is never up: were it not told to leave, it would stay.
class HttpSessionTest : public ::testing::Test {
 protected:
  ~HttpSessionTest() override { io_.stop(); }

  void begin() {
    options_.request_timeout = std::chrono::hours(1);
    const auto made = std::make_shared<HttpSession>(
        acceptor_.accept(), SharedParts{options_, handlers_, feed_, budget_, access_, gate_}, [] {});
    session_ = made;
    made->start();
    worker_ = std::jthread([this] { io_.run(); });
  }

  HttpOptions options_;
  Handlers handlers_ = sample_handlers();
  EventFeed feed_{handlers_, 1};
  ByteBudget budget_{std::size_t{1} << 20};
  CurrentAccess access_{nullptr};
  PasswordGate gate_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  Client client_{acceptor_.local_endpoint().port()};
  std::weak_ptr<HttpSession> session_;
  std::jthread worker_;
};

TEST_F(HttpSessionTest, LeavesAtOnceWhileItWaitsForARequest) {
  begin();
  client_.send("GET /metrics HT");
  session_.lock()->interrupt();
  EXPECT_EQ(client_.receive(), "");
}

// Chosen while it waited for a request, which came before it was told.
TEST_F(HttpSessionTest, GivesTheAnswerThatItIsAtAndLeavesThen) {
  handlers_.own_metrics = [this] {
    session_.lock()->interrupt();
    return std::string("the answer");
  };
  begin();
  client_.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = client_.receive();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(response, EndsWith("the answer"));
}

TEST_F(HttpSessionTest, LeavesWhileItFollowsEvents) {
  begin();
  client_.send("GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client_.receive("retry: 2000\n\n"), StartsWith("HTTP/1.1 200"));
  session_.lock()->interrupt();
  client_.receive();
}

}  // namespace
}  // namespace isthmus::telemetry
