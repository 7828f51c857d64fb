// What our text says is what prometheus-cpp, which everybody's exporters use, says of the same series.

#include "telemetry/text_sink.hpp"

#include <gmock/gmock.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <limits>
#include <random>

#include "telemetry/process_families.hpp"
#include "telemetry/snapshot_families.hpp"
#include "unit/formats/sample_snapshot.hpp"
#include "unit/telemetry/exposition.hpp"

namespace isthmus::telemetry {
namespace {

using ::testing::IsEmpty;

// The same series as objects of prometheus-cpp.
class LibrarySink final : public SeriesSink {
 public:
  using SeriesSink::add;
  void begin(const FamilyInfo& family) override {
    auto& made = families_.emplace_back();
    made.name = family.name;
    made.help = family.help;
    made.type = family.kind == Kind::gauge     ? prometheus::MetricType::Gauge
                : family.kind == Kind::counter ? prometheus::MetricType::Counter
                                               : prometheus::MetricType::Histogram;
  }
  void add(Labels labels, double value) override {
    auto& metric = append(labels);
    metric.gauge.value = value;
    metric.counter.value = value;
  }
  void add(Labels labels, std::uint64_t value) override { add(labels, static_cast<double>(value)); }
  void add(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum) override {
    auto& histogram = append(labels).histogram;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      histogram.sample_count += counts[i];
      const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
      histogram.bucket.push_back({histogram.sample_count, bound});
    }
    histogram.sample_sum = sum;
  }
  std::string text() {
    std::erase_if(families_, [](const auto& family) { return family.metric.empty(); });
    return prometheus::TextSerializer().Serialize(families_);
  }

