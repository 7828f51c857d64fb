#include "isthmus/telemetry/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "isthmus/telemetry/http_client.hpp"
#include "unit/telemetry/http_fixture.hpp"

namespace isthmus::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(HttpServer, AnswersWithProtectiveHeaders) {
  const auto server = serve();
  const std::string response = exchange(server->port(), std::string("GET /") + kClosing);
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
  for (const char* part : {"Content-Type: text/html; charset=utf-8\r\n", "Content-Security-Policy: default-src 'none'",
                           "X-Content-Type-Options: nosniff\r\n", "Cache-Control: no-store\r\n", "</html>"}) {
    EXPECT_THAT(response, HasSubstr(part));
  }
}

TEST(HttpServer, HeadHasTheLengthButNoBody) {
  const auto server = serve();
  const std::string head = exchange(server->port(), std::string("HEAD /-/healthy") + kClosing);
  EXPECT_THAT(head, HasSubstr("Content-Length: 8\r\n"));
  EXPECT_THAT(head, ::testing::EndsWith("\r\n\r\n"));
}

TEST(HttpServer, MethodNotAllowedNamesTheAllowedOnes) {
  const auto server = serve();
  const std::string response = exchange(server->port(), std::string("DELETE /metrics") + kClosing);
  EXPECT_THAT(response, StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(response, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST(HttpServer, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  const auto server = serve();
  Client client(server->port());
  const std::string keep = " HTTP/1.1\r\nHost: x\r\n\r\n";
  client.send("GET /-/healthy" + keep + "GET /nothing" + keep + "GET /-/ready" + kClosing);
  const std::string responses = client.receive();
  EXPECT_EQ(count(responses, "HTTP/1.1 "), 3u);
  EXPECT_LT(responses.find("200 OK"), responses.find("404 Not Found"));
  EXPECT_THAT(responses, ::testing::EndsWith("ready\n"));
}

TEST(HttpServer, TheWebPageIsCompressedAndThenOnlyConfirmed) {
  static constexpr std::array<StaticFile, 1> kFiles{{{.path = "/",
                                                      .content_type = "text/html; charset=utf-8",
                                                      .body = "<!doctype html>",
                                                      .gzip = "zipped",
                                                      .etag = "\"aa\"",
                                                      .immutable = false}}};
  Handlers handlers = sample_handlers();
  handlers.files = kFiles;
  const auto server = serve({}, handlers);
  Client client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\n\r\n");
  client.send("GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0, *\r\n\r\n");
  client.send("GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"aa\"\r\nConnection: close\r\n\r\n");
  const std::string responses = client.receive();
  EXPECT_EQ(count(responses, "Content-Encoding: gzip\r\n"), 1u) << responses;
  EXPECT_LT(responses.find("zipped"), responses.find("<!doctype html>"));
  EXPECT_EQ(count(responses, "Cache-Control: no-cache\r\n"), 3u) << "it replaces no-store";
  EXPECT_EQ(count(responses, "default-src 'self'"), 3u);
  const std::string confirmed = responses.substr(responses.find("HTTP/1.1 304"));
  EXPECT_THAT(confirmed, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(confirmed, ::testing::EndsWith("\r\n\r\n"));
}

TEST(HttpServer, PostFromAWebPageCannotReload) {
  Handlers handlers = sample_handlers();
  handlers.reload = []() -> Result<void> { return {}; };
  const auto server = serve({}, handlers);
  const std::string page =
      "POST /-/reload HTTP/1.1\r\nHost: x\r\nOrigin: http://evil\r\nContent-Length: 0\r\n"
      "Connection: close\r\n\r\n";
  EXPECT_THAT(exchange(server->port(), page), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(exchange(server->port(), std::string("POST /-/reload") + kClosing), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, GarbageGetsA400AndHarmsNobody) {
  const auto server = serve();
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9), std::string("GET\r\n\r\n"), std::string("\0\0\0\0", 4),
        std::string("GET / HTTP/9.9\r\n\r\n"), std::string("GET / HTTP/1.1\r\nbad header\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n")}) {
    Client client(server->port());
    client.send(bytes);
    client.finish_sending();
    const std::string response = client.receive();
    EXPECT_THAT(response, ::testing::AnyOf(StartsWith("HTTP/1.1 400"), "")) << bytes;
  }
  Client client(server->port());
  client.send("GET / HTTP/1.1\r\nbad header\r\n\r\n");
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange(server->port(), std::string("GET /-/healthy") + kClosing), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, HugeHeaderAndBodyAreRefused) {
  const auto server = serve();
  EXPECT_THAT(exchange(server->port(), "GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(exchange(server->port(), "POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" +
                                           std::string(100'000, 'x')),
              StartsWith("HTTP/1.1 413"));
}

TEST(HttpServer, SlowRequestIsCutOffHoweverItDribbles) {
  HttpOptions options;
  options.request_timeout = milliseconds(100);
  const auto server = serve(options);
  Client slow(server->port());
  slow.send("GET / HT");
  std::promise<void> ended;
  std::jthread dribble([&slow, done = ended.get_future()] {
    while (done.wait_for(milliseconds(20)) == std::future_status::timeout) slow.send("T");
  });
  const auto before = std::chrono::steady_clock::now();
  slow.receive();
  EXPECT_GE(std::chrono::steady_clock::now() - before, milliseconds(50));
  ended.set_value();
}

TEST(HttpServer, ManySilentConnectionsDoNotShutOthersOut) {
  HttpOptions options;
  options.max_connections = 8;
  options.request_timeout = seconds(60);
  const auto server = serve(options);
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 40; ++i) {
    silent.push_back(std::make_unique<Client>(server->port()));
    silent.back()->send("GET / HTTP/1.1\r\n");
  }
  EXPECT_THAT(exchange(server->port(), std::string("GET /-/healthy") + kClosing), StartsWith("HTTP/1.1 200"));
  // The oldest had to give way: this ends although its own time is not up.
  EXPECT_EQ(silent.front()->receive(), "");
}

// An idle connection that was served before, of a scraper, outlives those that never asked for anything.
TEST(HttpServer, ManySilentConnectionsDoNotEndThoseThatWereServed) {
  HttpOptions options;
  options.max_connections = 8;
  options.request_timeout = seconds(60);
  const auto server = serve(options);
  Client scraper(server->port());
  const std::string ask = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n";
  scraper.send(ask);
  scraper.receive("healthy\n");
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(std::make_unique<Client>(server->port()));
  EXPECT_EQ(silent.front()->receive(), "") << "the oldest that was not served gives way";
  scraper.send(ask + "GET /-/ready" + kClosing);
  EXPECT_THAT(scraper.receive(), ::testing::EndsWith("ready\n"));
}

TEST(HttpServer, PathsLeadNowhereElse) {
  const auto server = serve();
  for (const char* path :
       {"/../etc/passwd", "/..%2fetc/passwd", "/%2e%2e/etc/passwd", "//", "//etc/passwd", "/./metrics", "/metrics/",
        "/metrics/..", "/badge/../../../etc/passwd.svg", "/badge/%2e%2e%2f%2e%2e%2fetc%2fpasswd.svg", "/embed/..",
        "/embed/%2fetc%2fpasswd", "/api/v1/targets%00", "/METRICS", "\\metrics", "http://x/metrics", "*"}) {
    const std::string response = exchange(server->port(), "GET " + std::string(path) + kClosing);
    EXPECT_THAT(response, StartsWith("HTTP/1.1 404")) << path;
    EXPECT_THAT(response, Not(HasSubstr("root:"))) << path;
  }
}

TEST(HttpServer, OldClientsGetTheirAnswerAndItsEnd) {
  const auto server = serve();
  const std::string response = exchange(server->port(), "GET /-/healthy HTTP/1.0\r\n\r\n");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(response, ::testing::EndsWith("healthy\n"));
}

TEST(HttpServer, ABodyInChunksIsReadAndBounded) {
  Handlers handlers = sample_handlers();
  handlers.reload = []() -> Result<void> { return {}; };
  const auto server = serve({}, handlers);
  const std::string post =
      "POST /-/reload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(exchange(server->port(), post + "5\r\nhello\r\n0\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(exchange(server->port(), post + "ffffff\r\n" + std::string(100'000, 'x')), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(exchange(server->port(), post + "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST(HttpServer, PeerThatDoesNotReadIsCutOffAndBlocksNobody) {
  Handlers handlers = sample_handlers();
  auto snapshot = test::sample_snapshot();
  // More than socket buffers hold.
  test::change(snapshot.targets, 0, [](auto& target) { target.upstreams[0].name = std::string(20'000'000, 'x'); });
  handlers.snapshot = [shared = std::make_shared<const resilience::Snapshot>(snapshot)] { return shared; };
  HttpOptions options;
  options.threads = 1;
  options.write_timeout = milliseconds(100);
  const auto server = serve(options, handlers);
  Client deaf(server->port());
  deaf.send("GET /api/v1/targets HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(exchange(server->port(), std::string("GET /-/healthy") + kClosing), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(deaf.is_given_up());
}

// Three scrapes of which two fit: the third is told so, while those that ask for less are served as ever.
TEST(HttpServer, LargeAnswersThatNobodyReadsDoNotFillTheMemory) {
  constexpr std::size_t kBody = 16 << 20;  // More than sockets of the loopback interface hold.
  auto handlers = sample_handlers();
  const std::string body = std::string(kBody, '#') + "the end";
  handlers.own_metrics = [&body] { return body; };
  HttpOptions options;
  options.max_large_bytes = 2 * body.size();
  const auto server = serve(options, std::move(handlers));
  const std::string scrape = std::string("GET /metrics") + kClosing;
  Client slow(server->port());
  Client slower(server->port());
  for (Client* client : {&slow, &slower}) {
    client->send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(client->receive("\r\n"), StartsWith("HTTP/1.1 200"));
  }
  const std::string refused = exchange(server->port(), scrape);
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 5\r\n"));
  EXPECT_THAT(exchange(server->port(), std::string("GET /-/healthy") + kClosing), StartsWith("HTTP/1.1 200"));

  // On the same connection, where the server has done with the first answer before it reads the second request.
  slow.send(scrape);
  EXPECT_EQ(count(slow.receive(), "HTTP/1.1 200"), 2u) << "what has been read makes room";
}

TEST(HttpServer, AnAnswerAboveTheLimitComesAlone) {
  auto handlers = sample_handlers();
  handlers.own_metrics = [] { return std::string(1 << 20, '#'); };
  HttpOptions options;
  options.max_large_bytes = 1000;
  const auto server = serve(options, std::move(handlers));
  EXPECT_THAT(exchange(server->port(), std::string("GET /metrics") + kClosing), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, StopClosesConnectionsAndThePort) {
  auto server = serve();
  const std::uint16_t port = server->port();
  Client idle(port);
  idle.send("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.receive("healthy\n");
  server->stop();
  EXPECT_THAT(idle.receive(), ::testing::EndsWith("healthy\n"));  // Returns because the server closed.
  server->stop();
  EXPECT_FALSE(http_get("http://127.0.0.1:" + std::to_string(port) + "/", seconds(30)));
}

TEST(HttpServer, PortInUseIsExplained) {
  const auto first = serve();
  HttpOptions options;
  options.listen = "127.0.0.1:" + std::to_string(first->port());
  const auto second = HttpServer::start(options, sample_handlers());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::busy);
  EXPECT_THAT(to_string(second.error()), HasSubstr(options.listen));
  EXPECT_THAT(second.error().detail, HasSubstr("exporter.listen"));
}

TEST(HttpServer, ForeignAddressIsExplained) {
  HttpOptions options;
  options.listen = "192.0.2.1:0";
  const auto server = HttpServer::start(options, sample_handlers());
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().detail, HasSubstr("address of this machine"));
}

TEST(HttpServer, UrlNamesWhereItIsReached) {
  const auto server = serve();
  EXPECT_EQ(server->url(), "http://127.0.0.1:" + std::to_string(server->port()));
  HttpOptions everywhere;
  everywhere.listen = ":0";
  const auto open = HttpServer::start(everywhere, sample_handlers());
  ASSERT_TRUE(open) << to_string(open.error());
  EXPECT_EQ(http_get((*open)->url() + "/-/healthy", seconds(30))->status, 200u);
}

TEST(HttpClient, BringsStatusAndBody) {
  Handlers handlers = sample_handlers();
  handlers.ready = [] { return Health{false, "starting"}; };
  const auto server = serve({}, handlers);
  const auto healthy = http_get(server->url() + "/-/healthy", seconds(30));
  ASSERT_TRUE(healthy) << to_string(healthy.error());
  EXPECT_EQ(healthy->status, 200u);
  EXPECT_EQ(healthy->body, "healthy\n");
  EXPECT_EQ(http_get(server->url() + "/-/ready", seconds(30))->status, 503u);
}

// A port where nobody answers unless the test does.
class Listener {
 public:
  Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 1), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    authority_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Listener() { ::close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] const std::string& authority() const { return authority_; }

  /// The header of the first request, which is given that answer.
  [[nodiscard]] std::string answer(std::string_view response) const {
    const int peer = ::accept(socket_, nullptr, nullptr);
    std::string request;
    std::array<char, 4096> buffer;
    while (request.find("\r\n\r\n") == std::string::npos) {
      const auto size = ::recv(peer, buffer.data(), buffer.size(), 0);
      if (size <= 0) break;
      request.append(buffer.data(), static_cast<std::size_t>(size));
    }
    ::send(peer, response.data(), response.size(), MSG_NOSIGNAL);
    ::close(peer);
    return request;
  }

 private:
  int socket_;
  std::string authority_;
};

TEST(HttpClient, TellsTheServerWhatItIsCalled) {
  const Listener listener;
  auto request = std::async(std::launch::async, [&listener] {
    return listener.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  EXPECT_TRUE(http_get("http://" + listener.authority() + "/", seconds(30)));
  EXPECT_THAT(request.get(), HasSubstr("\r\nHost: " + listener.authority() + "\r\n"));
}

TEST(HttpClient, GivesUpOnASilentServer) {
  const Listener listener;
  const auto response = http_get("http://" + listener.authority() + "/", milliseconds(50));
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().detail, HasSubstr("no answer within 50ms"));
}

// The timeout is an hour: were the wait not ended, the test would not end either.
TEST(HttpClient, WhoeverWaitsCanBeStopped) {
  Handlers handlers = sample_handlers();
  std::promise<void> asked;
  std::promise<void> let_go;
  handlers.own_metrics = [&] {
    asked.set_value();
    let_go.get_future().wait();
    return std::string();
  };
  const auto server = serve({}, handlers);
  std::stop_source stop;
  std::thread somebody([&] {
    asked.get_future().wait();
    stop.request_stop();
  });
  const auto answer = http_get(server->url() + "/metrics", std::chrono::hours(1), {}, stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().detail, HasSubstr("stopped"));
  somebody.join();
  let_go.set_value();
}

TEST(HttpClient, RefusesWhatIsNoHttpUrl) { EXPECT_FALSE(http_get("ftp://127.0.0.1/", seconds(1))); }

}  // namespace
}  // namespace isthmus::telemetry
