#include "isthmus/telemetry/web_access.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <optional>
#include <thread>

#include "isthmus/telemetry/http_client.hpp"
#include "support/certificates.hpp"
#include "unit/telemetry/http_fixture.hpp"

namespace isthmus::telemetry {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// "open sesame", by htpasswd with the least cost.
constexpr const char* kHash = "$2y$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy";

// One folder of certificates for all tests: openssl takes a while.
class WebAccessTest : public ::testing::Test {
 public:
  static void SetUpTestSuite() {
    certificates_.emplace(std::filesystem::path(::testing::TempDir()) / ("isthmus-web-" + std::to_string(::getpid())));
    certificates_->make_authority("ca");
    certificates_->make_authority("stranger");
    certificates_->make_server("server", "ca", "localhost");
    certificates_->make_server("renewed", "stranger", "localhost");
    certificates_->make_server("expired", "ca", "localhost", -1);
    certificates_->make_server("elsewhere", "ca", "monitor.example");
    certificates_->make_server("prometheus", "ca", "prometheus.example");
    std::ofstream(file("password")) << "open sesame\n";
    std::ofstream(file("wrong")) << "open barley";
  }
  static void TearDownTestSuite() {
    std::filesystem::remove_all(std::filesystem::path(file("x")).parent_path());
    certificates_.reset();
  }

 protected:
  static std::string file(const std::string& name) { return certificates_->file(name); }

  static AccessSettings with_certificate(const std::string& name) {
    AccessSettings settings;
    settings.tls = TlsSettings{.certificate_file = file(name + ".pem"), .key_file = file(name + ".key")};
    return settings;
  }
  static std::shared_ptr<const WebAccess> made(const AccessSettings& settings) {
    auto access = make_web_access(settings);
    EXPECT_TRUE(access) << to_string(access.error());
    return access ? *access : nullptr;
  }
  static std::unique_ptr<HttpServer> serving(const AccessSettings& settings) {
    HttpOptions options;
    options.access = made(settings);
    return serve(options);
  }
  static Result<HttpResponse> ask(const HttpServer& server, const HttpAccess& access) {
    return http_get("https://localhost:" + std::to_string(server.port()) + "/-/healthy", seconds(30), access);
  }
  static HttpAccess trusting(const std::string& authority = "ca") {
    HttpAccess access;
    access.ca_file = file(authority + ".pem");
    return access;
  }
  static HttpAccess as(const std::string& user, const std::string& password) {
    HttpAccess access = trusting();
    access.user = user;
    access.password_file = file(password);
    return access;
  }
  static void expect_refusal(const Result<HttpResponse>& response, const std::string& why) {
    ASSERT_FALSE(response) << "status " << response->status;
    EXPECT_THAT(response.error().detail, HasSubstr(why));
  }

