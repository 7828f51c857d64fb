#pragma once
// What asks TTLs of one flow to one address until it knows what it wants to know: a trace, or a check of a known path.
// Says which TTL to ask next, learns what became of the probes, and ends. Knows nothing of bytes, budgets or others.
// Belongs to one engine, on its thread.

#include <cstddef>
#include <optional>
#include <vector>

#include "isthmus/model/observation.hpp"

namespace isthmus::probes {

/// A hop behind which another one has answered is waited for no longer than this, or three times the slowest answer.
inline constexpr Duration kPatience = std::chrono::milliseconds(300);
/// A router that answers at three TTLs has seen the same packet come round again.
inline constexpr std::size_t kLoopCount = 3;

class ProbeRun {
 public:
  /// A probe of this run, by what tells it from the others.
  struct Asked {
    Ttl ttl{1};
    bool retry{false};
  };

  /// A probe that is given up.
  struct Expired : Asked {
    std::optional<IpAddress> router;  // who was to answer
    Instant sent{};
    bool passed{false};  // a hop behind has answered this run: probes get that far
  };

  ProbeRun() = default;
  ProbeRun(const ProbeRun&) = delete;
  ProbeRun& operator=(const ProbeRun&) = delete;
  virtual ~ProbeRun() = default;

  /// The lowest TTL that may be asked now. Asked again only after sent(), hold() or the probe's end.
  [[nodiscard]] virtual std::optional<Ttl> next_ttl(Instant now) const = 0;
  /// When next_ttl() has or will have one; Instant::max() while all there is to do is wait for answers.
  [[nodiscard]] virtual Instant next_send() const = 0;
  /// When the next probe that is out has to be given up; Instant::max() when none is out.
  [[nodiscard]] virtual Instant next_timeout() const = 0;

  /// Who was to answer the last probe at this TTL, as far as anybody knew.
  [[nodiscard]] virtual const std::optional<IpAddress>& asked_of(Ttl ttl) const = 0;
  /// Whether the next probe at this TTL is told from the last one by its parity.
  [[nodiscard]] virtual bool is_retry(Ttl ttl) const = 0;

  /// `router`: who is to answer, as far as anybody knows.
  virtual void sent(Ttl ttl, const std::optional<IpAddress>& router, Instant now) = 0;
  /// Do not ask this TTL before `until`.
  virtual void hold(Ttl ttl, Instant until) = 0;
  /// The probe does not leave and will not: whoever would answer it has no answer to give (SendFailed with EBUSY).
  virtual void withhold(Ttl ttl, Instant now) = 0;
  /// The probe that was out at this TTL was answered, could not be sent, or is given up.
  virtual void answered(Ttl ttl, const Reply& reply, Instant now) = 0;
  virtual void failed(Ttl ttl, int error_number, Instant now) = 0;
  /// The next probe that is given up now; the caller forgets it.
  virtual std::optional<Expired> pop_timeout(Instant now) = 0;

  /// Probes that are out, as far as a run that ended no longer cares.
  [[nodiscard]] virtual std::vector<Asked> still_out() const = 0;
  [[nodiscard]] virtual bool finished() const = 0;
  /// What a trace reports. Preconditions of both: finished().
  [[nodiscard]] virtual std::vector<Hop> hops() const = 0;
  [[nodiscard]] virtual StopReason stop() const = 0;
  /// The TTL at which the destination answered, if it did.
  [[nodiscard]] virtual std::optional<Ttl> distance() const = 0;
};

}  // namespace isthmus::probes
