#pragma once
// Addresses to host names (reverse DNS) for live views, without ever waiting: a name that is not known yet comes later.
// Used by one thread; look-ups run on threads of their own.

#include <memory>
#include <string>

#include "isthmus/model/address.hpp"

namespace isthmus::app {

class HostNames {
 public:
  HostNames();
  /// Does not wait for a look-up that hangs.
  ~HostNames();
  HostNames(const HostNames&) = delete;
  HostNames& operator=(const HostNames&) = delete;

  /// The name, as the resolver wrote it; empty while it is looked up, and where there is none. Each address is asked
  /// for once.
  [[nodiscard]] std::string name_of(const IpAddress& address);

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
};

}  // namespace isthmus::app
