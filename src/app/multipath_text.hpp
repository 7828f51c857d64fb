#pragma once
// What `isthmus trace --mda` found, as text for people, as a line of JSON and as a DOT graph. Pure functions.
//
// JSON, one object a target:
//   {"kind":"multipath","vantage","target","source","destination","protocol","algorithm":"mda-lite"|"mda",
//    "confidence":0.95,"vertex_failure_bound":0.0253,"started","ended","complete","reached","loop",
//    "probes","flows","weak_replies","send_failures","invalid_replies","switched_ttls":[2],
//    "vertices":[{"id":0,"ttl":1,"address":"192.0.2.1"|null,"asn":64500|null,"flows":14,"ended":0,"rtt_ms":0.045|null}],
//    "links":[{"near":0,"far":1,"flows":7}],"gaps":[the same where one end or both were silent],
//    "diamonds":[{"first_ttl":1,"last_ttl":3|null,"width":2,"meshed":false,"asymmetric":false}]}
// `near` and `far` are ids. `complete` is false when flows or time ran out before the stopping points were reached.

#include <string>

#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/probes/multipath.hpp"

namespace isthmus::app {

struct MultipathReport {
  std::string vantage;
  std::string target;
  probes::MultipathResult result;
};

[[nodiscard]] std::string multipath_text(const MultipathReport& report, const ip2as::PrefixTable& names);
[[nodiscard]] std::string multipath_json(const MultipathReport& report, const ip2as::PrefixTable& names);
[[nodiscard]] std::string multipath_dot(const MultipathReport& report, const ip2as::PrefixTable& names);

}  // namespace isthmus::app
