#pragma once
// The history of a target as text for a terminal. Pure functions; any thread.

#include <functional>
#include <string>
#include <vector>

#include "isthmus/resilience/daily.hpp"
#include "isthmus/resilience/late.hpp"
#include "isthmus/resilience/path_change.hpp"

namespace isthmus::app {

/// The organisation of an AS; empty when unknown.
using NameOf = std::function<std::string(Asn)>;

/// A line a day, oldest first, and one for all of them. Days on which nothing was seen are named, too.
[[nodiscard]] std::string history_text(const resilience::HistoryQuery& query, const resilience::History& history,
                                       const NameOf& name_of);

/// Two lines a change, before and after, and one for each hour in which more were counted.
[[nodiscard]] std::string path_changes_text(const resilience::PathChanges& changes, const NameOf& name_of);

}  // namespace isthmus::app
