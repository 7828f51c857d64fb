#pragma once
// Which address packets to a destination leave from, by asking the kernel's own look-up; answers are remembered for
// some seconds. One thread.

#include <optional>
#include <string>
#include <unordered_map>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "net/file_descriptor.hpp"

namespace isthmus::net {

class SourceFinder {
 public:
  /// Call inside the vantage point's namespace.
  [[nodiscard]] static Result<SourceFinder> open(const Binding& binding);

  /// Nothing when there is no route.
  [[nodiscard]] std::optional<IpAddress> source_for(const IpAddress& destination);

  struct InterfaceState {
    int index{0};  ///< 0: there is none.
    bool up{false};
  };
  /// In the namespace it was opened in, from whichever thread.
  [[nodiscard]] InterfaceState state_of(const std::string& interface) const;

 private:
  struct Answer {
    std::optional<IpAddress> source;
    Instant asked{};
  };

  SourceFinder(FileDescriptor v4, FileDescriptor v6, std::optional<IpAddress> source)
      : v4_(std::move(v4)), v6_(std::move(v6)), source_(source) {}
  [[nodiscard]] std::optional<IpAddress> ask_kernel(const IpAddress& destination) const;

  FileDescriptor v4_;
  FileDescriptor v6_;
  std::optional<IpAddress> source_;
  std::unordered_map<IpAddress, Answer> answers_;
};

}  // namespace isthmus::net
