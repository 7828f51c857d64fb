#pragma once
// A few network namespaces of a test's own, joined by veth pairs, with no link to the machine's namespace. Named after
// the process, so that tests can run beside each other; gone when the object is.

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace isthmus::lab {

class ClosedLab {
 public:
  ClosedLab() : id_(std::to_string(::getpid())) {}
  ClosedLab(const ClosedLab&) = delete;
  ClosedLab& operator=(const ClosedLab&) = delete;
  ~ClosedLab() {
    for (const std::string& name : namespaces_) {
      // A namespace that is gone already is as good as one deleted here.
      [[maybe_unused]] const int status = std::system(("ip netns del " + name + " 2>/dev/null").c_str());
    }
  }

  /// The full name of a namespace of this lab.
  [[nodiscard]] std::string name(const std::string& role) const { return "isthmus" + id_ + role; }

  std::string add(const std::string& role) {
    const std::string full = name(role);
    run("ip netns add " + full);
    namespaces_.push_back(full);
    run_in(role, "ip link set lo up");
    return full;
  }

  /// One veth pair; both ends are made inside, never in the machine's namespace.
  void link(const std::string& a, const std::string& address_a, const std::string& b, const std::string& address_b) {
    const std::string if_a = "to" + b;
    const std::string if_b = "to" + a;
    run("ip -n " + name(a) + " link add " + if_a + " type veth peer name " + if_b + " netns " + name(b));
    run_in(a, "ip addr add " + address_a + " dev " + if_a);
    run_in(b, "ip addr add " + address_b + " dev " + if_b);
    run_in(a, "ip link set " + if_a + " up");
    run_in(b, "ip link set " + if_b + " up");
  }

  void run_in(const std::string& role, const std::string& command) {
    run("ip netns exec " + name(role) + " " + command);
  }

 private:
  static void run(const std::string& command) {
    if (std::system((command + " >/dev/null").c_str()) != 0) throw std::runtime_error("failed: " + command);
  }

  std::string id_;
  std::vector<std::string> namespaces_;
};

}  // namespace isthmus::lab
