// The responder inside the kernel: loads responder.bpf.c, which was compiled into this program, and attaches it to the
// interface. The other end of the veth pair must have NAPI (generic receive offload on, or a program of its own),
// otherwise the kernel throws answers away; tests/bench/engines.sh sees to it.

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <poll.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "support/responder/responder.hpp"

// The assembler puts the compiled program here; the path comes from CMake.
asm(".section .rodata\n"
    ".balign 8\n"
    "responder_program_begin: .incbin \"" RESPONDER_PROGRAM
    "\"\n"
    "responder_program_end: .byte 0\n"
    ".previous\n");
extern "C" const char responder_program_begin[];
extern "C" const char responder_program_end[];

namespace isthmus::responder {
namespace {

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error < 0 ? -error : error, std::generic_category(), what);
}

class KernelResponder final : public Responder {
 public:
  KernelResponder(const std::string& interface, const WorldSettings& world)
      : world_(world), index_(static_cast<int>(::if_nametoindex(interface.c_str()))) {
    if (index_ == 0) fail(errno, "find the interface");
    object_.reset(::bpf_object__open_mem(
        responder_program_begin, static_cast<std::size_t>(responder_program_end - responder_program_begin), nullptr));
    if (!object_) fail(errno, "read the program");
    bpf_map* const settings = ::bpf_object__find_map_by_name(object_.get(), ".rodata");
    if (settings == nullptr || ::bpf_map__set_initial_value(settings, &world_, sizeof world_) != 0) {
      fail(EINVAL, "set the world");
    }
    if (const int error = ::bpf_object__load(object_.get()); error != 0) fail(error, "load the program");
    const bpf_program* const program = ::bpf_object__find_program_by_name(object_.get(), "respond");
    if (const int error = ::bpf_xdp_attach(index_, ::bpf_program__fd(program), XDP_FLAGS_DRV_MODE, nullptr);
        error != 0) {
      fail(error, "attach the program");
    }
    attached_ = true;
  }
  KernelResponder(const KernelResponder&) = delete;
  KernelResponder& operator=(const KernelResponder&) = delete;
  ~KernelResponder() override {
    if (attached_) ::bpf_xdp_detach(index_, XDP_FLAGS_DRV_MODE, nullptr);
  }

  void run(int stop) override {
    pollfd wait{stop, POLLIN, 0};
    while (::poll(&wait, 1, -1) < 0 && errno == EINTR) {
    }
  }

  [[nodiscard]] Counters counters() const override {
    Counters counters;
    std::vector<std::uint64_t> each(static_cast<std::size_t>(::libbpf_num_possible_cpus()));
    for (std::uint32_t fate = 0; fate < kFates; ++fate) {
      if (::bpf_map_lookup_elem(map("fates"), &fate, each.data()) != 0) fail(errno, "read the counters");
      for (const std::uint64_t count : each) counters.fates[fate] += count;
    }
    return counters;
  }

  [[nodiscard]] std::vector<FlowRecord> flows() const override {
    std::vector<FlowRecord> records(world_.blocks);
    for (std::uint32_t block = 0; block < world_.blocks; ++block) {
      if (::bpf_map_lookup_elem(map("flows"), &block, &records[block]) != 0) fail(errno, "read the flows");
    }
    return records;
  }

 private:
  struct CloseObject {
    void operator()(bpf_object* object) const { ::bpf_object__close(object); }
  };

  [[nodiscard]] int map(const char* name) const { return ::bpf_object__find_map_fd_by_name(object_.get(), name); }

  WorldSettings world_;
  int index_;
  std::unique_ptr<bpf_object, CloseObject> object_;
  bool attached_{false};
};

}  // namespace

std::unique_ptr<Responder> make_kernel_responder(const std::string& interface, const WorldSettings& world) {
  return std::make_unique<KernelResponder>(interface, world);
}

}  // namespace isthmus::responder
