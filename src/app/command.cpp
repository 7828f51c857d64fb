#include "app/command.hpp"

#include <iostream>

namespace isthmus::app {

int fail(const std::string& text) {
  std::cerr << "isthmus: " << text << std::endl;
  return kFailure;
}

}  // namespace isthmus::app
