// Real packets: prober and raw sockets in closed network namespaces, a line of two routers between two vantage points
// and one host. Nothing leaves the namespaces; ISTHMUS_REQUIRE_NETNS=1 would refuse it.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/capability.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <tuple>

#include "isthmus/net/clock.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "isthmus/probes/prober.hpp"
#include "lab/closed_lab.hpp"

namespace isthmus {
namespace {

// Raw IP sockets, whatever else this machine can do.
Result<std::unique_ptr<net::PacketIo>> open_raw_sockets(const net::Binding& binding) {
  return net::open_packet_io(binding, {.kind = net::IoOptions::Kind::raw});
}

using namespace std::chrono_literals;
using net::monotonic_now;

IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

const char* why_not() {
  if (::geteuid() != 0) return "needs root to make network namespaces";
  if (std::system("ip netns list >/dev/null 2>&1") != 0) return "needs iproute2";
  return nullptr;
}

// vp1 --- r1 --- r2 --- host, and vp2 on r1 as well.
class EngineLab : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* reason = why_not()) GTEST_SKIP() << reason;
    lab_ = std::make_unique<lab::ClosedLab>();
    for (const char* role : {"vp1", "vp2", "r1", "r2", "host"}) lab_->add(role);
    lab_->link("vp1", "10.0.1.1/24", "r1", "10.0.1.2/24");
    lab_->link("vp2", "10.0.2.1/24", "r1", "10.0.2.2/24");
    lab_->link("r1", "10.0.12.1/24", "r2", "10.0.12.2/24");
    lab_->link("r2", "10.0.3.2/24", "host", "10.0.3.1/24");
    lab_->run_in("vp1", "ip route add default via 10.0.1.2");
    lab_->run_in("vp2", "ip route add default via 10.0.2.2");
    lab_->run_in("r1", "ip route add 10.0.3.0/24 via 10.0.12.2");
    lab_->run_in("r2", "ip route add 10.0.0.0/16 via 10.0.12.1");
    lab_->run_in("host", "ip route add default via 10.0.3.2");
    for (const char* role : {"r1", "r2"}) lab_->run_in(role, "sysctl -w net.ipv4.ip_forward=1");
    for (const char* role : {"r1", "r2", "host"}) lab_->run_in(role, "sysctl -w net.ipv4.icmp_ratelimit=0");
  }

  std::unique_ptr<net::PacketIo> open(const std::string& role) {
    return std::move(open_raw_sockets({.netns = lab_->name(role), .interface = {}, .source = {}}).value());
  }

  static probes::ProberSettings settings(const std::string& vantage) {
    probes::ProberSettings s;
    s.vantage = vantage;
    s.targets = {{"lab", {}, {address("10.0.3.1")}}};
    s.rate_limit = 200;
    s.ping.interval = 100ms;
    s.trace.interval = 500ms;
    s.trace.flows = 2;
    s.discovery.enabled = false;
    s.key_seed.fill(static_cast<std::byte>(vantage.back()));
    return s;
  }

  std::unique_ptr<lab::ClosedLab> lab_;
};

struct Outcomes {
  std::vector<PingSeries> pings;
  std::vector<Trace> traces;
  ProberReport report;
};

// The loop of a vantage point, until `enough` or a deadline that no healthy run comes near.
Outcomes run_until(net::PacketIo& io, probes::ProberSettings settings,
                   const std::function<bool(const Outcomes&)>& enough) {
  auto prober =
      probes::Prober::create(std::move(settings), [&](const IpAddress& to) { return io.source_for(to); }).value();
  Outcomes run;
  const Instant deadline = monotonic_now() + 10s;
  while (!enough(run) && monotonic_now() < deadline) {
    prober.handle_timeout(monotonic_now());
    while (const auto packet = prober.poll_packet(monotonic_now(), net::wall_now())) {
      const int error = io.send(packet->bytes, packet->destination);
      if (error != 0) prober.handle_send_failure(packet->key, error, monotonic_now());
    }
    while (auto observation = prober.poll_observation()) {
      if (auto* series = std::get_if<PingSeries>(&*observation))
        run.pings.push_back(std::move(*series));
      else
        run.traces.push_back(std::move(std::get<Trace>(*observation)));
    }
    io.wait(std::min(prober.next_deadline(), deadline));
    for (const auto& packet : io.receive()) prober.handle_packet(packet.bytes, packet.received);
  }
  run.report = prober.report(monotonic_now(), net::wall_now());
  return run;
}

