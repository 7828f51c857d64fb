#include "net/ring_receiver.hpp"

#include <vector>

#include "net/arrival_clock.hpp"
#include "net/packet_ring.hpp"
#include "net/vantage_space.hpp"

namespace isthmus::net {
namespace {

class RingReceiver final : public Receiver {
 public:
  explicit RingReceiver(std::vector<PacketRing> rings) : rings_(std::move(rings)) {
    for (const PacketRing& ring : rings_) descriptors_.push_back(ring.descriptor());
  }

  std::span<const ReceivedPacket> receive() override;
  std::span<const int> descriptors() const override { return descriptors_; }
  IoCounters counters() const override;

 private:
  void read(tpacket_block_desc& block);

  std::vector<PacketRing> rings_;
  std::vector<int> descriptors_;
  std::size_t turn_{0};
  PacketRing* lent_{nullptr};  ///< Whose front block the caller is reading.
  mutable IoCounters counters_;
  std::vector<ReceivedPacket> batch_;
};

// A block at a time, from every ring in its turn. A block may hold no packet that is delivered.
std::span<const ReceivedPacket> RingReceiver::receive() {
  if (lent_ != nullptr) lent_->release();
  lent_ = nullptr;
  batch_.clear();
  for (std::size_t i = 0; i < rings_.size() && batch_.empty(); ++i) {
    PacketRing& ring = rings_[turn_];
    turn_ = (turn_ + 1) % rings_.size();
    tpacket_block_desc* const block = ring.front();
    if (block == nullptr) continue;
    read(*block);
    if (batch_.empty()) {
      ring.release();
    } else {
      lent_ = &ring;
    }
  }
  return batch_;
}

void RingReceiver::read(tpacket_block_desc& block) {
  const ArrivalClock clock;
  const auto* at = reinterpret_cast<const std::byte*>(&block) + block.hdr.bh1.offset_to_first_pkt;
  for (std::uint32_t i = 0; i < block.hdr.bh1.num_pkts; ++i) {
    const auto& header = *reinterpret_cast<const tpacket3_hdr*>(at);
    if (header.tp_snaplen < header.tp_len) {
      ++counters_.truncated;
    } else {
      const timespec stamp{static_cast<time_t>(header.tp_sec), static_cast<long>(header.tp_nsec)};
      batch_.push_back({{at + header.tp_net, header.tp_snaplen}, clock.instant_of(to_timestamp(stamp), counters_)});
    }
    at += header.tp_next_offset;
  }
}

IoCounters RingReceiver::counters() const {
  for (const PacketRing& ring : rings_) counters_.receive_drops += ring.take_drops();
  return counters_;
}

}  // namespace

Result<std::unique_ptr<Receiver>> open_ring_receiver(const Binding& binding, const IoOptions& options) {
  std::vector<PacketRing> rings;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    if (!allows(binding, family)) continue;
    auto ring = PacketRing::open(binding, options, family);
    if (!ring) return ring.error();
    rings.push_back(std::move(*ring));
  }
  return std::unique_ptr<Receiver>(std::make_unique<RingReceiver>(std::move(rings)));
}

}  // namespace isthmus::net
