#include "support/nats_server.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace isthmus::support {
namespace {

constexpr const char* kProgram = "/usr/sbin/nats-server";

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

bool NatsServer::is_installed() { return std::filesystem::exists(kProgram); }

NatsServer::NatsServer(std::filesystem::path folder, std::string more)
    : folder_(std::move(folder)), more_(std::move(more)) {
  std::filesystem::create_directories(folder_);
  start();
}

NatsServer::~NatsServer() { kill(); }

void NatsServer::start() {
  const auto config = folder_ / "nats.conf";
  const auto log = folder_ / "nats.log";
  std::ofstream(config) << "host: 127.0.0.1\nport: " << port_ << "\nserver_name: test\njetstream: {store_dir: \""
                        << (folder_ / "jetstream").string() << "\"}\n"
                        << more_;
  std::filesystem::remove(log);
  process_ = ::fork();
  if (process_ == 0) {
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT, 0644);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::execl(kProgram, kProgram, "-c", config.c_str(), nullptr);
    ::_exit(127);
  }
  const std::regex listening("Listening for client connections on 127.0.0.1:([0-9]+)");
  for (const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
       std::chrono::steady_clock::now() < deadline; std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
    const std::string text = text_of(log);
    std::smatch found;
    if (!std::regex_search(text, found, listening) || text.find("Server is ready") == std::string::npos) continue;
    port_ = std::stoi(found[1]);
    return;
  }
  throw std::runtime_error("nats-server did not come up: " + text_of(log));
}

void NatsServer::kill() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

}  // namespace isthmus::support
