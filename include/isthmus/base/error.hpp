#pragma once
// Expected failures (parse, socket, configuration) as values. Immutable value types; any thread.

#include <string>

namespace isthmus {

/// What class of thing went wrong; callers branch on this, people read the rest.
enum class ErrorCode {
  invalid_argument,   ///< The caller's or the user's input is malformed.
  parse_failed,       ///< A file or message does not follow its format.
  not_found,          ///< A file, namespace, interface or record does not exist.
  permission_denied,  ///< A capability or file permission is missing.
  refused,            ///< A safety rule forbids it (deny list, required namespace).
  io_failed,          ///< The operating system said no.
  busy,               ///< Somebody else holds it (a locked database, a port in use).
};

/// An expected failure: which operation failed and what to tell a person, including how to mend it.
struct Error {
  ErrorCode code{ErrorCode::invalid_argument};
  std::string operation;  ///< What was being done, e.g. "open raw socket in namespace vp-frankfurt".
  std::string detail;     ///< Why it failed and what to do about it.
};

[[nodiscard]] const char* to_string(ErrorCode code);

/// "operation: detail", for logs and terminals.
[[nodiscard]] std::string to_string(const Error& error);

/// The error of a failed system call, with errno's text in `detail`.
[[nodiscard]] Error system_error(std::string operation, int error_number);

}  // namespace isthmus
