#include "isthmus/wire/tag.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace isthmus::wire {
namespace {

SipHashKey counting_key() {
  SipHashKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
  return key;
}

KeySeed seed_of(int value) {
  KeySeed seed;
  seed.fill(static_cast<std::byte>(value));
  return seed;
}

TEST(SipHash, AgreesWithThePublishedVectors) {
  // vectors.h of the reference implementation: key 00..0f, messages 00, 00 01, ... of length 0 to 15.
  constexpr std::array<std::uint64_t, 16> kExpected{
      0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
      0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
      0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
      0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5};
  std::vector<std::byte> message;
  for (std::size_t length = 0; length < kExpected.size(); ++length) {
    EXPECT_EQ(siphash_2_4(counting_key(), message), kExpected[length]) << "length " << length;
    message.push_back(static_cast<std::byte>(length));
  }
}

TEST(SipHash, OfWordsAgreesWithPublishedVectors) {
  // SipHash-1-3, key 00..0f, messages 00, 00 01, ... of length 0 to 9.
  constexpr std::array<std::uint64_t, 10> kExpected{
      0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d, 0x8bf80ab8e7ddf7fb, 0xcf75576088d38328,
      0xdef9d52f49533b67, 0xc50d2b50c59f22a7, 0xd3927d989bb11140, 0x369095118d299a8e, 0x25a48eb36c063de4};
  constexpr SipKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::uint64_t tail = 0;
  for (std::size_t length = 0; length < 8; ++length) {
    EXPECT_EQ(siphash_1_3<0>(kKey, {}, tail, length), kExpected[length]) << "length " << length;
    tail |= std::uint64_t{length} << (8 * length);
  }
  constexpr std::array<std::uint64_t, 1> kWord{0x0706050403020100};
  EXPECT_EQ(siphash_1_3(kKey, kWord, 0, 0), kExpected[8]);
  EXPECT_EQ(siphash_1_3(kKey, kWord, 8, 1), kExpected[9]);
}

TEST(SipHash, OfAFixedNumberOfWordsIsThatWithoutTheLength) {
  constexpr SipKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  constexpr std::uint64_t kNineBytes = std::uint64_t{9} << 56 | 8;
  EXPECT_EQ(siphash_1_3_fixed<2>(kKey, {0x0706050403020100, kNineBytes}), 0x25a48eb36c063de4);
  EXPECT_EQ(siphash_1_3_fixed<1>(kKey, {0}), 0xabac0158050fc4dc);
}

TEST(TagKey, DerivesAKeyForEachInput) {
  const TagKey key(seed_of(1), TagKey::Purpose::traceroute);
  std::set<std::uint64_t> words;
  for (std::uint64_t input = 0; input < 100; ++input) {
    const SipKey derived = key.derive(TagInput().add(input));
    words.insert(derived.k0);
    words.insert(derived.k1);
  }
  EXPECT_EQ(words.size(), 200U);
}

TEST(TagKey, DependsOnSeedAndPurpose) {
  const auto input = TagInput().add(std::uint64_t{42});
  std::set<std::uint64_t> tags;
  for (int seed = 0; seed < 20; ++seed) {
    for (const auto purpose : {TagKey::Purpose::ping, TagKey::Purpose::discovery, TagKey::Purpose::traceroute,
                               TagKey::Purpose::traceroute_flow, TagKey::Purpose::order}) {
      tags.insert(TagKey(seed_of(seed), purpose).tag64(input));
    }
  }
  EXPECT_EQ(tags.size(), 100U);
}

TEST(TagKey, UsesBothHalvesOfTheSeed) {
  const auto input = TagInput().add(std::uint64_t{1});
  KeySeed first = seed_of(0);
  KeySeed second = first;
  first[3] = std::byte{1};
  second[30] = std::byte{1};
  const auto tag = [&](const KeySeed& seed) { return TagKey(seed, TagKey::Purpose::ping).tag64(input); };
  EXPECT_NE(tag(first), tag(seed_of(0)));
  EXPECT_NE(tag(second), tag(seed_of(0)));
}

TEST(TagKey, ShortTagIsNeverZero) {
  const TagKey key(seed_of(7), TagKey::Purpose::ping);
  bool full_tag_had_zero = false;
  for (std::uint64_t i = 0; i < 300000; ++i) {
    const auto input = TagInput().add(i);
    ASSERT_NE(key.tag16(input), 0);
    full_tag_had_zero = full_tag_had_zero || key.tag64(input) >> 48 == 0;
  }
  EXPECT_TRUE(full_tag_had_zero) << "the loop never met the case";
}

TEST(TagInput, KeepsAddressFamiliesApart) {
  const auto four = TagInput().add(IpAddress::v4(0x01020304));
  const auto six = TagInput().add(IpAddress::v6({1, 2, 3, 4}));
  EXPECT_NE(four.bytes().size(), six.bytes().size());
}

}  // namespace
}  // namespace isthmus::wire
