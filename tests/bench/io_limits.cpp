// How fast this machine sends and receives small packets by each way the kernel offers, and by isthmus' own, in closed
// network namespaces of its own making. Needs root.
//
//   io_limits [seconds a run, default 0.5] [runs, default 5]
//
// Runs are interleaved and the median counts; figures differ between machines, their ratios little.

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <thread>

#include "bench/io_limits_ways.hpp"
#include "isthmus/net/clock.hpp"
#include "net/namespace.hpp"

namespace isthmus::bench {

using net::monotonic_now;

void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what + ": " + std::strerror(errno));
}

Wire::Wire() {
  for (const char* role : {"tx", "rx"}) {
    lab_.add(role);
    lab_.run_in(role, "sysctl -w net.ipv6.conf.default.disable_ipv6=1");
  }
  lab_.link("tx", "10.0.1.1/24", "rx", "10.0.1.2/24");
  lab_.run_in("tx", "ip route add default via 10.0.1.2");
  lab_.run_in("rx", "ip route add blackhole 198.18.0.0/15");
}

void Wire::inside(const std::string& netns, const std::function<void()>& work) {
  std::string problem;
  std::thread([&] {
    const auto space = net::open_namespace(netns);
    if (!space || !net::enter_namespace(*space, netns)) {
      problem = "enter " + netns;
      return;
    }
    try {
      work();
    } catch (const std::exception& error) {
      problem = error.what();
    }
  }).join();
  if (!problem.empty()) throw std::runtime_error(problem);
}

void Patcher::patch(std::byte* packet) {
  destination_ = 0xC6120000 | ((destination_ + 257) & 0x1ffff);
  ttl_ = static_cast<std::uint8_t>(ttl_ % 32 + 1);
  packet[8] = std::byte{ttl_};
  for (std::size_t i = 0; i < 4; ++i) packet[16 + i] = static_cast<std::byte>(destination_ >> (24 - 8 * i));
  packet[10] = packet[11] = std::byte{0};
  const std::uint16_t sum = wire::internet_checksum({packet, 20});
  packet[10] = static_cast<std::byte>(sum >> 8);
  packet[11] = static_cast<std::byte>(sum);
}

lab::Packet probe_template() { return lab::echo_request({kTx, IpAddress::v4(0xC6120001)}, 1, 1, kPacket); }

std::shared_ptr<net::PacketIo> open_in(const std::string& netns, net::IoOptions::Kind kind, const IpAddress& first) {
  net::IoOptions options{.kind = kind, .receive_buffer = 16U << 20, .tcp = {}};
  std::shared_ptr<net::PacketIo> io =
      std::move(net::open_packet_io({.netns = netns, .interface = {}, .source = {}}, options).value());
  // Once, so that nobody's run pays for resolving the neighbour; nothing is measured yet.
  const auto probe = probe_template();
  const Instant deadline = monotonic_now() + std::chrono::seconds(5);
  while (io->send(probe, first) != 0) require(monotonic_now() < deadline, "send a first packet");
  return io;
}

namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// By run.
struct Figures {
  std::vector<double> wall;  ///< Nanoseconds a packet.
  std::vector<double> cpu;   ///< The same of this thread's processor time: what others do meanwhile does not count.
};
using Table = std::vector<std::pair<std::string, Figures>>;

/// Time since it was made, in both kinds.
class Stopwatch {
 public:
  void stop(std::uint64_t packets, Figures& figures) const {
    const auto count = static_cast<double>(packets == 0 ? 1 : packets);
    figures.wall.push_back(static_cast<double>((monotonic_now() - wall_).count()) / count);
    figures.cpu.push_back(static_cast<double>((processor_time() - cpu_).count()) / count);
  }

 private:
  static Duration processor_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }
  Instant wall_{monotonic_now()};
  Duration cpu_{processor_time()};
};

void measure_send(const std::vector<SendWay>& ways, Duration length, Table& table, std::size_t first) {
  for (std::size_t i = 0; i < ways.size(); ++i) {
    if (table.size() <= first + i) table.emplace_back(ways[i].name, Figures{});
    const Stopwatch watch;
    watch.stop(ways[i].run(monotonic_now() + length), table[first + i].second);
  }
}

