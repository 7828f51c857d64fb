#include "ip2as/cones.hpp"

#include <algorithm>

#include "ip2as/relationships_data.hpp"

namespace isthmus::ip2as {
namespace {

// 128 MiB. The cones of the internet of 2025 come to about a million entries; only made-up links need more.
constexpr std::size_t kMostMembers = std::size_t{32} << 20;
// Seconds. Layers of providers that all serve each other's customers take many more steps than their cones have
// members.
constexpr std::size_t kMostSteps = std::size_t{1} << 29;

using Row = std::uint32_t;

// Tarjan's algorithm for strongly connected components, without recursion: a component comes up after all that can be
// reached from it, so the cones below it are ready when its own is made.
class ConeMaker {
 public:
  ConeMaker(std::span<const Asn> asns, const FlatMap<std::uint32_t, std::uint32_t>& index, const Rows& customers)
      : asns_(asns), index_(index), customers_(customers), order_(asns.size(), 0), low_(asns.size(), 0) {
    made_.cone_of.assign(asns.size(), kNoCone);
    stamps_.assign(asns.size(), 0);
  }

  void take(const GivenCones& given) {
    for (const GivenCones::Cone& cone : given.cones) {
      const Row row = row_of(cone.of);
      if (made_.cone_of[row] != kNoCone) continue;
      begin();
      add(row);
      for (const Asn member : std::span(given.members).subspan(cone.first, cone.count)) {
        if (!member.is_none()) add(row_of(member));
      }
      made_.cone_of[row] = end();
    }
  }

  Cones make() {
    for (Row row = 0; row < asns_.size(); ++row) {
      if (order_[row] == 0) visit_from(row);
    }
    return std::move(made_);
  }

 private:
  struct Frame {
    Row row;
    std::size_t next;  // Customer to look at.
  };

  [[nodiscard]] Row row_of(Asn asn) const { return *index_.find(asn.number); }

  void enter(Row row) {
    order_[row] = low_[row] = ++visited_;
    open_.push_back(row);
    frames_.push_back({row, 0});
  }

  void visit_from(Row start) {
    enter(start);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const Row row = frame.row;
      const auto customers = customers_[row];
      if (frame.next < customers.size()) {
        const Row customer = row_of(customers[frame.next++]);
        if (order_[customer] == 0) {
          enter(customer);
        } else {
          low_[row] = std::min(low_[row], order_[customer]);  // Of a closed component: kClosed, which changes nothing.
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) low_[frames_.back().row] = std::min(low_[frames_.back().row], low_[row]);
      if (low_[row] == order_[row]) close(row);
    }
  }

  // The component is what was opened since `row`.
  void close(Row row) {
    const auto first = std::find(open_.rbegin(), open_.rend(), row).base() - 1;
    const std::vector<Row> component(first, open_.end());
    open_.erase(first, open_.end());
    for (const Row member : component) order_[member] = kClosed;
    make_cone(component);
  }

  void make_cone(const std::vector<Row>& component) {
    const auto lacks_one = [&](Row row) { return made_.cone_of[row] == kNoCone && !customers_[row].empty(); };
    if (std::ranges::none_of(component, lacks_one)) return;
    if (!collect_cone(component)) {
      for (const Row row : component) {
        if (lacks_one(row)) cut_cone(row);
      }
      return;
    }
    const Row cone = end();
    for (const Row row : component) {
      if (lacks_one(row)) made_.cone_of[row] = cone;
    }
  }

  // False when it is too much, now and from now on.
  bool collect_cone(const std::vector<Row>& component) {
    begin();
    for (const Row row : component) add(row);
    for (const Row row : component) {
      for (const Asn customer : customers_[row]) {
        if (!too_much_) add_cone_of(row_of(customer));
        too_much_ = too_much_ || steps_ > kMostSteps || made_.rows.item_count() + collected_.size() > kMostMembers;
      }
    }
    return !too_much_;
  }

  void cut_cone(Row row) {
    begin();
    add(row);
    for (const Asn customer : customers_[row]) add(row_of(customer));
    made_.cone_of[row] = end();
    ++made_.cut;
  }

  void begin() {
    ++stamp_;
    collected_.clear();
  }
  void add(Row row) {
    if (stamps_[row] == stamp_) return;
    stamps_[row] = stamp_;
    collected_.push_back(asns_[row]);
  }
  void add_cone_of(Row row) {
    add(row);
    if (made_.cone_of[row] == kNoCone) return;
    const auto cone = made_.rows[made_.cone_of[row]];
    steps_ += cone.size();
    for (const Asn member : cone) add(row_of(member));
  }
  Row end() {
    std::ranges::sort(collected_);
    made_.rows.append(collected_);
    return static_cast<Row>(made_.rows.size() - 1);
  }

  static constexpr Row kClosed = 0xFFFFFFFF;

  std::span<const Asn> asns_;
  const FlatMap<std::uint32_t, std::uint32_t>& index_;
  const Rows& customers_;
  std::vector<Row> order_;  // When first seen, 0 for not yet; kClosed once its component is done.
  std::vector<Row> low_;    // Earliest seen that can be reached within the open components.
  Row visited_{0};
  std::vector<Row> open_;
  std::vector<Frame> frames_;
  std::vector<Row> stamps_;  // Which cone took the AS in last: spares a set.
  Row stamp_{0};
  std::vector<Asn> collected_;
  std::size_t steps_{0};
  bool too_much_{false};
  Cones made_;
};

}  // namespace

Cones compute_cones(std::span<const Asn> asns, const FlatMap<std::uint32_t, std::uint32_t>& index,
                    const Rows& customers, const GivenCones& given) {
  ConeMaker maker(asns, index, customers);
  maker.take(given);
  return maker.make();
}

}  // namespace isthmus::ip2as
