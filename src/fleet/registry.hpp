#pragma once
// Who is still there to be called back. The NATS library calls on threads of its own and may do so after its objects
// were destroyed: what it is given is a number, and whoever has gone is not found by it any more. Any thread.

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace isthmus::fleet {

template <typename T>
class Registry {
 public:
  /// What to give to the library.
  static void* add(T& object) {
    const std::lock_guard lock(mutex());
    const std::uintptr_t number = ++last();
    objects().emplace(number, &object);
    return reinterpret_cast<void*>(number);
  }
  /// Waits for a call that is under way. Precondition: the caller holds no lock that such a call takes.
  static void remove(void* token) {
    const std::lock_guard lock(mutex());
    objects().erase(reinterpret_cast<std::uintptr_t>(token));
  }
  template <typename Use>
  static void with(void* token, Use use) {
    const std::lock_guard lock(mutex());
    const auto found = objects().find(reinterpret_cast<std::uintptr_t>(token));
    if (found != objects().end()) use(*found->second);
  }

 private:
  static std::mutex& mutex() {
    static std::mutex the_one;
    return the_one;
  }
  static std::unordered_map<std::uintptr_t, T*>& objects() {
    static std::unordered_map<std::uintptr_t, T*> all;
    return all;
  }
  static std::uintptr_t& last() {
    static std::uintptr_t number = 0;
    return number;
  }
};

}  // namespace isthmus::fleet
