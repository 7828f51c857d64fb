#pragma once
// Is one upstream of a target losing packets, while the target still answers? A link under attack, or one that is full,
// looks like that before it looks like an outage. Fed with what became of probes whose way is known; belongs to the
// core's thread; no I/O.
//
// Each upstream is compared with itself: what it lost in the last rounds against what it usually loses. It is strained
// when at least two vantage ASes (or all that probe it) see that by themselves, so that loss near one vantage point is
// never blamed on an upstream. With kSurprise as the chance that a healthy upstream shows so much loss to one AS in one
// window, two of ten vantage ASes are wrong together in less than one of ten million windows.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::resilience {

class UpstreamHealth {
 public:
  static constexpr double kSurprise = 1e-5;
  static constexpr std::size_t kWindowRounds = 6;
  /// Rounds without which a window says nothing: just after a start, or an outage, whoever happens to be asked first is
  /// everybody that probes an upstream, and what routes lose while they settle comes in one burst.
  static constexpr std::size_t kLeastRounds = 3;

  /// What became of one probe of `network`, a vantage AS, that went by `upstream`: `rtt` is empty when it was lost.
  /// `normal_rtt`: what this vantage point and address are used to.
  void handle_probe(Asn upstream, Asn network, std::optional<Duration> rtt, Duration normal_rtt);

  struct Strain {
    Asn upstream;
    bool begins{true};
    double loss{0};             ///< In the window, over all vantage ASes; [0, 1].
    double usual_loss{0};       ///< Before.
    Duration slower{};          ///< Mean excess of the round trips over what they usually take; zero when they are not.
    std::vector<Asn> networks;  ///< Vantage ASes that see it, ascending.
  };
  /// A round is over. Tells what began and what ended, ascending by AS.
  [[nodiscard]] std::vector<Strain> end_round();

  [[nodiscard]] bool is_strained(Asn upstream) const;
  [[nodiscard]] bool any_strained() const;
  /// Nobody can tell what the probes of this time met.
  void forget_window();

 private:
  struct Counts {
    std::uint32_t sent{0};
    std::uint32_t lost{0};
    Duration excess{};
    Counts& operator+=(const Counts& other);
  };
  struct View {  // Of one upstream by one vantage AS.
    std::array<Counts, kWindowRounds> rounds{};
    double usual_sent{0};  // Both decay, so that their ratio is the loss of the last thousand probes.
    double usual_lost{0};
    [[nodiscard]] Counts window() const;
    [[nodiscard]] double usual_loss() const;
  };
  struct Upstream {
    std::map<Asn, View> views;
    bool strained{false};
    std::size_t calm_rounds{0};
  };
  [[nodiscard]] static bool is_surprising(const View& view);
  [[nodiscard]] std::optional<Strain> judge(Asn asn, Upstream& upstream);

  std::map<Asn, Upstream> upstreams_;
  std::size_t round_{0};
  std::size_t age_{0};  // Rounds in the window, up to kLeastRounds.
};

}  // namespace isthmus::resilience
