#pragma once
// Runs one multipath search over real sockets. Main thread only.

#include "app/progress.hpp"
#include "isthmus/base/result.hpp"
#include "isthmus/net/packet_io.hpp"
#include "isthmus/probes/multipath.hpp"

namespace isthmus::app {

/// Until the search has finished, the user has pressed Ctrl-C, or `limit` has passed; what is known by then. Fails when
/// the settings are refused, or when there is no route. `settings.source` is filled in here; `bar` shows how far it is.
[[nodiscard]] Result<probes::MultipathResult> run_multipath(net::PacketIo& io, probes::MultipathSettings settings,
                                                            Duration limit, ProgressBar& bar);

}  // namespace isthmus::app
