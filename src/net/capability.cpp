#include "net/capability.hpp"

#include <memory>
#include <utility>

namespace isthmus::net {
namespace {

struct CapFree {
  void operator()(void* memory) const { ::cap_free(memory); }
};

}  // namespace

bool raise_capability(cap_value_t capability) {
  const std::unique_ptr<std::remove_pointer_t<cap_t>, CapFree> state(::cap_get_proc());
  if (!state) return false;
  cap_flag_value_t value = CAP_CLEAR;
  if (::cap_get_flag(state.get(), capability, CAP_EFFECTIVE, &value) == 0 && value == CAP_SET) return true;
  if (::cap_get_flag(state.get(), capability, CAP_PERMITTED, &value) != 0 || value != CAP_SET) return false;
  return ::cap_set_flag(state.get(), CAP_EFFECTIVE, 1, &capability, CAP_SET) == 0 && ::cap_set_proc(state.get()) == 0;
}

Error missing_capability(std::string operation, cap_value_t capability) {
  // setcap replaces what a file had: who must enter namespaces is told of both, or would go round in circles.
  const bool raw = capability == CAP_NET_RAW;
  const std::string name = raw ? "CAP_NET_RAW" : "CAP_SYS_ADMIN";
  const std::string file = raw ? "cap_net_raw" : "cap_net_raw,cap_sys_admin";
  const std::string unit = raw ? "CAP_NET_RAW" : "CAP_NET_RAW CAP_SYS_ADMIN";
  const std::string docker = raw ? "--cap-add NET_RAW" : "--cap-add NET_RAW --cap-add SYS_ADMIN";
  return Error{ErrorCode::permission_denied, std::move(operation),
               name + " is missing; give it with 'setcap " + file +
                   "+p $(command -v isthmus)', with 'AmbientCapabilities=" + unit +
                   "' in a systemd unit, with 'docker run " + docker + "', or run as root"};
}

}  // namespace isthmus::net
