#pragma once
// The bytes of one HTTP connection, in TLS or not: what Beast reads and writes, whichever of the two it is. Owned by
// its connection; one thread at a time.

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <optional>
#include <utility>

namespace isthmus::telemetry {

class WebStream {
 public:
  using executor_type = boost::beast::tcp_stream::executor_type;

  /// Without a context the bytes are not encrypted.
  WebStream(boost::beast::tcp_stream tcp, std::shared_ptr<boost::asio::ssl::context> context)
      : context_(std::move(context)), tcp_(std::move(tcp)) {
    if (context_) tls_.emplace(tcp_, *context_);
  }

  [[nodiscard]] executor_type get_executor() { return tcp_.get_executor(); }
  /// Where deadlines are set; they hold for the encrypted bytes as well.
  [[nodiscard]] boost::beast::tcp_stream& tcp() { return tcp_; }
  [[nodiscard]] bool encrypted() const { return tls_.has_value(); }
  /// OpenSSL's side of it; only when encrypted.
  [[nodiscard]] SSL* ssl() { return tls_->native_handle(); }

  /// Only when encrypted, and before anything is read or written.
  template <typename Handler>
  void async_handshake(boost::asio::ssl::stream_base::handshake_type side, Handler&& handler) {
    tls_->async_handshake(side, std::forward<Handler>(handler));
  }

  template <typename Buffers, typename Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Handler>(handler));
    tcp_.async_read_some(buffers, std::forward<Handler>(handler));
  }

  template <typename Buffers, typename Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Handler>(handler));
    tcp_.async_write_some(buffers, std::forward<Handler>(handler));
  }

  /// Only when encrypted: says that nothing more comes, and waits for the peer to say so.
  template <typename Handler>
  void async_shutdown(Handler&& handler) {
    tls_->async_shutdown(std::forward<Handler>(handler));
  }

  void close() { tcp_.close(); }

 private:
  std::shared_ptr<boost::asio::ssl::context> context_;
  boost::beast::tcp_stream tcp_;
  std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
};

}  // namespace isthmus::telemetry
