#pragma once
// The loop between a survey and its packets: one thread sends a batch, takes in what has arrived, and repeats; it
// sleeps only when the rate, or what is on its way, says so. Main thread only.

#include <array>
#include <functional>
#include <map>
#include <vector>

#include "isthmus/net/packet_io.hpp"
#include "isthmus/probes/survey.hpp"

namespace isthmus::app {

class SurveyLoop {
 public:
  enum class End : std::uint8_t {
    finished,
    interrupted,  ///< SIGINT or SIGTERM.
    blind,        ///< The way out is gone: what was not answered says nothing about the targets.
    stopped,      ///< `often` said so.
  };

  /// `often` is called some ten times a second; it returns false to stop.
  SurveyLoop(net::PacketIo& io, probes::Survey& survey, std::function<bool(Instant)> often);

  End run();
  /// Why probes did not leave: how often each errno came.
  [[nodiscard]] const std::map<int, std::uint64_t>& send_errors() const { return errors_; }

 private:
  bool receive();
  void send(std::span<const probes::SurveyPacket> packets);
  bool skip_failed(std::size_t index);

  net::PacketIo& io_;
  probes::Survey& survey_;
  std::function<bool(Instant)> often_;
  std::array<net::OutgoingView, probes::Survey::kBatch> views_{};
  std::vector<probes::SurveyReply> replies_;
  std::map<int, std::uint64_t> errors_;
  bool blind_{false};
};

}  // namespace isthmus::app
