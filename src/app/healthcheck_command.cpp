#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "app/command.hpp"
#include "isthmus/telemetry/http_client.hpp"

namespace isthmus::app {
namespace {

int healthcheck(const std::string& url) {
  const auto response = telemetry::http_get(url, std::chrono::seconds(3));
  if (!response) return fail(to_string(response.error()));
  if (response->status != 200) {
    return fail(url + " answers " + std::to_string(response->status) + ": " + response->body);
  }
  return kSuccess;
}

}  // namespace

void add_healthcheck(CLI::App& root, Run& run) {
  auto url = std::make_shared<std::string>("http://127.0.0.1:10176/-/healthy");
  CLI::App* command = root.add_subcommand("healthcheck", "Ask a running isthmus whether it is healthy (exit 0 or 1)");
  command->add_option("--url", *url, "What to ask")->capture_default_str();
  command->footer("Example: isthmus healthcheck --url http://127.0.0.1:10176/-/ready");
  command->callback([url, &run] { run = [url] { return healthcheck(*url); }; });
}

}  // namespace isthmus::app
