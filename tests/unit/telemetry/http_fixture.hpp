#pragma once
// A server over the sample handlers on the loopback interface, and clients that send it whatever bytes a test wants.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "unit/telemetry/handlers.hpp"

namespace isthmus::telemetry {

// Waiting longer than this is a failure, not slowness.
inline constexpr int kPatienceMilliseconds = 30'000;

// A TCP connection to the server that sends whatever bytes a test wants.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // The server hung up; what it said first is what the test looks at.
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  [[nodiscard]] bool has_data() const {
    pollfd ready{socket_, POLLIN, 0};
    return ::poll(&ready, 1, 0) == 1;
  }
  [[nodiscard]] const std::string& received() const { return received_; }
  void finish_sending() const { ::shutdown(socket_, SHUT_WR); }

  /// Whether the server closes its end although we read nothing: its kernel then answers our bytes with a reset.
  [[nodiscard]] bool is_given_up() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMilliseconds);
    while (std::chrono::steady_clock::now() < deadline) {
      send("x");
      pollfd state{socket_, 0, 0};
      if (::poll(&state, 1, 10) == 1 && (state.revents & (POLLERR | POLLHUP)) != 0) return true;
    }
    return false;
  }

  /// Everything until the server closes or `stop` appears.
  std::string receive(std::string_view stop = "\n\nnever") {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMilliseconds);
    std::size_t searched = 0;  // Megabytes are not searched again for each packet.
    while (received_.find(stop, searched) == std::string::npos) {
      searched = received_.size() - std::min(received_.size(), stop.size());
      pollfd ready{socket_, POLLIN, 0};
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) != 1) {
        ADD_FAILURE() << "the server neither said '" << stop << "' nor closed";
        break;
      }
      std::array<char, 4096> buffer;
      const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (size <= 0) break;
      received_.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return received_;
  }

 private:
  int socket_;
  std::string received_;
};

inline std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

inline std::unique_ptr<HttpServer> serve(HttpOptions options = {}, Handlers handlers = sample_handlers()) {
  options.listen = "127.0.0.1:0";
  auto server = HttpServer::start(options, std::move(handlers));
  EXPECT_TRUE(server) << to_string(server.error());
  return std::move(*server);
}

inline std::string exchange(std::uint16_t port, std::string_view request) {
  Client client(port);
  client.send(request);
  return client.receive();
}

inline constexpr const char* kClosing = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

}  // namespace isthmus::telemetry
