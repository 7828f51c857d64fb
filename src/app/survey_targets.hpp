#pragma once
// From prefixes, addresses and files of them to the addresses that a survey probes. Reads files; any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::app {

/// Most addresses of one survey: two for each /24 of the IPv4 internet.
inline constexpr std::size_t kMaxSurveyTargets = std::size_t{1} << 25;

/// Addresses of a prefix, `count` in each of its blocks: the first host, then others spread over the block. The same
/// prefix always gives the same addresses, so that a survey can be taken up again.
[[nodiscard]] Result<std::vector<IpAddress>> addresses_of(const Prefix& prefix, std::size_t count);

/// Each word is a prefix, an address, or the name of a file with one of those a line; blank lines and what follows `#`
/// are ignored. An error in a file names the line.
[[nodiscard]] Result<std::vector<IpAddress>> read_survey_targets(const std::vector<std::string>& words,
                                                                 std::size_t addresses_in_block);

}  // namespace isthmus::app
