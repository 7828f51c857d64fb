// Writers of frames alone, with ways that fail in the middle of a batch: how many frames left is told exactly.

#include <cerrno>
#include <deque>
#include <stdexcept>

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
    packets_ = std::move(net::run_inside(binding(), [&] { return net::open_packet_frames(binding()); }).value());
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
      if (frames.write(way_, written_.back(), Family::ipv4) != 0) return i;
    }
    return count;
  }

  std::unique_ptr<net::FrameWriter> packets_;
  net::Link link_;
  net::MacAddress router_{};
  net::Way way_;
  std::deque<Packet> written_;  ///< Frames are read when they are flushed.
};

TEST_F(FramesLab, APacketSocketTellsHowManyWereRefused) {
  net::Link nowhere = link_;
  nowhere.index = 9999;
  net::Way lost = way_;
  lost.link = &nowhere;
  const auto io = open(Kind::packet);
  ASSERT_EQ(write(*packets_, 2), 2);
  ASSERT_EQ(packets_->write(lost, written_.front(), Family::ipv4), 0) << "nothing is sent before the flush";
  ASSERT_EQ(write(*packets_, 1, 3), 1);
  const auto flushed = packets_->flush();
  EXPECT_EQ(flushed.withdrawn, 2U) << "the refused one and the one behind it";
  EXPECT_EQ(flushed.error, ENXIO);
  EXPECT_EQ(packets_->flush().withdrawn, 0U) << "told once";
  EXPECT_TRUE(wait_for(*io, echo_reply_with(30, 2)));
  ASSERT_EQ(write(*packets_, 1, 4), 1);
  EXPECT_EQ(packets_->flush().error, 0);
  EXPECT_TRUE(wait_for(*io, [](const wire::DecodedPacket& packet) {
    EXPECT_FALSE(echo_reply_with(30, 3)(packet)) << "said to be withdrawn";
    return echo_reply_with(30, 4)(packet);
  }));
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
