#include "probes/ping/sources.hpp"

namespace isthmus::probes {
namespace {

// Where addresses change every day, the oldest of this many is forgotten.
constexpr std::size_t kSources = 256;
// A ping has to get further than any hop; the code of a UDP or TCP probe has room for no more.
constexpr Ttl kTtl = kMaxTraceTtl;
constexpr FlowId kFlow{0};

TraceProbe trace_probe(const PingProbe& probe) {
  return {.destination = probe.destination, .flow = kFlow, .ttl = kTtl, .retry = (probe.number & 1) != 0};
}

}  // namespace

bool PingSources::use(Protocol protocol, std::uint16_t port) {
  if (protocol == protocol_ && (port == port_ || protocol == Protocol::icmp)) return false;
  protocol_ = protocol;
  port_ = port;
  sources_.clear();
  oldest_ = 0;
  return true;
}

std::uint16_t PingSources::index_of(const IpAddress& address) {
  const auto known =
      std::find_if(sources_.begin(), sources_.end(), [&](const Source& s) { return s.address == address; });
  if (known != sources_.end()) return static_cast<std::uint16_t>(known - sources_.begin());
  Source source{address, std::nullopt};
  if (protocol_ != Protocol::icmp) source.codec.emplace(seed_, CodecSettings{protocol_, address, port_});
  if (sources_.size() < kSources) {
    sources_.push_back(std::move(source));
    return static_cast<std::uint16_t>(sources_.size() - 1);
  }
  const std::size_t index = oldest_++ % kSources;
  sources_[index] = std::move(source);
  return static_cast<std::uint16_t>(index);
}

const TraceCodec* PingSources::codec_of(const IpAddress& source) const {
  for (const Source& s : sources_) {
    if (s.address == source) return &*s.codec;
  }
  return nullptr;
}

std::span<const std::byte> PingSources::encode(const PingProbe& probe, std::span<std::byte, kMaxPacket> out) const {
  if (protocol_ == Protocol::icmp) return echo_.encode(probe, out.first<EchoCodec::kMaxPacket>());
  return codec_of(probe.source)->encode(trace_probe(probe), probe.number, out);
}

std::optional<PingClaim> PingSources::claim(const wire::DecodedPacket& packet) const {
  if (protocol_ == Protocol::icmp) return echo_.claim(packet);
  const TraceCodec* codec = codec_of(packet.ip.destination);
  const auto probe = codec == nullptr ? std::nullopt : codec->claim(packet);
  if (!probe || probe->flow != kFlow || probe->ttl != kTtl) return std::nullopt;
  return PingClaim{probe->destination, probe->retry ? 1U : 0U, kParity};
}

Verdict PingSources::verify(const wire::DecodedPacket& packet, const PingProbe& probe) const {
  if (protocol_ == Protocol::icmp) return echo_.verify(packet, probe);
  const TraceCodec* codec = codec_of(packet.ip.destination);
  if (codec == nullptr || packet.ip.destination != probe.source) return {};
  return codec->verify(packet, trace_probe(probe), probe.number);
}

}  // namespace isthmus::probes
