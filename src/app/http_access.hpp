#pragma once
// The options by which a command reaches a running isthmus that asks for TLS or a password. Main thread.

#include "isthmus/telemetry/http_client.hpp"

namespace CLI {
class App;
}

namespace isthmus::app {

/// --ca, --server-name, --certificate with --key, and --user with --password-file.
void add_http_access(CLI::App& command, telemetry::HttpAccess& access);

}  // namespace isthmus::app
