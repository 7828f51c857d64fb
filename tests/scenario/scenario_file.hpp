#pragma once
// Scenarios as readable text: a small world, a timeline of causes, and what isthmus should say of each.
//
//   ping 2s | trace 2s | flows 6 | loss 0.05 | end 600s            settings, times from the start
//   prefix 219.158.0.0/16 4837 China Unicom                        what maps to which network
//   vantage us 7018 12.0.1.1 144.232.4.1                           name, AS, routers up to its transit
//   upstream 4837 219.158.3.2 103.35.255.254 * 175.45.179.250      routers from the transit to the host, * is silent
//   block 175.45.176.0/24 175.45.176.71 175.45.176.15              block and its hosts
//   target north-korea 131279 175.45.176.0/22
//   control 193.0.0.193
//   start carry 175.45.176.0/24 4837                               routes before the first second
//   begin 2017-10-01T07:00:00Z | packets 3                         first second; packets a ping and a hop (default:
//   one) at 60s TITLE | at 2017-10-01T09:07:51Z TITLE
//     do carry 175.45.176.0/24 20485 us germany                    route of a block from some vantage points (none:
//     all) do cut 175.45.176.0/24 us                                    no route any more do blind us | do sight us |
//     do silence us | do speak us      no packet gets through | the prober says nothing do host-off 175.45.176.71 | do
//     host-on 175.45.176.71 | do loss 0.05 do restart 120s | do sleep 300s                              the core is
//     off, or gets no time at all expect block_down 175.45.176.0/24 | expect upstream_lost 175.45.176.0/24 20485 |
//     expect vantage_invalid us state 175.45.176.0/24 down | state target up | upstreams 2   how it stands just before
//     the next `at` within 12s                                                   how long the events may take; else the
//     bar
//
// Between one `at` and the next exactly the expected events must be raised, in any order.

#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::scenario {

struct Words {
  int line{0};
  std::vector<std::string> words;
};

struct Cause {
  int line{0};
  Duration at{};
  std::string title;
  std::vector<Words> actions;
  std::vector<std::string> expected;  ///< Sorted, as event_key() spells them.
  std::vector<Words> states;
  Duration within{};
};

struct VantageSpec {
  std::string name;
  Asn asn;
  std::vector<IpAddress> routers;
};

struct UpstreamSpec {
  Asn asn;
  std::vector<std::string> routers;  ///< Addresses or "*".
};

struct BlockSpec {
  Block block;
  std::vector<IpAddress> hosts;
};

struct PrefixSpec {
  Prefix prefix;
  Asn asn;
  std::string name;
};

struct Scenario {
  Timestamp begin{};
  Duration ping_interval{std::chrono::seconds(2)};
  Duration trace_interval{std::chrono::seconds(2)};
  int flows{6};
  int packets{1};  ///< Of a ping, and of a trace to each hop; with one, a silent hop gets a second.
  double loss{0};
  Duration end{};
  std::string target;
  Asn target_asn;
  Prefix target_prefix;
  std::vector<Asn> expected_upstreams;  ///< As the operator lists them when it begins.
  std::vector<PrefixSpec> prefixes;
  std::vector<VantageSpec> vantages;
  std::vector<UpstreamSpec> upstreams;
  std::vector<BlockSpec> blocks;
  std::vector<IpAddress> controls;
  std::vector<Words> start;
  std::vector<Cause> causes;
};

/// Throws std::runtime_error naming file and line: a scenario with a mistake is a bug of the test.
Scenario read_scenario(const std::string& path);

}  // namespace isthmus::scenario
