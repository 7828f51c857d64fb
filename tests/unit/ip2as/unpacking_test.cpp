// Compressed bytes: what gzip and libbz2 pack comes out again, whatever the pieces and the helpers; damage is found.

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ip2as/bzip2.hpp"
#include "ip2as/gzip.hpp"
#include "support/packing.hpp"

namespace isthmus::ip2as {
namespace {

using support::bzip2;
using support::gzip;

struct Unpacked {
  std::string text;
  std::string problem;
};

Unpacked drain(ByteSource& bytes) {
  Unpacked unpacked;
  for (std::string_view piece = bytes.next(); !piece.empty(); piece = bytes.next()) unpacked.text += piece;
  EXPECT_TRUE(bytes.next().empty()) << "the end is for good";
  unpacked.problem = bytes.problem();
  return unpacked;
}

Unpacked from_gzip(std::string_view packed, std::size_t piece = std::size_t{1} << 20) {
  return drain(*unpack_gzip(std::make_unique<MemoryBytes>(packed, piece)));
}

Unpacked from_bzip2(std::string_view packed, unsigned helpers = 0, std::size_t piece = std::size_t{1} << 20) {
  return drain(*unpack_bzip2(std::make_unique<MemoryBytes>(packed, piece), helpers));
}

std::string noise(std::size_t size, unsigned seed, unsigned values = 256) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random() % values);
  return text;
}

// Runs of every length around the ones that the format counts, 4 to 255 + 4, and longer.
std::string runs() {
  std::string text;
  for (std::size_t length = 1; length < 600; ++length) text.append(length, static_cast<char>('a' + length % 5));
  return text;
}

std::string repeated(std::string_view words, std::size_t size) {
  std::string text;
  while (text.size() < size) text += words;
  return text;
}

std::vector<std::string> texts() {
  std::string every_byte;
  for (int round = 0; round < 300; ++round) {
    for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte ^ round);
  }
  return {"a",
          "ab",
          "aaaa",
          "aaaaa",
          std::string(1'000'000, 'z'),
          runs(),
          noise(100'000, 1),
          noise(950'000, 2, 3),
          every_byte,
          repeated("route 198.51.100.0/24 from AS64496; ", 2'000'000),
          repeated("abcab", 900'001),
          runs() + noise(70'000, 3, 2) + runs()};
}

TEST(Gzip, GivesBackWhatWasPacked) {
  for (const std::string& text : texts()) {
    const Unpacked unpacked = from_gzip(gzip(text));
    ASSERT_EQ(unpacked.problem, "");
    ASSERT_TRUE(unpacked.text == text) << text.size();
  }
}

TEST(Bzip2, GivesBackWhatWasPackedAtEveryLevel) {
  for (const std::string& text : texts()) {
    for (const int level : {1, 2, 9}) {
      const Unpacked unpacked = from_bzip2(bzip2(text, level));
      ASSERT_EQ(unpacked.problem, "") << text.size() << " at level " << level;
      ASSERT_TRUE(unpacked.text == text) << text.size() << " at level " << level;
    }
  }
}

TEST(Bzip2, HelpersChangeNothing) {
  const std::string text = noise(1'500'000, 4, 20) + runs() + repeated("route ", 1'500'000);
  const std::string packed = bzip2(text, 1);
  for (const unsigned helpers : {1U, 2U, 5U}) {
    const Unpacked unpacked = from_bzip2(packed, helpers, 1000);
    ASSERT_EQ(unpacked.problem, "");
    ASSERT_TRUE(unpacked.text == text) << helpers;
  }
}

TEST(Bzip2, WhoeverStopsEarlyIsNotWaitedFor) {
  const std::string packed = bzip2(noise(3'000'000, 5, 20), 1);
  for (int reads = 0; reads < 4; ++reads) {
    const auto bytes = unpack_bzip2(std::make_unique<MemoryBytes>(packed), 2);
    for (int i = 0; i < reads; ++i) ASSERT_FALSE(bytes->next().empty());
  }
}

TEST(Unpacking, PiecesOfAnySizeAndSeveralMembers) {
  const std::string first = repeated("198.51.100.0/24\t64496\n", 3000);
  const std::string last = "203.0.113.0/24\t64497\n";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 100U, 100000U}) {
    const Unpacked gz = from_gzip(gzip(first) + gzip("") + gzip(last), piece);
    ASSERT_EQ(gz.problem, "") << piece;
    ASSERT_EQ(gz.text, first + last) << piece;
    const Unpacked bz = from_bzip2(bzip2(first) + bzip2("") + bzip2(last), 0, piece);
    ASSERT_EQ(bz.problem, "") << piece;
    ASSERT_EQ(bz.text, first + last) << piece;
  }
}

TEST(Unpacking, EveryTruncationIsFoundAndWhatCameBeforeIsRight) {
  const std::string text = repeated("198.51.100.0/24\t64496\n", 2000) + noise(500, 6);
  const std::string gz = gzip(text);
  for (std::size_t size = 2; size < gz.size(); ++size) {
    const Unpacked cut = from_gzip(std::string_view(gz).substr(0, size));
    ASSERT_EQ(cut.problem, "the compressed data ends early: the file is cut off") << size;
    ASSERT_TRUE(text.starts_with(cut.text)) << size;
  }
  const std::string bz = bzip2(text);
  for (std::size_t size = 4; size < bz.size(); ++size) {
    const Unpacked cut = from_bzip2(std::string_view(bz).substr(0, size));
    ASSERT_EQ(cut.problem, "the compressed data ends early: the file is cut off") << size;
    ASSERT_TRUE(text.starts_with(cut.text)) << size;
  }
}

TEST(Unpacking, FlippedBitsAreFound) {
  const std::string text = repeated("198.51.100.0/24\t64496\n", 2000) + noise(300, 7);
  std::mt19937 random(11);
  const std::string gz = gzip(text);
  const std::string bz = bzip2(text);
  for (int round = 0; round < 1500; ++round) {
    std::string damaged = gz;
    std::size_t at = 10 + random() % (damaged.size() - 10);  // Behind the header, whose time field means nothing.
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8)));
    // Bits that pad, and codes that nothing is written in, mean nothing.
    const Unpacked gunzipped = from_gzip(damaged);
    ASSERT_TRUE(!gunzipped.problem.empty() || gunzipped.text == text) << at;
    damaged = bz;
    at = 3 + random() % (damaged.size() - 3);
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8)));
    if (!is_bzip2(damaged)) continue;
    const Unpacked unpacked = from_bzip2(damaged);
    ASSERT_TRUE(!unpacked.problem.empty() || unpacked.text == text) << at;
  }
}

TEST(Unpacking, WhatFollowsTheLastMemberIsDamage) {
  EXPECT_EQ(from_gzip(gzip("text\n") + "rest of something").problem, "the compressed data is damaged");
  EXPECT_EQ(from_bzip2(bzip2("text\n") + "rest of something").problem,
            "the compressed data is damaged: another stream should begin here");
}

// Twenty bytes each, as gzip makes it of an empty file: what they cost must be by their bytes.
TEST(Unpacking, EmptyMembersDoNotStall) {
  constexpr std::string_view kEmpty("\x1F\x8B\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", 20);
  std::string many;
  for (int i = 0; i < 1'000'000; ++i) many += kEmpty;
  const auto began = std::chrono::steady_clock::now();
  const Unpacked unpacked = from_gzip(many);
  EXPECT_EQ(unpacked.problem, "");
  EXPECT_TRUE(unpacked.text.empty());
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));  // Usually a tenth of one.
}

}  // namespace
}  // namespace isthmus::ip2as
