#pragma once
// The options by which a command is told where data about networks lies; every command that tells whose routers it
// sees has the same ones. Main thread only.

#include <memory>

#include "isthmus/base/result.hpp"
#include "isthmus/ip2as/load.hpp"

namespace CLI {
class App;
}

namespace isthmus::app {

/// How several files of one kind are given. Where a command takes words of its own, what follows an option's file must
/// not be taken for another one.
enum class Several { after_one_option, by_repeating_it };

/// --ip2as, --registry, --overrides, --as-rel, --as2org, --cones and --ixp.
void add_data_options(CLI::App& command, ip2as::DataFiles& files, Several several);

/// Empty data when there are no files. What is wrong with single records goes to standard error, and how many there
/// were to `bad` when it is given.
[[nodiscard]] Result<std::shared_ptr<const ip2as::NetworkData>> load_data(const ip2as::DataFiles& files,
                                                                          std::uint64_t* bad = nullptr);

}  // namespace isthmus::app
