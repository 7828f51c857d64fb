#include "formats/atlas_answer.hpp"

#include <cerrno>
#include <system_error>
#include <vector>

#include "formats/atlas_item.hpp"
#include "formats/atlas_words.hpp"
#include "formats/record.hpp"

namespace isthmus::formats {
namespace {

std::optional<ReplyKind> parse_reply_kind(std::string_view word) {
  // Only isthmus says.
  if (word.empty()) return std::nullopt;
  for (const auto kind : {ReplyKind::echo_reply, ReplyKind::time_exceeded, ReplyKind::unreachable,
                          ReplyKind::tcp_syn_ack, ReplyKind::tcp_rst}) {
    if (word == to_string(kind)) return kind;
  }
  return std::nullopt;
}

void set_kind(Reply& reply, ReplyKind kind, int type, int code) {
  reply.kind = kind;
  reply.icmp_type = static_cast<std::uint8_t>(type);
  reply.icmp_code = static_cast<std::uint8_t>(code);
}

// The code of "err": a number, or a word that stands for one.
std::uint8_t unreachable_code(const JsonValue& err, Family family) {
  if (const auto code = integer_of(err, 0, 255)) return static_cast<std::uint8_t>(*code);
  const auto word = text_of(err);
  return word && word->size() == 1 ? error_code_of(family, word->front()).value_or(0) : std::uint8_t{0};
}

// A foreign result does not say which packet it was; "err", "flags", the sender and the protocol do (RFC 792, RFC
// 4443).
void deduce_kind(Reply& reply, const AtlasItem& item, const ProbedBy& probed) {
  const bool v4 = reply.from.is_v4();
  const int unreachable = v4 ? 3 : 1;
  if (item.err)
    return set_kind(reply, ReplyKind::unreachable, unreachable, unreachable_code(*item.err, reply.from.family()));
  // Too big for the next link: type 3 code 4, but a type of its own in ICMPv6.
  if (item.too_big) return set_kind(reply, ReplyKind::unreachable, v4 ? 3 : 2, v4 ? 4 : 0);
  if (!item.tcp_flags.empty()) {
    const bool opens = item.tcp_flags.find('S') != std::string_view::npos;
    return set_kind(reply, opens ? ReplyKind::tcp_syn_ack : ReplyKind::tcp_rst, 0, 0);
  }
  if (reply.from != probed.destination) return set_kind(reply, ReplyKind::time_exceeded, v4 ? 11 : 3, 0);
  if (probed.protocol != Protocol::icmp) return set_kind(reply, ReplyKind::unreachable, unreachable, v4 ? 3 : 4);
  // Only an ICMP error quotes the probe.
  if (item.quoted_ttl || item.extensions) return set_kind(reply, ReplyKind::time_exceeded, v4 ? 11 : 3, 0);
  set_kind(reply, ReplyKind::echo_reply, v4 ? 0 : 129, 0);
}

bool quotes_probe(ReplyKind kind) { return kind == ReplyKind::time_exceeded || kind == ReplyKind::unreachable; }

AnswerKind read_reply(const AtlasItem& item, const ProbedBy& probed, AddressReader& addresses, Reply& reply,
                      std::string& why) {
  // Where it is to be, at once: an address on its way through the stack waits for its own bytes.
  if (item.from) reply.from = addresses.read(*item.from);
  const bool has_from = item.from && reply.from != IpAddress{};
  const auto milliseconds = item.rtt ? number_of(*item.rtt) : std::nullopt;
  const auto rtt = milliseconds ? rtt_from_milliseconds(*milliseconds) : std::nullopt;
  if (!has_from) why = "an answer has no readable \"from\" address";
  if (has_from && !rtt) why = "an answer has an impossible \"rtt\"";
  if (!has_from || !rtt) return AnswerKind::bad;
  reply.rtt = *rtt;
  reply.ttl = static_cast<Ttl>(item.ttl.value_or(0));
  reply.size = static_cast<std::uint16_t>(item.size.value_or(0));
  reply.ip_id = static_cast<std::uint16_t>(item.ip_id.value_or(0));
  reply.weak = item.weak;
  reply.rewritten = item.rewritten || item.redirected;
  if (item.extensions) read_atlas_labels(*item.extensions, reply.mpls);
  if (item.quoted_ttl) reply.quoted_ttl = static_cast<Ttl>(*item.quoted_ttl);
  if (item.quoted_tos) reply.quoted_tos = static_cast<std::uint8_t>(*item.quoted_tos);
  const auto kind = parse_reply_kind(item.kind);
  if (kind && item.icmp_type && item.icmp_code) {
    set_kind(reply, *kind, static_cast<int>(*item.icmp_type), static_cast<int>(*item.icmp_code));
  } else {
    deduce_kind(reply, item, probed);
    // The firmware leaves out what is as it should be.
    if (quotes_probe(reply.kind) && !reply.quoted_ttl) reply.quoted_ttl = Ttl{1};
  }
  return AnswerKind::outcome;
}

Outcome failure_of(const AtlasItem& item) {
  SendFailed failure = send_failure(text_of(*item.error).value_or(""));
  if (item.error_number) failure.error_number = static_cast<int>(*item.error_number);
  return failure;
}

}  // namespace

AnswerKind read_atlas_answer(const JsonObject& object, const ProbedBy& probed, AddressReader& addresses, Outcome& into,
                             std::string& why) {
  const AtlasItem item = read_atlas_item(object);
  if (item.late || item.duplicate) return AnswerKind::no_outcome;
  if (item.error) {
    into = failure_of(item);
    return AnswerKind::outcome;
  }
  if (item.silent || !item.rtt) {
    into = TimedOut{};
    return AnswerKind::outcome;
  }
  return read_reply(item, probed, addresses, into.emplace<Reply>(), why);
}

AnswerKind read_atlas_echo(const JsonObject& object, const ProbedBy& probed, const PingDefaults& defaults,
                           Outcome& into, std::string& why) {
  AtlasItem item = read_atlas_item(object);
  if (item.late || item.duplicate) return AnswerKind::no_outcome;
  // Written by isthmus: the whole of an answer that is more, or other, than a plain echo reply.
  const auto whole = item.reply ? object_of(*item.reply) : std::nullopt;
  if (whole) {
    AddressReader addresses;
    return read_reply(read_atlas_item(*whole), probed, addresses, into.emplace<Reply>(), why);
  }
  if (item.error) {
    into = failure_of(item);
    return AnswerKind::outcome;
  }
  const auto milliseconds = item.rtt ? number_of(*item.rtt) : std::nullopt;
  if (!milliseconds) {
    into = TimedOut{};
    return AnswerKind::outcome;
  }
  const auto rtt = rtt_from_milliseconds(*milliseconds);
  if (!rtt) {
    why = "an answer has an impossible \"rtt\"";
    return AnswerKind::bad;
  }
  into = Reply{.from = probed.destination,
               .kind = ReplyKind::echo_reply,
               .icmp_type = static_cast<std::uint8_t>(probed.destination.is_v4() ? 0 : 129),
               .rtt = *rtt,
               .ttl = item.ttl ? static_cast<Ttl>(*item.ttl) : defaults.ttl,
               .size = item.size ? static_cast<std::uint16_t>(*item.size) : defaults.size};
  return AnswerKind::outcome;
}

SendFailed send_failure(std::string_view error) {
  static const auto kKnown = [] {
    std::vector<std::pair<std::string, int>> known;
    for (const int number : {EPERM, EINVAL, EACCES, EMSGSIZE, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENOBUFS,
                             EADDRNOTAVAIL, EADDRINUSE, EAFNOSUPPORT, ECONNREFUSED, ETIMEDOUT, ENODEV, EAGAIN}) {
      known.emplace_back(std::generic_category().message(number), number);
    }
    return known;
  }();
  for (const auto& [text, number] : kKnown) {
    if (error.ends_with(text)) return SendFailed{number};
  }
  return SendFailed{};
}

std::optional<Duration> rtt_from_milliseconds(double milliseconds) {
  constexpr double kMost = std::chrono::duration<double, std::milli>(kLongestRoundTrip).count();
  if (!(milliseconds >= 0 && milliseconds <= kMost)) return std::nullopt;
  // Half a nanosecond up and cut off: llround() is a call, and there is one for each answer.
  return Duration(static_cast<std::int64_t>(milliseconds * 1e6 + 0.5));
}

std::optional<Protocol> parse_atlas_protocol(std::string_view word) {
  // Firmware 4400 said "ICMP4", "ICMP6" or "UDP4".
  if (word.starts_with("ICMP")) return Protocol::icmp;
  if (word.starts_with("UDP")) return Protocol::udp;
  if (word.starts_with("TCP")) return Protocol::tcp;
  return std::nullopt;
}

}  // namespace isthmus::formats
