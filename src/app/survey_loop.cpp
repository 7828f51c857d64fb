#include "app/survey_loop.hpp"

#include <algorithm>
#include <cerrno>

#include "app/one_shot.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

constexpr Duration kOften = std::chrono::milliseconds(100);
// Batches read in a row before sending goes on: a flood of packets must not stop the probing.
constexpr int kReceiveBatches = 16;
// How long a full send queue may stay full before the packet is given up.
constexpr Duration kQueueFull = std::chrono::milliseconds(100);
constexpr Duration kQueuePause = std::chrono::microseconds(100);

bool way_out_is_gone(int error) { return error == ENETDOWN || error == ENODEV || error == ENXIO; }

}  // namespace

SurveyLoop::SurveyLoop(net::PacketIo& io, probes::Survey& survey, std::function<bool(Instant)> often)
    : io_(io), survey_(survey), often_(std::move(often)) {}

SurveyLoop::End SurveyLoop::run() {
  Instant next_often = net::monotonic_now();
  while (!survey_.finished()) {
    if (is_interrupted()) return End::interrupted;
    const Instant now = net::monotonic_now();
    if (now >= next_often) {
      if (!often_(now)) return End::stopped;
      next_often = now + kOften;
    }
    const auto packets = survey_.poll_packets(now);
    send(packets);
    if (blind_) return End::blind;
    const bool received = receive();
    survey_.handle_timeout(net::monotonic_now());
    if (packets.empty() && !received) io_.wait(std::min(next_often, survey_.next_deadline(net::monotonic_now())));
  }
  return End::finished;
}

bool SurveyLoop::receive() {
  for (int batch = 0; batch < kReceiveBatches; ++batch) {
    const auto packets = io_.receive();
    if (packets.empty()) return batch > 0;
    replies_.clear();
    for (const net::ReceivedPacket& packet : packets) replies_.push_back({packet.bytes, packet.received});
    survey_.handle_packets(replies_);
  }
  return true;
}

void SurveyLoop::send(std::span<const probes::SurveyPacket> packets) {
  for (std::size_t i = 0; i < packets.size(); ++i) views_[i] = {packets[i].bytes, packets[i].destination};
  const std::span<const net::OutgoingView> views = std::span(views_).first(packets.size());
  std::size_t done = io_.send_batch(views);
  Instant give_up = Instant::max();
  while (done < views.size() && !blind_) {
    if (io_.batch_error() == EAGAIN || io_.batch_error() == ENOBUFS) {
      const Instant now = net::monotonic_now();
      give_up = std::min(give_up, now + kQueueFull);
      if (now >= give_up) {
        done += skip_failed(done) ? 1 : 0;
        give_up = Instant::max();
      } else {
        receive();
        io_.wait(now + kQueuePause);
      }
    } else {
      done += skip_failed(done) ? 1 : 0;
    }
    if (!blind_ && done < views.size()) done += io_.send_batch(views.subspan(done));
  }
}

// The packet at `index` did not leave. False when no packet will.
bool SurveyLoop::skip_failed(std::size_t index) {
  const int error = io_.batch_error();
  ++errors_[error];
  blind_ = way_out_is_gone(error);
  // What never left because there is no way out is asked again when the survey is taken up.
  if (!blind_) survey_.handle_send_failure(index);
  return !blind_;
}

}  // namespace isthmus::app
