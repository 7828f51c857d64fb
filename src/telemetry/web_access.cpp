#include "telemetry/web_access.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/verify_context.hpp>

namespace isthmus::telemetry {
namespace {

namespace ssl = boost::asio::ssl;
using Client = TlsSettings::Client;

Error unusable(const std::string& what, const std::string& why) {
  return Error{ErrorCode::io_failed, "use " + what + " for TLS", why};
}

// The latest of OpenSSL's complaints, which are then forgotten.
std::string complaint() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "not accepted by OpenSSL" : reason;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ":") + word;
  return text;
}

Result<void> use_files(ssl::context& context, const TlsSettings& settings) {
  boost::system::error_code failed;
  // A key with a password would have OpenSSL ask for it on the terminal.
  context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, failed);
  context.use_certificate_chain_file(settings.certificate_file, failed);
  if (failed) return unusable(settings.certificate_file, failed.message());
  context.use_private_key_file(settings.key_file, ssl::context::pem, failed);
  if (failed) return unusable(settings.key_file, failed.message());
  return {};
}

// Suites of TLS 1.3 and those of 1.2 are two lists for OpenSSL; one that names none of a version leaves it as it is.
Result<void> choose_suites(SSL_CTX* context, const TlsSettings& settings) {
  std::vector<std::string> tls12;
  std::vector<std::string> tls13;
  for (std::string name : settings.cipher_suites) {
    const bool is_13 = name.starts_with("TLS_AES_") || name.starts_with("TLS_CHACHA20_");
    // Go's short names.
    if (!is_13 && name.ends_with("_CHACHA20_POLY1305")) name += "_SHA256";
    const std::string openssl_name = OPENSSL_cipher_name(name.c_str());
    if (openssl_name == "(NONE)") return unusable("cipher suite " + name, "there is none of that name");
    is_13 ? tls13.push_back(name) : tls12.push_back(openssl_name);
  }
  if (!tls12.empty() && SSL_CTX_set_cipher_list(context, joined(tls12).c_str()) != 1) {
    return unusable("cipher suites " + joined(tls12), complaint());
  }
  if (!tls13.empty() && SSL_CTX_set_ciphersuites(context, joined(tls13).c_str()) != 1) {
    return unusable("cipher suites " + joined(tls13), complaint());
  }
  if (!settings.groups.empty() && SSL_CTX_set1_groups_list(context, joined(settings.groups).c_str()) != 1) {
    return unusable("curves " + joined(settings.groups), complaint());
  }
  return {};
}

std::string text_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string text_of_address(const ASN1_OCTET_STRING* bytes) {
  const unsigned char* data = ASN1_STRING_get0_data(bytes);
  const int size = ASN1_STRING_length(bytes);
  if (size == 4) {
    boost::asio::ip::address_v4::bytes_type v4{};
    std::copy_n(data, 4, v4.begin());
    return boost::asio::ip::address_v4(v4).to_string();
  }
  if (size != 16) return {};
  boost::asio::ip::address_v6::bytes_type v6{};
  std::copy_n(data, 16, v6.begin());
  return boost::asio::ip::address_v6(v6).to_string();
}

bool has_name(X509* certificate, const std::vector<std::string>& names) {
  auto* all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  bool found = false;
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    std::string text;
    if (name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI) text = text_of(name->d.ia5);
    if (name->type == GEN_IPADD) text = text_of_address(name->d.iPAddress);
    found = found || std::ranges::find(names, text) != names.end();
  }
  GENERAL_NAMES_free(all);
  return found;
}

Result<void> set_client_rules(ssl::context& context, const TlsSettings& settings) {
  if (settings.client == Client::nothing) return {};
  const bool must = settings.client == Client::must_show || settings.client == Client::verified;
  context.set_verify_mode(ssl::verify_peer | (must ? ssl::verify_fail_if_no_peer_cert : 0));
  if (settings.client == Client::may_show || settings.client == Client::must_show) {
    context.set_verify_callback([](bool, ssl::verify_context&) { return true; });
    return {};
  }
  boost::system::error_code failed;
  context.load_verify_file(settings.client_ca_file, failed);
  if (failed) return unusable(settings.client_ca_file, failed.message());
  // Told to clients, so that they choose the right one of theirs; the context owns the list.
  SSL_CTX_set_client_CA_list(context.native_handle(), SSL_load_client_CA_file(settings.client_ca_file.c_str()));
  if (settings.client_names.empty()) return {};
  context.set_verify_callback([names = settings.client_names](bool verified, ssl::verify_context& verification) {
    X509_STORE_CTX* store = verification.native_handle();
    if (!verified || X509_STORE_CTX_get_error_depth(store) > 0) return verified;
    if (has_name(X509_STORE_CTX_get_current_cert(store), names)) return true;
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    return false;
  });
  return {};
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const TlsSettings& settings) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                  (settings.server_order ? SSL_OP_CIPHER_SERVER_PREFERENCE : 0));
  SSL_CTX_set_min_proto_version(native, settings.only_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(native, settings.only_tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  // Without it no session of a client with a certificate can be resumed (SSL_CTX_set_session_id_context(3)).
  constexpr std::string_view kSessions = "isthmus";
  SSL_CTX_set_session_id_context(native, reinterpret_cast<const unsigned char*>(kSessions.data()), kSessions.size());
  if (const auto used = use_files(*context, settings); !used) return used.error();
  if (SSL_CTX_check_private_key(native) != 1) return unusable(settings.key_file, complaint());
  if (const auto chosen = choose_suites(native, settings); !chosen) return chosen.error();
  if (const auto set = set_client_rules(*context, settings); !set) return set.error();
  return context;
}

Result<std::shared_ptr<const WebAccess>> make_web_access(const AccessSettings& settings) {
  std::shared_ptr<ssl::context> tls;
  if (settings.tls) {
    auto made = make_tls_context(*settings.tls);
    if (!made) return made.error();
    tls = std::move(*made);
  }
  return std::make_shared<const WebAccess>(settings, std::move(tls));
}

}  // namespace isthmus::telemetry
