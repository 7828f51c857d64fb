// The file of exporter.web_config, in the schema of the Prometheus exporter toolkit.

#include "unit/config/config_fixture.hpp"

namespace isthmus::config {
namespace {

// "open sesame"
constexpr const char* kHash = "$2y$10$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy";

class WebConfigFile : public ConfigFile {
 protected:
  LoadResult load_web(const std::string& text) {
    write("web/web.yaml", text);
    return load_text(std::string(kGood) + "exporter: {web_config: web/web.yaml}\n");
  }
  WebConfig web_of(const std::string& text) {
    const auto result = load_web(text);
    EXPECT_EQ(problems(result), "");
    return result.config ? result.config->exporter.web : WebConfig{};
  }
  void SetUp() override {
    ConfigFile::SetUp();
    std::filesystem::create_directories(folder_ / "web");
    for (const char* file : {"web/server.pem", "web/server.key", "web/ca.pem"}) write(file, "");
  }
};

TEST_F(WebConfigFile, SaysAllThatTheSchemaHas) {
  const WebConfig web = web_of(R"(tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  client_allowed_sans: [prometheus.example, 192.0.2.1]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP256, X25519]
http_server_config:
  http2: false
  headers: {Strict-Transport-Security: max-age=31536000}
basic_auth_users:
  prometheus: )" + std::string(kHash) +
                               "\n");
  ASSERT_TRUE(web.tls);
  EXPECT_TRUE(web.tls->cert_file.ends_with("web/server.pem")) << "relative to the file that names it";
  EXPECT_TRUE(web.tls->key_file.ends_with("web/server.key"));
  EXPECT_EQ(web.tls->client_auth, ClientAuth::RequireAndVerifyClientCert);
  EXPECT_TRUE(web.tls->client_ca_file.ends_with("web/ca.pem"));
  EXPECT_EQ(web.tls->client_allowed_sans, (std::vector<std::string>{"prometheus.example", "192.0.2.1"}));
  EXPECT_EQ(web.tls->min_version, TlsVersion::tls12);
  EXPECT_EQ(web.tls->max_version, TlsVersion::tls13);
  EXPECT_EQ(web.tls->cipher_suites, (std::vector<std::string>{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}));
  EXPECT_FALSE(web.tls->prefer_server_cipher_suites);
  EXPECT_EQ(web.tls->curve_preferences, (std::vector<std::string>{"CurveP256", "X25519"}));
  EXPECT_EQ(web.headers.at("Strict-Transport-Security"), "max-age=31536000");
  EXPECT_EQ(web.users.at("prometheus"), kHash);
}

TEST_F(WebConfigFile, AnEmptyOneAsksForNothing) { EXPECT_EQ(web_of("# later\n"), WebConfig{}); }

TEST_F(WebConfigFile, AProblemIsNamedWhereItStands) {
  const std::string text = problems(load_web("tls_server_config: {cert_fil: server.pem, key_file: missing.key}\n"));
  EXPECT_NE(text.find("web/web.yaml:1:21: unknown key 'cert_fil' in tls_server_config; did you mean 'cert_file'?"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("web.yaml:1:20: key 'cert_file' is missing in tls_server_config; add "), std::string::npos)
      << text;
  EXPECT_NE(text.find("web.yaml:1:53: the file '"), std::string::npos) << text;
  EXPECT_NE(problems(load_web("basic_auth: {}\n")).find("web.yaml:1:1: unknown key 'basic_auth' in the file; "),
            std::string::npos);
  EXPECT_NE(problems(load_web("a: [\n")).find("web.yaml:2:1: not YAML"), std::string::npos);
}

TEST_F(WebConfigFile, WhatCannotBeKeptIsRefused) {
  const std::string tls = "tls_server_config: {cert_file: server.pem, key_file: server.key, ";
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"http_server_config: {http2: true}", "isthmus speaks HTTP/1.1 only; write false"},
           {"http_server_config: {headers: {Set-Cookie: x}}", "the header 'Set-Cookie' cannot be set"},
           {"http_server_config: {headers: {X-Frame-Options: \"a\\r\\nb\"}}", "holds a control character"},
           {"rate_limit: {burst: 1}", "rate_limit: isthmus limits connections"},
           {tls + "min_version: TLS10}", "'TLS10' is not safe"},
           {tls + "min_version: SSL3}", "'SSL3' is no version"},
           {tls + "min_version: TLS13, max_version: TLS12}", "is below min_version"},
           {tls + "cert: x}", "put it into a file, and name that with cert_file"},
           {tls + "client_auth_type: Sometimes}", "'Sometimes' is not known; write one of NoClientCert, "},
           {tls + "client_ca_file: ca.pem}", "client certificates are not verified"},
           {tls + "client_allowed_sans: [x]}", "client certificates are not verified"},
           {tls + "client_auth_type: RequireAndVerifyClientCert}", "key 'client_ca_file' is missing"},
           {tls + "curve_preferences: [P-256]}", "'P-256' is no curve"},
           {"basic_auth_users: [a]", "is not a map"},
           {"basic_auth_users: {a: secret}", "basic_auth_users.a is not a bcrypt hash"},
           {"basic_auth_users: {a: $1$abc$def}", "is not a bcrypt hash"},
           {"basic_auth_users: {a: '$2y$31$" + std::string(kHash).substr(7) + "'}", "has a cost of 31"},
           {"basic_auth_users: {'a:b': '" + std::string(kHash) + "'}", "'a:b' cannot be a user's name"},
           {"basic_auth_users: {a: x, a: y}", "'a' is given twice"}}) {
    const std::string found = problems(load_web(text + "\n"));
    EXPECT_NE(found.find(part), std::string::npos) << text << "\n" << found;
    EXPECT_EQ(found.find("secret"), std::string::npos) << "a message goes to logs";
  }
}

}  // namespace
}  // namespace isthmus::config
