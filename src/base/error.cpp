#include "isthmus/base/error.hpp"

#include <system_error>

namespace isthmus {

const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid argument";
    case ErrorCode::parse_failed: return "parse failed";
    case ErrorCode::not_found: return "not found";
    case ErrorCode::permission_denied: return "permission denied";
    case ErrorCode::refused: return "refused";
    case ErrorCode::io_failed: return "I/O failed";
    case ErrorCode::busy: return "busy";
  }
  return "unknown";
}

std::string to_string(const Error& error) { return error.operation + ": " + error.detail; }

Error system_error(std::string operation, int error_number) {
  const std::error_code code(error_number, std::generic_category());
  ErrorCode kind = ErrorCode::io_failed;
  if (code == std::errc::operation_not_permitted || code == std::errc::permission_denied) {
    kind = ErrorCode::permission_denied;
  } else if (code == std::errc::no_such_file_or_directory || code == std::errc::no_such_device) {
    kind = ErrorCode::not_found;
  } else if (code == std::errc::address_in_use || code == std::errc::device_or_resource_busy) {
    kind = ErrorCode::busy;
  }
  return Error{kind, std::move(operation), code.message()};
}

}  // namespace isthmus
