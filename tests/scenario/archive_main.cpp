// scenario_archive SCENARIO SEED FOLDER: what `isthmus replay` needs to play a scenario, and the truth beside it.
// Writes pings.json, traces.json, isthmus.yaml, prefixes.csv and truth.json into the folder.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>

#include "scenario/atlas_archive.hpp"

namespace {

std::ofstream open(const std::string& path) {
  std::ofstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be written");
  return file;
}

}  // namespace

int main(int argc, char** argv) try {
  using namespace isthmus::scenario;  // NOLINT(google-build-using-namespace): the one function of the program's edge.
  if (argc != 4) {
    std::cerr << "usage: scenario_archive SCENARIO SEED FOLDER\n";
    return 2;
  }
  const Scenario scenario = read_scenario(argv[1]);
  const std::string folder = argv[3];
  std::ofstream pings = open(folder + "/pings.json");
  std::ofstream traces = open(folder + "/traces.json");
  write_atlas_archive(scenario, static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)), pings, traces);
  open(folder + "/isthmus.yaml") << replay_config(scenario, "prefixes.csv");
  open(folder + "/prefixes.csv") << prefix_csv(scenario);
  open(folder + "/truth.json") << truth_json(scenario) << '\n';
  return pings && traces ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
