#pragma once
// Names to addresses for the one-shot commands: all at once, so that one that hangs holds up no other, and again while
// the probing goes on. A name that does not resolve is an outcome, not an end. Main thread, unless said otherwise.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::app {

/// One thing to probe: what the user wrote and the address it stands for.
struct NamedAddress {
  std::string name;
  IpAddress address;
  friend bool operator==(const NamedAddress&, const NamedAddress&) = default;
};

/// What became of one name.
struct ResolvedName {
  std::string name;
  std::vector<IpAddress> addresses;  ///< In the order of the system's preference (RFC 6724).
  std::string problem;               ///< Why there are none.
};

/// Resolves names, each once, in their order. Addresses stand for themselves. `family` leaves the others out.
[[nodiscard]] std::vector<ResolvedName> resolve_names(const std::vector<std::string>& names,
                                                      std::optional<Family> family);

/// Takes over what was found out about names. An address stays as long as its name still has it, or has none at
/// present: neither taking turns among addresses nor a name server that is away is a change. True when one changed.
bool follow_names(const std::vector<ResolvedName>& found, std::vector<NamedAddress>& targets);

/// Resolves names again every `interval` on a thread of its own. Any thread may own it.
class NameWatch {
 public:
  /// `wake` is called, from another thread, when there is something to take; never after the destructor.
  NameWatch(std::vector<std::string> names, std::optional<Family> family, Duration interval,
            std::function<void()> wake);
  /// Does not wait for a look-up that hangs.
  ~NameWatch();
  NameWatch(const NameWatch&) = delete;
  NameWatch& operator=(const NameWatch&) = delete;

  /// What was found out since the last call.
  std::optional<std::vector<ResolvedName>> take();

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
};

}  // namespace isthmus::app
