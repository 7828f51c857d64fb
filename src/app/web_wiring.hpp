#pragma once
// From the exporter section of a configuration to the HTTP server, whichever command has it. Any thread.

#include <memory>
#include <string>

#include "isthmus/config/config.hpp"
#include "isthmus/telemetry/http_server.hpp"

namespace isthmus::app {

/// Reads the certificates; null when everybody may read and nothing is encrypted.
[[nodiscard]] Result<std::shared_ptr<const telemetry::WebAccess>> web_access_of(const config::WebConfig& web);

/// `listen`: instead of the configured address, unless empty.
[[nodiscard]] Result<std::unique_ptr<telemetry::HttpServer>> serve_pages(const config::ExporterConfig& exporter,
                                                                         const std::string& listen,
                                                                         telemetry::Handlers handlers);

/// Whether a running server can follow: all but the web configuration is the same.
[[nodiscard]] bool same_listener(const config::ExporterConfig& a, const config::ExporterConfig& b);

}  // namespace isthmus::app
