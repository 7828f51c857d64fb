#include "app/tree/command_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "app/text_columns.hpp"
#include "app/tree/completion.hpp"
#include "app/tree/help_text.hpp"
#include "app/tree/man_page.hpp"

namespace isthmus::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// One command with an option of each kind, one with commands of its own, one that is hidden.
class Tree : public ::testing::Test {
 protected:
  Tree() {
    root_.name("isthmus");
    CLI::App* ping = root_.add_subcommand("ping", "Ping addresses; exit 1 when one never answered");
    auto* group = ping->add_option_group("whom");
    group->add_option("targets", targets_, "Addresses or names");
    group->add_option("-f,--file", file_, "File of targets");
    ping->add_option("--protocol", text_, "What the probes are: [one]")->check(CLI::IsMember({"icmp", "udp", "tcp"}));
    auto* count = ping->add_option("-c,--count", number_, "Probes to each")->check(CLI::Range(1, 64));
    ping->add_option("--config", config_, "Configuration's `file`")->required();
    ping->add_flag("--json", flag_, "One line a result")->excludes(count);
    ping->footer("A line broken\nby hand.\n\nExample: isthmus ping 192.0.2.1");
    CLI::App* data = root_.add_subcommand("data", "Files of network data");
    data->add_subcommand("info", "What is in them")->add_option("file", targets_, "Data files")->required();
    root_.add_subcommand("man", "Nobody's business")->group("");
  }

  [[nodiscard]] CommandInfo ping() const { return describe(root_).commands.at(0); }
  [[nodiscard]] OptionInfo option(std::string_view name) const {
    for (const OptionInfo& option : ping().options) {
      if (option.name() == name) return option;
    }
    ADD_FAILURE() << name;
    return {};
  }

  CLI::App root_{"The root."};
  std::vector<std::string> targets_;
  std::string file_, text_, config_;
  int number_{0};
  bool flag_{false};
};

TEST_F(Tree, KnowsWhatCli11WasTold) {
  const CommandInfo root = describe(root_);
  ASSERT_EQ(root.commands.size(), 2u) << "a hidden command is not told of";
  EXPECT_EQ(root.commands[1].commands.at(0).path, "isthmus data info");
  EXPECT_THAT(option("--protocol").choices, ElementsAre("icmp", "udp", "tcp"));
  EXPECT_THAT(option("--count").names, ElementsAre("-c", "--count"));
  EXPECT_EQ(option("--count").limits, "1 to 64");
  EXPECT_EQ(option("--count").value, "N");
  EXPECT_EQ(option("--config").value, "FILE");
  EXPECT_TRUE(option("--config").required);
  EXPECT_EQ(option("--json").value, "");
  EXPECT_THAT(option("--json").excludes, ElementsAre("--count"));
  EXPECT_TRUE(option("TARGET").repeated) << "options of a group are the command's";
}

TEST_F(Tree, HelpIsWrappedAndSaysAll) {
  EXPECT_EQ(help_text(ping()), R"(Ping addresses; exit 1 when one never answered

Usage: isthmus ping [options] [TARGET...]

Arguments:
  TARGET...              Addresses or names

Options:
  -h, --help             Print this help message and exit
      --protocol icmp|udp|tcp
                         What the probes are: [one]
  -c, --count N          Probes to each (1 to 64; not with --json)
      --config FILE      Configuration's `file` (required)
      --json             One line a result (not with --count)
  -f, --file FILE        File of targets

A line broken by hand.

Example: isthmus ping 192.0.2.1
)");
}

TEST_F(Tree, AnExampleThatIsTooLongGoesOnInTheNextLine) {
  CommandInfo command;
  command.path = "isthmus trace";
  command.footer = "Example: isthmus trace " + std::string(50, 'a') + " " + std::string(50, 'b');
  const std::string help = help_text(command);
  EXPECT_THAT(
      help, HasSubstr("Example: isthmus trace " + std::string(50, 'a') + " \\\n             " + std::string(50, 'b')));
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80u) << line;
}

TEST_F(Tree, ATableInAFooterStaysOne) {
  CommandInfo command;
  command.path = "isthmus data";
  command.footer = "Formats:\n  registry       files of the\n  as_rel, cones  CAIDA\nThe end.";
  EXPECT_THAT(help_text(command),
              HasSubstr("Formats:\n  registry       files of the\n  as_rel, cones  CAIDA\nThe end.\n"));
  CommandInfo root;
  root.name = "isthmus";
  root.commands = {command};
  EXPECT_THAT(man_page(root, "1"),
              HasSubstr("Formats:\n.TP\n.B registry\nfiles of the\n.TP\n.B as_rel, cones\nCAIDA\n.PP\nThe end.\n"));
}

TEST_F(Tree, WhoeverMistypesIsToldWhatIsThere) {
  const CommandInfo root = describe(root_);
  EXPECT_EQ(unknown_word(ping(), "--cuont"), "there is no option --cuont; did you mean --count?");
  EXPECT_EQ(unknown_word(ping(), "--prot=udp"), "there is no option --prot; did you mean --protocol?");
  EXPECT_EQ(unknown_word(ping(), "--zzzzzz"), "there is no option --zzzzzz");
  EXPECT_EQ(unknown_word(root, "pign"), "there is no command 'pign'; did you mean ping?");
  EXPECT_EQ(unknown_word(root, "nonsense"), "there is no command 'nonsense'");
  EXPECT_EQ(unknown_word(ping(), "x"), "'x' is one word too many");
}

TEST_F(Tree, CompletionKnowsValuesAndFiles) {
  const CommandInfo root = describe(root_);
  const std::string bash = bash_completion(root);
  EXPECT_THAT(bash, HasSubstr("--protocol) words='icmp udp tcp'"));
  EXPECT_THAT(bash, HasSubstr("-f|--file) files=1"));
  EXPECT_THAT(bash, HasSubstr("*) words='ping data'"));
  EXPECT_THAT(bash, Not(HasSubstr("man")));
  EXPECT_THAT(zsh_completion(root), HasSubstr("'--protocol[What the probes are, one]:TEXT:(icmp udp tcp)'"))
      << "brackets and colons are the shell's";
  EXPECT_THAT(zsh_completion(root), HasSubstr("'--config[Configurations file]:FILE:_files'")) << "no quote in a quote";
  EXPECT_THAT(fish_completion(root), HasSubstr("-s c -l count -x -d 'Probes to each'"));
}

TEST_F(Tree, ManPageMeansNothingElseToTroff) {
  CommandInfo root = describe(root_);
  root.commands[0].description = ".so /etc/passwd\n'quoted\\ and -dashed";
  const std::string page = man_page(root, "1.0");
  EXPECT_THAT(page, HasSubstr("\n\\&.so /etc/passwd\n"));
  EXPECT_THAT(page, HasSubstr("\n\\(aqquoted\\e and \\-dashed\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n.B \\-\\-protocol icmp|udp|tcp\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n.B \\-c, \\-\\-count N\nProbes to each (1 to 64; not with \\-\\-json)\n"));
}

}  // namespace
}  // namespace isthmus::app
