#include "isthmus/telemetry/http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "isthmus/base/time.hpp"
#include "telemetry/base64.hpp"
#include "telemetry/url.hpp"
#include "telemetry/web_stream.hpp"

namespace isthmus::telemetry {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Status = boost::system::error_code;
using TlsContext = std::shared_ptr<asio::ssl::context>;

// A document about a hundred thousand blocks has tens of megabytes.
constexpr std::uint64_t kMaxBodyBytes = 256 << 20;

// What the exchange needs besides the URL, read from its files.
struct Means {
  TlsContext tls{};  ///< Null: not encrypted.
  std::string server_name{};
  std::string authorization{};  ///< A header's value; empty: none.
};

std::string text_of(const HttpUrl& url) {
  const bool bracket = url.host.find(':') != std::string::npos;
  return std::string(url.tls ? "https://" : "http://") + (bracket ? "[" + url.host + "]" : url.host) + ":" + url.port +
         url.target;
}

Result<std::string> authorization_of(const HttpAccess& access) {
  if (access.user.empty()) return std::string();
  std::ifstream file(access.password_file);
  std::string password{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    return Error{ErrorCode::io_failed, "read password of " + access.user,
                 "'" + access.password_file + "' cannot be read; name a file that holds it and nothing else"};
  }
  // Editors end a file with a line end, which is not meant.
  while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
  return "Basic " + base64_encode(access.user + ":" + password);
}

Result<TlsContext> tls_of(const HttpAccess& access) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  const auto failed = [](const std::string& file, const Status& status) {
    return Error{ErrorCode::io_failed, "read " + file, "cannot be used for TLS: " + status.message()};
  };
  Status status;
  context->set_verify_mode(asio::ssl::verify_peer);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  if (access.ca_file.empty()) {
    if (context->set_default_verify_paths(status); status) return failed("the system's certificates", status);
  } else {
    if (context->load_verify_file(access.ca_file, status); status) return failed(access.ca_file, status);
  }
  if (!access.certificate.empty()) {
    if (context->use_certificate_chain_file(access.certificate, status); status) {
      return failed(access.certificate, status);
    }
    if (context->use_private_key_file(access.key_file, asio::ssl::context::pem, status); status) {
      return failed(access.key_file, status);
    }
  }
  return context;
}

Result<Means> means_of(const HttpUrl& url, const HttpAccess& access) {
  auto authorization = authorization_of(access);
  if (!authorization) return authorization.error();
  Means means{.tls = {},
              .server_name = access.server_name.empty() ? url.host : access.server_name,
              .authorization = std::move(*authorization)};
  if (!url.tls) return means;
  auto tls = tls_of(access);
  if (!tls) return tls.error();
  means.tls = std::move(*tls);
  return means;
}

// Addresses are looked for among a certificate's addresses, and are not told to the server (RFC 6066 section 3). False:
// it cannot be done, and any certificate of the authority would do.
bool expect_server(SSL* ssl, const std::string& name) {
  Status not_an_address;
  asio::ip::make_address(name, not_an_address);
  if (not_an_address) {
    SSL_set_tlsext_host_name(ssl, name.c_str());
    return SSL_set1_host(ssl, name.c_str()) == 1;
  }
  return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), without_zone(name).c_str()) == 1;
}

// One exchange on an io_context of its own; the operations follow each other until `result_` is set.
class Exchange {
 public:
  Exchange(asio::io_context& io, HttpUrl url, Means means)
      : url_(std::move(url)),
        server_name_(std::move(means.server_name)),
        resolver_(io),
        stream_(boost::beast::tcp_stream(io), std::move(means.tls)) {
    request_.method(http::verb::get);
    request_.version(11);
    request_.target(url_.target);
    request_.set(http::field::host, authority_of(url_));
    request_.set(http::field::connection, "close");
    if (!means.authorization.empty()) request_.set(http::field::authorization, means.authorization);
  }

  void start() {
    resolver_.async_resolve(url_.host, url_.port, [this](const Status& failed, auto found) {
      if (failed) return end("find host " + url_.host, failed);
      connect(found);
    });
  }

  [[nodiscard]] const std::optional<Result<HttpResponse>>& result() const { return result_; }

 private:
  void connect(const asio::ip::tcp::resolver::results_type& found) {
    stream_.tcp().async_connect(found, [this](const Status& failed, const auto&) {
      if (failed) return end("connect", failed);
      stream_.encrypted() ? agree() : write();
    });
  }

  void agree() {
    if (!expect_server(stream_.ssl(), server_name_)) {
      return end("check the certificate for " + server_name_, "none can be for such a name");
    }
    stream_.async_handshake(asio::ssl::stream_base::client, [this](const Status& failed) {
      const long verified = SSL_get_verify_result(stream_.ssl());
      if (failed && verified != X509_V_OK) {
        return end("trust the certificate for " + server_name_, X509_verify_cert_error_string(verified));
      }
      if (failed) return end("agree on TLS", failed);
      write();
    });
  }

  void write() {
    http::async_write(stream_, request_, [this](const Status& failed, std::size_t) {
      if (failed) return end("send request", failed);
      read();
    });
  }

  void read() {
    response_.body_limit(kMaxBodyBytes);
    http::async_read(stream_, buffer_, response_, [this](const Status& failed, std::size_t) {
      if (failed) return end("read response", failed);
      result_ = HttpResponse{response_.get().result_int(), std::move(response_.get().body())};
    });
  }

  void end(const std::string& step, const Status& failed) { end(step, failed.message()); }
  void end(const std::string& step, const std::string& why) {
    result_ = Error{ErrorCode::io_failed, "get " + text_of(url_), "cannot " + step + ": " + why};
  }

  HttpUrl url_;
  std::string server_name_;
  asio::ip::tcp::resolver resolver_;
  WebStream stream_;
  boost::beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  http::response_parser<http::string_body> response_;
  std::optional<Result<HttpResponse>> result_;
};

}  // namespace

Result<HttpResponse> http_get(std::string_view url, std::chrono::milliseconds timeout, const HttpAccess& access,
                              const std::stop_token& stop) {
  auto parsed = parse_http_url(url);
  if (!parsed) return parsed.error();
  auto means = means_of(*parsed, access);
  if (!means) return means.error();
  asio::io_context io;
  Exchange exchange(io, std::move(*parsed), std::move(*means));
  exchange.start();
  const std::stop_callback end(stop, [&io] { io.stop(); });
  io.run_for(timeout);
  if (exchange.result()) return *exchange.result();
  if (stop.stop_requested()) return Error{ErrorCode::io_failed, "get " + std::string(url), "stopped before an answer"};
  return Error{ErrorCode::io_failed, "get " + std::string(url),
               "no answer within " + to_string(Duration(timeout)) + "; is isthmus running, and is this its address?"};
}

}  // namespace isthmus::telemetry
