// Built in place of kernel_way.cpp where clang or libbpf is missing.

#include <stdexcept>

#include "support/responder/responder.hpp"

namespace isthmus::responder {

std::unique_ptr<Responder> make_kernel_responder(const std::string&, const WorldSettings&) {
  throw std::runtime_error(
      "built without clang and libbpf-dev, so there is no way through the kernel; use --way socket");
}

}  // namespace isthmus::responder
