#include "app/flow_chart.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace isthmus::app {
namespace {

struct Flow {
  std::uint32_t vantage;
  std::uint32_t upstream;  // 0: not known.
  double share{1};
};

Block block(int number) { return Block::of(IpAddress::v4(0xC6120000U + (static_cast<std::uint32_t>(number) << 8))); }

InferredBlock carried(int number, std::uint32_t target, const std::vector<Flow>& flows) {
  InferredBlock block{.block = isthmus::app::block(number), .target = {Asn{target}, "net" + std::to_string(target)}};
  for (const Flow& flow : flows) {
    block.from.push_back({.vantage = {Asn{flow.vantage}, ""},
                          .upstream = Asn{flow.upstream},
                          .confidence = Confidence::a,
                          .share = flow.share});
    if (flow.upstream != 0) block.upstreams.push_back({.as = {Asn{flow.upstream}, "Carrier <&>"}});
  }
  return block;
}

FlowChart chart_of(const std::vector<InferredBlock>& blocks) {
  FlowChartBuilder builder;
  for (const InferredBlock& block : blocks) builder.add(block);
  return builder.build();
}

double weight(const std::vector<FlowChart::Edge>& edges) {
  double all = 0;
  for (const FlowChart::Edge& edge : edges) all += edge.weight;
  return all;
}

std::vector<std::string> labels(const std::vector<FlowChart::Node>& nodes) {
  std::vector<std::string> all;
  for (const FlowChart::Node& node : nodes) all.push_back(node.label);
  return all;
}

TEST(FlowChart, EachBlockWeighsOneHoweverManySeeIt) {
  const FlowChart chart = chart_of({carried(1, 9, {{1, 10}, {2, 10, 0.5}, {2, 20, 0.5}}), carried(2, 9, {{1, 20}})});
  EXPECT_DOUBLE_EQ(weight(chart.in), 2);
  EXPECT_DOUBLE_EQ(weight(chart.out), 2);
  EXPECT_DOUBLE_EQ(chart.rows[0].weight, 1);
  // 20 carries a quarter of the first block and all of the second.
  EXPECT_EQ(chart.upstreams[0].asn, Asn{20});
  EXPECT_DOUBLE_EQ(chart.upstreams[0].weight, 1.25);
  EXPECT_EQ(chart.vantage_count, 2u);
}

TEST(FlowChart, WhatIsUnknownComesLastAndWeighsWhatItIs) {
  const FlowChart chart = chart_of({carried(1, 9, {{1, 0}}), carried(2, 9, {{1, 0}}), carried(3, 9, {{1, 10}})});
  EXPECT_EQ(labels(chart.upstreams), (std::vector<std::string>{"AS10 Carrier <&>", "unknown"}));
  EXPECT_DOUBLE_EQ(chart.upstreams[1].weight, 2);
}

TEST(FlowChart, ABlockSeenFromInsideOnlyIsLeftOut) { EXPECT_EQ(chart_of({carried(1, 9, {})}).blocks, 0u); }

TEST(FlowChart, FortyBlocksStandForThemselves) {
  std::vector<InferredBlock> blocks;
  for (int i = 0; i < 40; ++i) blocks.push_back(carried(i, 9, {{1, 10}}));
  const FlowChart chart = chart_of(blocks);
  EXPECT_EQ(chart.rows.size(), 40u);
  EXPECT_EQ(chart.rows[3].label, "198.18.3.0/24");
}

TEST(FlowChart, MoreAreGroupedByNetworkAndUpstreams) {
  std::vector<InferredBlock> blocks;
  for (int i = 0; i < 60; ++i)
    blocks.push_back(carried(i, 9, i % 3 == 0 ? std::vector<Flow>{{1, 10}, {2, 20}} : std::vector<Flow>{{1, 20}}));
  const FlowChart chart = chart_of(blocks);
  EXPECT_EQ(labels(chart.rows),
            (std::vector<std::string>{"40 blocks of net9 by AS20", "20 blocks of net9 by AS10 + AS20"}));
  EXPECT_DOUBLE_EQ(chart.rows[0].weight, 40);
  EXPECT_EQ(chart.blocks, 60u);
}

TEST(FlowChart, FromTooManyNetworksAreGroupedByTheirMainUpstream) {
  std::vector<InferredBlock> blocks;
  for (int i = 0; i < 60; ++i)
    blocks.push_back(carried(i, 100 + static_cast<std::uint32_t>(i), {{1, i < 45 ? 10U : 0U}}));
  EXPECT_EQ(labels(chart_of(blocks).rows),
            (std::vector<std::string>{"45 blocks mostly by AS10 Carrier <&>", "15 blocks mostly by unknown"}));
}

TEST(FlowChart, TooManyVantagePointsAndUpstreamsShareOneNode) {
  std::vector<InferredBlock> blocks;
  for (std::uint32_t i = 0; i < 30; ++i) blocks.push_back(carried(static_cast<int>(i), 9, {{1 + i, 100 + i}, {99, 0}}));
  const FlowChart chart = chart_of(blocks);
  EXPECT_EQ(chart.vantages.size(), 24u);
  EXPECT_EQ(chart.vantages.front().label, "AS99");
  EXPECT_EQ(chart.vantages.back().label, "8 more vantage ASes");
  EXPECT_EQ(chart.upstreams.size(), 25u);
  EXPECT_EQ(chart.upstreams[23].label, "7 more upstreams");
  EXPECT_EQ(chart.upstreams[24].label, "unknown");
  EXPECT_NEAR(weight(chart.in), 30, 1e-9);
  EXPECT_NEAR(weight(chart.out), 30, 1e-9);
}

TEST(FlowChart, NamesNeverBreakThePictures) {
  const FlowChart chart = chart_of({carried(1, 9, {{1, 10}})});
  const std::string svg = flow_chart_svg(chart);
  EXPECT_NE(svg.find("Carrier &lt;&amp;&gt;"), std::string::npos);
  EXPECT_EQ(svg.find("Carrier <"), std::string::npos);
  EXPECT_NE(flow_chart_dot(chart).find("\"AS10 Carrier <&>\""), std::string::npos);
}

TEST(FlowChart, EdgesAreAsWideAsTheirShare) {
  // Two vantage ASes, three of whose four flows go by 10.
  const std::string dot = flow_chart_dot(chart_of({carried(1, 9, {{1, 10}, {2, 10, 0.5}, {2, 20, 0.5}})}));
  EXPECT_NE(dot.find("u0 -> b0 [label=\"75 %\", penwidth=4.0, style=solid]"), std::string::npos) << dot;
  EXPECT_NE(dot.find("v1 -> u1 [label=\"50 %\""), std::string::npos) << dot;
}

}  // namespace
}  // namespace isthmus::app
