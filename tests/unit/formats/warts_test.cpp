// What scamper writes, read: tests/data/scamper/lab.warts is what Debian's scamper saw of a lab whose shape
// tests/data/scamper/capture.sh tells.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "unit/formats/archives.hpp"
#include "unit/formats/sample.hpp"

namespace isthmus::formats {
namespace {

using test::ip;

constexpr const char* kLab = "tests/data/scamper/lab.warts";

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string header(int type, std::size_t size) {
  std::string bytes("\x12\x05\x00", 3);
  bytes += static_cast<char>(type);
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(size >> shift & 0xFF);
  return bytes;
}

std::string record(int type, const std::string& body) { return header(type, body.size()) + body; }

const test::Archive& lab() {
  static const test::Archive kArchive = test::read_file(kLab);
  return kArchive;
}

// The trace of one flow to one destination; throws when there is none.
const Trace& lab_trace(const char* destination, Protocol protocol, int flow) {
  for (const Observation& observation : lab().observations) {
    const auto* trace = std::get_if<Trace>(&observation);
    if (trace == nullptr || trace->destination != ip(destination) || trace->protocol != protocol) continue;
    if (trace->flow.value == flow) return *trace;
  }
  throw std::runtime_error("no such trace");
}

const PingSeries& lab_ping(const char* address, Protocol protocol) {
  for (const Observation& observation : lab().observations) {
    const auto* series = std::get_if<PingSeries>(&observation);
    if (series != nullptr && series->address == ip(address) && series->protocol == protocol) return *series;
  }
  throw std::runtime_error("no such ping");
}

// Addresses that answered, "*" for silence.
std::vector<std::string> path_of(const Trace& trace) {
  std::vector<std::string> path;
  for (const Hop& hop : trace.hops) path.push_back(hop.answer() == nullptr ? "*" : to_string(hop.answer()->from));
  return path;
}

TEST(Warts, IsKnownByItsContent) {
  EXPECT_EQ(lab().summary.format, "warts");
  EXPECT_EQ(lab().summary.pings, 5u);
  EXPECT_EQ(lab().summary.traces, lab().observations.size() - 5);
  EXPECT_EQ(lab().summary.other, 3u);  // A list, and where a cycle begins and ends.
  EXPECT_EQ(lab().summary.bad, 0u);
  EXPECT_EQ(lab().summary.bytes, bytes_of(kLab).size());
}

TEST(Warts, IcmpTraceSaysWhoAnsweredAndHow) {
  const Trace& trace = lab_trace("203.0.113.7", Protocol::icmp, 4711);
  EXPECT_EQ(trace.vantage, "lab-monitor");
  EXPECT_EQ(trace.target, "");
  EXPECT_EQ(trace.source, ip("198.51.100.5"));
  EXPECT_EQ(trace.seen_from, IpAddress{});
  EXPECT_EQ(trace.stop, StopReason::reached);
  EXPECT_EQ(trace.started, Timestamp(std::chrono::microseconds(1795647370059815)));
  // The last answer came 86 us after its probe was sent.
  EXPECT_EQ(trace.ended, Timestamp(std::chrono::microseconds(1795647372091095)));
  EXPECT_THAT(path_of(trace),
              testing::ElementsAre("198.51.100.6", "198.51.100.10", "198.51.100.18", "*", "203.0.113.7"));
  EXPECT_EQ(trace.hops[3].outcomes.size(), 2u);  // Both attempts met silence.
  Reply first = test::time_exceeded("198.51.100.6", std::chrono::microseconds(52));
  first.ttl = 64;
  first.size = 72;
  first.ip_id = 29020;
  first.quoted_tos = 0;
  EXPECT_EQ(*trace.hops[0].answer(), first);
  EXPECT_EQ(trace.hops[4].answer()->kind, ReplyKind::echo_reply);
  EXPECT_EQ(trace.hops[4].answer()->quoted_ttl, std::nullopt);
}

TEST(Warts, EndsOfTracesAreUnderstood) {
  const Trace& arrived = lab_trace("203.0.113.7", Protocol::udp, 40001);
  EXPECT_EQ(arrived.stop, StopReason::reached);
  EXPECT_EQ(arrived.hops.back().answer()->icmp_code, 3);
  const Trace& refused = lab_trace("203.0.113.9", Protocol::udp, 40003);
  EXPECT_EQ(refused.stop, StopReason::unreachable);
  EXPECT_EQ(refused.hops.back().answer()->icmp_code, 13);
  EXPECT_EQ(refused.hops.back().answer()->quoted_ttl, Ttl{3});
  const Trace& refused6 = lab_trace("2001:db8:7::9", Protocol::icmp, 62504);
  EXPECT_EQ(refused6.stop, StopReason::unreachable);
  EXPECT_EQ(refused6.hops.back().answer()->icmp_type, 1);
  const Trace& lost = lab_trace("203.0.113.11", Protocol::udp, 40004);
  EXPECT_EQ(lost.stop, StopReason::gap_limit);
  EXPECT_THAT(path_of(lost), testing::ElementsAre("198.51.100.6", "198.51.100.10", "198.51.100.18", "*", "*"));
  const Trace& silent = lab_trace("2001:db8:7::7", Protocol::udp, 40002);
  EXPECT_EQ(silent.hops.size(), 5u);
  EXPECT_EQ(silent.hops[4].outcomes.size(), 2u);
  const Trace& closed = lab_trace("203.0.113.7", Protocol::tcp, 62504);
  EXPECT_EQ(closed.hops.back().answer()->kind, ReplyKind::tcp_rst);
  EXPECT_EQ(closed.stop, StopReason::reached);
}

TEST(Warts, TraceMayBeginBehindTheFirstHop) {
  const Trace& trace = lab_trace("203.0.113.7", Protocol::icmp, 62504);
  EXPECT_EQ(trace.hops.front().ttl, 2);
  EXPECT_EQ(trace.hops.back().ttl, 5);
}

TEST(Warts, PingsHaveAnOutcomeForEachProbe) {
  const PingSeries& answered = lab_ping("203.0.113.7", Protocol::icmp);
  ASSERT_EQ(answered.outcomes.size(), 3u);
  EXPECT_EQ(answered.outcomes[1].sent, Timestamp(std::chrono::microseconds(1795647388753563)));
  const auto& reply = std::get<Reply>(answered.outcomes[1].outcome);
  EXPECT_EQ(reply.rtt, std::chrono::microseconds(88));
  EXPECT_EQ(reply.kind, ReplyKind::echo_reply);
  EXPECT_TRUE(answers_ping(reply, answered.address));
  EXPECT_TRUE(
      answers_ping(std::get<Reply>(lab_ping("203.0.113.7", Protocol::udp).outcomes[0].outcome), answered.address));
  const PingSeries& tcp = lab_ping("2001:db8:7::7", Protocol::tcp);
  EXPECT_EQ(std::get<Reply>(tcp.outcomes[0].outcome).kind, ReplyKind::tcp_rst);
  const PingSeries& refused = lab_ping("203.0.113.9", Protocol::icmp);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(refused.outcomes[0].outcome));
  EXPECT_FALSE(answers_ping(std::get<Reply>(refused.outcomes[1].outcome), refused.address));
  const PingSeries& silent = lab_ping("203.0.113.11", Protocol::icmp);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(silent.outcomes[1].outcome));
  EXPECT_EQ(silent.outcomes[1].sent - silent.outcomes[0].sent, std::chrono::seconds(1));
}

