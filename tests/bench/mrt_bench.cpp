// Loading a collector's routing table, plain, gzip and bzip2: seconds, and the most memory that the load takes, each in
// a process of its own. A made-up table, deterministic; asserts nothing about time.
//
//   mrt_bench                            a hundredth of a full table, in seconds
//   mrt_bench 1000000 200000 30 FOLDER   a full one: IPv4 prefixes, IPv6 prefixes, peers; the files are kept in FOLDER,
//                                        where the next run finds them. Packing 2 GB takes minutes.

#include <bzlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "isthmus/ip2as/load.hpp"
#include "support/mrt_table.hpp"

namespace {

using namespace isthmus;

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "mrt_bench: %s\n", what);
  std::exit(1);
}

// Files appear when they are whole: an interrupted run leaves no half of one.
void write_once(const std::filesystem::path& path, const auto& write) {
  if (std::filesystem::exists(path)) return;
  const std::filesystem::path part = path.string() + ".part";
  write(part.string());
  std::filesystem::rename(part, path);
}

void write_plain(const std::string& path, const support::mrt::TableSize& size) {
  const std::unique_ptr<std::FILE, FileCloser> out(std::fopen(path.c_str(), "wb"));
  if (!out) give_up("cannot write into the folder");
  support::mrt::write_table(size,
                            [&](std::string_view piece) { std::fwrite(piece.data(), 1, piece.size(), out.get()); });
}

template <typename Put>
void copy(const std::string& from, Put put) {
  const std::unique_ptr<std::FILE, FileCloser> in(std::fopen(from.c_str(), "rb"));
  std::vector<char> piece(std::size_t{1} << 20);
  for (std::size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), in.get())) > 0;) {
    put(piece.data(), static_cast<unsigned>(got));
  }
}

void write_gzip(const std::string& path, const std::string& from) {
  gzFile out = gzopen(path.c_str(), "wb6");
  copy(from, [&](const char* bytes, unsigned size) { gzwrite(out, bytes, size); });
  gzclose(out);
}

void write_bzip2(const std::string& path, const std::string& from) {
  BZFILE* out = BZ2_bzopen(path.c_str(), "wb9");
  copy(from,
       [&](const char* bytes, unsigned size) { BZ2_bzwrite(out, const_cast<char*>(bytes), static_cast<int>(size)); });
  BZ2_bzclose(out);
}

// Loads in a child, whose memory is its own.
void measure(const char* name, const std::filesystem::path& path, double unpacked_size) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) give_up("cannot fork");
  if (child == 0) {
    const auto began = std::chrono::steady_clock::now();
    ip2as::LoadReport report;
    const auto table = ip2as::load_prefixes(std::vector<std::string>{path.string()}, report);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (!table || report.bad() != 0) give_up("the table does not load");
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const double cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                       static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
    std::printf(
        "%-6s %8.1f MB  %6.2f s  %6.2f s of CPU  %5.0f MB/s unpacked  %5.0f MiB at most  %zu prefixes, %zu ASes\n",
        name, static_cast<double>(std::filesystem::file_size(path)) / 1e6, seconds, cpu, unpacked_size / 1e6 / seconds,
        static_cast<double>(used.ru_maxrss) / 1024, table->prefix_count(), table->as_count());
    std::fflush(stdout);
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) give_up("a load failed");
}

}  // namespace

int main(int argc, char** argv) {
  support::mrt::TableSize size{.ipv4_prefixes = 10'000, .ipv6_prefixes = 2'000, .peers = 30, .origins = 4'000};
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("isthmus-mrt-" + std::to_string(getpid()));
  const bool kept = argc > 4;
  if (argc > 3) {
    size = {.ipv4_prefixes = std::strtoull(argv[1], nullptr, 10),
            .ipv6_prefixes = std::strtoull(argv[2], nullptr, 10),
            .peers = std::strtoull(argv[3], nullptr, 10)};
  }
  if (kept) folder = argv[4];
  std::filesystem::create_directories(folder);
  const std::string plain = (folder / "rib").string();
  write_once(plain, [&](const std::string& path) { write_plain(path, size); });
  write_once(plain + ".gz", [&](const std::string& path) { write_gzip(path, plain); });
  write_once(plain + ".bz2", [&](const std::string& path) { write_bzip2(path, plain); });
  const auto unpacked = static_cast<double>(std::filesystem::file_size(plain));
  measure("plain", plain, unpacked);
  measure("gzip", plain + ".gz", unpacked);
  measure("bzip2", plain + ".bz2", unpacked);
  if (!kept) std::filesystem::remove_all(folder);
  return 0;
}
