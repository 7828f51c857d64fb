#include "fleet/broker.hpp"

#include <nats/nats.h>

#include <array>
#include <filesystem>
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
// What is published while there is no connection is not kept by the library: the spool does that.
constexpr int kNoBuffer = 0;

Result<void> readable(const std::string& path, const char* what) {
  if (path.empty() || std::filesystem::exists(path)) return {};
  return Error{ErrorCode::not_found, std::string("use ") + what + " " + path, "the file does not exist"};
}

Result<void> use_servers(natsOptions* options, const std::vector<std::string>& servers) {
  std::vector<const char*> urls;
  for (const std::string& server : servers) urls.push_back(server.c_str());
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

}  // namespace

// Called on threads of the library.
struct Broker::Callbacks {
  static void connected(natsConnection*, void* token) {
    Registry<Broker>::with(token, [](Broker& broker) {
      const std::lock_guard lock(broker.mutex_);
      ++broker.state_.connects;
      broker.state_.problem.clear();
    });
  }
  static void disconnected(natsConnection* connection, void* token) {
    const char* detail = nullptr;
    const natsStatus status = natsConnection_GetLastError(connection, &detail);
    note(token,
         status == NATS_OK ? "the connection was closed" : to_string(nats_error(status, "talk to the broker", detail)));
  }
  static void complained(natsConnection* connection, natsSubscription*, natsStatus status, void* token) {
    const char* detail = nullptr;
    natsConnection_GetLastError(connection, &detail);
    note(token, to_string(nats_error(status, "talk to the broker", detail)));
  }
  static void note(void* token, const std::string& problem) {
    Registry<Broker>::with(token, [&](Broker& broker) {
      const std::lock_guard lock(broker.mutex_);
      broker.state_.problem = problem;
    });
  }
};

Result<std::unique_ptr<Broker>> Broker::connect(const BrokerSettings& settings) {
  if (settings.servers.empty()) {
    return Error{ErrorCode::invalid_argument, "connect to the broker", "no server is given; write tls://host:4222"};
  }
  natsOptions* made = nullptr;
  if (const auto done = check(natsOptions_Create(&made), "set up the connection to the broker"); !done) {
    return done.error();
  }
  const NatsOptions options(made);
  if (const auto done = use_servers(made, settings.servers); !done) return done.error();
  if (const auto done = use_identity(made, settings); !done) return done.error();
  std::unique_ptr<Broker> broker(new Broker());
  natsOptions_SetName(made, settings.name.c_str());
  natsOptions_SetMaxReconnect(made, kForEver);
  natsOptions_SetReconnectWait(made, kReconnectWait);
  natsOptions_SetReconnectJitter(made, kReconnectJitter, kReconnectJitter);
  natsOptions_SetReconnectBufSize(made, kNoBuffer);
  natsOptions_SetPingInterval(made, kPingInterval);
  natsOptions_SetMaxPingsOut(made, kPingsOut);
  natsOptions_SetFailRequestsOnDisconnect(made, true);
  natsOptions_SetRetryOnFailedConnect(made, true, &Callbacks::connected, broker->token_);
  natsOptions_SetReconnectedCB(made, &Callbacks::connected, broker->token_);
  natsOptions_SetDisconnectedCB(made, &Callbacks::disconnected, broker->token_);
  natsOptions_SetErrorHandler(made, &Callbacks::complained, broker->token_);
  const natsStatus status = natsConnection_Connect(&broker->connection_, made);
  if (status == NATS_OK) {
    Callbacks::connected(broker->connection_, broker->token_);
  } else if (status != NATS_NOT_YET_CONNECTED) {
    return nats_error(status, "connect to the broker");
  }
  return broker;
}

Broker::Broker() : token_(Registry<Broker>::add(*this)) {}

Broker::~Broker() {
  Registry<Broker>::remove(token_);
  natsConnection_Close(connection_);
  natsConnection_Destroy(connection_);
}

BrokerState Broker::state() const {
  // Why the first connection does not come about nobody is called for.
  const char* detail = nullptr;
  const natsStatus status = natsConnection_GetLastError(connection_, &detail);
  const std::lock_guard lock(mutex_);
  BrokerState state = state_;
  state.connected = natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED;
  if (!state.connected && state.connects == 0) {
    state.problem = status == NATS_OK ? "no server has answered yet"
                                      : to_string(nats_error(status, "connect to the broker", detail));
  }
  return state;
}

Result<void> Broker::ensure_stream(const StreamSettings& settings) {
  jsCtx* made = nullptr;
  if (const auto done = check(natsConnection_JetStream(&made, connection_, nullptr), "use JetStream"); !done)
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

std::string subject_of(const std::string& vantage, std::uint32_t partition) {
  return "obs.v1." + std::to_string(partition) + "." + vantage;
}

std::uint32_t partition_of(const std::string& target, std::uint32_t partitions) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : target) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ULL;
  return static_cast<std::uint32_t>(hash % partitions);
}

}  // namespace isthmus::fleet
