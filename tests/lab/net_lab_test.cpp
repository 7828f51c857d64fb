// Every way of sending and receiving against real kernels in closed namespaces: all protocols, both IP versions.

#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "lab/net_fixture.hpp"

namespace isthmus::lab {
namespace {

class EveryKind : public NetLab, public testing::WithParamInterface<Kind> {
 protected:
  std::unique_ptr<net::PacketIo> open_kind() { return open(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Net, EveryKind, testing::Values(Kind::raw, Kind::packet, Kind::xdp),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(EveryKind, GetsEchoRepliesFromAHostBehindARouter) {
  const auto io = open_kind();
  std::uint16_t sequence = 0;
  for (const char* host : {"10.0.2.2", "2001:db8:2::2"}) {
    const auto probe = echo_request(header(*io, host), 77, ++sequence);
    const Instant before = net::monotonic_now();
    ASSERT_EQ(io->send(probe, address(host)), 0);
    const auto seen = wait_for(*io, echo_reply_with(77, sequence));
    ASSERT_TRUE(seen) << host;
    EXPECT_EQ(seen->packet.ip.source, address(host));
    EXPECT_EQ(seen->packet.ip.destination, io->source_for(address(host)));
    EXPECT_EQ(seen->packet.ip.ttl, 63);
    // One clock domain: after the probe left, before now.
    EXPECT_GT(seen->received, before);
    EXPECT_LT(seen->received, net::monotonic_now());
  }
  EXPECT_EQ(io->counters().stamps_rejected, 0U);
  EXPECT_GT(io->counters().kernel_stamps, 0U);
}

TEST_P(EveryKind, GetsTimeExceededWithTheProbeQuoted) {
  const auto io = open_kind();
  for (const auto& [host, router] : {std::pair("10.0.2.2", "10.0.1.2"), std::pair("2001:db8:2::2", "2001:db8:1::2")}) {
    ASSERT_EQ(io->send(udp_datagram(header(*io, host, 1), 40000, 33434), address(host)), 0);
    const auto seen = wait_for(*io, of_kind(ReplyKind::time_exceeded, router));
    ASSERT_TRUE(seen) << host;
    const auto& error = std::get<wire::IcmpError>(seen->packet.message);
    EXPECT_EQ(error.quoted.destination, address(host));
    EXPECT_EQ(std::get<wire::QuotedUdp>(error.transport).source_port, 40000);
  }
}

TEST_P(EveryKind, GetsPortUnreachableFromTheHost) {
  const auto io = open_kind();
  for (const char* host : {"10.0.2.2", "2001:db8:2::2"}) {
    ASSERT_EQ(io->send(udp_datagram(header(*io, host), 40000, 33434), address(host)), 0);
    EXPECT_TRUE(wait_for(*io, of_kind(ReplyKind::unreachable, host))) << host;
  }
}

TEST_P(EveryKind, GetsRstFromAClosedPort) {
  const auto io = open_kind();
  for (const char* host : {"10.0.2.2", "2001:db8:2::2"}) {
    ASSERT_EQ(io->send(tcp_syn(header(*io, host), 40000, 81, 9), address(host)), 0);
    const auto seen = wait_for(*io, of_kind(ReplyKind::tcp_rst, host));
    ASSERT_TRUE(seen) << host;
    EXPECT_EQ(std::get<wire::TcpReply>(seen->packet.message).acknowledgement, 10U);
  }
}

TEST_P(EveryKind, SendsABatchOfBothFamiliesInOrder) {
  const auto io = open_kind();
  std::vector<Packet> packets;
  std::vector<net::OutgoingView> views;
  for (std::uint16_t i = 0; i < 200; ++i) {
    const char* host = i % 3 == 0 ? "2001:db8:2::2" : "10.0.2.2";
    packets.push_back(echo_request(header(*io, host), 5, i));
    views.push_back({{}, address(host)});
  }
  for (std::size_t i = 0; i < packets.size(); ++i) views[i].bytes = packets[i];
  std::size_t left = 0;
  // The first packets wait for the neighbour's address, and only so many may.
  const Instant deadline = net::monotonic_now() + 5s;
  while (left < views.size() && net::monotonic_now() < deadline) {
    left += io->send_batch(std::span(views).subspan(left));
    ASSERT_TRUE(io->batch_error() == 0 || io->batch_error() == EAGAIN) << io->batch_error();
    if (left == 0) io->wait(net::monotonic_now() + 1ms);
  }
  ASSERT_EQ(left, views.size());
  std::uint16_t next_v4 = 1;
  std::uint16_t next_v6 = 0;
  const auto all_in_order = [&](const wire::DecodedPacket& packet) {
    const auto& echo = std::get<wire::EchoReply>(packet.message);
    auto& next = packet.ip.source.is_v4() ? next_v4 : next_v6;
    EXPECT_EQ(echo.sequence, next);
    next = static_cast<std::uint16_t>(packet.ip.source.is_v4() ? (next % 3 == 1 ? next + 1 : next + 2) : next + 3);
    return next_v4 >= 200 && next_v6 >= 200;
  };
  EXPECT_TRUE(wait_for(*io, all_in_order)) << next_v4 << " " << next_v6;
  EXPECT_EQ(io->counters().receive_drops, 0U);
}

TEST_P(EveryKind, NamesThePacketThatEndsABatch) {
  const auto io = open_kind();
  const Packet good = echo_request(header(*io, "10.0.1.2"), 6, 1);
  const Packet large = echo_request(header(*io, "10.0.1.2"), 6, 2, 1501);
  const IpAddress to = address("10.0.1.2");
  const std::vector<net::OutgoingView> batch{{good, to}, {large, to}, {good, to}};
  EXPECT_EQ(io->send_batch(batch), 1U);
  EXPECT_EQ(io->batch_error(), EMSGSIZE);
  EXPECT_EQ(io->send_batch(std::span(batch).last(1)), 1U);
  EXPECT_EQ(io->batch_error(), 0);
}

TEST_P(EveryKind, NamesWhatIsLargerThanTheMtu) {
  lab_->run_in("vp", "ip link set tor mtu 1300");
  const auto io = open_kind();
  for (const char* host : {"10.0.2.2", "2001:db8:2::2"}) {
    EXPECT_EQ(io->send(echo_request(header(*io, host), 7, 1, 1300), address(host)), 0) << host;
    EXPECT_TRUE(wait_for(*io, echo_reply_with(7, 1))) << host;
    // The neighbour is known now: each kind sends by its own way.
    EXPECT_EQ(io->send(echo_request(header(*io, host), 7, 2, 1301), address(host)), EMSGSIZE) << host;
  }
}

TEST_P(EveryKind, NamesADestinationWithoutARoute) {
  lab_->run_in("vp", "ip route del default");
  lab_->run_in("vp", "ip -6 route del default");
  const auto io = open_kind();
  EXPECT_EQ(io->source_for(address("192.0.2.1")), std::nullopt);
  EXPECT_EQ(io->source_for(address("2001:db8:9::1")), std::nullopt);
  const ProbeHeader v4{address("10.0.1.1"), address("192.0.2.1")};
  const ProbeHeader v6{address("2001:db8:1::1"), address("2001:db8:9::1")};
  EXPECT_EQ(io->send(echo_request(v4, 8, 1), v4.destination), ENETUNREACH);
  EXPECT_EQ(io->send(echo_request(v6, 8, 1), v6.destination), ENETUNREACH);
}

TEST_P(EveryKind, ReachesItselfAndSeesEachAnswerOnce) {
  const auto io = open_kind();
  for (const char* self : {"127.0.0.1", "10.0.1.1", "::1", "2001:db8:1::1"}) {
    ASSERT_EQ(io->send(echo_request(header(*io, self), 9, 1), address(self)), 0) << self;
    int replies = 0;
    // A reply from elsewhere, asked for afterwards, says that no second one from here is on its way.
    ASSERT_TRUE(wait_for(*io, [&](const auto& packet) { return echo_reply_with(9, 1)(packet) && ++replies == 1; }))
        << self;
    ASSERT_EQ(io->send(echo_request(header(*io, "10.0.1.2"), 9, 2), address("10.0.1.2")), 0);
    ASSERT_TRUE(wait_for(*io, [&](const auto& packet) {
      replies += echo_reply_with(9, 1)(packet) ? 1 : 0;
      return echo_reply_with(9, 2)(packet);
    }));
    EXPECT_EQ(replies, 1) << self;
  }
}

TEST_P(EveryKind, BoundToASourceReadsOnlyAnswersToIt) {
  lab_->run_in("vp", "ip addr add 10.0.1.7/24 dev tor");
  auto bound = binding();
  bound.source = address("10.0.1.7");
  const auto io = open(bound, GetParam());
  EXPECT_EQ(io->source_for(address("10.0.2.2")), address("10.0.1.7"));
  EXPECT_EQ(io->source_for(address("2001:db8:2::2")), std::nullopt);
  const ProbeHeader other{address("10.0.1.1"), address("10.0.2.2")};
  const ProbeHeader own{address("10.0.1.7"), address("10.0.2.2")};
  ASSERT_EQ(io->send(echo_request(other, 10, 1), other.destination), 0);
  ASSERT_EQ(io->send(echo_request(own, 10, 2), own.destination), 0);
  const auto seen = wait_for(*io, [](const auto&) { return true; });
  ASSERT_TRUE(seen);
  EXPECT_TRUE(echo_reply_with(10, 2)(seen->packet)) << "an answer to another address of this machine";
}

TEST_P(EveryKind, BoundToAnIpv6SourceReadsOnlyAnswersToIt) {
  lab_->run_in("vp", "ip addr add 2001:db8:1::7/64 dev tor nodad");
  auto bound = binding();
  bound.source = address("2001:db8:1::7");
  bound.interface = "tor";
  const auto io = open(bound, GetParam());
  const ProbeHeader other{address("2001:db8:1::1"), address("2001:db8:2::2")};
  const ProbeHeader own{address("2001:db8:1::7"), address("2001:db8:2::2")};
  ASSERT_EQ(io->send(echo_request(other, 11, 1), other.destination), 0);
  ASSERT_EQ(io->send(echo_request(own, 11, 2), own.destination), 0);
  const auto seen = wait_for(*io, [](const auto&) { return true; });
  ASSERT_TRUE(seen);
  EXPECT_TRUE(echo_reply_with(11, 2)(seen->packet));
}

TEST_P(EveryKind, TwoNamespacesInOneProcessKeepApart) {
  add("vp2");
  link("vp2", "r", 3);
  lab_->run_in("vp2", "ip route add default via 10.0.3.2");
  const auto first = open_kind();
  const auto second = open(binding("vp2"), GetParam());
  ASSERT_EQ(first->send(echo_request(header(*first, "10.0.2.2"), 12, 1), address("10.0.2.2")), 0);
  ASSERT_EQ(second->send(echo_request(header(*second, "10.0.2.2"), 12, 2), address("10.0.2.2")), 0);
  const auto at_first = wait_for(*first, [](const auto&) { return true; });
  const auto at_second = wait_for(*second, [](const auto&) { return true; });
  ASSERT_TRUE(at_first && at_second);
  EXPECT_TRUE(echo_reply_with(12, 1)(at_first->packet));
  EXPECT_TRUE(echo_reply_with(12, 2)(at_second->packet));
  EXPECT_EQ(at_second->packet.ip.destination, address("10.0.3.1"));
}

}  // namespace
}  // namespace isthmus::lab
