#pragma once
// What an agent keeps in its spool's folder besides the spools: who it is, how often it has started, and what each of
// its vantage points was assigned last. One process at a time; each function may be called from any thread.

#include <cstdint>
#include <optional>
#include <string>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"

namespace isthmus::app {

/// Random, made at the first call and the same ever after.
[[nodiscard]] Result<std::string> installation_of(const std::string& folder);

/// Of this start: the time in nanoseconds, or more than the last one where the clock was set back.
[[nodiscard]] Result<std::uint64_t> next_boot(const std::string& folder, Timestamp now);

/// Nothing when there is none.
[[nodiscard]] Result<std::optional<std::string>> read_kept_assignment(const std::string& folder,
                                                                      const std::string& vantage);
[[nodiscard]] Result<void> keep_assignment(const std::string& folder, const std::string& vantage,
                                           const std::string& bytes);

[[nodiscard]] std::string spool_path(const std::string& folder, const std::string& vantage);

}  // namespace isthmus::app
