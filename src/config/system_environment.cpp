#include <net/if.h>

#include <cstdlib>
#include <filesystem>

#include "isthmus/config/load.hpp"

namespace isthmus::config {

Environment system_environment() {
  Environment environment;
  environment.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  environment.netns_exists = [](const std::string& name) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::path("/run/netns") / name, ignored);
  };
  environment.interface_exists = [](const std::string& name) { return if_nametoindex(name.c_str()) != 0; };
  return environment;
}

}  // namespace isthmus::config
