// What goes wrong on a machine that probes for months: interfaces and namespaces that vanish, gateways that do not
// answer, full buffers, and the kernel's own answers to what probes provoke.

#include <netinet/in.h>
#include <sys/capability.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "lab/net_fixture.hpp"
#include "net/file_descriptor.hpp"
#include "net/namespace.hpp"

namespace isthmus::lab {
namespace {

class EveryKindInTrouble : public NetLab, public testing::WithParamInterface<Kind> {
 protected:
  /// Sends echo requests until one gets the outcome, within a deadline.
  static bool gets_outcome(net::PacketIo& io, const ProbeHeader& probe, int outcome) {
    const Packet packet = echo_request(probe, 20, 1);
    const Instant deadline = net::monotonic_now() + 10s;
    while (net::monotonic_now() < deadline) {
      if (io.send(packet, probe.destination) == outcome) return true;
      [[maybe_unused]] const auto drained = io.receive();
      io.wait(net::monotonic_now() + 5ms);
    }
    return false;
  }
  /// Sends echo requests until one is answered, within a deadline.
  static bool gets_through(net::PacketIo& io, const ProbeHeader& probe) {
    const Instant deadline = net::monotonic_now() + 10s;
    for (std::uint16_t sequence = 1; net::monotonic_now() < deadline; ++sequence) {
      if (io.send(echo_request(probe, 21, sequence), probe.destination) != 0) {
        io.wait(net::monotonic_now() + 5ms);
      } else if (wait_for(io, echo_reply_with(21, sequence), 200ms)) {
        return true;
      }
    }
    return false;
  }
  static constexpr const char* kRouter = "10.0.1.2";
  [[nodiscard]] ProbeHeader to_router() const { return {address("10.0.1.1"), address(kRouter)}; }
};

INSTANTIATE_TEST_SUITE_P(Net, EveryKindInTrouble, testing::Values(Kind::raw, Kind::packet, Kind::xdp),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(EveryKindInTrouble, AnInterfaceThatGoesDownIsNamedAndFoundAgain) {
  auto bound = binding();
  bound.interface = "tor";
  const auto io = open(bound, GetParam());
  ASSERT_TRUE(gets_through(*io, to_router()));
  lab_->run_in("vp", "ip link set tor down");
  EXPECT_TRUE(gets_outcome(*io, to_router(), ENETDOWN));
  lab_->run_in("vp", "ip link set tor up");
  EXPECT_TRUE(gets_through(*io, to_router()));
}

TEST_P(EveryKindInTrouble, AnInterfaceThatVanishesIsNamedAndFoundAgain) {
  auto bound = binding();
  bound.interface = "tor";
  const auto io = open(bound, GetParam());
  ASSERT_TRUE(gets_through(*io, to_router()));
  lab_->run_in("vp", "ip link del tor");
  EXPECT_TRUE(gets_outcome(*io, to_router(), ENODEV));
  link("vp", "r", 1);
  EXPECT_TRUE(gets_through(*io, to_router()));
}

TEST_P(EveryKindInTrouble, WithoutABindingAVanishedInterfaceIsAVanishedRoute) {
  const auto io = open(GetParam());
  ASSERT_TRUE(gets_through(*io, to_router()));
  lab_->run_in("vp", "ip link del tor");
  EXPECT_TRUE(gets_outcome(*io, to_router(), ENETUNREACH));
  link("vp", "r", 1);
  EXPECT_TRUE(gets_through(*io, to_router()));
}

TEST_P(EveryKindInTrouble, ANamespaceOfTheSameNameIsFoundAgain) {
  auto bound = binding();
  bound.interface = "tor";
  const auto io = open(bound, GetParam());
  ASSERT_TRUE(gets_through(*io, to_router()));
  const net::IoCounters before = io->counters();
  // The namespace lives on while a socket is open in it, but its link goes.
  lab_->run_in("vp", "ip link del tor");
  ASSERT_EQ(std::system(("ip netns del " + lab_->name("vp")).c_str()), 0);
  EXPECT_TRUE(gets_outcome(*io, to_router(), ENODEV));
  add("vp");
  link("vp", "r", 1);
  EXPECT_TRUE(gets_through(*io, to_router()));
  EXPECT_GT(io->counters().kernel_stamps, before.kernel_stamps) << "counted since opening, not since opening again";
}

TEST_P(EveryKindInTrouble, AGatewayThatDoesNotAnswerStopsNobodyElse) {
  // Nobody has .99.
  lab_->run_in("vp", "ip route add 192.0.2.0/24 via 10.0.1.99");
  lab_->run_in("vp", "ip -6 route add 2001:db8:99::/48 via 2001:db8:1::99");
  const auto io = open(GetParam());
  ASSERT_TRUE(gets_through(*io, to_router()));
  const ProbeHeader lost4{address("10.0.1.1"), address("192.0.2.1")};
  const ProbeHeader lost6{address("2001:db8:1::1"), address("2001:db8:99::1")};
  // Few wait in the kernel for an address that may never come; a bulk sender hears of the others at once.
  int taken = 0;
  for (std::uint16_t i = 0; i < 100; ++i) taken += io->send(echo_request(lost4, 27, i), lost4.destination) == 0 ? 1 : 0;
  EXPECT_TRUE(taken <= 40 || GetParam() == Kind::raw) << taken;
  int named = 0;
  Duration slowest{};
  const Instant deadline = net::monotonic_now() + 10s;
  for (std::uint16_t sequence = 0; named < 2 && sequence < 2000 && net::monotonic_now() < deadline; ++sequence) {
    for (const ProbeHeader& lost : {lost4, lost6}) {
      const Instant before = net::monotonic_now();
      named += io->send(echo_request(lost, 22, sequence), lost.destination) == EHOSTUNREACH ? 1 : 0;
      slowest = std::max(slowest, net::monotonic_now() - before);
    }
    ASSERT_EQ(io->send(echo_request(to_router(), 23, sequence), address(kRouter)), 0);
    ASSERT_TRUE(wait_for(*io, echo_reply_with(23, sequence), 2s)) << sequence;
  }
  // Raw sockets leave it to the kernel, which reports it with an ICMP message of its own instead.
  EXPECT_TRUE(named >= 2 || GetParam() == Kind::raw) << named;
  EXPECT_LT(slowest, 500ms) << "sending waited for the neighbour";
}

TEST_P(EveryKindInTrouble, AGatewayThatComesBackIsUsedAgain) {
  lab_->run_in("r", "ip link set tovp arp off");
  lab_->run_in("r", "ip neigh flush all");
  const auto io = open(GetParam());
  // Raw sockets leave it to the kernel, which has no error for it.
  EXPECT_TRUE(GetParam() == Kind::raw || gets_outcome(*io, to_router(), EHOSTUNREACH));
  lab_->run_in("r", "ip link set tovp arp on");
  EXPECT_TRUE(gets_through(*io, to_router()));
}

TEST_P(EveryKindInTrouble, ARouteThatChangesIsFollowed) {
  const auto io = open(GetParam());
  const ProbeHeader probe{address("10.0.1.1"), address("10.0.2.2")};
  ASSERT_TRUE(gets_through(*io, probe));
  lab_->run_in("vp", "ip route replace unreachable default");
  EXPECT_TRUE(gets_outcome(*io, probe, EHOSTUNREACH));
  lab_->run_in("vp", "ip route replace default via 10.0.1.2");
  EXPECT_TRUE(gets_through(*io, probe));
}

TEST_P(EveryKindInTrouble, RoutingRulesAreTheKernelsToFollow) {
  // Table 7 alone knows the host, and only a rule leads there.
  lab_->run_in("vp", "ip route del default");
  lab_->run_in("vp", "ip route add default via 10.0.1.2 table 7");
  lab_->run_in("vp", "ip rule add from 10.0.1.1 table 7");
  auto bound = binding();
  bound.source = address("10.0.1.1");
  const auto io = open(bound, GetParam());
  EXPECT_TRUE(gets_through(*io, {address("10.0.1.1"), address("10.0.2.2")}));
}

TEST_P(EveryKindInTrouble, CountsWhatAFullBufferDrops) {
  const auto io =
      std::move(net::open_packet_io(binding(), {.kind = GetParam(), .receive_buffer = 1, .tcp = {}}).value());
  ASSERT_TRUE(gets_through(*io, to_router()));
  // More echo replies than the least buffer holds, none of them read meanwhile.
  const Packet probe = echo_request(to_router(), 24, 1, 1400);
  std::uint64_t sent = 0;
  for (int i = 0; i < 2000; ++i) sent += io->send(probe, address(kRouter)) == 0 ? 1 : 0;
  std::uint64_t read = 0;
  const Instant deadline = net::monotonic_now() + 10s;
  // The raw socket tells of drops with the next packet that it takes in.
  for (std::uint16_t sequence = 1; io->counters().receive_drops == 0 && net::monotonic_now() < deadline; ++sequence) {
    ASSERT_TRUE(wait_for(*io, [&](const auto& packet) {
      read += echo_reply_with(24, 1)(packet) ? 1 : 0;
      return packet.kind == ReplyKind::echo_reply;
    }));
    sent += io->send(probe, address(kRouter)) == 0 ? 1 : 0;
  }
  EXPECT_GT(io->counters().receive_drops, 0U);
  EXPECT_LE(io->counters().receive_drops, sent - read);
}

// Namespaces need CAP_SYS_ADMIN, whatever the way of sending; beyond that CAP_NET_RAW is all.
TEST_P(EveryKindInTrouble, NeedsNoOtherCapabilityThanNetRaw) {
  std::thread([&] {
    const cap_t few = ::cap_init();
    const cap_value_t kept[] = {CAP_NET_RAW, CAP_SYS_ADMIN};
    ::cap_set_flag(few, CAP_PERMITTED, 2, kept, CAP_SET);
    ::cap_set_flag(few, CAP_EFFECTIVE, 2, kept, CAP_SET);
    const int changed = ::cap_set_proc(few);
    ::cap_free(few);
    ASSERT_EQ(changed, 0);
    const auto io = net::open_packet_io(binding(), {.kind = GetParam()});
    ASSERT_TRUE(io) << to_string(io.error());
    EXPECT_TRUE(gets_through(**io, to_router()));
  }).join();
}

// A listener in the host's namespace that never accepts.
net::FileDescriptor listen_in(const std::string& netns, const IpAddress& at, std::uint16_t port) {
  net::FileDescriptor socket;
  std::thread([&] {
    const auto space = net::open_namespace(netns);
    ASSERT_TRUE(space && net::enter_namespace(*space, netns));
    socket = net::FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(at.v4_value());
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(::listen(socket.get(), 16), 0);
  }).join();
  return socket;
}

// To an unexpected SYN-ACK the kernel answers with RST. That is left to it: it ends the half-open connection at the
// other side, which would send its SYN-ACK again otherwise, and the probe's answer has been read before. A bound socket
// would not stop it, and a filter rule would need CAP_NET_ADMIN.
TEST_P(EveryKindInTrouble, TheKernelsResetDisturbsNothing) {
  const auto listener = listen_in(lab_->name("host"), address("10.0.2.2"), 80);
  const auto io = open(GetParam());
  const ProbeHeader probe = header(*io, "10.0.2.2");
  // The same ports again and again, as the probes of one flow have them.
  for (std::uint16_t i = 1; i <= 20; ++i) {
    const auto sequence = static_cast<std::uint16_t>(i * 100);
    ASSERT_EQ(io->send(tcp_syn(probe, 40000, 80, sequence), probe.destination), 0);
    int answers = 0;
    ASSERT_TRUE(wait_for(*io, [&](const wire::DecodedPacket& packet) {
      const auto* tcp = std::get_if<wire::TcpReply>(&packet.message);
      if (tcp == nullptr) return false;
      EXPECT_EQ(packet.kind, ReplyKind::tcp_syn_ack) << "a reset of the first connection came back at us";
      EXPECT_EQ(tcp->acknowledgement, sequence + 1U) << "an answer to another probe";
      return ++answers == 1;
    })) << i;
  }
  // Nothing was established, and nothing is left half-open that would send its SYN-ACK again.
  EXPECT_LT(::accept(listener.get(), nullptr, nullptr), 0);
  EXPECT_EQ(std::system(("test -z \"$(ip netns exec " + lab_->name("host") + " ss -Htn state syn-recv)\"").c_str()), 0);
  ASSERT_EQ(io->send(echo_request(probe, 25, 1), probe.destination), 0);
  EXPECT_TRUE(wait_for(*io, [](const wire::DecodedPacket& packet) {
    EXPECT_NE(packet.kind, ReplyKind::tcp_syn_ack) << "sent again";
    return packet.kind == ReplyKind::echo_reply;
  }));
}

// To a datagram from an open UDP port the kernel answers with port unreachable. It goes to the other side, and is none
// of our answers.
TEST_P(EveryKindInTrouble, TheKernelsPortUnreachableDisturbsNothing) {
  const auto io = open(GetParam());
  const auto host = open(binding("host"), Kind::raw);
  const ProbeHeader back{address("10.0.2.2"), address("10.0.1.1")};
  ASSERT_EQ(host->send(udp_datagram(back, 53, 40000), back.destination), 0);
  ASSERT_TRUE(wait_for(*host, of_kind(ReplyKind::unreachable, "10.0.1.1"))) << "the kernel did not answer";
  ASSERT_EQ(io->send(echo_request(header(*io, "10.0.2.2"), 26, 1), address("10.0.2.2")), 0);
  EXPECT_TRUE(wait_for(*io, [](const wire::DecodedPacket& packet) {
    EXPECT_EQ(packet.kind, ReplyKind::echo_reply) << "our own kernel's message was read as an answer";
    return true;
  }));
}

}  // namespace
}  // namespace isthmus::lab
