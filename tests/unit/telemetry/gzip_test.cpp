#include "telemetry/gzip.hpp"

#include <gmock/gmock.h>
#include <zlib.h>

#include <future>
#include <vector>

#include "unit/telemetry/http_fixture.hpp"

namespace isthmus::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string unpacked(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string bytes = packed;
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  std::array<char, 65536> buffer;
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  EXPECT_EQ(status, Z_STREAM_END);
  return text;
}

std::string packed(const std::string& text) {
  Gzip gzip(text);
  while (gzip.step()) continue;
  return gzip.take();
}

std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }

std::string get(const std::string& path, const std::string& accept) {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: " + accept + "\r\n\r\n";
}

// A process whose metrics are whatever text a test wants.
Handlers with_metrics(std::function<std::string()> metrics) {
  Handlers handlers = sample_handlers();
  handlers.own_metrics = std::move(metrics);
  handlers.own_page = [] { return std::string("a page\n"); };
  return handlers;
}

TEST(Gzip, IsWantedOrNot) {
  for (const char* header : {"gzip", "GZIP", "x-gzip", "deflate, gzip;q=0.5", "br;q=1.0, gzip;q=0.001", "*", "*;q=0.1",
                             "identity;q=0, gzip", "gzip ; q=1"}) {
    EXPECT_TRUE(accepts_gzip(header)) << header;
  }
  for (const char* header : {"", "identity", "br", "gzip;q=0", "gzip;q=0.000", "gzip;Q=0", "*;q=0", "gzip;q=0, *",
                             "*, gzip;q=0", "gzipped", ";;;,,,"}) {
    EXPECT_FALSE(accepts_gzip(header)) << header;
  }
}

// For AddressSanitizer: the words end where the memory does, and differ in case there.
TEST(Gzip, ReadsNothingBehindTheHeader) {
  for (const std::string_view header : {"gziP", "gzip;Q", ";;;Q", "X-GZIP"}) {
    const std::vector<char> exact(header.begin(), header.end());
    EXPECT_EQ(accepts_gzip({exact.data(), exact.size()}), header.front() != ';') << header;
  }
}

TEST(Gzip, BringsBackEveryByte) {
  std::string long_text;
  for (int line = 0; long_text.size() < 3'000'000; ++line) {
    long_text += "isthmus_block_state{block=\"" + std::to_string(line * 2654435761u) + "\"} 1\n";
  }
  for (const std::string& text : {std::string(), std::string("x"), std::string(1 << 20, 'a'), long_text}) {
    EXPECT_EQ(unpacked(packed(text)), text);
  }
  EXPECT_LT(packed(long_text).size(), long_text.size() / 3);
}

TEST(Gzip, IsSentToWhoeverWantsIt) {
  const auto server = serve();
  const std::string plain = exchange(server->port(), get("/metrics", "identity"));
  const std::string small = exchange(server->port(), get("/metrics", "gzip"));
  EXPECT_THAT(plain, Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(plain, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_THAT(small, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(small, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_THAT(small, HasSubstr("Content-Length: " + std::to_string(body_of(small).size()) + "\r\n"));
  const std::string text = unpacked(body_of(small));
  EXPECT_THAT(text, HasSubstr("isthmus_target_state{"));
  EXPECT_EQ(text.size(), body_of(plain).size());
}

TEST(Gzip, IsNotWorthItForAFewBytes) {
  const auto server = serve();
  EXPECT_THAT(exchange(server->port(), get("/-/healthy", "gzip")), HasSubstr("\r\n\r\nhealthy\n"));
}

TEST(Gzip, HeadSaysWhatGetWouldBring) {
  const auto server = serve({}, with_metrics([] { return std::string(100'000, 'x'); }));
  const std::string size = std::to_string(packed(std::string(100'000, 'x')).size());
  const std::string head =
      exchange(server->port(), "HEAD /metrics HTTP/1.1\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Length: " + size + "\r\n"));
  EXPECT_THAT(head, ::testing::EndsWith("\r\n\r\n"));
}

// One thread for all: the big response is not yet through when the small one, asked for later, is made.
TEST(Gzip, LetsOthersHaveTheirTurn) {
  std::promise<void> asked;
  Client* big = nullptr;
  std::atomic<bool> overtaken{false};
  Handlers handlers = with_metrics([ready = asked.get_future().share()] {
    ready.wait();
    return std::string(20'000'000, 'x');
  });
  handlers.healthy = [&] {
    overtaken = !big->has_data();
    return Health{};
  };
  HttpOptions options;
  options.threads = 1;
  const auto server = serve(options, handlers);
  Client first(server->port());
  Client second(server->port());
  big = &first;
  first.send(get("/metrics", "gzip"));
  second.send(std::string("GET /-/healthy") + kClosing);
  asked.set_value();
  EXPECT_THAT(second.receive(), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(unpacked(body_of(first.receive())).size(), 20'000'000u);
  EXPECT_TRUE(overtaken);
}

}  // namespace
}  // namespace isthmus::telemetry
