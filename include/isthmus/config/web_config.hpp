#pragma once
// Who may read the pages and how they are encrypted: the file that `exporter.web_config` names, in the schema of the
// Prometheus exporter toolkit. Immutable value types; any thread.

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::config {

/// What is asked of a client's certificate; the toolkit's names.
enum class ClientAuth {
  NoClientCert,
  RequestClientCert,
  RequireAnyClientCert,
  VerifyClientCertIfGiven,
  RequireAndVerifyClientCert
};

enum class TlsVersion { tls12, tls13 };

/// Section `tls_server_config`.
struct WebTls {
  std::string cert_file;
  std::string key_file;
  ClientAuth client_auth{ClientAuth::NoClientCert};  ///< Key `client_auth_type`.
  std::string client_ca_file;
  std::vector<std::string> client_allowed_sans;
  TlsVersion min_version{TlsVersion::tls12};
  TlsVersion max_version{TlsVersion::tls13};
  std::vector<std::string> cipher_suites;  ///< IANA names; empty: OpenSSL's choice.
  bool prefer_server_cipher_suites{true};
  std::vector<std::string> curve_preferences;  ///< CurveP256, CurveP384, CurveP521, X25519.
  friend bool operator==(const WebTls&, const WebTls&) = default;
};

struct WebConfig {
  std::optional<WebTls> tls;
  std::map<std::string, std::string> headers;  ///< Key `http_server_config.headers`: sent with every response.
  std::map<std::string, std::string> users;    ///< Key `basic_auth_users`: names and bcrypt hashes.
  friend bool operator==(const WebConfig&, const WebConfig&) = default;
};

}  // namespace isthmus::config
