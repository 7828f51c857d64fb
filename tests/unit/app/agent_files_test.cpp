// What an agent keeps beside its spools: the same after a restart, another elsewhere.

#include "app/agent_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/full_disk.hpp"
#include "support/temporary_folder.hpp"

namespace isthmus::app {
namespace {

using namespace std::chrono_literals;

class AgentFiles : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }

  support::TemporaryFolder folder_;
};

TEST_F(AgentFiles, AnInstallationKeepsItsIdentity) {
  const std::string first = installation_of(folder_.string()).value();
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(installation_of(folder_.string()).value(), first);
  std::filesystem::create_directory(folder_ / "other");
  EXPECT_NE(installation_of(folder_ / "other").value(), first);
  write("installation", "half of it");
  EXPECT_EQ(installation_of(folder_.string()).value().size(), 32U) << "a damaged one is made anew";
  EXPECT_FALSE(installation_of("/nowhere"));
}

TEST_F(AgentFiles, StartsAscendAlsoWhenTheClockIsSetBack) {
  const auto first = next_boot(folder_.string(), Timestamp(1000s)).value();
  EXPECT_EQ(first, 1'000'000'000'000U);
  EXPECT_EQ(next_boot(folder_.string(), Timestamp(500s)).value(), first + 1);
  EXPECT_EQ(next_boot(folder_.string(), Timestamp(2000s)).value(), 2'000'000'000'000U);
  write("boot", "");
  EXPECT_EQ(next_boot(folder_.string(), Timestamp(3000s)).value(), 3'000'000'000'000U);
  EXPECT_FALSE(next_boot("/nowhere", Timestamp(1s)))
      << "a start that is not remembered would be taken for an older one";
}

TEST_F(AgentFiles, AFullDiskKeepsNobodyFromStarting) {
  const auto first = next_boot(folder_.string(), Timestamp(1000s)).value();
  {
    const support::FullDisk full(1);
    EXPECT_GT(next_boot(folder_.string(), Timestamp(1001s)).value(), first);
  }
  EXPECT_GT(next_boot(folder_.string(), Timestamp(500s)).value(), first)
      << "what was kept before the disk was full holds";
}

TEST_F(AgentFiles, TheLatestAssignmentIsKept) {
  EXPECT_FALSE(read_kept_assignment(folder_.string(), "frankfurt").value());
  ASSERT_TRUE(keep_assignment(folder_.string(), "frankfurt", std::string("a\0b", 3)));
  ASSERT_TRUE(keep_assignment(folder_.string(), "tokyo", "other"));
  EXPECT_EQ(read_kept_assignment(folder_.string(), "frankfurt").value(), std::string("a\0b", 3));
  ASSERT_TRUE(keep_assignment(folder_.string(), "frankfurt", "c"));
  EXPECT_EQ(read_kept_assignment(folder_.string(), "frankfurt").value(), "c");
}

}  // namespace
}  // namespace isthmus::app
