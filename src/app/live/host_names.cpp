#include "app/live/host_names.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>

#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace isthmus::app {
namespace {

// A name server that is away holds up one of them for half a minute at most.
constexpr int kThreads = 4;
// A path has at most a few hundred routers; a survey is not what this is for.
constexpr std::size_t kMostNames = 4096;

std::string look_up(const IpAddress& address) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const bool is_v4 = address.family() == Family::ipv4;
  if (is_v4) {
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(address.v4_value());
  } else {
    v6.sin6_family = AF_INET6;
    std::memcpy(v6.sin6_addr.s6_addr, address.bytes().data(), sizeof v6.sin6_addr.s6_addr);
  }
  std::array<char, NI_MAXHOST> name{};
  const auto* socket_address = is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
  const int failed =
      ::getnameinfo(socket_address, is_v4 ? sizeof v4 : sizeof v6, name.data(), name.size(), nullptr, 0, NI_NAMEREQD);
  return failed == 0 ? name.data() : "";
}

}  // namespace

struct HostNames::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool stopping{false};                    // guarded by mutex
  std::deque<IpAddress> wanted;            // guarded by mutex
  std::map<IpAddress, std::string> names;  // guarded by mutex; empty while unknown
};

HostNames::HostNames() : shared_(std::make_shared<Shared>()) {
  // Signals are for the thread that waits for packets.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  // Detached, as in NameWatch: nobody who presses Ctrl-C should wait for a resolver.
  for (int i = 0; i < kThreads; ++i) std::thread([shared = shared_] { run(shared); }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

HostNames::~HostNames() {
  const std::lock_guard lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
}

void HostNames::run(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->changed.wait(lock, [&] { return shared->stopping || !shared->wanted.empty(); });
    if (shared->stopping) return;
    const IpAddress address = shared->wanted.front();
    shared->wanted.pop_front();
    lock.unlock();
    std::string name = look_up(address);
    lock.lock();
    shared->names[address] = std::move(name);
  }
}

std::string HostNames::name_of(const IpAddress& address) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->names.size() >= kMostNames && !shared_->names.contains(address)) return "";
  const auto [known, is_new] = shared_->names.try_emplace(address);
  if (is_new) {
    shared_->wanted.push_back(address);
    shared_->changed.notify_one();
  }
  return known->second;
}

}  // namespace isthmus::app