TEST(Warts, EachFlowOfAnMdaTracerouteIsATrace) {
  std::map<std::string, int> branches;
  int whole = 0;
  for (const Observation& observation : lab().observations) {
    const auto* trace = std::get_if<Trace>(&observation);
    const bool is_mda = trace != nullptr && trace->destination == ip("203.0.113.7") && trace->hops.front().ttl == 2 &&
                        trace->protocol == Protocol::udp;
    if (!is_mda) continue;
    const auto path = path_of(*trace);
    ++branches[path[0]];
    EXPECT_TRUE(path.size() == 1 || path[1] == "198.51.100.18");
    for (std::size_t i = 1; i < trace->hops.size(); ++i) EXPECT_EQ(trace->hops[i].ttl, trace->hops[i - 1].ttl + 1);
    whole += trace->stop == StopReason::reached ? 1 : 0;
  }
  EXPECT_EQ(branches.size(), 2u);
  EXPECT_GE(branches["198.51.100.10"], 3);
  EXPECT_GE(branches["198.51.100.14"], 2);
  EXPECT_EQ(whole, 1);  // One flow is enough to find a hop that does not balance.
}

TEST(Warts, CutOffAnywhereGivesWhatIsWhole) {
  const std::string whole = bytes_of(kLab);
  std::uint64_t before = 0;
  for (std::size_t size = 8; size < whole.size(); ++size) {
    const test::TemporaryFile file(whole.substr(0, size));
    const auto reader = ArchiveReader::open(file.path());
    if (!reader) continue;  // Cut within the first record: nothing shows what it is.
    const auto archive = test::read_file(file.path());
    const std::uint64_t read = archive.summary.traces + archive.summary.pings + archive.summary.other;
    EXPECT_GE(read, before) << size;
    EXPECT_LE(archive.summary.bad, 1u) << size;
    if (archive.summary.bad == 1) {
      EXPECT_EQ(archive.summary.problems[0].why, "the file ends in the middle of a record");
      EXPECT_EQ(archive.summary.problems[0].line, 0u);
      EXPECT_LT(archive.summary.problems[0].offset, size);
    }
    before = read;
  }
  EXPECT_GT(before, 25u);
}

