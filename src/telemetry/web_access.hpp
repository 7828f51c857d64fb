#pragma once
// What a server's connections need of isthmus::telemetry::AccessSettings. Immutable; any thread.

#include <boost/asio/ssl/context.hpp>
#include <mutex>

#include "isthmus/telemetry/web_access.hpp"

namespace isthmus::telemetry {

class WebAccess {
 public:
  WebAccess(AccessSettings settings, std::shared_ptr<boost::asio::ssl::context> tls)
      : settings_(std::move(settings)), tls_(std::move(tls)) {}

  /// Null: connections are not encrypted.
  [[nodiscard]] const std::shared_ptr<boost::asio::ssl::context>& tls() const { return tls_; }
  [[nodiscard]] const std::map<std::string, std::string>& users() const { return settings_.users; }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& headers() const { return settings_.headers; }

 private:
  AccessSettings settings_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
};

/// The one that new connections and requests follow.
class CurrentAccess {
 public:
  explicit CurrentAccess(std::shared_ptr<const WebAccess> access) : access_(std::move(access)) {}
  /// Null: everybody may read, and nothing is encrypted.
  [[nodiscard]] std::shared_ptr<const WebAccess> get() const {
    const std::lock_guard lock(mutex_);
    return access_;
  }
  void set(std::shared_ptr<const WebAccess> access) {
    const std::lock_guard lock(mutex_);
    access_ = std::move(access);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const WebAccess> access_;  // guarded by mutex_
};

/// The certificate, its key and the rules for clients, read from their files.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsSettings& settings);

}  // namespace isthmus::telemetry
