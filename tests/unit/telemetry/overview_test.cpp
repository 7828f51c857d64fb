#include "telemetry/overview.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "telemetry/seen_units.hpp"
#include "unit/formats/sample_snapshot.hpp"

namespace isthmus::telemetry {
namespace {

namespace json = boost::json;
using resilience::Snapshot;

json::value overview(const Snapshot& snapshot, const ProcessStatus& status = {}) {
  return json::parse(overview_json(snapshot, status));
}

// A path of that vantage point in the first block of the sample.
void add_path(Snapshot& snapshot, const char* vantage, Asn upstream) {
  Trace trace = test::sample_trace();
  trace.vantage = vantage;
  test::change(snapshot.targets, 0, [&](resilience::TargetView& target) {
    test::change(target.blocks, 0, [&](resilience::BlockView& block) {
      block.paths.push_back(
          {.trace = PackedTrace(trace), .upstream = upstream, .confidence = Confidence::a, .rule = "adjacent"});
    });
  });
}

double units(const json::value& place, std::uint32_t asn) {
  for (const json::value& item : place.at("units").as_array()) {
    const json::value& number = item.at("asn");
    if (number.is_null() ? asn == 0 : number.to_number<std::uint32_t>() == asn)
      return item.at("units").to_number<double>();
  }
  return 0;
}

TEST(Overview, TellsWhoCarriesWhatAsSeenFromWhere) {
  Snapshot snapshot = test::sample_snapshot();
  add_path(snapshot, "frankfurt", Asn{64500});  // Beside the sample's own, through AS64496: one of two flows.
  const json::value value = overview(snapshot);
  const auto& target = value.at("targets").at(0);
  EXPECT_EQ(target.at("target").as_string(), "peninsula");
  EXPECT_DOUBLE_EQ(units(target.at("blocks").at(0), 64496), 0.5);
  EXPECT_DOUBLE_EQ(units(target.at("blocks").at(0), 64500), 0.5);
  EXPECT_DOUBLE_EQ(units(target.at("blocks").at(1), 0), 1) << "no path: nobody can tell";
  EXPECT_DOUBLE_EQ(units(target, 64496), 0.5);
  EXPECT_DOUBLE_EQ(units(target, 0), 1);
  EXPECT_DOUBLE_EQ(units(value.at("vantages").at(0), 64496), 0.5);
  EXPECT_DOUBLE_EQ(units(value.at("vantages").at(0), 0), 1);
}

TEST(Overview, AVantagePointThatCannotSeeCountsForNothing) {
  Snapshot snapshot = test::sample_snapshot();
  add_path(snapshot, "tokyo", Asn{64500});
  const json::value value = overview(snapshot);
  EXPECT_DOUBLE_EQ(units(value.at("targets").at(0).at("blocks").at(0), 64500), 0);
  const auto& tokyo = value.at("vantages").at(1);
  EXPECT_TRUE(tokyo.at("units").as_array().empty());
  EXPECT_EQ(tokyo.at("state").as_string(), "invalid");
  EXPECT_EQ(tokyo.at("voting").as_bool(), false);
  EXPECT_EQ(tokyo.at("reason").as_string(), "0 of 3 control addresses answer");
}

TEST(Overview, TellsStatesRedundancyAndWhatHangsOnWhat) {
  Snapshot snapshot = test::sample_snapshot();
  test::change(snapshot.targets, 0, [](resilience::TargetView& target) {
    target.redundancy = resilience::Redundancy::lost;
    test::change(target.blocks, 0, [](resilience::BlockView& block) {
      block.redundancy = resilience::Redundancy::lost;
      block.upstreams.push_back(test::upstream_view(64500, "", State::down, 0));
    });
  });
  const json::value value = overview(snapshot);
  const auto& target = value.at("targets").at(0);
  EXPECT_EQ(target.at("redundancy").as_string(), "lost");
  EXPECT_EQ(target.at("blocks").at(0).at("redundancy").as_string(), "lost");
  EXPECT_EQ(target.at("blocks").at(1).at("redundancy").as_string(), "never");
  EXPECT_EQ(target.at("blocks").at(0).at("lost_upstreams").at(0).to_number<int>(), 64500);
  EXPECT_EQ(target.at("blocks_without_redundancy_they_had").to_number<int>(), 1);
  EXPECT_EQ(target.at("blocks_by_state").at("up").to_number<int>(), 1);
  EXPECT_EQ(target.at("blocks_by_state").at("down").to_number<int>(), 1);
  EXPECT_EQ(target.at("min_cut_as").to_number<int>(), 1);
  EXPECT_EQ(target.at("chokepoints").at(0).at("name").as_string(), "Carrier <b>");
  EXPECT_EQ(target.at("upstreams").at(0).at("name").as_string(), "Transit \"One\" <b>");
  EXPECT_DOUBLE_EQ(target.at("upstreams").at(0).at("share").at("low").to_number<double>(), 0.375);
}

TEST(Overview, CountsBlocksInsteadOfListingThemWhenThereAreMany) {
  Snapshot snapshot = test::sample_snapshot();
  test::change(snapshot.targets, 0, [](resilience::TargetView& target) {
    while (target.blocks.size() <= kMaxBlocksListed) target.blocks.push_back(target.blocks[0]);
  });
  const json::value value = overview(snapshot);
  EXPECT_EQ(value.at("blocks_listed").as_bool(), false);
  EXPECT_EQ(value.at("blocks").to_number<std::size_t>(), kMaxBlocksListed + 1);
  const auto& target = value.at("targets").at(0);
  EXPECT_TRUE(target.at("blocks").as_array().empty());
  EXPECT_EQ(target.at("blocks_by_state").at("up").to_number<std::size_t>(), kMaxBlocksListed);
  EXPECT_DOUBLE_EQ(units(target, 64496), kMaxBlocksListed);
}

TEST(Overview, TellsWhatIsWrongWithTheProcess) {
  ProcessStatus status;
  status.version = "1.2.3";
  status.config_reload_success = {};
  EXPECT_TRUE(overview(test::sample_snapshot(), status).at("warnings").as_array().empty());
  status.config_reload_successful = false;
  status.store_backlog = 12;
  const json::value value = overview(test::sample_snapshot(), status);
  EXPECT_EQ(value.at("version").as_string(), "1.2.3");
  EXPECT_EQ(value.at("warnings").as_array().size(), 2u);
  EXPECT_EQ(value.at("warnings").at(1).as_string(), "The store cannot be written; 12 events wait in memory.");
}

}  // namespace
}  // namespace isthmus::telemetry