 private:
  prometheus::ClientMetric& append(Labels labels) {
    auto& metric = families_.back().metric.emplace_back();
    for (std::string_view text : labels) {
      std::pair<std::string, std::string> label;
      if (!text.empty() && test::take_label(text, label)) metric.label.push_back({label.first, label.second});
    }
    return metric;
  }
  std::vector<prometheus::MetricFamily> families_;
};

// Digits beyond the sixteenth are lost in prometheus-cpp.
bool same(double ours, double theirs) {
  if (std::isnan(ours) || std::isinf(ours)) return std::isnan(ours) ? std::isnan(theirs) : ours == theirs;
  return std::abs(ours - theirs) <= 1e-15 * std::abs(ours);
}

void expect_same(const std::string& ours, const std::string& theirs) {
  const auto mine = test::read_exposition(ours);
  const auto library = test::read_exposition(theirs);
  EXPECT_THAT(mine.bad_lines, IsEmpty());
  EXPECT_EQ(mine.comments, library.comments);
  ASSERT_EQ(mine.series.size(), library.series.size());
  // In a histogram prometheus-cpp has count and sum before the buckets.
  const auto sorted = [](std::vector<test::Exposition::Series> series) {
    std::ranges::sort(series, {}, [](const auto& s) { return std::tuple(s.name, s.labels); });
    return series;
  };
  const auto all_of_mine = sorted(mine.series);
  const auto all_of_theirs = sorted(library.series);
  for (std::size_t i = 0; i < all_of_mine.size(); ++i) {
    const auto& a = all_of_mine[i];
    const auto& b = all_of_theirs[i];
    EXPECT_TRUE(a.name == b.name && a.labels == b.labels && same(a.value, b.value))
        << a.name << " " << testing::PrintToString(a.labels) << " " << a.value << " and " << b.name << " "
        << testing::PrintToString(b.labels) << " " << b.value;
  }
}

// A snapshot with everything in it, and with names that strangers thought of.
resilience::Snapshot rich_snapshot() {
  auto snapshot = test::sample_snapshot();
  test::change(snapshot.targets, 0, [](auto& target) {
    target.upstreams[0].name = "a\"} 1\nb\\ \xFF\xE2\x82";
    target.upstreams[1].vantage = {1.0 / 3, 1e-300, 123456789.123456789};
  });
  auto second = snapshot.targets[0];
  second.name = "second";
  second.pings[0].rtt_sum_seconds = 1e17;
  second.pings[0].probes = std::uint64_t{1} << 53U;
  second.diversity.reset();
  snapshot.targets.push_back(second);
  return snapshot;
}

ProcessStatus rich_status() {
  ProcessStatus status;
  status.version = "1.2.3";
  status.target_sources = {{.source = "targets/*.yaml", .targets = 3, .failures = 1, .failing = true, .success = {}}};
  status.stream.emplace();
  StreamStatus::Partition partition;
  partition.pending = 7;
  partition.rejected = {{"malformed", 3}};
  partition.delays.assign(kDelayBucketsSeconds.size() + 1, 2);
  partition.delay_seconds = 0.1;
  status.stream->partitions = {partition, StreamStatus::Partition{}};
  status.stream->partitions[1].number = 1;
  status.stream->partitions[1].delays.resize(kDelayBucketsSeconds.size() + 1);
  return status;
}

void add_everything(const Scene& scene, SeriesSink& sink) {
  const ProcessStatus status = rich_status();
  add_process(status, sink);
  add_stream(*status.stream, sink);
  for (const auto families : {target_families(), upstream_families(), vantage_families()}) {
    for (const SnapshotFamily& family : families) {
      sink.begin(family.info);
      family.collect(scene, sink);
    }
  }
}

TEST(TextSink, SaysWhatPrometheusCppSaysOfAWholePage) {
  const auto snapshot = rich_snapshot();
  const Scene scene(snapshot);
  TextSink ours(0);
  LibrarySink theirs;
  add_everything(scene, ours);
  add_everything(scene, theirs);
  expect_same(std::move(ours).take(), theirs.text());
}

TEST(TextSink, SaysWhatPrometheusCppSaysOfAnyBytesAndNumbers) {
  std::mt19937_64 random(7);  // NOLINT: the same every time.
  const auto fill = [&](SeriesSink& sink) {
    random.seed(7);
    sink.begin({"any", "Anything.", Kind::gauge});
    for (std::uint64_t i = 0; i < 2000; ++i) {
      std::string value(random() % 40, '\0');
      for (char& c : value) c = static_cast<char>(random() % 4 == 0 ? "\\\"\n{"[random() % 4] : random() % 256);
      double number = 0;
      const std::uint64_t bits = random();
      std::memcpy(&number, &bits, sizeof number);
      sink.add({label_text("value", value), label_text("i", std::to_string(i))}, number);
    }
    for (const double number : {0.0, -0.0, 1.0, -1.0, 1e6, 9007199254740993.0, 1e22, -1e-7,
                                std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::denorm_min()}) {
      sink.add({}, number);
    }
  };
  TextSink ours(0);
  LibrarySink theirs;
  fill(ours);
  fill(theirs);
  expect_same(std::move(ours).take(), theirs.text());
}

TEST(TextSink, AnEmptyFamilyLeavesNoTrace) {
  TextSink sink(0);
  sink.begin({"nothing", "Nothing.", Kind::gauge});
  sink.begin({"something", "Something.", Kind::gauge});
  sink.add({}, 1.0);
  EXPECT_EQ(std::move(sink).take(), "# HELP something Something.\n# TYPE something gauge\nsomething 1\n");
}

TEST(SizeSink, KnowsTheSeriesAndNotTooFewBytes) {
  const auto snapshot = rich_snapshot();
  const Scene scene(snapshot);
  SizeSink size;
  TextSink text(0);
  add_everything(scene, size);
  add_everything(scene, text);
  const std::string body = std::move(text).take();
  EXPECT_EQ(size.series(), test::read_exposition(body).series.size());
  EXPECT_GE(size.bytes(), body.size());
  EXPECT_LE(size.bytes(), 2 * body.size());
}

TEST(LabelText, EndsALongValueBetweenTwoCharacters) {
  const std::string fits(kLongestLabel, 'x');
  EXPECT_EQ(label_text("a", fits), "a=\"" + fits + "\"");
  EXPECT_EQ(label_text("a", fits + "y"), "a=\"" + fits + "...\"");
  // U+20AC has three bytes, and 256 is no multiple of three.
  std::string euros;
  for (int i = 0; i < 100; ++i) euros += "\xE2\x82\xAC";
  EXPECT_EQ(label_text("a", euros), "a=\"" + euros.substr(0, 255) + "...\"");
  EXPECT_EQ(label_text("a", std::string(1000, '\x80')), "a=\"...\"");
}

}  // namespace
}  // namespace isthmus::telemetry
