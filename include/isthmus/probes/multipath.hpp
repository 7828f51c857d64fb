#pragma once
// Every path that load balancers spread flows to one destination over: the Multipath Detection Algorithm and MDA-Lite.
// Sans-I/O: its owner, one thread, gives it packets and the time, and asks it for packets:
//
//   while (!engine.finished()) {
//     io.wait(engine.next_deadline());
//     for (const auto& packet : io.receive()) engine.handle_packet(packet.bytes, packet.received);
//     engine.handle_timeout(now());
//     for (auto packet = poll(); !packet.empty(); packet = poll())  // poll(): engine.poll_packet(now(), buffer)
//       if (int error = io.send(packet, destination)) engine.handle_send_failure(error, now());
//   }
//   use(engine.result(wall()));

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/observation.hpp"
#include "isthmus/schedule/deny_list.hpp"
#include "isthmus/wire/tag.hpp"

namespace isthmus::probes {

/// What answered at one TTL, or that nobody did.
struct MultipathVertex {
  Ttl ttl{1};
  std::optional<IpAddress> address{};  ///< Nothing: silent. Silences are one vertex only behind the same vertex.
  std::uint32_t flows{0};              ///< That were seen here.
  std::uint32_t ended{0};              ///< Of these, how many ended here: at the destination, or refused.
  std::optional<Duration> rtt{};       ///< The shortest one seen.
  friend bool operator==(const MultipathVertex&, const MultipathVertex&) = default;
};

/// One flow at least met both at consecutive TTLs; indices into the graph's vertices.
struct MultipathLink {
  std::uint32_t near{0};
  std::uint32_t far{0};
  std::uint32_t flows{0};
  friend bool operator==(const MultipathLink&, const MultipathLink&) = default;
};

/// Hops with several vertices, with the single vertices before and behind them.
struct MultipathDiamond {
  Ttl first{0};               ///< Where flows part.
  std::optional<Ttl> last{};  ///< Where they meet again; nothing when they do not.
  std::size_t width{0};       ///< Vertices of the widest hop.
  bool meshed{false};         ///< Links cross between two of its hops.
  bool asymmetric{false};     ///< Vertices of one hop have different numbers of next hops.
  friend bool operator==(const MultipathDiamond&, const MultipathDiamond&) = default;
};

struct MultipathGraph {
  std::vector<MultipathVertex> vertices;  ///< By TTL; at one TTL by address, silent ones last.
  std::vector<MultipathLink> links;       ///< Between two answers.
  std::vector<MultipathLink> gaps;        ///< The same steps where one side or both were silent: no links.

  [[nodiscard]] std::vector<MultipathDiamond> diamonds() const;
  /// Indices of the vertices at a TTL.
  [[nodiscard]] std::vector<std::uint32_t> at(Ttl ttl) const;
  [[nodiscard]] Ttl last_ttl() const { return vertices.empty() ? Ttl{0} : vertices.back().ttl; }
};

enum class MultipathAlgorithm : std::uint8_t { mda_lite, mda };
[[nodiscard]] const char* to_string(MultipathAlgorithm algorithm);

struct MultipathSettings {
  IpAddress source;
  IpAddress destination;
  Protocol protocol{Protocol::udp};
  std::uint16_t destination_port{33434};  ///< UDP: first of sixteen; TCP: the one.
  MultipathAlgorithm algorithm{MultipathAlgorithm::mda_lite};
  double failure_bound{0.05};  ///< Probability to miss anything at all, if load balancers spread flows evenly.
  Ttl first_ttl{1};
  Ttl max_ttl{32};
  int attempts{2};   ///< Probes until a flow counts as silent at a TTL; three times as many where others are answered.
  int gap_limit{5};  ///< Silent hops in a row that end a path.
  Duration timeout{std::chrono::seconds(2)};
  std::size_t max_flows{2048};
  double rate_limit{0};    ///< Packets a second; mandatory, > 0.
  double router_limit{0};  ///< Replies a second asked of one router; 0 = no budget.
  schedule::DenyList deny;
  wire::KeySeed key_seed{};  ///< 32 random bytes, fresh each time.
};

struct MultipathResult {
  IpAddress source;
  IpAddress destination;
  Protocol protocol{Protocol::udp};
  MultipathAlgorithm algorithm{MultipathAlgorithm::mda_lite};
  double failure_bound{0.05};
  double vertex_bound{0.05};  ///< What was left of it for each vertex in the end.
  Timestamp started{};
  Timestamp ended{};
  MultipathGraph graph;
  std::size_t probes{0};
  std::size_t flows{0};
  std::vector<Ttl> switched;  ///< MDA-Lite: hops whose tests failed, so that MDA took over in their diamonds.
  bool complete{false};       ///< Everything that the stopping points ask for was asked.
  bool reached{false};        ///< The destination itself answered.
  bool loop{false};           ///< A flow met one router again and again.
  std::size_t weak{0};        ///< Answers that something had rewritten.
  std::size_t send_failures{0};
  int last_error{0};                                     ///< errno of the last send failure.
  std::array<std::uint64_t, kInvalidReasons> invalid{};  ///< Indexed by InvalidReason.
};

class MultipathEngine {
 public:
  static constexpr std::size_t kMaxPacket = 96;

  /// Fails with `refused` when the destination is on the deny list, with `invalid_argument` on settings out of range:
  /// a rate limit or bound that is none, families that differ, TTLs beyond 63, more flows than the protocol has.
  static Result<MultipathEngine> create(const MultipathSettings& settings, Timestamp wall);

  MultipathEngine(MultipathEngine&&) noexcept;
  MultipathEngine& operator=(MultipathEngine&&) noexcept;
  ~MultipathEngine();

  /// The next packet to send right now, a whole IP packet in `out`; empty when the limits allow none, or none is worth
  /// sending before more is known. `now` counts as its time of sending.
  std::span<const std::byte> poll_packet(Instant now, std::span<std::byte, kMaxPacket> out);
  /// The packet polled last could not be sent. It is tried again a little later, unless all fail.
  void handle_send_failure(int error_number, Instant now);
  void handle_packet(std::span<const std::byte> bytes, Instant received);
  void handle_timeout(Instant now);
  /// When poll_packet or handle_timeout has something to do; Instant::max() when never.
  [[nodiscard]] Instant next_deadline() const;
  [[nodiscard]] bool finished() const;

  /// What is known; whole once finished.
  [[nodiscard]] MultipathResult result(Timestamp wall) const;

 private:
  class Impl;
  explicit MultipathEngine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::probes
