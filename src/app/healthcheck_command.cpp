#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "app/command.hpp"
#include "app/http_access.hpp"
#include "isthmus/telemetry/http_client.hpp"

namespace isthmus::app {
namespace {

struct HealthcheckOptions {
  std::string url{"http://127.0.0.1:10176/-/healthy"};
  telemetry::HttpAccess access;
};

int healthcheck(const HealthcheckOptions& options) {
  const auto response = telemetry::http_get(options.url, std::chrono::seconds(3), options.access);
  if (!response) return fail(to_string(response.error()));
  if (response->status != 200) {
    return fail(options.url + " answers " + std::to_string(response->status) + ": " + response->body);
  }
  return kSuccess;
}

}  // namespace

void add_healthcheck(CLI::App& root, Run& run) {
  auto options = std::make_shared<HealthcheckOptions>();
  CLI::App* command = root.add_subcommand("healthcheck", "Ask a running isthmus whether it is healthy (exit 0 or 1)");
  command->add_option("--url", options->url, "What to ask")->capture_default_str();
  add_http_access(*command, options->access);
  command->footer(
      "Example: isthmus healthcheck --url http://127.0.0.1:10176/-/ready\n"
      "Example: isthmus healthcheck --url https://127.0.0.1:10176/-/healthy --ca ca.pem --server-name monitor.example\n"
      "           --user health --password-file password.txt");
  command->callback([options, &run] { run = [options] { return healthcheck(*options); }; });
}

}  // namespace isthmus::app
