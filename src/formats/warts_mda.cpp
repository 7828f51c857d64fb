#include <utility>

#include "formats/scamper_words.hpp"
#include "formats/warts_reader.hpp"

namespace isthmus::formats {

struct WartsReader::MdaHead : Head {
  std::uint8_t type{0};
  std::uint16_t nodes{0};
  std::uint16_t links{0};
};

namespace {

constexpr std::uint8_t kReplyIsTcp = 0x02;

// Its links say all that is asked of a node, but what they refer to may be an address that it defines.
void skip_node(WartsInput& in) {
  in.parameters([&](int flag) {
    switch (flag) {
      case 1: in.u32(); return true;  // Its address in the first years.
      case 2:
      case 4: in.u8(); return true;   // Flags, quoted TTL.
      case 3: in.u16(); return true;  // How many links it has.
      case 5: in.address(); return true;
      default: return false;
    }
  });
}

}  // namespace

WartsReader::MdaHead WartsReader::read_mda_head(WartsInput& in) const {
  MdaHead head;
  in.parameters([&](int flag) {
    if (take_head(in, flag, head)) return true;
    switch (flag) {
      case 9: head.type = in.u8(); return true;
      case 16: head.nodes = in.u16(); return true;
      case 17: head.links = in.u16(); return true;
      case 18:
      case 19: in.u32(); return true;  // Probes sent and allowed.
      case 21: head.source = in.address(); return true;
      case 22: head.destination = in.address(); return true;
      case 6:
      case 7:
      case 8:
        in.u16();
        return true;  // Ports, probe size.
      // First hop, waits, attempts, confidence, TOS, gap limit.
      case 10:
      case 11:
      case 12:
      case 13:
      case 14:
      case 15:
      case 20: in.u8(); return true;
      default: return false;
    }
  });
  return head;
}

Reply WartsReader::read_mda_reply(WartsInput& in, Timestamp sent) const {
  Reply reply;
  ScamperReply what;
  in.parameters([&](int flag) {
    switch (flag) {
      case 1: reply.rtt = in.time() - sent; return true;
      case 2: reply.ip_id = in.u16(); return true;
      case 3: reply.ttl = in.u8(); return true;
      case 4:
        if ((in.u8() & kReplyIsTcp) != 0) what.carrier = ScamperReply::Carrier::tcp;
        return true;
      case 5:
        what.icmp_type = in.u8();
        what.icmp_code = in.u8();
        return true;
      case 6: what.tcp_flags = in.u8(); return true;
      case 7: in.icmp_extensions(reply.mpls); return true;
      case 8: reply.quoted_ttl = in.u8(); return true;
      case 9: reply.quoted_tos = in.u8(); return true;
      case 10: reply.from = old_address(in); return true;
      case 11: reply.from = in.address(); return true;
      default: return false;
    }
  });
  set_scamper_kind(reply, what);
  return reply;
}

void WartsReader::read_mda_probe(WartsInput& in) {
  Timestamp sent{};
  FlowId flow{};
  Ttl ttl = 0;
  int replies = 0;
  in.parameters([&](int flag) {
    switch (flag) {
      case 1: sent = in.time(); return true;
      case 2: flow.value = in.u16(); return true;
      case 3: ttl = in.u8(); return true;
      case 4: in.u8(); return true;  // Which attempt it was.
      case 5: replies = in.u16(); return true;
      default: return false;
    }
  });
  Outcome outcome = TimedOut{};
  for (int i = 0; i < replies && in.ok(); ++i) {
    Reply reply = read_mda_reply(in, sent);
    if (known_or_none(reply.from) == IpAddress{}) in.fail();
    // The clock may have been set in between.
    if (i == 0 && reply.rtt >= Duration{} && reply.rtt <= kLongestRoundTrip) outcome = std::move(reply);
  }
  if (ttl == 0) in.fail();
  if (in.ok()) flows_.add(flow, ttl, sent, std::move(outcome));
}

// One probe set for each TTL that the link spans.
void WartsReader::read_mda_link(WartsInput& in) {
  int sets = 0;
  in.parameters([&](int flag) {
    if (flag == 3)
      sets = in.u8();
    else
      in.u16();  // From which node, to which.
    return flag <= 3;
  });
  for (int set = 0; set < sets && in.ok(); ++set) {
    int probes = 0;
    in.parameters([&](int flag) {
      if (flag == 1) probes = in.u16();
      return flag == 1;
    });
    for (int i = 0; i < probes && in.ok(); ++i) read_mda_probe(in);
  }
}

bool WartsReader::read_mda(std::string_view bytes, std::vector<Trace>& into) {
  WartsInput in(bytes, defined_);
  flows_.clear();
  const MdaHead head = read_mda_head(in);
  const auto protocol = scamper_mda_protocol(head.type);
  if (!in.ok() || !protocol || known_or_none(head.destination) == IpAddress{}) return false;
  for (int i = 0; i < head.nodes && in.ok(); ++i) skip_node(in);
  for (int i = 0; i < head.links && in.ok(); ++i) read_mda_link(in);
  if (!in.ok()) return false;
  Trace like;
  like.vantage = vantage_of(head);
  like.target = target_of(head);
  like.source = known_or_none(head.source);
  like.destination = head.destination;
  like.protocol = *protocol;
  flows_.append_traces(like, into);
  return true;
}

}  // namespace isthmus::formats
