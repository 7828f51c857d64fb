#include "app/outcome_text.hpp"

#include <cerrno>
#include <cstring>

namespace isthmus::app {
namespace {

std::string numbered(int code) { return "!code " + std::to_string(code); }

// RFC 792, RFC 1812 section 5.2.7.1.
std::string unreachable_v4(int code) {
  switch (code) {
    case 0:
    case 6:
    case 11: return "!net";
    case 1:
    case 7:
    case 12: return "!host";
    case 2: return "!protocol";
    case 3: return "!port";
    case 4: return "!fragment";
    case 9:
    case 10:
    case 13: return "!prohibited";
    default: return numbered(code);
  }
}

// RFC 4443 section 3.1.
std::string unreachable_v6(int code) {
  switch (code) {
    case 0: return "!net";
    case 1:
    case 5:
    case 6: return "!prohibited";
    case 3: return "!host";
    case 4: return "!port";
    default: return numbered(code);
  }
}

std::string short_reason(int error_number) {
  switch (error_number) {
    case EMSGSIZE: return "over MTU";
    case ENETUNREACH: return "no route";
    case EHOSTUNREACH: return "no gateway";
    case ENETDOWN:
    case ENODEV: return "link down";
    case EACCES: return "denied";
    default: return "not sent";
  }
}

}  // namespace

std::string why_not_sent(int error_number) {
  switch (error_number) {
    case EMSGSIZE: return "larger than the MTU";
    case ENETUNREACH: return "no route";
    case EHOSTUNREACH: return "the gateway does not resolve";
    case EACCES: return "on the deny list";
    default: return std::strerror(error_number);
  }
}

std::string fault_of(const Outcome& outcome, const IpAddress& address) {
  if (const auto* failed = std::get_if<SendFailed>(&outcome)) return short_reason(failed->error_number);
  const Reply* reply = reply_of(outcome);
  if (reply == nullptr) return "timeout";
  if (answers_ping(*reply, address)) return "";
  if (reply->kind == ReplyKind::time_exceeded) return "TTL used up";
  return address.family() == Family::ipv4 ? unreachable_v4(reply->icmp_code) : unreachable_v6(reply->icmp_code);
}

const char* fault_help() {
  return "timeout       nobody answered in time\n"
         "!net !host    a router says that it knows no way there\n"
         "!prohibited   a router or firewall refuses to forward\n"
         "!port         somebody else says that the port is closed\n"
         "TTL used up   the packet went in a circle, or the way is too long\n"
         "no route      not sent: this machine knows no way there\n"
         "no gateway    not sent: the next router does not answer ARP or ND\n"
         "link down     not sent: the interface is down or gone\n"
         "over MTU      not sent: larger than the link carries\n"
         "denied        not sent: on the deny list\n";
}

}  // namespace isthmus::app
