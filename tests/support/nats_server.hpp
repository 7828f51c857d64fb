#pragma once
// A real nats-server of its own on the loopback interface, with JetStream in a folder of the test. Ended with the
// object.

#include <filesystem>
#include <string>

namespace isthmus::support {

class NatsServer {
 public:
  /// `more`: further lines of its configuration. Throws std::runtime_error when it does not come up within ten seconds.
  NatsServer(std::filesystem::path folder, std::string more = "");
  ~NatsServer();
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  [[nodiscard]] std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  /// As a crash would end it, and again at the same place with what it had stored.
  void kill();
  void start();
  [[nodiscard]] static bool is_installed();

 private:
  std::filesystem::path folder_;
  std::string more_;
  int port_{-1};
  int process_{-1};
};

}  // namespace isthmus::support
