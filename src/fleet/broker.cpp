#include "fleet/broker.hpp"

#include <nats/nats.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>
#include <utility>

#include "fleet/nats_error.hpp"
#include "fleet/registry.hpp"

namespace isthmus::fleet {
namespace {

constexpr int kForEver = -1;
// In milliseconds, with as much again by chance: a fleet must not come back all at once.
constexpr std::int64_t kReconnectWait = 500;
constexpr std::int64_t kReconnectJitter = 500;
// A cut cable is noticed after two pings without an answer.
constexpr std::int64_t kPingInterval = 5'000;
constexpr int kPingsOut = 2;
// Between two attempts of our own, with up to as much again by chance.
constexpr Duration kRenewWait = std::chrono::seconds(1);
// The broker complains again of what it still does not permit; only of what one subscribes to it does so once.
constexpr Duration kComplaintLasts = std::chrono::minutes(1);
using Clock = std::chrono::steady_clock;
// What is published while there is no connection is not kept by the library: the spool does that.
constexpr int kNoBuffer = 0;

Result<void> readable(const std::string& path, const char* what) {
  if (path.empty() || std::filesystem::exists(path)) return {};
  return Error{ErrorCode::not_found, std::string("use ") + what + " " + path, "the file does not exist"};
}

Result<void> use_servers(natsOptions* options, const std::vector<std::string>& servers) {
  std::vector<const char*> urls;
  for (const std::string& server : servers) urls.push_back(server.c_str());
  // The library takes tls:// for a mere word: somebody on the way could have it go on without.
  const auto encrypted = [](const std::string& server) { return server.starts_with("tls://"); };
  if (std::ranges::any_of(servers, encrypted)) {
    if (const auto done = check(natsOptions_SetSecure(options, true), "use TLS"); !done) return done;
  }
  return check(natsOptions_SetServers(options, urls.data(), static_cast<int>(urls.size())), "use the broker's servers");
}

Result<void> use_identity(natsOptions* options, const BrokerSettings& settings) {
  const std::array<std::pair<std::string, const char*>, 5> files{{{settings.credentials, "credentials"},
                                                                  {settings.nkey_seed, "nkey seed"},
                                                                  {settings.ca, "CA certificates"},
                                                                  {settings.certificate, "certificate"},
                                                                  {settings.key, "key"}}};
  for (const auto& [path, what] : files) {
    if (const auto there = readable(path, what); !there) return there;
  }
  natsStatus status = NATS_OK;
  if (!settings.credentials.empty()) {
    status = natsOptions_SetUserCredentialsFromFiles(options, settings.credentials.c_str(), nullptr);
  }
  if (status == NATS_OK && !settings.nkey_seed.empty()) {
    status = natsOptions_SetNKeyFromSeed(options, settings.nkey.c_str(), settings.nkey_seed.c_str());
  }
  if (status == NATS_OK && !settings.ca.empty()) {
    status = natsOptions_LoadCATrustedCertificates(options, settings.ca.c_str());
  }
  if (status == NATS_OK && !settings.certificate.empty()) {
    status = natsOptions_LoadCertificatesChain(options, settings.certificate.c_str(), settings.key.c_str());
  }
  return check(status, "use the files that say who we are");
}

void use_patience(natsOptions* options, const std::string& name) {
  natsOptions_SetName(options, name.c_str());
  natsOptions_SetMaxReconnect(options, kForEver);
  natsOptions_SetReconnectWait(options, kReconnectWait);
  natsOptions_SetReconnectJitter(options, kReconnectJitter, kReconnectJitter);
  natsOptions_SetReconnectBufSize(options, kNoBuffer);
  natsOptions_SetPingInterval(options, kPingInterval);
  natsOptions_SetMaxPingsOut(options, kPingsOut);
  natsOptions_SetFailRequestsOnDisconnect(options, true);
}

}  // namespace

// Called on threads of the library.
struct Broker::Callbacks {
  static void connected(natsConnection*, void* token) {
    Registry<Broker>::with(token, [](Broker& broker) {
      const std::lock_guard lock(broker.mutex_);
      ++broker.state_.connects;
      broker.failing_ = false;
      broker.state_.problem.clear();
    });
  }
  static void disconnected(natsConnection* connection, void* token) {
    const char* detail = nullptr;
    const natsStatus status = natsConnection_GetLastError(connection, &detail);
    note(token, status == NATS_OK ? Error{ErrorCode::busy, "talk to the broker", "the connection was closed"}
                                  : nats_error(status, "talk to the broker", detail));
  }
  static void complained(natsConnection* connection, natsSubscription*, natsStatus status, void* token) {
    const char* detail = nullptr;
    natsConnection_GetLastError(connection, &detail);
    note(token, nats_error(status, "talk to the broker", detail));
  }
  // After the last one, when somebody gave up.
  static void closed(natsConnection*, void* token) {
    Registry<Broker>::with(token, [](Broker& broker) {
      const std::lock_guard lock(broker.mutex_);
      broker.closed_ = true;
      broker.changed_.notify_all();
    });
  }
  static void unexpected(natsConnection*, void*) {}
  static void note(void* token, const Error& error) {
    Registry<Broker>::with(token, [&](Broker& broker) {
      const std::lock_guard lock(broker.mutex_);
      broker.say(error);
      broker.complained_ = Clock::now();
      broker.lasting_ = broker.state_.problem.find("Subscription") != std::string::npos;
    });
  }
};

Result<std::unique_ptr<Broker>> Broker::connect(const BrokerSettings& settings) {
  if (settings.servers.empty()) {
    return Error{ErrorCode::invalid_argument, "connect to the broker", "no server is given; write tls://host:4222"};
  }
  std::unique_ptr<Broker> broker(new Broker(settings));
  const auto options = broker->options();
  if (!options) return options.error();
  if (const auto opened = broker->open(options->get()); !opened) broker->stand_in(options->get());
  broker->keeper_ = std::jthread([made = broker.get()](const std::stop_token& stop) { made->keep(stop); });
  return broker;
}

Broker::Broker(BrokerSettings settings) : token_(Registry<Broker>::add(*this)), settings_(std::move(settings)) {}

Broker::~Broker() {
  keeper_ = {};
  Registry<Broker>::remove(token_);
}

Result<Broker::Options> Broker::options() const {
  BrokerSettings settings;
  {
    const std::lock_guard lock(mutex_);
    settings = settings_;
  }
  natsOptions* made = nullptr;
  if (const auto done = check(natsOptions_Create(&made), "set up the connection to the broker"); !done) {
    return done.error();
  }
  Options options(made, natsOptions_Destroy);
  if (const auto done = use_servers(made, settings.servers); !done) return done.error();
  if (const auto done = use_identity(made, settings); !done) return done.error();
  use_patience(made, settings.name);
  if (!settings.inbox.empty()) {
    if (const auto done = check(natsOptions_SetCustomInboxPrefix(made, settings.inbox.c_str()), "use an inbox");
        !done) {
      return done.error();
    }
  }
  natsOptions_SetReconnectedCB(made, &Callbacks::connected, token_);
  natsOptions_SetDisconnectedCB(made, &Callbacks::disconnected, token_);
  natsOptions_SetErrorHandler(made, &Callbacks::complained, token_);
  natsOptions_SetClosedCB(made, &Callbacks::closed, token_);
  return options;
}

// One attempt. The library could go on by itself, but would not say why it fails.
Result<void> Broker::open(natsOptions* options) {
  natsConnection* connection = nullptr;
  ++attempts_;
  const natsStatus status = natsConnection_Connect(&connection, options);
  if (status != NATS_OK) {
    natsStatus last = NATS_OK;
    const Error error = nats_error(status, "connect to the broker", nats_GetLastError(&last));
    const std::lock_guard lock(mutex_);
    say(error);
    failing_ = true;
    closed_ = true;
    return error;
  }
  take(connection);
  Callbacks::connected(connection, token_);
  return {};
}

void Broker::say(const Error& error) {
  state_.problem = to_string(error);
  state_.kind = error.code;
}

// A closed connection, for whoever asks before there is a real one.
void Broker::stand_in(natsOptions* options) {
  natsConnection* connection = nullptr;
  natsOptions_SetRetryOnFailedConnect(options, true, &Callbacks::unexpected, nullptr);
  natsConnection_Connect(&connection, options);
  natsConnection_Close(connection);
  take(connection);
}

void Broker::take(natsConnection* connection) {
  Connection fresh(connection, [](natsConnection* gone) {
    natsConnection_Close(gone);
    natsConnection_Destroy(gone);
  });
  // The library's locks are never taken under ours: the last owner lets go outside of it.
  const std::lock_guard lock(mutex_);
  connection_.swap(fresh);
  ++generation_;
}

void Broker::keep(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  std::minstd_rand random(std::random_device{}());
  while (changed_.wait(lock, stop, [this] { return closed_; })) {
    const Duration jitter = kRenewWait * static_cast<int>(random() % 100) / 100;
    changed_.wait_for(lock, stop, kRenewWait + jitter, [] { return false; });
    if (stop.stop_requested()) return;
    closed_ = false;
    lock.unlock();
    const auto made = options();
    if (made) static_cast<void>(open(made->get()));
    lock.lock();
    if (made) continue;
    say(made.error());
    failing_ = true;
    closed_ = true;
  }
}

void Broker::renew(const BrokerSettings& settings) {
  Connection present;
  {
    const std::lock_guard lock(mutex_);
    settings_ = settings;
    present = connection_;
  }
  // Whoever is called back for that goes on.
  natsConnection_Close(present.get());
}

Broker::Connection Broker::connection() const {
  const std::lock_guard lock(mutex_);
  return connection_;
}

BrokerState Broker::state() const {
  Connection connection;
  {
    const std::lock_guard lock(mutex_);
    connection = connection_;
  }
  const bool connected = natsConnection_Status(connection.get()) == NATS_CONN_STATUS_CONNECTED;
  // Why a connection does not come about nobody is called for, only why one was lost. The text beside the status
  // belongs to the library's threads, which may be writing another one.
  const char* untouched = nullptr;
  const natsStatus status = natsConnection_GetLastError(connection.get(), &untouched);
  const std::lock_guard lock(mutex_);
  BrokerState state = state_;
  state.connected = connected;
  if (connected && !lasting_ && Clock::now() > complained_ + kComplaintLasts) state.problem.clear();
  if (!connected && !failing_ && status != NATS_OK) {
    const Error error = nats_error(status, "connect to the broker");
    state.problem = to_string(error);
    state.kind = error.code;
  } else if (!connected && state.problem.empty()) {
    state.problem = "no server has answered yet";
  }
  return state;
}

Result<void> Broker::ensure_stream(const StreamSettings& settings) {
  jsCtx* made = nullptr;
  if (const auto done = check(natsConnection_JetStream(&made, connection().get(), nullptr), "use JetStream"); !done)
    return done;
  const NatsJetStream stream(made);
  const char* subject = "obs.v1.>";
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  config.Name = settings.name.c_str();
  config.Subjects = &subject;
  config.SubjectsLen = 1;
  config.Storage = js_FileStorage;
  // Refused when full: the agents keep what does not fit, rather than that the oldest goes unseen.
  config.Discard = js_DiscardNew;
  config.MaxAge = settings.kept.count();
  config.MaxBytes = static_cast<std::int64_t>(settings.most_bytes);
  config.Replicas = settings.replicas;
  config.Duplicates = std::chrono::nanoseconds(std::chrono::minutes(2)).count();
  jsErrCode code{};
  natsStatus status = js_UpdateStream(nullptr, made, &config, nullptr, &code);
  if (code == JSStreamNotFoundErr) status = js_AddStream(nullptr, made, &config, nullptr, &code);
  natsStatus last = NATS_OK;
  if (status != NATS_OK) return nats_error(status, "set up stream " + settings.name, nats_GetLastError(&last));
  return {};
}

Result<void> Broker::publish(const std::string& subject, const std::string& bytes) {
  const auto size = static_cast<int>(bytes.size());
  return check(natsConnection_Publish(connection().get(), subject.c_str(), bytes.data(), size), "publish");
}

Result<std::shared_ptr<Broker>> connect(const BrokerSettings& settings) {
  auto broker = Broker::connect(settings);
  if (!broker) return broker.error();
  return std::shared_ptr<Broker>(std::move(*broker));
}

void renew(Broker& broker, const BrokerSettings& settings) { broker.renew(settings); }

BrokerState state_of(const Broker& broker) { return broker.state(); }

Result<void> ask(Broker& broker, const std::string& vantage, const Request& request) {
  return broker.publish(request_subject(vantage), encode(request));
}

std::string subject_of(const std::string& vantage, std::uint32_t partition) {
  return "obs.v1." + std::to_string(partition) + "." + vantage;
}

std::uint32_t partition_of(const std::string& target, std::uint32_t partitions) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : target) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ULL;
  return static_cast<std::uint32_t>(hash % partitions);
}

}  // namespace isthmus::fleet
