#include "fleet/bucket.hpp"

#include <utility>

#include "fleet/nats_error.hpp"

namespace isthmus::fleet {
namespace {

using KvEntry = NatsOwned<kvEntry, kvEntry_Destroy>;
using StreamInfo = NatsOwned<jsStreamInfo, jsStreamInfo_Destroy>;

// In milliseconds. Nobody answers while a leader is elected, nor later what was asked then; a stop must not wait for
// long.
constexpr std::int64_t kLongestAnswer = 1'500;
constexpr std::int32_t kMostValueBytes = 1'000'000;

Result<jsCtx*> open_context(Broker& broker) {
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = kLongestAnswer;
  jsCtx* context = nullptr;
  const auto made = check(natsConnection_JetStream(&context, broker.connection().get(), &options), "use JetStream");
  if (!made) return made.error();
  return context;
}

Error bucket_error(natsStatus status, const std::string& name, const std::string& what) {
  natsStatus last = NATS_OK;
  Error error = nats_error(status, what + " in bucket " + name, nats_GetLastError(&last));
  if (status == NATS_NOT_FOUND) error.detail = "the bucket does not exist at the broker; `isthmus assign` creates it";
  return error;
}

// A bucket is a stream with a name of its own; what may change later is changed there.
Result<void> adjust(jsCtx* context, const BucketSettings& settings) {
  const std::string stream = "KV_" + settings.name;
  jsStreamInfo* found = nullptr;
  if (const natsStatus status = js_GetStreamInfo(&found, context, stream.c_str(), nullptr, nullptr);
      status != NATS_OK) {
    return bucket_error(status, settings.name, "look");
  }
  const StreamInfo info(found);
  if (info->Config->Replicas == settings.replicas && info->Config->MaxAge == settings.lifetime.count()) return {};
  info->Config->Replicas = settings.replicas;
  info->Config->MaxAge = settings.lifetime.count();
  const natsStatus status = js_UpdateStream(nullptr, context, info->Config, nullptr, nullptr);
  if (status != NATS_OK) return bucket_error(status, settings.name, "change settings");
  return {};
}

}  // namespace

Bucket::~Bucket() { close(); }

void Bucket::close() {
  kvStore_Destroy(std::exchange(store_, nullptr));
  jsCtx_Destroy(std::exchange(context_, nullptr));
}

Result<void> Bucket::ensure(Broker& broker, const BucketSettings& settings) {
  const auto context = open_context(broker);
  if (!context) return context.error();
  const NatsJetStream owned(*context);
  kvStore* store = nullptr;
  natsStatus status = js_KeyValue(&store, *context, settings.name.c_str());
  kvStore_Destroy(store);
  if (status == NATS_OK) return adjust(*context, settings);
  if (status != NATS_NOT_FOUND) return bucket_error(status, settings.name, "look");
  kvConfig config;
  kvConfig_Init(&config);
  config.Bucket = settings.name.c_str();
  config.History = 1;
  config.TTL = settings.lifetime.count();
  config.Replicas = settings.replicas;
  config.StorageType = js_FileStorage;
  config.MaxValueSize = kMostValueBytes;
  kvStore* made = nullptr;
  status = js_CreateKeyValue(&made, *context, &config);
  kvStore_Destroy(made);
  if (status != NATS_OK) return bucket_error(status, settings.name, "begin");
  return {};
}

Result<void> Bucket::open() {
  if (generation_ != broker_.generation()) close();
  generation_ = broker_.generation();
  if (context_ == nullptr) {
    const auto context = open_context(broker_);
    if (!context) return context.error();
    context_ = *context;
  }
  if (store_ != nullptr) return {};
  const natsStatus status = js_KeyValue(&store_, context_, name_.c_str());
  if (status != NATS_OK) return failed(status, "look");
  return {};
}

Error Bucket::failed(int status, const std::string& what) const {
  return bucket_error(static_cast<natsStatus>(status), name_, what);
}

Result<std::optional<Bucket::Entry>> Bucket::get(const std::string& key) {
  if (const auto opened = open(); !opened) return opened.error();
  kvEntry* found = nullptr;
  const natsStatus status = kvStore_Get(&found, store_, key.c_str());
  if (status == NATS_NOT_FOUND) return std::optional<Entry>();
  if (status != NATS_OK) return failed(status, "read " + key);
  const KvEntry entry(found);
  const auto* bytes = static_cast<const char*>(kvEntry_Value(entry.get()));
  const auto length = static_cast<std::size_t>(std::max(0, kvEntry_ValueLen(entry.get())));
  return Entry{length == 0 ? std::string() : std::string(bytes, length), kvEntry_Revision(entry.get()),
               Timestamp(Duration(kvEntry_Created(entry.get())))};
}

Result<std::uint64_t> Bucket::put(const std::string& key, const std::string& value) {
  if (const auto opened = open(); !opened) return opened.error();
  std::uint64_t revision = 0;
  const natsStatus status = kvStore_Put(&revision, store_, key.c_str(), value.data(), static_cast<int>(value.size()));
  if (status != NATS_OK) return failed(status, "write " + key);
  return revision;
}

Result<std::uint64_t> Bucket::replace(const std::string& key, const std::string& value, std::uint64_t revision) {
  if (const auto opened = open(); !opened) return opened.error();
  std::uint64_t made = 0;
  const auto size = static_cast<int>(value.size());
  const natsStatus status = revision == 0 ? kvStore_Create(&made, store_, key.c_str(), value.data(), size)
                                          : kvStore_Update(&made, store_, key.c_str(), value.data(), size, revision);
  if (status == NATS_OK) return made;
  Error error = failed(status, "write " + key);
  if (status == NATS_ERR) {
    error.code = ErrorCode::refused;
    error.detail += "; somebody else wrote it at the same time, try again";
  }
  return error;
}

Result<void> Bucket::remove(const std::string& key) {
  if (const auto opened = open(); !opened) return opened.error();
  const natsStatus status = kvStore_Delete(store_, key.c_str());
  if (status != NATS_OK) return failed(status, "remove " + key);
  return {};
}

Result<std::vector<std::string>> Bucket::keys() {
  if (const auto opened = open(); !opened) return opened.error();
  kvKeysList list{};
  const natsStatus status = kvStore_Keys(&list, store_, nullptr);
  std::vector<std::string> keys;
  for (int i = 0; status == NATS_OK && i < list.Count; ++i) keys.emplace_back(list.Keys[i]);
  kvKeysList_Destroy(&list);
  if (status != NATS_OK && status != NATS_NOT_FOUND) return failed(status, "list keys");
  return keys;
}

std::string bucket_subject(const std::string& bucket, const std::string& key) { return "$KV." + bucket + "." + key; }

}  // namespace isthmus::fleet
