// The judge as a program: reads what a responder was asked and what a tool says it found, prints one JSON line.

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

#include "support/responder/judge.hpp"
#include "support/responder/record_file.hpp"

namespace isthmus::responder {
namespace {

void print_share(const char* name, const Verdict::Share& share) {
  const double ratio = share.of == 0 ? 1.0 : static_cast<double>(share.found) / static_cast<double>(share.of);
  std::cout << "\"" << name << "\":{\"of\":" << share.of << ",\"found\":" << share.found << ",\"share\":" << ratio
            << "},";
}

void print(const Verdict& verdict) {
  std::cout.precision(8);
  std::cout << "{";
  print_share("interfaces", verdict.interfaces);
  print_share("links", verdict.links);
  print_share("hosts", verdict.hosts);
  std::cout << "\"wrong_hops\":" << verdict.wrong_hops << ",\"false_links\":" << verdict.false_links
            << ",\"strange\":" << verdict.strange << ",\"lost_flows\":" << verdict.lost_flows << "}" << std::endl;
}

int run(int argc, char** argv) {
  std::string asked;
  std::string targets;
  std::string claims;
  std::uint32_t max_ttl = 16;
  CLI::App app{"Judges what a tool found in the internet of known truth"};
  app.add_option("--asked", asked, "what the responder recorded")->required();
  app.add_option("--claims", claims, "lines of 'destination trace ttl address', or of one host that answered")
      ->required();
  app.add_option("--targets", targets, "addresses that ought to have been asked, one a line");
  app.add_option("--max-ttl", max_ttl, "hops behind it are not expected")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  auto [world, flows] = read_record_file(asked);
  Judge judge(world, std::move(flows), max_ttl);
  if (!targets.empty()) {
    std::ifstream file(targets);
    std::string line;
    while (std::getline(file, line)) {
      const auto target = parse_destination(line);
      if (!target) throw std::runtime_error("'" + line + "' in " + targets + " is no address of this world");
      judge.expect(*target);
    }
    if (!file.eof()) throw std::runtime_error("cannot read " + targets);
  }
  std::ifstream file(claims);
  if (!file) throw std::runtime_error("cannot read " + claims);
  judge.read_claims(file);
  print(judge.verdict());
  return 0;
}

}  // namespace
}  // namespace isthmus::responder

int main(int argc, char** argv) {
  try {
    return isthmus::responder::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "survey_truth: " << error.what() << "\n";
    return 1;
  }
}
