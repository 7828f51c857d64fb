#include "app/http_access.hpp"

#include <CLI/CLI.hpp>

namespace isthmus::app {

void add_http_access(CLI::App& command, telemetry::HttpAccess& access) {
  constexpr const char* kGroup = "A URL with TLS or a password";
  const auto add = [&](const char* name, std::string& value, const char* help, const char* type) {
    return command.add_option(name, value, help)->type_name(type)->group(kGroup);
  };
  add("--ca", access.ca_file, "Who signs the server's certificate, instead of those whom the system trusts", "FILE");
  add("--server-name", access.server_name, "What the certificate must be for, instead of the URL's host", "NAME");
  auto* certificate = add("--certificate", access.certificate, "Our own certificate", "FILE");
  auto* key = add("--key", access.key_file, "Its key", "FILE");
  auto* user = add("--user", access.user, "Who we are, for basic authentication", "NAME");
  auto* password = add("--password-file", access.password_file, "File that holds the password", "FILE");
  certificate->needs(key);
  key->needs(certificate);
  user->needs(password);
  password->needs(user);
}

}  // namespace isthmus::app