lab::Packet echo_reply() {
  auto packet = lab::echo_request({kRx, kTx}, 1, 1, 56);
  packet.at(20) = std::byte{0};
  lab::put16(packet, 22, 0);
  lab::put16(packet, 22, wire::internet_checksum(std::span(packet).subspan(20)));
  return packet;
}

// Fills the queue of `way` from the other side, then times how it is read.
void measure_receive(const ReceiveWay& way, net::PacketIo& generator, Figures& figures) {
  constexpr std::uint64_t kFill = 8000;
  const lab::Packet reply = echo_reply();
  for (std::uint64_t i = 0; i < kFill; ++i) require(generator.send(reply, kTx) == 0, "send replies");
  // A ring hands its last block over when it has been open for a while.
  way.settle();
  const Stopwatch watch;
  const std::uint64_t read = way.drain();
  require(read >= kFill * 9 / 10, way.name + ": replies are missing");
  watch.stop(read, figures);
}

void print(const char* title, const Table& table) {
  fmt::print("\n{:<46} {:>8} {:>8} {:>18} {:>8}\n", title, "kpps", "ns/pkt", "[min-max]", "CPU ns");
  for (const auto& [name, figures] : table) {
    const auto [least, most] = std::minmax_element(figures.wall.begin(), figures.wall.end());
    fmt::print("{:<46} {:>8.0f} {:>8.1f} {:>18} {:>8.1f}\n", name, 1e6 / median(figures.wall), median(figures.wall),
               fmt::format("[{:.1f}-{:.1f}]", *least, *most), median(figures.cpu));
  }
}

void print_ratio(const Table& table, const std::string& ours, const std::string& kind) {
  double wall = 1e12;
  double cpu = 1e12;
  const Figures* mine = nullptr;
  for (const auto& [name, figures] : table) {
    if (name == ours) mine = &figures;
    if (!name.starts_with(kind)) continue;
    wall = std::min(wall, median(figures.wall));
    cpu = std::min(cpu, median(figures.cpu));
  }
  fmt::print("{:<30} {:>6.2f} of the limit ({}), {:.2f} by processor time\n", ours, wall / median(mine->wall), kind,
             cpu / median(mine->cpu));
}

Table send_table(const Wire& wire, Duration length, int runs) {
  Table table;
  for (int run = 0; run < runs; ++run) {
    std::size_t plain = 0;
    {
      const auto ways = plain_send_ways(wire);
      plain = ways.size();
      measure_send(ways, length, table, 0);
    }
    measure_send(isthmus_send_ways(wire), length, table, plain);
  }
  return table;
}

Table receive_table(const Wire& wire, int runs) {
  const auto generator = open_in(wire.rx(), net::IoOptions::Kind::packet, kTx);
  Table table;
  for (int run = 0; run < runs; ++run) {
    std::size_t row = 0;
    // Open one at a time: every packet would fill the queues of all.
    for (const auto& open : receive_ways(wire)) {
      const ReceiveWay way = open();
      if (table.size() <= row) table.emplace_back(way.name, Figures{});
      measure_receive(way, *generator, table[row++].second);
    }
  }
  return table;
}

int run(double seconds, int runs) {
  const Wire wire;
  const auto length = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  const Table send = send_table(wire, length, runs);
  print("send, 60-byte frames, one thread", send);
  print_ratio(send, "isthmus raw, batches", "raw IP socket");
  print_ratio(send, "isthmus packet, one by one", "packet socket");
  print_ratio(send, "isthmus packet, batches", "packet socket");
  print_ratio(send, "isthmus xdp, batches", "AF_XDP");
  const Table receive = receive_table(wire, 4 * runs);
  print("read what waits, 70-byte frames", receive);
  return 0;
}

}  // namespace
}  // namespace isthmus::bench

int main(int argc, char** argv) {
  if (::geteuid() != 0) {
    fmt::print("io_limits: needs root to make network namespaces\n");
    return 77;
  }
  try {
    const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 0.5;
    const int runs = argc > 2 ? std::atoi(argv[2]) : 5;
    if (seconds <= 0 || seconds > 10 || runs < 1 || runs > 100) {
      fmt::print(stderr, "io_limits: give seconds a run (up to 10) and runs (up to 100), e.g. io_limits 0.5 5\n");
      return 2;
    }
    return isthmus::bench::run(seconds, runs);
  } catch (const std::exception& error) {
    fmt::print(stderr, "io_limits: {}\n", error.what());
    return 1;
  }
}
