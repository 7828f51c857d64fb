#include "config/web_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "config/file_text.hpp"
#include "config/values.hpp"
#include "config/yaml_document.hpp"

namespace isthmus::config {
namespace {

// A guess costs an attacker, and a first request the machine, about 60 ms at 10 and a second at 14.
constexpr int kMostCost = 14;

constexpr std::array<std::pair<std::string_view, ClientAuth>, 5> kClientAuths{{
    {"NoClientCert", ClientAuth::NoClientCert},
    {"RequestClientCert", ClientAuth::RequestClientCert},
    {"RequireAnyClientCert", ClientAuth::RequireAnyClientCert},
    {"VerifyClientCertIfGiven", ClientAuth::VerifyClientCertIfGiven},
    {"RequireAndVerifyClientCert", ClientAuth::RequireAndVerifyClientCert},
}};
constexpr std::array<std::string_view, 4> kCurves{"CurveP256", "CurveP384", "CurveP521", "X25519"};
constexpr std::array<std::string_view, 5> kHeaders{"Content-Security-Policy", "X-Frame-Options",
                                                   "X-Content-Type-Options", "X-XSS-Protection",
                                                   "Strict-Transport-Security"};

// As it stands: a dollar is a part of every hash.
std::optional<std::string> plain_text(Reader& reader, const Value& value) {
  if (value.node.IsScalar()) return value.node.Scalar();
  reader.note(value.mark, value.name + " is not plain text", "give it one value");
  return std::nullopt;
}

void refuse(Reader& reader, const std::optional<Value>& value, const std::string& why, const std::string& mend) {
  if (value) reader.note(value->mark, value->name + ": " + why, mend);
}

// The entries of a map whose keys are anything.
std::vector<std::pair<std::string, Value>> entries_of(Reader& reader, const Value& map) {
  std::vector<std::pair<std::string, Value>> entries;
  if (!map.node.IsMap()) {
    reader.note(map.mark, map.name + " is not a map", "give it keys, {key: value}");
    return entries;
  }
  for (const auto& pair : map.node) {
    if (!pair.first.IsScalar()) {
      reader.note(pair.first.Mark(), "a key of " + map.name + " is not plain text", "write a plain word as key");
      continue;
    }
    const std::string& key = pair.first.Scalar();
    const auto same = [&key](const auto& entry) { return entry.first == key; };
    if (std::ranges::any_of(entries, same)) {
      reader.note(pair.first.Mark(), "'" + key + "' is given twice in " + map.name, "remove one of them");
      continue;
    }
    const YAML::Mark mark = pair.second.IsNull() ? pair.first.Mark() : pair.second.Mark();
    entries.emplace_back(key, Value{pair.second, mark, map.name + "." + key});
  }
  return entries;
}

std::vector<std::string> read_texts(Reader& reader, const std::optional<Value>& value) {
  std::vector<std::string> texts;
  for (auto& text : read_list<std::string>(reader, value, plain_text)) texts.push_back(std::move(text.value));
  return texts;
}

TlsVersion read_version(Reader& reader, const std::optional<Value>& value, TlsVersion otherwise) {
  const auto text = value ? plain_text(reader, *value) : std::nullopt;
  if (!text) return otherwise;
  if (*text == "TLS12") return TlsVersion::tls12;
  if (*text == "TLS13") return TlsVersion::tls13;
  const bool is_old = *text == "TLS10" || *text == "TLS11";
  reader.note(value->mark, value->name + " '" + *text + (is_old ? "' is not safe (RFC 8996)" : "' is no version"),
              "write TLS12 or TLS13");
  return otherwise;
}

void read_client_rules(Reader& reader, const Section& section, WebTls& tls) {
  if (const auto value = section.find("client_auth_type")) {
    const auto text = plain_text(reader, *value);
    const auto* known = std::ranges::find_if(kClientAuths, [&](const auto& each) { return text == each.first; });
    if (known != kClientAuths.end()) {
      tls.client_auth = known->second;
    } else if (text) {
      std::string names;
      for (const auto& [name, auth] : kClientAuths) names += (names.empty() ? "" : ", ") + std::string(name);
      reader.note(value->mark, value->name + " '" + *text + "' is not known", "write one of " + names);
    }
  }
  const auto authority = section.find("client_ca_file");
  if (authority) tls.client_ca_file = read_file_path(reader, *authority).value_or("");
  const auto sans = section.find("client_allowed_sans");
  tls.client_allowed_sans = read_texts(reader, sans);
  const bool verifies = tls.client_auth == ClientAuth::VerifyClientCertIfGiven ||
                        tls.client_auth == ClientAuth::RequireAndVerifyClientCert;
  if (!verifies) {
    const std::string mend = "set client_auth_type: RequireAndVerifyClientCert";
    refuse(reader, authority, "client certificates are not verified", mend);
    refuse(reader, sans, "client certificates are not verified", mend);
  } else if (!authority) {
    reader.note(section.find("client_auth_type")->mark, "key 'client_ca_file' is missing in tls_server_config",
                "add who signs client certificates, client_ca_file: ca.pem");
  }
}

WebTls read_tls(Reader& reader, const Value& value) {
  const Section section(
      reader, value,
      {"cert_file", "key_file", "client_auth_type", "client_ca_file", "client_allowed_sans", "min_version",
       "max_version", "cipher_suites", "prefer_server_cipher_suites", "curve_preferences", "cert", "key", "client_ca"});
  WebTls tls;
  if (const auto file = section.require("cert_file", "cert_file: server.pem")) {
    tls.cert_file = read_file_path(reader, *file).value_or("");
  }
  if (const auto file = section.require("key_file", "key_file: server.key")) {
    tls.key_file = read_file_path(reader, *file).value_or("");
  }
  for (const char* key : {"cert", "key", "client_ca"}) {
    refuse(reader, section.find(key), "is not read from here",
           "put it into a file, and name that with " + std::string(key) + "_file");
  }
  read_client_rules(reader, section, tls);
  tls.min_version = read_version(reader, section.find("min_version"), tls.min_version);
  const auto most = section.find("max_version");
  tls.max_version = read_version(reader, most, tls.max_version);
  if (tls.min_version > tls.max_version) refuse(reader, most, "is below min_version", "raise it, or leave it out");
  tls.cipher_suites = read_texts(reader, section.find("cipher_suites"));
  read_into(reader, section.find("prefer_server_cipher_suites"), tls.prefer_server_cipher_suites);
  const auto curves = section.find("curve_preferences");
  tls.curve_preferences = read_texts(reader, curves);
  for (const std::string& curve : tls.curve_preferences) {
    if (std::ranges::find(kCurves, curve) != kCurves.end()) continue;
    refuse(reader, curves, "'" + curve + "' is no curve", "write CurveP256, CurveP384, CurveP521 or X25519");
  }
  return tls;
}

std::map<std::string, std::string> read_server(Reader& reader, const Value& value) {
  std::map<std::string, std::string> headers;
  const Section section(reader, value, {"http2", "headers"});
  bool http2 = false;
  const auto second = section.find("http2");
  read_into(reader, second, http2);
  if (http2) refuse(reader, second, "isthmus speaks HTTP/1.1 only", "write false, or leave it out");
  const auto given = section.find("headers");
  if (!given) return headers;
  for (const auto& [name, header] : entries_of(reader, *given)) {
    const auto text = plain_text(reader, header);
    if (!text) continue;
    const auto is_bad = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (std::ranges::find(kHeaders, name) == kHeaders.end()) {
      reader.note(header.mark, "the header '" + name + "' cannot be set",
                  "these can: Content-Security-Policy, X-Frame-Options, X-Content-Type-Options, X-XSS-Protection, "
                  "Strict-Transport-Security");
    } else if (std::ranges::any_of(*text, is_bad)) {
      reader.note(header.mark, header.name + " holds a control character", "write it on one line");
    } else {
      headers.emplace(name, *text);
    }
  }
  return headers;
}

// $2y$10$ and 53 characters; nothing when it is not.
std::optional<int> cost_of(std::string_view hash) {
  constexpr std::string_view kAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const bool has_prefix = hash.starts_with("$2y$") || hash.starts_with("$2b$") || hash.starts_with("$2a$");
  if (!has_prefix || hash.size() != 60 || hash[6] != '$') return std::nullopt;
  if (hash.substr(7).find_first_not_of(kAlphabet) != std::string_view::npos) return std::nullopt;
  int cost = 0;
  const auto [end, status] = std::from_chars(hash.data() + 4, hash.data() + 6, cost);
  if (status != std::errc{} || end != hash.data() + 6 || cost < 4) return std::nullopt;
  return cost;
}

// A hash is never repeated in a message: those go to logs.
std::map<std::string, std::string> read_users(Reader& reader, const Value& value) {
  std::map<std::string, std::string> users;
  for (const auto& [name, hash] : entries_of(reader, value)) {
    const auto text = plain_text(reader, hash);
    if (!text) continue;
    const auto cost = cost_of(*text);
    if (name.empty() || name.find(':') != std::string::npos) {
      reader.note(hash.mark, "'" + name + "' cannot be a user's name", "write one, without a colon");
    } else if (!cost) {
      reader.note(hash.mark, hash.name + " is not a bcrypt hash",
                  "make one by `htpasswd -nB NAME`, and write what follows the colon");
    } else if (*cost > kMostCost) {
      reader.note(hash.mark, hash.name + " has a cost of " + std::to_string(*cost) + ", seconds for each new client",
                  "make one of at most " + std::to_string(kMostCost) + ", by `htpasswd -nBC 10 NAME`");
    } else {
      users.emplace(name, *text);
    }
  }
  return users;
}

WebConfig read_web_document(Reader& reader, const YAML::Node& node) {
  WebConfig web;
  const Section document(reader, {node, YAML::Mark::null_mark(), "the file"},
                         {"tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"});
  if (const auto tls = document.find("tls_server_config")) web.tls = read_tls(reader, *tls);
  if (const auto server = document.find("http_server_config")) web.headers = read_server(reader, *server);
  if (const auto users = document.find("basic_auth_users")) web.users = read_users(reader, *users);
  refuse(reader, document.find("rate_limit"), "isthmus limits connections, not requests", "remove it");
  return web;
}

}  // namespace

WebConfig read_web_config(Reader& reader, const std::string& path) {
  Reader web_reader(path, reader.environment());
  WebConfig web;
  if (const auto text = read_text_file(path); !text) {
    web_reader.note(YAML::Mark::null_mark(), "cannot be read: " + text.error().detail,
                    "check the path and its permissions");
  } else if (const auto document = parse_yaml(web_reader, *text, nullptr); document && !document->IsNull()) {
    web = read_web_document(web_reader, *document);
  }
  for (Problem& problem : web_reader.take_problems()) reader.note(std::move(problem));
  return web;
}

}  // namespace isthmus::config
