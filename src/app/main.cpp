#include <CLI/CLI.hpp>
#include <exception>

#include "app/command.hpp"
#include "app/usage.hpp"
#include "app/version.hpp"

int main(int argc, char** argv) {
  using namespace isthmus::app;  // NOLINT(google-build-using-namespace): the one function of the program's edge.
  CLI::App root(
      "isthmus tells whether a network hangs on one land bridge: it probes a target's address space from several\n"
      "vantage points, works out which upstream carries each block, and says when redundancy or reachability goes.");
  root.name("isthmus");
  set_help(root);
  root.set_version_flag("--version", std::string("isthmus ") + kVersion);
  root.require_subcommand(1);
  root.footer("Each command has its own --help.\n\nExample: isthmus monitor --config isthmus.yaml");

  Run run;
  add_monitor(root, run);
  add_agent(root, run);
  add_assign(root, run);
  add_core(root, run);
  add_check(root, run);
  add_ping(root, run);
  add_trace(root, run);
  add_map(root, run);
  add_data(root, run);
  add_infer(root, run);
  add_replay(root, run);
  add_whatif(root, run);
  add_status(root, run);
  add_events(root, run);
  add_history(root, run);
  add_explain(root, run);
  add_healthcheck(root, run);
  add_completion(root, run);
  add_man(root, run);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain_usage(root, error);
  }
  try {
    return run();
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
