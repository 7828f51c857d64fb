#pragma once
// A survey of many targets: the hops towards each, in as few probes as the mode allows. Sans I/O: time and received
// packets come as arguments, packets to be sent come out. After create() nothing is allocated per probe or reply.
// Owned by one thread.
//
//   for (Instant now = ...; !survey.finished(); now = ...) {
//     send(survey.poll_packets(now));                      // and handle_send_failure() for what did not leave
//     survey.handle_packets(received);
//     survey.handle_timeout(now);
//     sleep until survey.next_deadline(now), or until something is received
//   }
//
// Memory: eight bytes for each flow, target and TTL up to max_ttl, and about 60 for each target and interface.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/observation.hpp"
#include "isthmus/probes/silence.hpp"
#include "isthmus/schedule/deny_list.hpp"
#include "isthmus/wire/tag.hpp"

namespace isthmus::probes {

struct SurveySettings {
  enum class Mode : std::uint8_t {
    saving,  ///< Finds distances, shares what neighbours have shown, stops at what is known. For discovery.
    all,     ///< Every TTL of every flow to every target, in random order.
    window,  ///< The last `window` TTLs before each target: where the upstreams are.
  };
  Mode mode{Mode::saving};
  std::vector<IpAddress> targets;  ///< Of one family. What occurs twice or is denied is left out.
  schedule::DenyList deny;
  IpAddress source;
  Protocol protocol{Protocol::udp};
  std::uint16_t destination_port{33434};
  std::uint16_t flows{1};
  Ttl max_ttl{32};  ///< Also the TTL of the probe that measures a distance.
  Ttl window{4};
  double rate{100};  ///< Packets a second.
  Duration timeout{std::chrono::seconds(1)};
  int gap_limit{5};     ///< Silent hops that end a path whose length nobody tells.
  int retry_rounds{1};  ///< How often silent hops between answers are asked again, at a quarter of the rate.
  wire::KeySeed seed{};
};

/// Valid until the next poll_packets().
struct SurveyPacket {
  std::span<const std::byte> bytes;
  IpAddress destination;
};

struct SurveyReply {
  std::span<const std::byte> bytes;  ///< From the IP header on.
  Instant received{};
};

struct SurveyProgress {
  std::size_t targets{0};
  std::size_t denied{0};  ///< Targets left out because of the deny list.
  std::uint64_t sent{0};
  std::uint64_t send_failures{0};
  std::uint64_t answers{0};
  std::size_t interfaces{0};
  std::array<std::uint64_t, kInvalidReasons> invalid{};
  double share{0};  ///< Of the work, 0 to 1; in the modes that save probes an estimate.
};

class Survey {
 public:
  /// Most packets that poll_packets() gives at once.
  static constexpr std::size_t kBatch = 64;

  /// Fails with invalid_argument for settings that make no survey; the text says which.
  static Result<Survey> create(const SurveySettings& settings, Instant now);
  /// Goes on with what save() kept. The settings must be those of the survey that was saved, except for the rate, the
  /// source and the seed. Fails with parse_failed when the bytes are no whole saved survey, and with refused when they
  /// are of another survey.
  static Result<Survey> resume(const SurveySettings& settings, std::span<const std::byte> saved, Instant now);

  Survey(Survey&&) noexcept;
  Survey& operator=(Survey&&) noexcept;
  ~Survey();

  /// What may leave now; empty when the rate, or what is still on its way, says wait.
  std::span<const SurveyPacket> poll_packets(Instant now);
  /// The index-th packet of the last batch did not leave and will not.
  void handle_send_failure(std::size_t index);
  /// As many as there are: what one of them needs from memory comes while another is worked on.
  void handle_packets(std::span<const SurveyReply> packets);
  void handle_packet(std::span<const std::byte> bytes, Instant received) {
    const SurveyReply reply{bytes, received};
    handle_packets({&reply, 1});
  }
  void handle_timeout(Instant now);
  [[nodiscard]] Instant next_deadline(Instant now) const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] SurveyProgress progress() const;
  /// All that resume() needs, and that it can check for being whole. Holds the key of the flows: keep it private.
  [[nodiscard]] std::vector<std::byte> save(Instant now) const;

  // --- what was found; at any time, complete once finished ---

  /// Ascending.
  [[nodiscard]] std::span<const IpAddress> targets() const;
  /// One path, without vantage point, names and times. Hops that were not asked because another path had shown what
  /// precedes an interface are filled in from there: good for asking which networks lie on the way.
  [[nodiscard]] Trace trace(std::size_t target, FlowId flow) const;
  /// Routers that answered; links refer to them by index.
  [[nodiscard]] std::span<const IpAddress> interfaces() const;
  /// Pairs that answered one flow at consecutive TTLs, nearer one first, each once, ascending.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint32_t>> links() const;
  /// Tells of each silent hop of each path, by ascending target, flow and TTL, why it was.
  void explain_silence(const std::function<void(const SilentHop&)>& tell) const;

 private:
  struct State;
  explicit Survey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace isthmus::probes
