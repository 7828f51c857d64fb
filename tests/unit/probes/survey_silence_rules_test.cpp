// The rules by which silence gets its cause, on paths drawn by hand.

#include <gtest/gtest.h>

#include "probes/survey/silence.hpp"

namespace isthmus::probes::survey {
namespace {

constexpr Ttl kMaxTtl = 12;

// Paths of one block, as many flows to each target as are drawn. A letter is a router that answered, a capital one that
// did so only when it was asked again; D the destination, ! a refusal of the router before it; * silence, + silence
// when asked again, too; a blank was not asked.
class Drawing {
 public:
  Drawing(std::vector<std::string> paths, std::uint16_t flows)
      : flows_(flows), grid_(paths.size(), kMaxTtl, 64, 1), drawn_(std::move(paths)) {
    for (PathIndex path = 0; path < drawn_.size(); ++path) {
      if (path % flows == 0) targets_.push_back(IpAddress::v4(0xc6336401U + path));
      for (Ttl ttl = 1; ttl <= drawn_[path].size(); ++ttl) put(path, ttl, drawn_[path][ttl - 1U]);
    }
  }

  // The same drawing with the number of its cause for each silence, to be compared as text.
  std::vector<std::string> explained() const {
    std::vector<std::string> paths = drawn_;
    explain_silence(grid_, targets_, flows_, [&](const SilentHop& hop) {
      paths[hop.target * flows_ + hop.flow.value][hop.ttl - 1U] = static_cast<char>('0' + static_cast<int>(hop.cause));
    });
    return paths;
  }

 private:
  void put(PathIndex path, Ttl ttl, char what) {
    if (what == ' ') return;
    const bool again = what == '+' || (what >= 'A' && what <= 'C');
    Cell& cell = grid_.at(path, ttl);
    cell.send(0, again ? 1 : 0);
    if (what == '*' || what == '+') return cell.mark_silent();
    if (what == 'D') return cell.answer(ReplyKind::unreachable, 3, kDestination, 5, false);
    if (what == '!') return cell.answer(ReplyKind::unreachable, 1, grid_.at(path, ttl - 1).interface(), 5, false);
    const auto router = static_cast<InterfaceId>((what | 32) - 'a');
    cell.answer(ReplyKind::time_exceeded, 0, router, 5, false);
  }

  std::uint16_t flows_;
  Grid grid_;
  std::vector<std::string> drawn_;
  std::vector<IpAddress> targets_;
};

// 0 ICMP limit, 1 mute, 2 forward loss, 3 unreachable, 4 unknown
std::vector<std::string> explain(std::vector<std::string> paths, std::uint16_t flows = 1) {
  return Drawing(std::move(paths), flows).explained();
}
using Paths = std::vector<std::string>;

TEST(SilenceRules, NobodyWhoEverAnswersBetweenOthersIsMute) {
  EXPECT_EQ(explain({"a+cD"}), Paths{"a1cD"});
  EXPECT_EQ(explain({"+bD"}), Paths{"1bD"});
  EXPECT_EQ(explain({"a++dD"}), Paths{"a11dD"});
  EXPECT_EQ(explain({"a*cD", "a*cD"}), (Paths{"a1cD", "a1cD"}));
}

TEST(SilenceRules, ASingleSilenceMayBeALostPacket) { EXPECT_EQ(explain({"a*cD"}), Paths{"a4cD"}); }

TEST(SilenceRules, WhoAnswersWhenAskedAgainAndLosesMoreThanThoseBehindIsLimited) {
  EXPECT_EQ(explain({"aBcdD", "a*cdD", "a*cdD", "a*cdD"}), (Paths{"aBcdD", "a0cdD", "a0cdD", "a0cdD"}));
  // One that was lost among many proves nothing, and neither does loss that those behind share.
  EXPECT_EQ(explain({"aBcdD", "abcdD", "abcdD", "abcdD", "a*cdD"}).back(), "a4cdD");
  EXPECT_EQ(explain({"aBC D", "a*c D", "a*+eD", "a*C D"}).at(1), "a4c D");
}

TEST(SilenceRules, ABranchThatIsSilentAgainIsMuteThoughAnotherAnswers) {
  EXPECT_EQ(explain({"abdD", "acdD", "a+dD", "a*dD"}), (Paths{"abdD", "acdD", "a1dD", "a1dD"}));
  // So few answer that a limit may be why, or one of the silent answers now.
  EXPECT_EQ(explain({"abdD", "a+dD", "a*dD"}).back(), "a4dD");
  EXPECT_EQ(explain({"abdD", "aCdD", "a+dD", "a*dD"}).back(), "a4dD");
}

TEST(SilenceRules, TheEndOfAPathIsUnknown) {
  EXPECT_EQ(explain({"ab**"}), Paths{"ab44"});
  EXPECT_EQ(explain({"****"}), Paths{"4444"});
  // Another flow by another router tells nothing about this one.
  EXPECT_EQ(explain({"ab**", "acdD", "acdD", "acdD", "acdD", "acdD"}, 6).front(), "ab44");
}

TEST(SilenceRules, AnEndWhereAnotherFlowIsRefusedIsUnreachable) {
  EXPECT_EQ(explain({"ab**", "ab! "}, 2).front(), "ab33");
  EXPECT_EQ(explain({"ab*D", "ab! "}, 2).front(), "ab4D") << "it does go on";
  EXPECT_EQ(explain({"a***", "ab! "}, 2).front(), "a444") << "refused only behind one that answered";
}

TEST(SilenceRules, AnEndThatOtherFlowsPassIsForwardLoss) {
  EXPECT_EQ(explain({"ab***", "abcdD", "abcdD"}, 3).front(), "ab222");
  EXPECT_EQ(explain({"ab***", "abc*D", "abc*D", "abc*D", "abc*D"}, 5).front(), "ab242");
  // Both may have been silent by chance; the destination alone may limit; it was never seen to answer; cut from the
  // start.
  EXPECT_EQ(explain({"ab**", "abcD", "ab*D", "abc*"}, 4).front(), "ab44");
  EXPECT_EQ(explain({"abc*", "abcD", "abcD", "abcD", "abcD", "abcD"}, 6).front(), "abc4");
  EXPECT_EQ(explain({"ab***", "abcde", "abcde", "abcde"}, 4).front(), "ab444");
  EXPECT_EQ(explain({"****", "abcD", "abcD", "abcD"}, 4).front(), "4444");
}

TEST(SilenceRules, WhatLiesBehindTheEndIsNoHop) {
  EXPECT_EQ(explain({"abD**"}), Paths{"abD**"});
  EXPECT_EQ(explain({"ab!**"}), Paths{"ab!**"});
  // The probe that measured the distance.
  EXPECT_EQ(explain({"abcD       *"}), Paths{"abcD       *"});
}

}  // namespace
}  // namespace isthmus::probes::survey
