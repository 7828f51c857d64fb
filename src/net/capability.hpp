#pragma once
// Linux capabilities of the calling thread. A program file with `cap_net_raw+p` starts with the capability permitted
// but not effective; it is raised only on the short-lived threads that open sockets.

#include <sys/capability.h>

#include <string>

#include "isthmus/base/error.hpp"

namespace isthmus::net {

/// Makes the capability effective for the calling thread if it is permitted; whether it is effective now.
bool raise_capability(cap_value_t capability);

/// Says which capability is missing and how to give it.
[[nodiscard]] Error missing_capability(std::string operation, cap_value_t capability);

}  // namespace isthmus::net
