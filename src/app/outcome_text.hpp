#pragma once
// What became of a probe, in a few words for a person. Pure functions; any thread.

#include <string>

#include "isthmus/model/observation.hpp"

namespace isthmus::app {

/// Why a packet did not leave, from its errno: "no route".
[[nodiscard]] std::string why_not_sent(int error_number);

/// What a ping without an answer is called, at most 11 columns: "timeout", "!host" (ICMP, as traceroute writes it),
/// "no route". Empty when the outcome is an answer of `address`.
[[nodiscard]] std::string fault_of(const Outcome& outcome, const IpAddress& address);

/// What all these marks mean, a line each.
[[nodiscard]] const char* fault_help();

}  // namespace isthmus::app
