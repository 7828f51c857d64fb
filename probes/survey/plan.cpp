#include "probes/survey/plan.hpp"

#include <algorithm>

#include "probes/survey/gaps.hpp"

namespace isthmus::probes::survey {
namespace {

constexpr Tick kLeastPatience = 250'000;
// A sweep decides nothing by silence until it is over, and has seen all kinds of round trips by then.
constexpr Tick kLeastPatienceOfSweeps = 100'000;

// A round trip that is nothing like the others must not make everything wait for the full timeout.
constexpr Tick kPatienceFactor = 4;

}  // namespace

Plan::Plan(const PlanSettings& settings, std::span<const IpAddress> targets)
    : settings_(settings),
      targets_(targets),
      grid_(targets.size() * settings.walks.flows, settings.max_ttl, targets.size() + 65536, settings.walks.key),
      order_(std::max<std::uint64_t>(1, grid_.paths() * settings.max_ttl), settings.walks.key),
      waiting_(settings.all ? 0 : grid_.paths() * 2) {
  if (!settings.all) walks_.emplace(settings.walks, targets, grid_);
}

// How long silence has to last: a few times the longest round trip so far, within reason and the timeout.
Tick Plan::patience() const {
  const std::uint64_t wanted = std::uint64_t{slowest_answer_} * kPatienceFactor;
  const Tick least = walks_ ? kLeastPatience : kLeastPatienceOfSweeps;
  return static_cast<Tick>(std::clamp<std::uint64_t>(wanted, std::min(least, settings_.timeout), settings_.timeout));
}

// All are chosen before the first cell is touched: by then, the cells are on their way into the cache.
std::size_t Plan::next(Tick now, std::span<Ask> asks) {
  std::size_t count = 0;
  for (; count < asks.size(); ++count) {
    const std::optional<Ask> ask = choose();
    if (!ask) break;
    asks[count] = *ask;
    __builtin_prefetch(&grid_.at(ask->path, ask->ttl), 1);
  }
  for (const Ask& ask : asks.first(count)) {
    grid_.at(ask.path, ask.ttl).send(now, ask.attempt);
    if (phase_ == Phase::main && walks_) waiting_.push(ask);
  }
  if (count != 0) last_sent_ = now;
  return count;
}

Topology::Upward Plan::predecessor(InterfaceId id) const {
  return walks_ ? walks_->predecessor(id) : Topology::Upward{};
}

std::optional<Ask> Plan::choose() {
  if (phase_ == Phase::main) return walks_ ? walks_->next() : next_of_sweep();
  if (phase_ == Phase::retrying && retried_ < retries_.size()) return retries_[retried_++];
  return std::nullopt;
}

std::optional<Ask> Plan::next_of_sweep() {
  if (position_ < order_.size() && grid_.paths() != 0) {
    const std::uint64_t element = order_.at(position_++);
    const auto path = static_cast<PathIndex>(element / settings_.max_ttl);
    return Ask{path, static_cast<Ttl>(element % settings_.max_ttl + 1), 0};
  }
  if (again_.empty()) return std::nullopt;
  const Ask ask = again_.back();
  again_.pop_back();
  return ask;
}

Grid::Taken Plan::answer(Answer& answer, bool retry, Tick now) {
  const IpAddress& destination = targets_[answer.path / settings_.walks.flows];
  const Grid::Taken taken = grid_.take(answer, destination, retry, now);
  if (taken != Grid::Taken::counted) return taken;
  slowest_answer_ = std::max(slowest_answer_, grid_.at(answer.path, answer.ttl).time());
  if (walks_ && phase_ == Phase::main) walks_->answered(answer);
  return taken;
}

void Plan::failed(const Ask& ask) {
  Cell& cell = grid_.at(ask.path, ask.ttl);
  if (!cell.waiting()) return;
  cell.mark_failed();
  if (walks_ && phase_ == Phase::main) walks_->silent(ask.path, ask.ttl);
}

void Plan::expire_walks(Tick now) {
  while (!waiting_.empty()) {
    const Ask ask = waiting_.front();
    Cell& cell = grid_.at(ask.path, ask.ttl);
    if (cell.waiting() && cell.attempt() == ask.attempt) {
      if (now - cell.time() < patience()) return;
      cell.mark_silent();
      walks_->silent(ask.path, ask.ttl);
    }
    waiting_.pop();
  }
}

bool Plan::main_sent() const {
  if (walks_) return walks_->finished() && waiting_.empty();
  return (position_ >= order_.size() || grid_.paths() == 0) && again_.empty();
}

void Plan::expire(Tick now) {
  if (phase_ == Phase::main) {
    if (walks_) expire_walks(now);
    if (main_sent()) phase_ = Phase::settling;
  }
  if (phase_ == Phase::retrying && retried_ == retries_.size()) phase_ = Phase::settling;
  // Walks have waited for each of their probes.
  const bool waited = (walks_ && rounds_ == 0) || now - last_sent_ >= patience();
  if (phase_ == Phase::settling && waited) settle();
}

void Plan::settle() {
  for (PathIndex path = 0; path < grid_.paths(); ++path) {
    for (Ttl ttl = 1; ttl <= grid_.max_ttl(); ++ttl) {
      if (grid_.at(path, ttl).waiting()) grid_.at(path, ttl).mark_silent();
    }
  }
  retries_.clear();
  retried_ = 0;
  if (rounds_ < settings_.retry_rounds) {
    const std::uint64_t key = settings_.walks.key + 1 + static_cast<std::uint64_t>(rounds_);
    retries_ = find_gaps(grid_, settings_.walks.flows, key);
  }
  ++rounds_;
  phase_ = retries_.empty() ? Phase::done : Phase::retrying;
}

std::optional<Tick> Plan::next_expiry() const {
  if (phase_ == Phase::done) return std::nullopt;
  if (phase_ == Phase::main && walks_) {
    if (waiting_.empty()) return std::nullopt;
    const Cell& cell = grid_.at(waiting_.front().path, waiting_.front().ttl);
    return cell.time() + patience();
  }
  return last_sent_ + patience();
}

bool Plan::may_send() const {
  if (phase_ == Phase::main) return walks_ ? walks_->may_send() : !main_sent();
  return phase_ == Phase::retrying && retried_ < retries_.size();
}

double Plan::share() const {
  if (phase_ == Phase::done) return 1.0;
  if (phase_ != Phase::main) return 0.99;
  if (walks_) return 0.99 * walks_->share();
  return 0.99 * static_cast<double>(position_) / static_cast<double>(order_.size());
}

Plan::Saved Plan::save(Tick now) const {
  Saved saved;
  saved.interfaces.assign(grid_.interfaces().all().begin(), grid_.interfaces().all().end());
  saved.cells.reserve(grid_.paths() * grid_.max_ttl());
  for (PathIndex path = 0; path < grid_.paths(); ++path) {
    for (Cell cell : grid_.row(path)) {
      // A sweep leaves silence waiting until it is over; what has waited long enough need not be asked again.
      if (cell.waiting() && now - cell.time() >= patience()) cell.mark_silent();
      saved.cells.push_back(cell.packed());
    }
  }
  for (const Ask& ask : again_) {
    Cell cell;
    cell.send(now, ask.attempt);
    saved.cells[std::size_t{ask.path} * grid_.max_ttl() + ask.ttl - 1U] = cell.packed();
  }
  if (walks_) saved.states.assign(walks_->states().begin(), walks_->states().end());
  saved.position = walks_ ? walks_->position() : position_;
  saved.rounds = static_cast<std::uint8_t>(rounds_);
  saved.phase = phase_;
  return saved;
}

bool Plan::can_restore(const Saved& saved) const {
  return saved.cells.size() == grid_.paths() * grid_.max_ttl() &&
         (walks_ ? walks_->can_restore(saved.states, saved.position) : saved.states.empty());
}

void Plan::restore(const Saved& saved) {
  for (const IpAddress& address : saved.interfaces) grid_.interfaces().intern(address);
  std::size_t index = 0;
  for (PathIndex path = 0; path < grid_.paths(); ++path) {
    for (Ttl ttl = 1; ttl <= grid_.max_ttl(); ++ttl) {
      Cell cell = Cell::unpack(saved.cells[index++]);
      // Whether it was answered meanwhile, nobody knows; it is asked again.
      if (cell.waiting()) {
        if (!walks_ && saved.phase == Phase::main) again_.push_back({path, ttl, cell.attempt()});
        saved.phase == Phase::main ? cell.mark_unsent() : cell.mark_silent();
      }
      grid_.at(path, ttl) = cell;
    }
  }
  rounds_ = saved.rounds;
  phase_ = saved.phase;
  if (!walks_) position_ = std::min(saved.position, order_.size());
  if (walks_) walks_->restore(saved.states, saved.position);
  // An interrupted round of retries is taken up as a new one.
  if (phase_ == Phase::retrying) {
    rounds_ = std::max(0, rounds_ - 1);
    phase_ = Phase::settling;
  }
}

}  // namespace isthmus::probes::survey
