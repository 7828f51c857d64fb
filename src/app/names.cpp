#include "app/names.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <utility>

namespace isthmus::app {
namespace {

IpAddress address_of(const sockaddr& socket_address) {
  if (socket_address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &socket_address, sizeof v4);
    return IpAddress::v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &socket_address, sizeof v6);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), v6.sin6_addr.s6_addr, bytes.size());
  return IpAddress::v6(bytes);
}

int family_number(std::optional<Family> family) {
  if (!family) return AF_UNSPEC;
  return *family == Family::ipv4 ? AF_INET : AF_INET6;
}

std::vector<IpAddress> addresses_of(const addrinfo* list) {
  std::vector<IpAddress> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    const IpAddress address = address_of(*entry->ai_addr);
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

// All look-ups at once; glibc's resolver threads share them out.
void look_up(const std::vector<ResolvedName*>& names, std::optional<Family> family) {
  addrinfo hints{};
  hints.ai_family = family_number(family);
  hints.ai_socktype = SOCK_DGRAM;
  std::vector<gaicb> requests(names.size());
  std::vector<gaicb*> list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    requests[i].ar_name = names[i]->name.c_str();
    requests[i].ar_request = &hints;
    list.push_back(&requests[i]);
  }
  const int started = ::getaddrinfo_a(GAI_WAIT, list.data(), static_cast<int>(list.size()), nullptr);
  for (std::size_t i = 0; i < names.size(); ++i) {
    // A signal ends the wait early, but the requests are the resolver's until they are done.
    const gaicb* const one = &requests[i];
    while (::gai_error(&requests[i]) == EAI_INPROGRESS) ::gai_suspend(&one, 1, nullptr);
    const int error = started == EAI_AGAIN || started == EAI_MEMORY ? started : ::gai_error(&requests[i]);
    if (error == 0) names[i]->addresses = addresses_of(requests[i].ar_result);
    if (error != 0) names[i]->problem = ::gai_strerror(error);
    if (error == 0 && names[i]->addresses.empty()) names[i]->problem = "no address";
    if (requests[i].ar_result != nullptr) ::freeaddrinfo(requests[i].ar_result);
  }
}

}  // namespace

std::vector<ResolvedName> resolve_names(const std::vector<std::string>& names, std::optional<Family> family) {
  std::vector<ResolvedName> found;
  std::unordered_set<std::string_view> known;
  for (const std::string& name : names) {
    if (known.insert(name).second) found.push_back({name, {}, {}});
  }
  std::vector<ResolvedName*> to_look_up;
  for (ResolvedName& one : found) {
    const auto literal = IpAddress::parse(one.name);
    if (!literal) {
      to_look_up.push_back(&one);
    } else if (family && literal->family() != *family) {
      one.problem = *family == Family::ipv4 ? "not an IPv4 address" : "not an IPv6 address";
    } else {
      one.addresses.push_back(*literal);
    }
  }
  if (!to_look_up.empty()) look_up(to_look_up, family);
  return found;
}

bool follow_names(const std::vector<ResolvedName>& found, std::vector<NamedAddress>& targets) {
  bool changed = false;
  for (const ResolvedName& one : found) {
    if (one.addresses.empty()) continue;
    const auto known =
        std::find_if(targets.begin(), targets.end(), [&](const NamedAddress& t) { return t.name == one.name; });
    if (known == targets.end()) {
      targets.push_back({one.name, one.addresses.front()});
      changed = true;
    } else if (std::find(one.addresses.begin(), one.addresses.end(), known->address) == one.addresses.end()) {
      known->address = one.addresses.front();
      changed = true;
    }
  }
  return changed;
}

struct NameWatch::Shared {
  std::vector<std::string> names;
  std::optional<Family> family;
  Duration interval{};
  std::function<void()> wake;

  std::mutex mutex;
  std::condition_variable stop_asked;
  bool stopping{false};                            // guarded by mutex
  std::optional<std::vector<ResolvedName>> fresh;  // guarded by mutex
};

NameWatch::NameWatch(std::vector<std::string> names, std::optional<Family> family, Duration interval,
                     std::function<void()> wake)
    : shared_(std::make_shared<Shared>()) {
  shared_->names = std::move(names);
  shared_->family = family;
  shared_->interval = interval;
  shared_->wake = std::move(wake);
  // Ctrl-C is for the thread that waits for packets.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  // Detached: a look-up may hang for half a minute, and nobody who presses Ctrl-C should wait for that. All that the
  // thread touches is what it shares.
  std::thread([shared = shared_] { run(shared); }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

NameWatch::~NameWatch() {
  const std::lock_guard lock(shared_->mutex);
  shared_->stopping = true;
  shared_->stop_asked.notify_all();
}

void NameWatch::run(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (!shared->stop_asked.wait_for(lock, shared->interval, [&] { return shared->stopping; })) {
    lock.unlock();
    auto found = resolve_names(shared->names, shared->family);
    lock.lock();
    if (shared->stopping) return;
    shared->fresh = std::move(found);
    shared->wake();
  }
}

std::optional<std::vector<ResolvedName>> NameWatch::take() {
  const std::lock_guard lock(shared_->mutex);
  return std::exchange(shared_->fresh, std::nullopt);
}

}  // namespace isthmus::app