TEST(Warts, GarbageBetweenRecordsCostsOnlyItself) {
  const std::string whole = bytes_of(kLab);
  // Some of it looks like a record, but no other one follows.
  const std::string garbage = "\x12\x05 no header " + record(7, "almost") + std::string(300, '\x12');
  const auto archive = test::read_text(whole + garbage + whole);
  EXPECT_EQ(archive.summary.traces, 2 * lab().summary.traces);
  EXPECT_EQ(archive.summary.pings, 10u);
  EXPECT_EQ(archive.summary.bad, 1u);
  EXPECT_EQ(archive.summary.problems[0].offset, whole.size());
}

TEST(Warts, WrongLengthCostsNoMoreThanItSpans) {
  const std::string whole = bytes_of(kLab);
  // A ping whose record says that it is longer than the file.
  std::string longer = record(7, std::string(40, '\0'));
  longer[4] = '\x00';
  longer[5] = '\x10';
  const auto archive = test::read_text(whole + longer + whole);
  EXPECT_EQ(archive.summary.traces, 2 * lab().summary.traces);
  EXPECT_EQ(archive.summary.bad, 1u);
}

TEST(Warts, UnknownAndEmptyRecordsAreSteppedOver) {
  const std::string whole = bytes_of(kLab);
  const auto archive =
      test::read_text(record(9, "dealias") + record(0x20, "") + record(6, "") + record(7, "\x01") + whole);
  EXPECT_EQ(archive.summary.other, lab().summary.other + 2);
  EXPECT_EQ(archive.summary.bad, 2u);
  EXPECT_EQ(archive.summary.traces, lab().summary.traces);
}

// Big-endian fields, one after the other.
class Bytes {
 public:
  Bytes& u8(int number) {
    bytes_ += static_cast<char>(number);
    return *this;
  }
  Bytes& u16(int number) { return u8(number >> 8).u8(number & 0xFF); }
  Bytes& u32(std::uint32_t number) {
    return u16(static_cast<int>(number >> 16)).u16(static_cast<int>(number & 0xFFFF));
  }
  Bytes& text(const std::string& text) {
    bytes_ += text;
    return *this;
  }
  [[nodiscard]] const std::string& get() const { return bytes_; }

 private:
  std::string bytes_;
};

// A trace of UDP to old address 2, with one hop record of these flags and parameters.
std::string old_trace(const Bytes& hop) {
  Bytes body;
  // Flags 3, 4, 5 and 11: source, destination, start, type.
  const Bytes head = Bytes().u32(1).u32(2).u32(1000).u32(5).u8(5);
  body.u8(0x80 | 0x1C).u8(0x08).u16(static_cast<int>(head.get().size())).text(head.get());
  return record(6, body.u16(1).text(hop.get()).u16(0).get());
}

