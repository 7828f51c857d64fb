#include "app/trace_rounds.hpp"

#include <algorithm>
#include <iostream>
#include <optional>

#include "app/command.hpp"
#include "app/live/host_names.hpp"
#include "app/live/scroll.hpp"
#include "app/live/terminal.hpp"
#include "app/live/trace_view.hpp"
#include "isthmus/formats/atlas.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kReportColumns = 80;

class RoundsRun {
 public:
  RoundsRun(const TraceRounds& plan, probes::ProberSettings settings)
      : plan_(plan), settings_(std::move(settings)), began_(net::monotonic_now()) {
    screen_.title = plan.title;
    screen_.networks = plan.networks;
    screen_.charset = charset_of_locale();
    if (plan.host_names) names_.emplace();
    set_names(plan.host_names);
  }

  [[nodiscard]] Result<void> open_terminal() { return Terminal::open(plan_.color, terminal_); }

  int run(net::PacketIo& io, probes::Prober& prober) {
    run_one_shot(io, prober,
                 {.limit = Duration::max(),
                  .longest_turn = terminal_ ? kLookAtKeys : Duration::max(),
                  .on_observation = [&](const Observation& o) { return take(o); },
                  .on_turn = [&] { turn(prober, net::monotonic_now()); }});
    terminal_.reset();  // the report stays on the terminal as it was before
    screen_.seconds = to_seconds(net::monotonic_now() - began_);
    if (!plan_.json && watch_.rounds() > 0) {
      for (const Line& line : trace_report(watch_, screen_, kReportColumns)) std::cout << plain(line) << '\n';
    }
    const auto flows = watch_.flows();
    const bool reached = flows.size() == settings_.trace.flows &&
                         std::all_of(flows.begin(), flows.end(),
                                     [](const WatchedFlow& flow) { return flow.stop == StopReason::reached; });
    return reached ? kSuccess : kFailure;
  }

 private:
  // False when it was the last one.
  bool take(const Observation& observation) {
    const auto* trace = std::get_if<Trace>(&observation);
    if (trace == nullptr) return true;
    if (plan_.json) std::cout << formats::to_atlas_json(*trace) << std::endl;
    watch_.take(*trace);
    if (names_) {
      for (const Hop& hop : trace->hops) {
        if (const Reply* answer = hop.answer()) static_cast<void>(names_->name_of(answer->from));  // asks for it
      }
    }
    return plan_.rounds == 0 || !is_complete();
  }

  [[nodiscard]] bool is_complete() const {
    const auto flows = watch_.flows();
    return flows.size() == settings_.trace.flows &&
           std::all_of(flows.begin(), flows.end(), [&](const WatchedFlow& f) { return f.rounds >= plan_.rounds; });
  }

  void set_names(bool wanted) {
    screen_.name_of = nullptr;
    if (wanted && names_) {
      screen_.name_of = [this](const IpAddress& address) { return names_->name_of(address); };
    }
  }

  void press(Key key) {
    const std::size_t rows = terminal_->size().rows;
    const std::size_t page = rows > 3 ? rows - 3 : 1;
    if (scroll_by(key, page, scroll_limit_, screen_.scroll)) return;
    switch (key) {
      case Key::quit: interrupt(); break;
      case Key::pause: screen_.paused = !screen_.paused; break;
      case Key::reset: watch_.reset(); break;
      case Key::help: screen_.help = !screen_.help; break;
      case Key::display:
        screen_.display = screen_.display == TraceDisplay::automatic ? TraceDisplay::details
                          : screen_.display == TraceDisplay::details ? TraceDisplay::flows
                                                                     : TraceDisplay::automatic;
        screen_.scroll = 0;
        break;
      case Key::names: set_names(!screen_.name_of); break;
      default: break;
    }
  }

  void turn(probes::Prober& prober, Instant now) {
    if (!terminal_) return;
    const auto keys = terminal_->keys();
    for (const Key key : keys) press(key);
    if (settings_.trace.enabled == screen_.paused) {
      settings_.trace.enabled = !screen_.paused;
      if (const auto done = prober.reconfigure(settings_, now); !done) fail(to_string(done.error()));
    }
    if (keys.empty() && now - drawn_ < kDrawEvery && !terminal_->is_stale()) return;
    drawn_ = now;
    screen_.seconds = to_seconds(now - began_);
    const LiveFrame frame = trace_screen(watch_, screen_, terminal_->size());
    scroll_limit_ = frame.scroll_limit;
    terminal_->draw(frame.lines);
  }

  const TraceRounds& plan_;
  probes::ProberSettings settings_;
  TraceWatch watch_;
  TraceScreen screen_;
  std::optional<HostNames> names_;
  std::optional<Terminal> terminal_;
  std::size_t scroll_limit_{0};
  Instant began_;
  Instant drawn_{};
};

}  // namespace

int run_trace_rounds(const TraceRounds& plan, net::PacketIo& io, probes::Prober& prober,
                     const probes::ProberSettings& settings) {
  RoundsRun run(plan, settings);
  if (plan.live) {
    catch_interrupt();  // before there is something to give back
    if (const auto opened = run.open_terminal(); !opened) {
      return fail(to_string(opened.error()) + "; --rounds 10 prints a report, with --json a line a trace");
    }
  }
  return run.run(io, prober);
}

}  // namespace isthmus::app