void expect_sane(const Outcomes& run, const IpAddress& source, const IpAddress& first_router) {
  ASSERT_GE(run.pings.size(), 5U);
  Duration fastest = Duration::max();
  for (const PingSeries& series : run.pings) {
    const Reply* reply = reply_of(series.outcomes[0].outcome);
    ASSERT_NE(reply, nullptr) << "a ping in the lab went unanswered";
    EXPECT_EQ(reply->from, address("10.0.3.1"));
    EXPECT_EQ(series.source, source);
    EXPECT_GT(reply->rtt, 0ns);
    fastest = std::min(fastest, reply->rtt);
    EXPECT_EQ(reply->ttl, 62);
  }
  // A mix-up of clocks would shift every one of them; a machine that stalls delays some.
  EXPECT_LT(fastest, 50ms);
  ASSERT_GE(run.traces.size(), 4U);
  for (const Trace& trace : run.traces) {
    EXPECT_EQ(trace.stop, StopReason::reached);
    ASSERT_EQ(trace.hops.size(), 3U);
    const std::vector<IpAddress> expected{first_router, address("10.0.12.2"), address("10.0.3.1")};
    for (std::size_t i = 0; i < 3; ++i) {
      const Reply* reply = trace.hops[i].answer();
      ASSERT_NE(reply, nullptr) << "TTL " << i + 1;
      EXPECT_EQ(reply->from, expected[i]);
      EXPECT_GT(reply->rtt, 0ns);
    }
  }
}

const auto kEnough = [](const Outcomes& run) { return run.pings.size() >= 5 && run.traces.size() >= 4; };

TEST_F(EngineLab, PingsAndTracesOverUdp) {
  const auto io = open("vp1");
  const Outcomes run = run_until(*io, settings("vp1"), kEnough);
  expect_sane(run, address("10.0.1.1"), address("10.0.1.2"));
  EXPECT_GT(io->counters().kernel_stamps, 0U);
  EXPECT_EQ(io->counters().stamps_rejected, 0U);
  EXPECT_EQ(io->counters().receive_drops, 0U);
  EXPECT_EQ(run.report.invalid[static_cast<std::size_t>(InvalidReason::bad_tag)], 0U);
  EXPECT_EQ(run.report.invalid[static_cast<std::size_t>(InvalidReason::malformed)], 0U);
}

TEST_F(EngineLab, TracesOverIcmp) {
  const auto io = open("vp1");
  auto s = settings("vp1");
  s.trace.protocol = Protocol::icmp;
  expect_sane(run_until(*io, s, kEnough), address("10.0.1.1"), address("10.0.1.2"));
}

TEST_F(EngineLab, TwoNamespacesInOneProcessKeepApart) {
  const auto first = open("vp1");
  const auto second = open("vp2");
  Outcomes runs[2];
  std::thread other([&] { runs[1] = run_until(*second, settings("vp2"), kEnough); });
  runs[0] = run_until(*first, settings("vp1"), kEnough);
  other.join();
  expect_sane(runs[0], address("10.0.1.1"), address("10.0.1.2"));
  expect_sane(runs[1], address("10.0.2.1"), address("10.0.2.2"));
  // The opening threads went into namespaces; this one did not.
  EXPECT_EQ(open_raw_sockets({}).error().code, ErrorCode::refused);
}

