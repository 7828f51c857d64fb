#pragma once
// Who may read the pages and how they are encrypted. Made of files at the start and at each reload, immutable then;
// connections keep the one that they started with. Any thread.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/base/result.hpp"

namespace isthmus::telemetry {

struct TlsSettings {
  /// What is asked of a client's certificate.
  enum class Client { nothing, may_show, must_show, verified_if_shown, verified };

  std::string certificate_file;  ///< With what leads to its authority, PEM.
  std::string key_file;
  Client client{Client::nothing};
  std::string client_ca_file{};             ///< Needed to verify.
  std::vector<std::string> client_names{};  ///< Alternative names of which a client needs one; empty: any.
  bool only_tls13{false};
  bool only_tls12{false};
  std::vector<std::string> cipher_suites{};  ///< IANA names; empty: OpenSSL's choice.
  bool server_order{true};                   ///< Ours decides, not the client's.
  std::vector<std::string> groups{};         ///< OpenSSL's names; empty: OpenSSL's choice.
};

struct AccessSettings {
  std::optional<TlsSettings> tls{};
  std::map<std::string, std::string> users{};                  ///< Name and bcrypt hash; empty: nobody is asked.
  std::vector<std::pair<std::string, std::string>> headers{};  ///< Sent with every response.
};

class WebAccess;

/// Reads the files; an error names the one that cannot be used, and why.
[[nodiscard]] Result<std::shared_ptr<const WebAccess>> make_web_access(const AccessSettings& settings);

}  // namespace isthmus::telemetry
