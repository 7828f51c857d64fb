#include <charconv>
#include <optional>

#include "formats/atlas_answer.hpp"
#include "formats/atlas_result.hpp"
#include "formats/atlas_words.hpp"

namespace isthmus::formats {
namespace {

constexpr std::string_view kNewLine = "NEWLINE";

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find(kNewLine), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + kNewLine.size(), text.size()));
  return line;
}

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r\n"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r\n"));
  line.remove_prefix(word.size());
  return word;
}

template <typename Number>
std::optional<Number> number_in(std::string_view word) {
  Number number{};
  const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), number);
  return status == std::errc{} && end == word.data() + word.size() ? std::optional(number) : std::nullopt;
}

// "(2001:7fd::1)," or "2001:7fd::1"
std::optional<IpAddress> address_in(std::string_view word) {
  if (word.starts_with('(')) word = word.substr(1, word.find(')') - 1);
  const auto address = IpAddress::parse(word);
  return address ? std::optional(without_mapping(*address)) : std::nullopt;
}

// "traceroute to 2001:7fd::1 (2001:7fd::1), 32 hops max, 16 byte packets"
std::optional<IpAddress> destination_in(std::string_view line) {
  if (next_word(line) != "traceroute" || next_word(line) != "to") return std::nullopt;
  next_word(line);
  return address_in(next_word(line));
}

// "!N", "!13": the answer before it said that the destination cannot be reached.
void mark_unreachable(Outcome* answer, std::string_view code) {
  auto* reply = answer == nullptr ? nullptr : std::get_if<Reply>(answer);
  if (reply == nullptr) return;
  const Family family = reply->from.family();
  reply->kind = ReplyKind::unreachable;
  reply->icmp_type = family == Family::ipv4 ? 3 : 1;
  reply->icmp_code = number_in<std::uint8_t>(code).value_or(0);
  if (code.size() == 1) reply->icmp_code = error_code_of(family, code.front()).value_or(reply->icmp_code);
}

Reply answer_from(const IpAddress& from, Duration rtt, const IpAddress& destination) {
  const bool v4 = from.is_v4();
  const bool arrived = from == destination;
  return Reply{.from = from,
               .kind = arrived ? ReplyKind::unreachable : ReplyKind::time_exceeded,
               .icmp_type = static_cast<std::uint8_t>(arrived ? (v4 ? 3 : 1) : (v4 ? 11 : 3)),
               .icmp_code = static_cast<std::uint8_t>(arrived ? (v4 ? 3 : 4) : 0),
               .rtt = rtt,
               .quoted_ttl = Ttl{1}};
}

// "2001:67c:2e8:13::2 1.907 ms 1.909 ms * 2001:db8::7 1.945 ms !N"
bool read_answers(std::string_view line, const IpAddress& destination, std::vector<Outcome>& outcomes) {
  std::optional<IpAddress> from;
  for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
    if (word == "*") {
      outcomes.emplace_back(TimedOut{});
    } else if (word.starts_with('!')) {
      mark_unreachable(outcomes.empty() ? nullptr : &outcomes.back(), word.substr(1));
    } else if (const auto address = address_in(word)) {
      if (known_or_none(*address) == IpAddress{}) return false;
      from = address;
    } else if (const auto milliseconds = number_in<double>(word)) {
      const auto rtt = rtt_from_milliseconds(*milliseconds);
      if (!from || !rtt || next_word(line) != "ms") return false;
      outcomes.emplace_back(answer_from(*from, *rtt, destination));
    }
    // Anything else is a host's name before its address.
  }
  return !outcomes.empty();
}

}  // namespace

bool read_atlas_text(std::string_view text, Trace& into, std::string& why) {
  const auto destination = destination_in(next_line(text));
  why = "\"result\" is text that traceroute does not print";
  if (!destination || known_or_none(*destination) == IpAddress{}) return false;
  into.destination = *destination;
  HopList hops(into.hops);
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::string_view number = next_word(line);
    if (number.empty()) continue;
    const auto ttl = number_in<Ttl>(number);
    if (!ttl || *ttl == 0 || (!hops.empty() && *ttl <= hops.last().ttl)) return false;
    hops.fill_up_to(*ttl);
    if (!read_answers(line, into.destination, hops.add(*ttl).outcomes)) return false;
  }
  hops.finish();
  return true;
}

}  // namespace isthmus::formats
