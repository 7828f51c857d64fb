#pragma once
// Unpacks gzip (RFC 1952), all members one after the other, a piece at a time.

#include <memory>
#include <string_view>

#include "ip2as/byte_source.hpp"

namespace isthmus::ip2as {

[[nodiscard]] bool is_gzip(std::string_view bytes);

/// `packed` is a source whose bytes begin as is_gzip demands.
[[nodiscard]] std::unique_ptr<ByteSource> unpack_gzip(std::unique_ptr<ByteSource> packed);

}  // namespace isthmus::ip2as
