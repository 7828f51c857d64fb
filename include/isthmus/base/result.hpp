#pragma once
// Result<T>: a value or an Error. `if (!r) return r.error();` is the way to pass one on; `.value()` on an error is
// a bug and throws std::runtime_error. Value type; any thread.

#include <boost/system/result.hpp>
#include <stdexcept>

#include "isthmus/base/error.hpp"

namespace isthmus {

template <typename T>
using Result = boost::system::result<T, Error>;

/// Found by ADL from boost::system::result::value().
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(to_string(error));
}

}  // namespace isthmus
