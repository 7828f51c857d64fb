#include "fleet/stream_reader.hpp"

#include <algorithm>
#include <utility>

#include "fleet/nats_error.hpp"

namespace isthmus::fleet {
namespace {

// Agents report every second: where it has just become silent the consumer may have died with its node, and the one
// that takes its place as well, as long as the others have not noticed. Where it is silent for long nobody sends.
constexpr Duration kFirstSilence = std::chrono::seconds(2);
constexpr Duration kLongSilence = std::chrono::seconds(10);
constexpr Duration kSilentForLong = std::chrono::seconds(30);

// A cluster that elects a leader forgets what it was asked meanwhile: ask again soon, and now and then wait for a
// broker that is merely slow.
constexpr std::int64_t kShortAnswer = 1'000;
constexpr std::int64_t kLongAnswer = 5'000;
constexpr unsigned kShortOnes = 4;

std::int64_t milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

// What follows the third dot of "obs.v1.3.frankfurt".
std::string vantage_of(std::string_view subject) {
  for (int dots = 0; dots < 3; ++dots) {
    const auto dot = subject.find('.');
    if (dot == std::string_view::npos) return {};
    subject.remove_prefix(dot + 1);
  }
  return std::string(subject);
}

}  // namespace

StreamReader::StreamReader(Broker& broker, std::string stream, std::uint32_t partition, ReadFrom from)
    : broker_(broker), stream_(std::move(stream)), partition_(partition), from_(from) {}

StreamReader::~StreamReader() {
  unsubscribe();
  jsCtx_Destroy(context_);
}

void StreamReader::unsubscribe() {
  if (subscription_ != nullptr) natsSubscription_Unsubscribe(subscription_);
  natsSubscription_Destroy(std::exchange(subscription_, nullptr));
}

// A stream that was made anew counts from 1: a position in the old one would skip its beginning, or wait for ever.
Result<void> StreamReader::look_at_stream() {
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status = js_GetStreamInfo(&info, context_, stream_.c_str(), nullptr, &code);
  natsStatus last = NATS_OK;
  if (status != NATS_OK) return nats_error(status, "look at stream " + stream_, nats_GetLastError(&last));
  const Timestamp created{Duration(info->Created)};
  jsStreamInfo_Destroy(info);
  if (created != created_.value_or(from_.position.created)) {
    after_ = 0;
    from_ = {};
  }
  created_ = created;
  return {};
}

Result<void> StreamReader::open_context() {
  jsCtx_Destroy(std::exchange(context_, nullptr));
  generation_ = broker_.generation();
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = ++attempts_ % (kShortOnes + 1) == 0 ? kLongAnswer : kShortAnswer;
  return check(natsConnection_JetStream(&context_, broker_.connection().get(), &options), "use JetStream");
}

// A consumer that lives as long as somebody asks it: which messages are done is not its business.
Result<void> StreamReader::subscribe() {
  if (const auto opened = open_context(); !opened) return opened;
  if (const auto looked = look_at_stream(); !looked) return looked;
  const std::string subject = "obs.v1." + std::to_string(partition_) + ".>";
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Stream = stream_.c_str();
  options.Config.AckPolicy = js_AckNone;
  options.Config.InactiveThreshold = std::chrono::nanoseconds(std::chrono::minutes(1)).count();
  if (after_ > 0) {
    options.Config.DeliverPolicy = js_DeliverByStartSequence;
    options.Config.OptStartSeq = after_ + 1;
  } else if (from_.position.sequence > 0 && from_.rehearsal > Duration::zero()) {
    options.Config.DeliverPolicy = js_DeliverByStartTime;
    options.Config.OptStartTime = (from_.position.stored - from_.rehearsal).time_since_epoch().count();
  } else if (from_.position.sequence > 0) {
    options.Config.DeliverPolicy = js_DeliverByStartSequence;
    options.Config.OptStartSeq = from_.position.sequence + 1;
  } else {
    options.Config.DeliverPolicy = js_DeliverAll;
  }
  jsErrCode code{};
  const natsStatus status =
      js_PullSubscribe(&subscription_, context_, subject.c_str(), nullptr, nullptr, &options, &code);
  natsStatus last = NATS_OK;
  if (status != NATS_OK) return nats_error(status, "read stream " + stream_, nats_GetLastError(&last));
  made_ = std::chrono::steady_clock::now();
  attempts_ = 0;
  return look_at_consumer();
}

// How much there is to read: what comes says so later, but where nothing comes only the broker knows.
Result<void> StreamReader::look_at_consumer() {
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status = natsSubscription_GetConsumerInfo(&info, subscription_, nullptr, &code);
  if (status != NATS_OK) {
    unsubscribe();
    natsStatus last = NATS_OK;
    return nats_error(status, "look at the consumer of stream " + stream_, nats_GetLastError(&last));
  }
  pending_ = info->NumPending;
  jsConsumerInfo_Destroy(info);
  return {};
}

// A broker deletes a consumer that nobody asks for a while, as when nobody could, and nobody is told: fetching from it
// then finds nothing for ever. So another one is made after each connection, and now and then while nothing comes.
void StreamReader::begin_anew_where_needed() {
  const std::uint64_t connects = broker_.state().connects;
  const auto now = std::chrono::steady_clock::now();
  if (connects != connects_) latest_ = now;
  const Duration longest = now - latest_ > kSilentForLong ? kLongSilence : kFirstSilence;
  if (generation_ != broker_.generation()) {
    unsubscribe();
    jsCtx_Destroy(std::exchange(context_, nullptr));
  } else if (connects != connects_ || now - std::max(latest_, made_) > longest) {
    unsubscribe();
  }
  connects_ = connects;
}

Result<std::vector<StreamMessage>> StreamReader::fetch(std::size_t most, Duration longest) {
  begin_anew_where_needed();
  if (subscription_ == nullptr) {
    if (const auto subscribed = subscribe(); !subscribed) return subscribed.error();
  }
  natsMsgList list{};
  jsErrCode code{};
  const natsStatus status = natsSubscription_Fetch(&list, subscription_, static_cast<int>(most),
                                                   std::max<std::int64_t>(1, milliseconds(longest)), &code);
  std::vector<StreamMessage> messages;
  for (int i = 0; i < list.Count; ++i) {
    natsMsg* message = list.Msgs[i];
    jsMsgMetaData* about = nullptr;
    if (natsMsg_GetMetaData(&about, message) != NATS_OK) continue;
    // A broker that has just been started may deliver again what it delivered before.
    if (about->Sequence.Stream <= after_) {
      jsMsgMetaData_Destroy(about);
      continue;
    }
    StreamMessage& out = messages.emplace_back();
    out.sequence = about->Sequence.Stream;
    out.stored = Timestamp(Duration(about->Timestamp));
    out.pending = about->NumPending;
    out.vantage = vantage_of(natsMsg_GetSubject(message));
    out.bytes.assign(natsMsg_GetData(message), static_cast<std::size_t>(natsMsg_GetDataLength(message)));
    jsMsgMetaData_Destroy(about);
    after_ = out.sequence;
    pending_ = out.pending;
  }
  natsMsgList_Destroy(&list);
  if (!messages.empty()) latest_ = std::chrono::steady_clock::now();
  if (!messages.empty() || status == NATS_OK || status == NATS_TIMEOUT) return messages;
  // The consumer is gone, or the connection: the next call makes another one where this one stood.
  unsubscribe();
  natsStatus last = NATS_OK;
  return nats_error(status, "read stream " + stream_, nats_GetLastError(&last));
}

}  // namespace isthmus::fleet
