#include "isthmus/resilience/shared_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace isthmus::resilience {
namespace {

TEST(SharedList, ACopySharesItsElements) {
  const SharedList<std::string> list{"a", "b"};
  const SharedList<std::string> copy = list;
  EXPECT_EQ(&copy[1], &list[1]);
}

TEST(SharedList, WhatReplacesAnElementIsInOneListOnly) {
  SharedList<std::string> list{"a", "b"};
  const SharedList<std::string> before = list;
  list.replace(1, "c");
  EXPECT_EQ(list.at(1), "c");
  EXPECT_EQ(before.at(1), "b");
  EXPECT_EQ(&before[0], &list[0]);
}

TEST(SharedList, ReadsLikeAVector) {
  SharedList<std::string> list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.begin(), list.end());
  list.push_back("b");
  list.push_back(SharedList<std::string>{"a"}.shared(0));
  std::string joined;
  for (const std::string& element : list) joined += element;
  EXPECT_EQ(joined, "ba");
  EXPECT_EQ(list.size(), 2U);
  EXPECT_EQ(list.front() + list.back(), "ba");
  EXPECT_EQ(list.end() - list.begin(), 2);
  EXPECT_EQ(*std::max_element(list.begin(), list.end()), "b");
  EXPECT_THROW((void)list.at(2), std::out_of_range);
}

}  // namespace
}  // namespace isthmus::resilience
