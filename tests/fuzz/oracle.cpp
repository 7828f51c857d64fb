#include "fuzz/oracle.hpp"

#include <tins/tins.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "isthmus/wire/decode.hpp"

namespace isthmus::fuzz {
namespace {

using Bytes = std::span<const std::byte>;

// libtins could not make sense of a part, or made another kind of thing of it.
struct Unreadable {};

class Compare {
 public:
  std::string difference;

  template <typename Ours, typename Theirs>
  void field(std::string_view name, const Ours& ours, const Theirs& theirs) {
    if (!difference.empty() || static_cast<std::uint64_t>(ours) == static_cast<std::uint64_t>(theirs)) return;
    difference = std::string(name) + ": " + std::to_string(static_cast<std::uint64_t>(ours)) + ", libtins " +
                 std::to_string(static_cast<std::uint64_t>(theirs));
  }
  void bytes(std::string_view name, Bytes ours, Bytes theirs) {
    if (difference.empty() && !std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end())) {
      difference = std::string(name) + ": " + std::to_string(ours.size()) + " bytes, libtins " +
                   std::to_string(theirs.size()) + ", or other ones";
    }
  }
  void address(std::string_view name, const IpAddress& ours, const std::string& theirs) {
    const auto parsed = IpAddress::parse(theirs);
    if (difference.empty() && (!parsed || *parsed != ours)) {
      difference = std::string(name) + ": " + to_string(ours) + ", libtins " + theirs;
    }
  }
};

// libtins loses its place in IPv4 options that end early, and reads the length of a cut-off one behind the header. It
// takes the five low bits of the kind for the kind.
void refuse_odd_options(Bytes bytes) {
  const auto at = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  const std::size_t end = bytes.empty() || at(0) >> 4 != 4 ? 0 : std::min(4 * (at(0) & 0x0f), bytes.size());
  for (std::size_t i = 20; i < end;) {
    const bool nothing = at(i) == 1;
    if (!nothing && ((at(i) & 0x1f) <= 1 || i + 2 > end || at(i + 1) < 2 || i + at(i + 1) > end)) throw Unreadable{};
    i += nothing ? 1 : at(i + 1);
  }
}

Bytes payload_of(const Tins::PDU& pdu) {
  const auto* raw = dynamic_cast<const Tins::RawPDU*>(pdu.inner_pdu());
  if (pdu.inner_pdu() != nullptr && raw == nullptr) throw Unreadable{};
  return raw == nullptr ? Bytes{} : std::as_bytes(std::span(raw->payload()));
}

template <typename Wanted>
const Wanted& inside(const Tins::PDU& pdu) {
  const auto* found = dynamic_cast<const Wanted*>(pdu.inner_pdu());
  if (found == nullptr) throw Unreadable{};
  return *found;
}

// libtins keeps whatever byte arrived in an enumeration, which must not be read as one.
template <typename Type>
std::uint8_t number_of(Type type) {
  return static_cast<std::uint8_t>(std::bit_cast<std::underlying_type_t<Type>>(type));
}

std::uint16_t id_of(const Tins::ICMP& icmp) { return icmp.id(); }
std::uint16_t id_of(const Tins::ICMPv6& icmp) { return icmp.identifier(); }

void compare_header(Compare& compare, const wire::IpHeader& ours, const Tins::IP& theirs) {
  compare.address("source", ours.source, theirs.src_addr().to_string());
  compare.address("destination", ours.destination, theirs.dst_addr().to_string());
  compare.field("total length", ours.total_length, theirs.tot_len());
  compare.field("IP-ID", ours.ip_id, theirs.id());
  compare.field("TOS", ours.tos, theirs.tos());
  compare.field("TTL", ours.ttl, theirs.ttl());
  compare.field("protocol", ours.protocol, theirs.protocol());
}

void compare_header(Compare& compare, const wire::IpHeader& ours, const Tins::IPv6& theirs) {
  compare.address("source", ours.source, theirs.src_addr().to_string());
  compare.address("destination", ours.destination, theirs.dst_addr().to_string());
  compare.field("total length", ours.total_length, std::min(40 + theirs.payload_length(), 0xffff));
  compare.field("flow label", ours.flow_label, theirs.flow_label());
  compare.field("traffic class", ours.tos, theirs.traffic_class());
  compare.field("hop limit", ours.ttl, theirs.hop_limit());
}

// A payload of ours ends where extensions begin, even where their checksum is 0, which libtins takes for a wrong one.
void compare_payload(Compare& compare, Bytes ours, Bytes theirs, bool extended) {
  if (!extended && ours.size() < theirs.size()) theirs = theirs.first(ours.size());
  compare.bytes("quoted payload", ours, theirs);
}

template <typename Icmp>
void compare_quoted(Compare& compare, const wire::IcmpError& error, const Tins::PDU& quote, bool extended) {
  if (const auto* udp = std::get_if<wire::QuotedUdp>(&error.transport)) {
    const auto& theirs = inside<Tins::UDP>(quote);
    compare.field("quoted source port", udp->source_port, theirs.sport());
    compare.field("quoted destination port", udp->destination_port, theirs.dport());
    compare.field("quoted UDP length", udp->length, theirs.length());
    compare.field("quoted UDP checksum", udp->checksum, theirs.checksum());
    compare_payload(compare, udp->payload, payload_of(theirs), extended);
  } else if (const auto* tcp = std::get_if<wire::QuotedTcp>(&error.transport)) {
    const auto& theirs = inside<Tins::TCP>(quote);
    compare.field("quoted source port", tcp->source_port, theirs.sport());
    compare.field("quoted destination port", tcp->destination_port, theirs.dport());
    compare.field("quoted sequence", tcp->sequence, theirs.seq());
  } else {
    const auto& icmp = std::get<wire::QuotedIcmp>(error.transport);
    const auto& theirs = inside<Icmp>(quote);
    compare.field("quoted type", icmp.type, number_of(theirs.type()));
    compare.field("quoted code", icmp.code, theirs.code());
    compare.field("quoted checksum", icmp.checksum, theirs.checksum());
    compare.field("quoted id", icmp.id, id_of(theirs));
    compare.field("quoted sequence", icmp.sequence, theirs.sequence());
    // Only the echo's payload is one to libtins; other kinds have fields or quotes there.
    const bool echo = icmp.type == 8 || icmp.type == 0 || icmp.type == 128 || icmp.type == 129;
    if (echo) compare_payload(compare, icmp.payload, payload_of(theirs), extended);
  }
}

// The first stack that libtins finds; nothing when it finds no extensions at all.
std::optional<std::vector<MplsLabel>> labels_of(const Tins::ICMPExtensionsStructure& structure) {
  // It reads every version as if it were the one that RFC 4884 section 7 defines.
  if (structure.version() != 2) throw Unreadable{};
  if (structure.extensions().empty()) return std::nullopt;
  std::vector<MplsLabel> labels;
  for (const Tins::ICMPExtension& extension : structure.extensions()) {
    if (extension.extension_class() != 1 || extension.extension_type() != 1) continue;
    const auto& payload = extension.payload();
    for (std::size_t at = 0; at + 4 <= payload.size() && labels.size() < wire::MplsStack::kCapacity; at += 4) {
      const Tins::MPLS entry(payload.data() + at, 4);
      labels.push_back({entry.label(), entry.experimental(), entry.bottom_of_stack() == 1, entry.ttl()});
    }
    break;
  }
  return labels;
}

template <typename Ip, typename Icmp>
void compare_icmp(Compare& compare, const wire::DecodedPacket& ours, const Icmp& theirs) {
  compare.field("type", ours.icmp_type, number_of(theirs.type()));
  compare.field("code", ours.icmp_code, theirs.code());
  if (const auto* echo = std::get_if<wire::EchoReply>(&ours.message)) {
    compare.field("id", echo->id, id_of(theirs));
    compare.field("sequence", echo->sequence, theirs.sequence());
    compare.bytes("payload", echo->payload, payload_of(theirs));
    return;
  }
  const auto& error = std::get<wire::IcmpError>(ours.message);
  const auto labels = labels_of(theirs.extensions());
  if (labels) {
    compare.field("labels", error.mpls.size, labels->size());
    for (std::size_t i = 0; i < std::min(error.mpls.size, labels->size()); ++i) {
      compare.field("a label", error.mpls.labels[i] == (*labels)[i], true);
    }
  }
  const Bytes quoted = payload_of(theirs);
  refuse_odd_options(quoted);
  const Ip quote(reinterpret_cast<const std::uint8_t*>(quoted.data()), static_cast<std::uint32_t>(quoted.size()));
  compare_header(compare, error.quoted, quote);
  compare_quoted<Icmp>(compare, error, quote, labels.has_value());
}

void compare_tcp(Compare& compare, const wire::TcpReply& ours, const Tins::TCP& theirs) {
  compare.field("source port", ours.source_port, theirs.sport());
  compare.field("destination port", ours.destination_port, theirs.dport());
  compare.field("sequence", ours.sequence, theirs.seq());
  compare.field("acknowledgement", ours.acknowledgement, theirs.ack_seq());
  compare.field("SYN", ours.syn, theirs.get_flag(Tins::TCP::SYN));
  compare.field("ACK", ours.ack, theirs.get_flag(Tins::TCP::ACK));
  compare.field("RST", ours.rst, theirs.get_flag(Tins::TCP::RST));
}

template <typename Ip, typename Icmp>
void compare_packet(Compare& compare, const wire::DecodedPacket& ours, Bytes bytes) {
  refuse_odd_options(bytes);
  const Ip theirs(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::uint32_t>(bytes.size()));
  compare_header(compare, ours.ip, theirs);
  if (const auto* tcp = std::get_if<wire::TcpReply>(&ours.message)) {
    compare_tcp(compare, *tcp, inside<Tins::TCP>(theirs));
  } else {
    compare_icmp<Ip>(compare, ours, inside<Icmp>(theirs));
  }
}

}  // namespace

Comparison compare_with_libtins(std::span<const std::byte> bytes) {
  const wire::DecodeResult result = wire::decode_packet(bytes);
  const auto* ours = std::get_if<wire::DecodedPacket>(&result);
  Compare compare;
  try {
    if (ours == nullptr) return {};
    if (ours->ip.source.is_v4()) {
      compare_packet<Tins::IP, Tins::ICMP>(compare, *ours, bytes);
    } else {
      compare_packet<Tins::IPv6, Tins::ICMPv6>(compare, *ours, bytes);
    }
  } catch (const Tins::exception_base&) {
    return {};
  } catch (const Unreadable&) {
    return {};
  }
  return {true, compare.difference};
}

}  // namespace isthmus::fuzz
