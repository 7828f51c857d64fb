#include "isthmus/formats/snapshot_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "unit/formats/sample_snapshot.hpp"

namespace isthmus::formats {
namespace {

namespace json = boost::json;

TEST(SnapshotJson, TargetsHaveStateUpstreamsAndBlocks) {
  const json::value value = json::parse(targets_json(test::sample_snapshot()));
  EXPECT_EQ(value.at("time").as_string(), "2017-10-01T09:07:51.000Z");
  const auto& target = value.at("targets").at(0);
  EXPECT_EQ(target.at("target").as_string(), "peninsula");
  EXPECT_EQ(target.at("asn").to_number<int>(), 64511);
  EXPECT_EQ(target.at("state").as_string(), "degraded");
  EXPECT_EQ(target.at("upstream_count").to_number<int>(), 1);
  EXPECT_EQ(target.at("upstreams").at(0).at("name").as_string(), "Transit \"One\" <b>");
  EXPECT_TRUE(target.at("upstreams").at(1).at("name").is_null());
  EXPECT_DOUBLE_EQ(target.at("upstreams").at(0).at("share").at("vantage").at("low").to_number<double>(), 0.375);
  EXPECT_DOUBLE_EQ(target.at("upstreams").at(0).at("share").at("flow").at("high").to_number<double>(), 0.75);
  EXPECT_EQ(target.at("events").at("block_down").to_number<int>(), 3);
  EXPECT_EQ(target.at("events").as_object().size(), kEventKinds.size());
  const auto& block = target.at("blocks").at(1);
  EXPECT_EQ(block.at("block").as_string(), "198.51.100.0/24");
  EXPECT_EQ(block.at("target").as_string(), "peninsula");
  EXPECT_EQ(block.at("state").as_string(), "down");
  EXPECT_DOUBLE_EQ(block.at("unknown_share").to_number<double>(), 0.5);
  EXPECT_EQ(block.at("redundancy").as_string(), "never");
  EXPECT_EQ(target.at("redundancy").as_string(), "never");
  EXPECT_EQ(block.at("vantages").at(0).at("vantage").as_string(), "frankfurt");
  EXPECT_EQ(block.at("vantages").at(0).at("voting").as_bool(), true);
  EXPECT_EQ(block.at("vantages").at(0).at("state").as_string(), "down");
  EXPECT_EQ(block.at("vantages").at(1).at("vantage").as_string(), "tokyo");
  EXPECT_EQ(block.at("vantages").at(1).at("voting").as_bool(), false);
}

TEST(SnapshotJson, TargetsAndBlocksTellWhatHangsOnWhat) {
  const json::value value = json::parse(targets_json(test::sample_snapshot()));
  const auto& target = value.at("targets").at(0);
  for (const json::value* place : {&target, &target.at("blocks").at(0)}) {
    EXPECT_EQ(place->at("min_cut_as").to_number<int>(), 1);
    EXPECT_EQ(place->at("min_cut_router").to_number<int>(), 2);
    EXPECT_EQ(place->at("min_cut_router_low").to_number<int>(), 1);
    EXPECT_EQ(place->at("disjoint_paths_as").to_number<int>(), 1);
    EXPECT_EQ(place->at("disjoint_paths_router").to_number<int>(), 2);
    EXPECT_EQ(place->at("chokepoints").at(0).at("asn").to_number<int>(), 64499);
    EXPECT_EQ(place->at("chokepoints").at(0).at("name").as_string(), "Carrier <b>");
    EXPECT_EQ(place->at("router_chokepoints").at(0).at("address").as_string(), "203.0.113.254");
    EXPECT_EQ(place->at("router_chokepoints").at(0).at("asn").to_number<int>(), 64511);
  }
  EXPECT_EQ(target.at("as_hegemony").as_array().size(), 7u);
  EXPECT_DOUBLE_EQ(target.at("as_hegemony").at(1).at("score").to_number<double>(), 0.5);
  EXPECT_TRUE(target.at("as_hegemony").at(2).at("name").is_null());
  EXPECT_EQ(target.at("as_hegemony_vantage_ases").to_number<int>(), 2);
  EXPECT_EQ(target.at("blocks_on_one_as").to_number<int>(), 1);
  EXPECT_EQ(target.at("blocks_with_known_ways").to_number<int>(), 1);
}

TEST(SnapshotJson, WhereNoWayIsKnownNoCutIs) {
  auto snapshot = test::sample_snapshot();
  test::change(snapshot.targets, 0, [](auto& target) { target.diversity.reset(); });
  const json::value value = json::parse(targets_json(snapshot));
  const auto& target = value.at("targets").at(0);
  for (const json::value* place : {&target, &target.at("blocks").at(1)}) {
    for (const char* key : {"min_cut_as", "min_cut_router", "min_cut_router_low", "disjoint_paths_as"}) {
      EXPECT_TRUE(place->at(key).is_null()) << key;
    }
    EXPECT_TRUE(place->at("chokepoints").as_array().empty());
  }
}

TEST(SnapshotJson, TargetFilterLeavesOutTheOthers) {
  auto snapshot = test::sample_snapshot();
  auto island = snapshot.targets[0];
  island.name = "island";
  snapshot.targets.push_back(island);
  EXPECT_EQ(json::parse(targets_json(snapshot)).at("targets").as_array().size(), 2u);
  const json::value one = json::parse(targets_json(snapshot, "island"));
  ASSERT_EQ(one.at("targets").as_array().size(), 1u);
  EXPECT_EQ(one.at("targets").at(0).at("target").as_string(), "island");
  EXPECT_TRUE(json::parse(paths_json(snapshot, "nowhere")).at("paths").as_array().empty());
}

TEST(SnapshotJson, UpstreamsNameTheBlocksTheyCarry) {
  const json::value value = json::parse(upstreams_json(test::sample_snapshot()));
  ASSERT_EQ(value.at("upstreams").as_array().size(), 2u);
  const auto& first = value.at("upstreams").at(0);
  EXPECT_EQ(first.at("target").as_string(), "peninsula");
  ASSERT_EQ(first.at("blocks").as_array().size(), 1u);
  EXPECT_EQ(first.at("blocks").at(0).as_string(), "203.0.113.0/24");
  EXPECT_TRUE(value.at("upstreams").at(1).at("blocks").as_array().empty());
}

TEST(SnapshotJson, PathsLabelEveryHopAndKeepSilence) {
  const json::value value = json::parse(paths_json(test::sample_snapshot()));
  const auto& path = value.at("paths").at(0);
  EXPECT_EQ(path.at("vantage").as_string(), "frankfurt");
  EXPECT_EQ(path.at("destination").as_string(), "203.0.113.71");
  EXPECT_EQ(path.at("upstream_asn").to_number<int>(), 64496);
  EXPECT_EQ(path.at("rule").as_string(), "last_foreign_hop");
  ASSERT_EQ(path.at("hops").as_array().size(), 5u);
  EXPECT_EQ(path.at("hops").at(0).at("asn").to_number<int>(), 64496);
  EXPECT_EQ(path.at("hops").at(4).at("name").as_string(), "Peninsula");
  EXPECT_DOUBLE_EQ(path.at("hops").at(0).at("rtt_seconds").to_number<double>(), 0.001234567);
  for (const char* key : {"address", "rtt_seconds", "asn", "name"}) {
    EXPECT_TRUE(path.at("hops").at(1).at(key).is_null()) << key;
  }
}

TEST(SnapshotJson, PathsSurviveMissingData) {
  auto snapshot = test::sample_snapshot();
  snapshot.label = nullptr;
  const json::value value = json::parse(paths_json(snapshot));
  EXPECT_TRUE(value.at("paths").at(0).at("hops").at(0).at("asn").is_null());
}

TEST(SnapshotJson, VantagesTellWhyTheyCannotSee) {
  const json::value value = json::parse(vantages_json(test::sample_snapshot()));
  EXPECT_EQ(value.at("prefix_data").as_string(), "asn-ipv4.csv");
  const auto& frankfurt = value.at("vantages").at(0);
  EXPECT_EQ(frankfurt.at("last_observation").as_string(), "2017-10-01T09:07:50.500Z");
  EXPECT_EQ(frankfurt.at("prober").at("sent").at(1).at("probes").to_number<int>(), 250);
  EXPECT_EQ(frankfurt.at("prober").at("replies_invalid").at("bad_tag").to_number<int>(), 4);
  EXPECT_DOUBLE_EQ(frankfurt.at("prober").at("pacing_lag_seconds").to_number<double>(), 0.25);
  EXPECT_EQ(frankfurt.at("events").at("vantage_valid").to_number<int>(), 2);
  const auto& tokyo = value.at("vantages").at(1);
  EXPECT_EQ(tokyo.at("state").as_string(), "invalid");
  EXPECT_EQ(tokyo.at("reason").as_string(), "0 of 3 control addresses answer");
  EXPECT_TRUE(tokyo.at("last_observation").is_null());
  EXPECT_TRUE(tokyo.at("prober").is_null());
}

}  // namespace
}  // namespace isthmus::formats