TEST_F(EngineLab, BindsToInterfaceAndSource) {
  const std::string netns = lab_->name("vp1");
  auto io = std::move(open_raw_sockets({.netns = netns, .interface = "tor1", .source = address("10.0.1.1")}).value());
  expect_sane(run_until(*io, settings("vp1"), kEnough), address("10.0.1.1"), address("10.0.1.2"));
  const net::Binding no_interface{.netns = netns, .interface = "nowhere0", .source = {}};
  EXPECT_EQ(open_raw_sockets(no_interface).error().code, ErrorCode::not_found);
  EXPECT_EQ(net::check_binding(no_interface).error().code, ErrorCode::not_found);
  EXPECT_EQ(open_raw_sockets({.netns = netns, .interface = {}, .source = address("10.9.9.9")}).error().code,
            ErrorCode::not_found);
  EXPECT_TRUE(net::check_binding({.netns = netns, .interface = "tor1", .source = {}}));
}

TEST_F(EngineLab, KnowsTheSourceOfEachDestinationAndWhenThereIsNone) {
  const auto io = open("r1");
  EXPECT_EQ(io->source_for(address("10.0.1.1")), address("10.0.1.2"));
  EXPECT_EQ(io->source_for(address("10.0.2.1")), address("10.0.2.2"));
  EXPECT_EQ(io->source_for(address("10.0.3.1")), address("10.0.12.1"));
  EXPECT_EQ(io->source_for(address("203.0.113.1")), std::nullopt);
  EXPECT_EQ(io->source_for(address("10.0.1.1")), address("10.0.1.2")) << "from the cache";
}

TEST_F(EngineLab, WakesUpFromAnotherThread) {
  const auto io = open("vp1");
  std::atomic<bool> awake{false};
  std::thread waiter([&] {
    io->wait(monotonic_now() + 60s);
    awake = true;
  });
  const Instant before = monotonic_now();
  io->wake();
  waiter.join();
  EXPECT_TRUE(awake);
  EXPECT_LT(monotonic_now() - before, 30s);
}

// Capabilities belong to threads: what this one gives up, the others keep.
template <typename Work>
void with_capabilities(cap_flag_value_t permitted, cap_flag_value_t effective, cap_value_t capability, Work work) {
  std::thread([&] {
    const cap_t state = ::cap_get_proc();
    ::cap_set_flag(state, CAP_EFFECTIVE, 1, &capability, effective);
    ::cap_set_flag(state, CAP_PERMITTED, 1, &capability, permitted);
    const int changed = ::cap_set_proc(state);
    ::cap_free(state);
    ASSERT_EQ(changed, 0);
    work();
  }).join();
}

TEST_F(EngineLab, SaysWhichCapabilityIsMissingAndHowToGiveIt) {
  const net::Binding binding{.netns = lab_->name("vp1"), .interface = {}, .source = {}};
  for (const auto& [capability, name, mend] : {std::tuple(CAP_NET_RAW, "CAP_NET_RAW", "setcap cap_net_raw+p"),
                                               std::tuple(CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "--cap-add SYS_ADMIN")}) {
    with_capabilities(CAP_CLEAR, CAP_CLEAR, capability, [&, &name = name, &mend = mend] {
      const auto io = open_raw_sockets(binding);
      ASSERT_FALSE(io);
      EXPECT_EQ(io.error().code, ErrorCode::permission_denied);
      EXPECT_NE(io.error().detail.find(name), std::string::npos) << io.error().detail;
      EXPECT_NE(io.error().detail.find(mend), std::string::npos) << io.error().detail;
    });
  }
}

TEST_F(EngineLab, RaisesACapabilityThatIsOnlyPermittedAndOnlyForOpening) {
  const net::Binding binding{.netns = lab_->name("vp1"), .interface = {}, .source = {}};
  with_capabilities(CAP_SET, CAP_CLEAR, CAP_NET_RAW, [&] {
    EXPECT_TRUE(open_raw_sockets(binding));
    EXPECT_LT(::socket(AF_INET, SOCK_RAW, IPPROTO_RAW), 0) << "the capability stayed raised";
  });
}

TEST_F(EngineLab, ListsItsNamespaces) {
  const auto names = net::network_namespaces();
  EXPECT_NE(std::find(names.begin(), names.end(), lab_->name("vp1")), names.end());
}

}  // namespace
}  // namespace isthmus
