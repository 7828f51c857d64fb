#include "app/output_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include "app/command.hpp"

namespace isthmus::app {

int write_to(const std::string& file, const std::string& text) {
  if (file == "-") {
    std::cout << text << std::flush;
    return std::cout ? kSuccess : fail("standard output cannot be written");
  }
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  return out ? kSuccess : fail("write " + file + ": " + std::strerror(errno));
}

}  // namespace isthmus::app
