// Writers of frames alone, with ways that fail in the middle of a batch: how many frames left is told exactly.

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <stdexcept>

#include "isthmus/net/clock.hpp"
#include "lab/net_fixture.hpp"
#include "net/packet_frames.hpp"
#include "net/vantage_space.hpp"
#include "net/xdp_frames.hpp"

namespace isthmus::lab {
namespace {

class FramesLab : public NetLab {
 protected:
  void SetUp() override {
    NetLab::SetUp();
    if (IsSkipped()) return;
    packets_ =
        std::move(net::run_inside(binding(), [&] { return net::open_packet_frames(binding(), nullptr); }).value());
    link_ = link_in("vp", "tor");
    way_ = {.how = net::Way::How::link, .link = &link_, .mac = &router_, .error = 0};
    router_ = link_in("r", "tovp").mac;
  }

  net::Link link_in(const std::string& role, const std::string& name) {
    const auto links = net::run_inside(binding(role), [&]() -> Result<std::vector<net::Link>> {
      auto netlink = net::Netlink::open();
      if (!netlink) return netlink.error();
      return netlink->links();
    });
    for (const net::Link& link : links.value()) {
      if (link.name == name) return link;
    }
    throw std::runtime_error("no link " + name);
  }

  std::unique_ptr<net::FrameWriter> open_xdp() {
    return std::move(net::run_inside(binding(), [&] {
                       return net::open_xdp_frames(binding(), link_, std::move(packets_));
                     }).value());
  }

  /// Writes echo requests to the router numbered from `first` on; how many were taken without an error.
  int write(net::FrameWriter& frames, int count, std::uint16_t first = 1) {
    const ProbeHeader header{address("10.0.1.1"), address("10.0.1.2")};
    for (int i = 0; i < count; ++i) {
      written_.push_back(echo_request(header, 30, static_cast<std::uint16_t>(first + i)));
      if (frames.write(way_, {written_.back(), header.destination}) != 0) return i;
    }
    return count;
  }

  std::unique_ptr<net::FrameWriter> packets_;
  net::Link link_;
  net::MacAddress router_{};
  net::Way way_;
  std::deque<Packet> written_;  ///< Frames are read when they are flushed.
};

TEST_F(FramesLab, PacketSocketsTellOfEachFrameWhetherAndWhenItLeft) {
  const auto bound =
      std::move(net::run_inside(binding(), [&] { return net::open_packet_frames(binding(), &link_); }).value());
  net::Link nowhere = link_;
  nowhere.index = 9999;
  net::Way lost = way_;
  lost.link = &nowhere;
  std::uint16_t sequence = 1;
  for (net::FrameWriter* frames : {packets_.get(), bound.get()}) {
    const auto io = open(Kind::packet);
    const ProbeHeader header{address("10.0.1.1"), address("10.0.1.2")};
    const Packet first = echo_request(header, 30, sequence);
    const Packet second = echo_request(header, 30, static_cast<std::uint16_t>(sequence + 1));
    const Instant before = net::monotonic_now();
    Instant left[2];
    ASSERT_EQ(frames->write(way_, {first, header.destination, &left[0]}), 0);
    EXPECT_EQ(frames->write(lost, {second, header.destination}), ENXIO);
    ASSERT_EQ(frames->write(way_, {second, header.destination, &left[1]}), 0);
    EXPECT_EQ(frames->flush().withdrawn, 0U);
    EXPECT_TRUE(before <= left[0] && left[0] < left[1] && left[1] <= net::monotonic_now());
    EXPECT_TRUE(wait_for(*io, echo_reply_with(30, static_cast<std::uint16_t>(sequence + 1))));
    sequence = static_cast<std::uint16_t>(sequence + 2);
  }
}

TEST_F(FramesLab, NoAnswerComesBeforeItsFrameLeft) {
  const auto xdp = open_xdp();
  const auto io = open(Kind::packet);
  const ProbeHeader header{address("10.0.1.1"), address("10.0.1.2")};
  std::array<Instant, 200> left{};
  for (std::uint16_t i = 0; i < left.size(); ++i) {
    written_.push_back(echo_request(header, 31, i));
    ASSERT_EQ(xdp->write(way_, {written_.back(), header.destination, &left[i]}), 0);
  }
  ASSERT_EQ(xdp->flush().withdrawn, 0U);
  EXPECT_TRUE(std::is_sorted(left.begin(), left.end()));
  EXPECT_LT(left.front(), left.back()) << "one time for a whole batch would be too old for its last frames";
  std::size_t answers = 0;
  const Instant give_up = net::monotonic_now() + std::chrono::seconds(10);
  while (answers < left.size() && net::monotonic_now() < give_up) {
    io->wait(give_up);
    for (auto batch = io->receive(); !batch.empty(); batch = io->receive()) {
      for (const net::ReceivedPacket& packet : batch) {
        const auto decoded = wire::decode_packet(packet.bytes);
        const auto* answer = std::get_if<wire::DecodedPacket>(&decoded);
        const auto* echo = answer == nullptr ? nullptr : std::get_if<wire::EchoReply>(&answer->message);
        if (echo == nullptr || echo->id != 31 || echo->sequence >= left.size()) continue;
        ++answers;
        EXPECT_LT(left[echo->sequence], packet.received) << echo->sequence;
      }
    }
  }
  EXPECT_EQ(answers, left.size());
}

TEST_F(FramesLab, AfXdpTakesBackWhatALinkThatIsDownDoesNotTake) {
  const auto xdp = open_xdp();
  const auto io = open(Kind::packet);
  lab_->run_in("vp", "ip link set tor down");
  // More often than it has places for frames: each is given back.
  for (int round = 0; round < 30; ++round) {
    ASSERT_EQ(write(*xdp, 100), 100) << round;
    const auto flushed = xdp->flush();
    ASSERT_EQ(flushed.withdrawn, 100U) << round;
    ASSERT_EQ(flushed.error, ENETDOWN);
  }
  lab_->run_in("vp", "ip link set tor up");
  ASSERT_EQ(write(*xdp, 3, 500), 3);
  EXPECT_EQ(xdp->flush().error, 0);
  EXPECT_TRUE(wait_for(*io, [](const wire::DecodedPacket& packet) {
    const auto* echo = std::get_if<wire::EchoReply>(&packet.message);
    EXPECT_TRUE(echo != nullptr && echo->sequence >= 500) << "said to be withdrawn";
    return echo_reply_with(30, 502)(packet);
  }));
}

TEST_F(FramesLab, AfXdpHasItsLinkForItself) {
  const auto xdp = open_xdp();
  const auto second = net::open_packet_io(binding(), {.kind = Kind::xdp});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::busy) << to_string(second.error());
}

TEST_F(FramesLab, AfXdpSendsMoreThanItHasPlacesFor) {
  const auto xdp = open_xdp();
  const auto io = open(Kind::packet);
  for (int round = 0; round < 50; ++round) {
    ASSERT_EQ(write(*xdp, 100, static_cast<std::uint16_t>(1 + 100 * round)), 100) << round;
    ASSERT_EQ(xdp->flush().withdrawn, 0U) << round;
    written_.clear();
  }
  EXPECT_TRUE(wait_for(*io, echo_reply_with(30, 5000)));
}

}  // namespace
}  // namespace isthmus::lab
