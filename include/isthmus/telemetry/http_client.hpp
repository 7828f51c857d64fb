#pragma once
// One HTTP GET, for commands that ask a running isthmus and for lists that are fetched: plain or in TLS, no redirects,
// blocking. Any thread.

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"

namespace isthmus::telemetry {

struct HttpResponse {
  unsigned status{0};
  std::string body;
};

/// Whom to trust and who we are; files are read at each call, so that renewed ones are used. Empty: not used.
struct HttpAccess {
  std::string ca_file{};      ///< Who signs the server's certificate, instead of those whom the system trusts.
  std::string server_name{};  ///< What the certificate must be for, instead of the URL's host.
  std::string certificate{};  ///< Our own, with `key_file`.
  std::string key_file{};
  std::string user{};  ///< For basic authentication, with `password_file`.
  std::string password_file{};
};

/// `url` like http://127.0.0.1:10176/-/healthy, or https. The timeout covers everything, from connecting to the last
/// byte; a request to stop ends it before. Only the system's look-up of a host's name ends by itself, after the time
/// and attempts of resolv.conf.
[[nodiscard]] Result<HttpResponse> http_get(std::string_view url, std::chrono::milliseconds timeout,
                                            const HttpAccess& access = {}, const std::stop_token& stop = {});

}  // namespace isthmus::telemetry