TEST(Warts, OfTheFirstYearsRefersToAddressesOfTheWholeFile) {
  const std::string addresses = record(5, Bytes().u8(1).u8(1).u32(0xC000020A).get()) +
                                record(5, Bytes().u8(2).u8(1).u32(0xCB007147).get()) +
                                record(5, Bytes().u8(3).u8(1).u32(0xC6336401).get());
  // Flags 1, 2, 6 and 7: address, TTL, round-trip time, ICMP type and code.
  const Bytes parameters = Bytes().u32(3).u8(1).u32(1500).u8(11).u8(0);
  const Bytes hop = Bytes().u8(0x63).u16(static_cast<int>(parameters.get().size())).text(parameters.get());
  const Trace trace = test::only_trace(addresses + old_trace(hop));
  EXPECT_EQ(trace.vantage, "scamper-192.0.2.10");
  EXPECT_EQ(trace.source, ip("192.0.2.10"));
  EXPECT_EQ(trace.destination, ip("203.0.113.71"));
  EXPECT_EQ(trace.started, Timestamp(std::chrono::microseconds(1'000'000'005)));
  ASSERT_EQ(trace.hops.size(), 1u);
  EXPECT_EQ(trace.hops[0].answer()->from, ip("198.51.100.1"));
  EXPECT_EQ(trace.hops[0].answer()->rtt, std::chrono::microseconds(1500));
  EXPECT_EQ(trace.hops[0].answer()->quoted_ttl, Ttl{1});
  EXPECT_EQ(trace.stop, StopReason::max_ttl);
  // A round trip beyond an hour is no measurement.
  const Bytes hours = Bytes().u32(3).u8(1).u32(3'600'000'001).u8(11).u8(0);
  const Bytes late = Bytes().u8(0x63).u16(static_cast<int>(hours.get().size())).text(hours.get());
  EXPECT_EQ(test::read_text(addresses + old_trace(late)).summary.bad, 1u);
  // An answer of nobody.
  const Bytes nobody = Bytes().u32(0).u8(1).u32(1500).u8(11).u8(0);
  const Bytes unknown = Bytes().u8(0x63).u16(static_cast<int>(nobody.get().size())).text(nobody.get());
  EXPECT_EQ(test::read_text(addresses + old_trace(unknown)).summary.bad, 1u);
  // An address that was never defined.
  const Bytes wrong = Bytes().u8(0x01).u16(4).u32(9);
  EXPECT_EQ(test::read_text(addresses + old_trace(wrong)).summary.bad, 1u);
}

TEST(Warts, LabelStacksAndFieldsOfTheFutureAreRead) {
  const std::string addresses =
      record(5, Bytes().u8(1).u8(1).u32(0xC000020A).get()) + record(5, Bytes().u8(2).u8(1).u32(0xCB007147).get());
  // Two extensions, the second of them labels: flags 1, 2, 17, and 21, which nobody knows yet, with two bytes.
  const Bytes extensions = Bytes()
                               .u16(3 + 4 + 8 + 4)
                               .u16(3)
                               .u8(2)
                               .u8(1)
                               .text("abc")
                               .u16(8)
                               .u8(1)
                               .u8(1)
                               .u32(20039U << 12 | 5U << 9 | 1U)
                               .u32(16U << 12 | 1U << 8 | 254U);
  const Bytes parameters = Bytes().u32(1).u8(1).text(extensions.get()).u16(4711);
  const Bytes hop =
      Bytes().u8(0x83).u8(0x80).u8(0x44).u16(static_cast<int>(parameters.get().size())).text(parameters.get());
  const Trace trace = test::only_trace(addresses + old_trace(hop));
  const std::vector<MplsLabel> labels{{.label = 20039, .experimental = 5, .bottom = false, .ttl = 1},
                                      {.label = 16, .experimental = 0, .bottom = true, .ttl = 254}};
  ASSERT_EQ(trace.hops.size(), 1u);
  EXPECT_EQ(trace.hops[0].answer()->mpls, labels);
}

}  // namespace
}  // namespace isthmus::formats
