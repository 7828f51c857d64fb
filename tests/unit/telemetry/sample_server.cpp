// Serves the sample snapshot on the loopback interface, for tests that are scripts: prints its URL and runs until
// standard input ends.
//
//   sample_server [--certificate FILE --key FILE [--client-ca FILE]] [--user NAME HASH] [--starting]

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "unit/telemetry/handlers.hpp"

namespace {

using namespace isthmus;

constexpr const char* kHostileName = "<script>alert(\"1\")</script> & 'so on'/..";

struct Options {
  telemetry::AccessSettings access;
  bool starting{false};  ///< There is no snapshot yet.
};

Options read(int count, char** words) {
  Options options;
  const auto next = [&](int& at) -> std::string {
    if (++at < count) return words[at];
    std::fprintf(stderr, "sample_server: a value is missing\n");
    std::exit(2);
  };
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--starting") options.starting = true;
    if (word == "--user") {
      const std::string name = next(i);
      options.access.users[name] = next(i);
    }
    if (word == "--certificate")
      options.access.tls = telemetry::TlsSettings{.certificate_file = next(i), .key_file = ""};
    if (word == "--key") options.access.tls->key_file = next(i);
    if (word == "--client-ca") {
      options.access.tls->client = telemetry::TlsSettings::Client::verified;
      options.access.tls->client_ca_file = next(i);
    }
  }
  return options;
}

telemetry::Handlers handlers(bool starting) {
  telemetry::Handlers made = telemetry::sample_handlers();
  made.reload = []() -> Result<void> { return {}; };
  if (starting) {
    made.snapshot = [] { return std::shared_ptr<const resilience::Snapshot>(); };
    made.ready = [] { return telemetry::Health{.ok = false, .reason = "starting"}; };
    return made;
  }
  auto snapshot = test::sample_snapshot();
  auto hostile = test::target_view();
  hostile.name = kHostileName;
  snapshot.targets.push_back(hostile);
  made.snapshot = [shared = std::make_shared<const resilience::Snapshot>(std::move(snapshot))] { return shared; };
  return made;
}

}  // namespace

int main(int count, char** words) {
  const Options options = read(count, words);
  const auto access = telemetry::make_web_access(options.access);
  if (!access) {
    std::fprintf(stderr, "%s\n", to_string(access.error()).c_str());
    return 1;
  }
  telemetry::HttpOptions http;
  http.listen = "127.0.0.1:0";
  http.access = *access;
  const auto server = telemetry::HttpServer::start(std::move(http), handlers(options.starting));
  if (!server) {
    std::fprintf(stderr, "%s\n", to_string(server.error()).c_str());
    return 1;
  }
  std::printf("%s\n", (*server)->url().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) continue;
  return 0;
}