 private:
  static inline std::optional<support::Certificates> certificates_;
};

TEST_F(WebAccessTest, AValidCertificateIsTrustedByWhoeverTrustsItsAuthority) {
  const auto server = serving(with_certificate("server"));
  EXPECT_THAT(server->url(), StartsWith("https://"));
  const auto response = ask(*server, trusting());
  ASSERT_TRUE(response) << to_string(response.error());
  EXPECT_EQ(response->body, "healthy\n");
  expect_refusal(ask(*server, trusting("stranger")), "unable to get local issuer certificate");
  expect_refusal(ask(*server, {}), "unable to get local issuer certificate");
}

TEST_F(WebAccessTest, AnExpiredCertificateOrOneForAnotherHostIsNotTrusted) {
  expect_refusal(ask(*serving(with_certificate("expired")), trusting()), "certificate has expired");
  const auto elsewhere = serving(with_certificate("elsewhere"));
  expect_refusal(ask(*elsewhere, trusting()), "hostname mismatch");
  HttpAccess named = trusting();
  named.server_name = "monitor.example";
  EXPECT_TRUE(ask(*elsewhere, named));
  const auto by_address = http_get(elsewhere->url() + "/-/healthy", seconds(30), trusting());
  expect_refusal(by_address, "IP address mismatch");
  named.server_name = "fe80::1%lo";
  expect_refusal(ask(*elsewhere, named), "IP address mismatch");
}

TEST_F(WebAccessTest, AClientIsAskedForACertificate) {
  AccessSettings settings = with_certificate("server");
  settings.tls->client = TlsSettings::Client::verified;
  settings.tls->client_ca_file = file("ca.pem");
  const auto with = [](const std::string& name) {
    HttpAccess access = trusting();
    access.certificate = file(name + ".pem");
    access.key_file = file(name + ".key");
    return access;
  };
  {
    const auto server = serving(settings);
    EXPECT_TRUE(ask(*server, with("prometheus")));
    EXPECT_FALSE(ask(*server, trusting())) << "none is shown";
    EXPECT_FALSE(ask(*server, with("renewed"))) << "by a stranger";
    EXPECT_FALSE(ask(*server, with("expired")));
  }
  settings.tls->client_names = {"prometheus.example"};
  {
    const auto server = serving(settings);
    EXPECT_TRUE(ask(*server, with("prometheus")));
    EXPECT_FALSE(ask(*server, with("elsewhere"))) << "another name";
  }
  settings.tls->client = TlsSettings::Client::verified_if_shown;
  {
    const auto server = serving(settings);
    EXPECT_TRUE(ask(*server, trusting())) << "none is shown";
    EXPECT_FALSE(ask(*server, with("renewed"))) << "by a stranger";
  }
  settings.tls = TlsSettings{.certificate_file = file("server.pem"), .key_file = file("server.key")};
  settings.tls->client = TlsSettings::Client::must_show;
  const auto server = serving(settings);
  EXPECT_TRUE(ask(*server, with("renewed"))) << "whoever signed it";
  EXPECT_FALSE(ask(*server, trusting())) << "none is shown";
}

TEST_F(WebAccessTest, ARenewedCertificateIsShownToWhoeverConnectsNext) {
  const auto server = serving(with_certificate("server"));
  EXPECT_TRUE(ask(*server, trusting()));
  server->renew(made(with_certificate("renewed")));
  expect_refusal(ask(*server, trusting()), "unable to get local issuer certificate");
  EXPECT_TRUE(ask(*server, trusting("stranger")));
}

TEST_F(WebAccessTest, WhatCannotBeUsedIsNamed) {
  AccessSettings settings = with_certificate("server");
  settings.tls->key_file = file("ca.key");
  EXPECT_THAT(to_string(make_web_access(settings).error()), HasSubstr("ca.key for TLS: key values mismatch"));
  settings.tls->key_file = file("password");
  EXPECT_THAT(to_string(make_web_access(settings).error()), HasSubstr("password for TLS"));
  settings = with_certificate("server");
  settings.tls->cipher_suites = {"TLS_NULL_WITH_EVERYTHING"};
  EXPECT_THAT(to_string(make_web_access(settings).error()), HasSubstr("TLS_NULL_WITH_EVERYTHING"));
  settings.tls->cipher_suites = {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_AES_256_GCM_SHA384"};
  settings.tls->groups = {"X25519", "P-256"};
  EXPECT_TRUE(make_web_access(settings));
}

TEST_F(WebAccessTest, PlainHttpOnAPortOfTlsIsToldSo) {
  const auto server = serving(with_certificate("server"));
  const std::string response = exchange(server->port(), std::string("GET /-/healthy") + kClosing);
  EXPECT_THAT(response, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(response, HasSubstr("this port wants TLS: write https\n"));
}

TEST_F(WebAccessTest, OnlyWhoeverKnowsThePasswordReads) {
  AccessSettings settings = with_certificate("server");
  settings.users = {{"prometheus", kHash}};
  const auto server = serving(settings);
  for (int repetition = 0; repetition < 2; ++repetition) {  // The second time it is remembered.
    EXPECT_EQ(ask(*server, as("prometheus", "password"))->status, 200u);
    EXPECT_EQ(ask(*server, as("prometheus", "wrong"))->status, 401u);
    EXPECT_EQ(ask(*server, as("nobody", "password"))->status, 401u);
    EXPECT_EQ(ask(*server, trusting())->status, 401u);
  }
  settings.users = {{"grafana", kHash}};
  server->renew(made(settings));
  EXPECT_EQ(ask(*server, as("prometheus", "password"))->status, 401u) << "who is remembered can be forgotten";
  EXPECT_EQ(ask(*server, as("grafana", "password"))->status, 200u);
}

TEST_F(WebAccessTest, AnOperatorsHeadersHoldForAllButWhatOthersEmbed) {
  static constexpr std::array<StaticFile, 1> kFiles{{{.path = "/",
                                                      .content_type = "text/html; charset=utf-8",
                                                      .body = "<!doctype html>",
                                                      .gzip = {},
                                                      .etag = "\"aa\"",
                                                      .immutable = false}}};
  AccessSettings settings;
  settings.headers = {{"Content-Security-Policy", "default-src 'self' https://example.net"},
                      {"X-Frame-Options", "SAMEORIGIN"}};
  HttpOptions options;
  options.access = made(settings);
  Handlers handlers = sample_handlers();
  handlers.files = kFiles;
  const auto server = serve(options, handlers);
  for (const char* path : {"/", "/plain", "/api/v1/overview"}) {
    const std::string response = exchange(server->port(), "GET " + std::string(path) + kClosing);
    EXPECT_THAT(response, HasSubstr("Content-Security-Policy: default-src 'self' https://example.net\r\n")) << path;
    EXPECT_THAT(response, HasSubstr("X-Frame-Options: SAMEORIGIN\r\n")) << path;
  }
  const std::string card = exchange(server->port(), std::string("GET /embed/peninsula") + kClosing);
  EXPECT_THAT(card, HasSubstr("frame-ancestors *\r\n"));
  EXPECT_THAT(card, Not(HasSubstr("X-Frame-Options")));
}

TEST_F(WebAccessTest, EveryPathAsksForThePassword) {
  AccessSettings settings;
  settings.users = {{"prometheus", kHash}};
  settings.headers = {{"Strict-Transport-Security", "max-age=60"}};
  const auto server = serving(settings);
  for (const char* path : {"/", "/metrics", "/-/healthy", "/api/v1/stream", "/badge/peninsula.svg", "/nothing"}) {
    const std::string response = exchange(server->port(), "GET " + std::string(path) + kClosing);
    EXPECT_THAT(response, StartsWith("HTTP/1.1 401")) << path;
    EXPECT_THAT(response, HasSubstr("WWW-Authenticate: Basic realm=\"isthmus\"\r\n"));
    EXPECT_THAT(response, HasSubstr("Strict-Transport-Security: max-age=60\r\n"));
  }
  for (const char* header : {"Basic", "Basic !!!!", "Basic cHJvbWV0aGV1cw==", "Bearer cHJvbWV0aGV1czpvcGVuIHNlc2FtZQ==",
                             // A NUL, which must not end the password: "prometheus:open sesame\0"
                             "Basic cHJvbWV0aGV1czpvcGVuIHNlc2FtZQA="}) {
    EXPECT_THAT(exchange(server->port(), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: " +
                                             std::string(header) + "\r\n\r\n"),
                StartsWith("HTTP/1.1 401"))
        << header;
  }
  // The right one, in any case of the scheme.
  EXPECT_THAT(exchange(server->port(),
                       "GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                       "Authorization: basic cHJvbWV0aGV1czpvcGVuIHNlc2FtZQ==\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace isthmus::telemetry
