// Runs every seed of a folder, and every truncation of it, through one fuzz target: what the fuzzers know stays tested
// where libFuzzer is not installed, and under every sanitizer of the ordinary build.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz/fuzz_target.hpp"

namespace {

std::vector<std::filesystem::path> files_in(const char* folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::uint8_t> read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s SEED-FOLDER\n", argv[0]);
    return 2;
  }
  std::size_t runs = 0;
  const auto files = files_in(argv[1]);
  for (const auto& file : files) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);  // The name of a seed that crashes must be out before it does.
    const std::vector<std::uint8_t> seed = read(file);
    for (std::size_t size = 0; size <= seed.size(); ++size, ++runs) {
      // An allocation of exactly this size, so that AddressSanitizer sees a read beyond its end.
      const std::vector<std::uint8_t> input(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(size));
      LLVMFuzzerTestOneInput(input.data(), input.size());
    }
  }
  std::printf("%zu seeds, %zu inputs\n", files.size(), runs);
  return files.empty() ? 1 : 0;
}
