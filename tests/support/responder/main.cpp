// The responder of known truth as a program: see README.md beside this file.

#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "support/responder/record_file.hpp"
#include "support/responder/responder.hpp"

namespace isthmus::responder {
namespace {

struct Options {
  std::string interface;
  std::string way{RESPONDER_DEFAULT_WAY};
  std::string record;
  bool until_eof{false};
  WorldSettings world{kDefaultWorld};
};

// In the order of Fate.
constexpr std::array<const char*, kFates> kFateNames{"time_exceeded", "echo_reply",   "port_unreachable", "tcp_reset",
                                                     "tcp_syn_ack",   "arp_reply",    "silent_router",    "silent_host",
                                                     "limited",       "bad_checksum", "no_probe"};

// Answering for everybody is for namespaces made for it; the machine's own never is.
void require_namespace() {
  struct stat own {};
  struct stat init {};
  if (::stat("/proc/self/ns/net", &own) != 0) throw std::runtime_error("cannot tell which namespace this is");
  constexpr ino_t kInitialNamespace = 0xEFFFFFF9U;  // include/linux/nsfs.h, NET_NS_INIT_INO
  const bool same = ::stat("/proc/1/ns/net", &init) == 0 && own.st_ino == init.st_ino && own.st_dev == init.st_dev;
  if (same || own.st_ino == kInitialNamespace) {
    throw std::runtime_error("this is the machine's own network namespace; run it in one of its own (ip netns exec)");
  }
}

// Blocks the signals that end the run and makes them readable.
int open_stop(bool until_eof) {
  if (until_eof) return STDIN_FILENO;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  return ::signalfd(-1, &signals, SFD_CLOEXEC);
}

std::uint64_t kernel_counter(const std::string& interface, const char* name) {
  std::ifstream file("/sys/class/net/" + interface + "/statistics/" + name);
  std::uint64_t value = 0;
  if (!(file >> value)) throw std::runtime_error("cannot read " + std::string(name) + " of " + interface);
  return value;
}

void ready() { std::cout << R"({"kind":"ready"})" << std::endl; }

// Answers nothing: frames end in the kernel, which counts them.
void run_black_hole(const Options& options, int stop) {
  const std::uint64_t before = kernel_counter(options.interface, "rx_packets");
  ready();
  fd_set waits;
  FD_ZERO(&waits);
  FD_SET(stop, &waits);
  ::select(stop + 1, &waits, nullptr, nullptr, nullptr);
  std::cout << R"({"kind":"counters","received":)" << kernel_counter(options.interface, "rx_packets") - before << "}"
            << std::endl;
}

void run_world(const Options& options, int stop) {
  const auto responder = options.way == "kernel" ? make_kernel_responder(options.interface, options.world)
                                                 : make_socket_responder(options.interface, options.world);
  ready();
  responder->run(stop);
  const Counters counters = responder->counters();
  std::uint64_t received = counters.lost;
  for (const std::uint64_t count : counters.fates) received += count;
  std::cout << R"({"kind":"counters","received":)" << received << R"(,"lost":)" << counters.lost;
  for (std::size_t fate = 0; fate < kFates; ++fate) {
    std::cout << ",\"" << kFateNames[fate] << "\":" << counters.fates[fate];
  }
  std::cout << "}" << std::endl;
  if (!options.record.empty()) write_record_file(options.record, options.world, responder->flows());
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"Answers on one end of a veth pair like an internet of known truth"};
  app.add_option("--interface", options.interface, "the end of the veth pair that is answered on")->required();
  app.add_option("--way", options.way, "kernel (XDP), socket, or black-hole, which answers nothing")
      ->check(CLI::IsMember({"kernel", "socket", "black-hole"}))
      ->capture_default_str();
  app.add_option("--seed", options.world.seed, "another seed is another world")->capture_default_str();
  app.add_option("--blocks", options.world.blocks, "/24s in 10.0.0.0/8, or /48s in fd10::/32")
      ->check(CLI::Range(1, int{kMaxBlocks}))
      ->capture_default_str();
  app.add_option("--ases", options.world.ases, "ASes that the blocks belong to")
      ->check(CLI::Range(1, int{kMaxAses}))
      ->capture_default_str();
  app.add_option("--silent-routers", options.world.silent_router_percent, "percent")->check(CLI::Range(0, 100));
  app.add_option("--silent-hosts", options.world.silent_host_percent, "percent")->check(CLI::Range(0, 100));
  app.add_option("--limited-routers", options.world.limited_router_percent, "percent")->check(CLI::Range(0, 100));
  app.add_option("--limit", options.world.limit_per_second, "ICMP messages a second of a limited router")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--limit-burst", options.world.limit_burst, "size of its token bucket")->check(CLI::Range(1, 100'000));
  app.add_option("--record", options.record, "file for what was asked, which survey_truth judges by");
  app.add_flag("--until-eof", options.until_eof, "stop at the end of standard input, not at SIGTERM or SIGINT");
  app.footer("Example: ip netns exec far responder --interface v1 --record asked.bin");
  CLI11_PARSE(app, argc, argv);
  options.world.ases = std::min(options.world.ases, options.world.blocks);

  require_namespace();
  const int stop = open_stop(options.until_eof);
  options.way == "black-hole" ? run_black_hole(options, stop) : run_world(options, stop);
  return 0;
}

}  // namespace
}  // namespace isthmus::responder

int main(int argc, char** argv) {
  try {
    return isthmus::responder::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "responder: " << error.what() << "\n";
    return 1;
  }
}
