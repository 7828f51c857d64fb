#include "app/web_wiring.hpp"

#include <array>
#include <utility>

#include "app/service_parts.hpp"

namespace isthmus::app {
namespace {

telemetry::TlsSettings::Client client_of(config::ClientAuth auth) {
  using Client = telemetry::TlsSettings::Client;
  switch (auth) {
    case config::ClientAuth::NoClientCert: return Client::nothing;
    case config::ClientAuth::RequestClientCert: return Client::may_show;
    case config::ClientAuth::RequireAnyClientCert: return Client::must_show;
    case config::ClientAuth::VerifyClientCertIfGiven: return Client::verified_if_shown;
    case config::ClientAuth::RequireAndVerifyClientCert: return Client::verified;
  }
  return Client::verified;
}

// "CurveP256" is "P-256" for OpenSSL, X25519 itself.
std::string group_of(const std::string& curve) { return curve.starts_with("CurveP") ? "P-" + curve.substr(6) : curve; }

telemetry::TlsSettings tls_of(const config::WebTls& tls) {
  telemetry::TlsSettings settings{.certificate_file = tls.cert_file, .key_file = tls.key_file};
  settings.client = client_of(tls.client_auth);
  settings.client_ca_file = tls.client_ca_file;
  settings.client_names = tls.client_allowed_sans;
  settings.only_tls13 = tls.min_version == config::TlsVersion::tls13;
  settings.only_tls12 = tls.max_version == config::TlsVersion::tls12;
  settings.cipher_suites = tls.cipher_suites;
  settings.server_order = tls.prefer_server_cipher_suites;
  for (const std::string& curve : tls.curve_preferences) settings.groups.push_back(group_of(curve));
  return settings;
}

}  // namespace

Result<std::shared_ptr<const telemetry::WebAccess>> web_access_of(const config::WebConfig& web) {
  if (web == config::WebConfig{}) return std::shared_ptr<const telemetry::WebAccess>();
  telemetry::AccessSettings settings;
  if (web.tls) settings.tls = tls_of(*web.tls);
  settings.users = web.users;
  settings.headers.assign(web.headers.begin(), web.headers.end());
  return telemetry::make_web_access(settings);
}

Result<std::unique_ptr<telemetry::HttpServer>> serve_pages(const config::ExporterConfig& exporter,
                                                           const std::string& listen, telemetry::Handlers handlers) {
  auto access = web_access_of(exporter.web);
  if (!access) return access.error();
  telemetry::HttpOptions options;
  options.listen = listen.empty() ? listen_address(exporter) : listen;
  options.access = std::move(*access);
  return telemetry::HttpServer::start(std::move(options), std::move(handlers));
}

bool same_listener(const config::ExporterConfig& a, const config::ExporterConfig& b) {
  config::ExporterConfig other = b;
  other.web = a.web;
  return a == other;
}

}  // namespace isthmus::app
