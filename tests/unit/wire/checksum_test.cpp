#include "isthmus/wire/checksum.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace isthmus::wire {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int v : values) bytes.push_back(static_cast<std::byte>(v));
  return bytes;
}

TEST(Checksum, AgreesWithTheExampleOfRfc1071) {
  // Section 3: 0001 f203 f4f5 f6f7 sum to ddf2.
  const auto data = bytes_of({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7});
  EXPECT_EQ(OnesComplementSum().add(data).folded(), 0xddf2);
  EXPECT_EQ(internet_checksum(data), 0x220d);
}

TEST(Checksum, AgreesWithAnIpHeaderSeenOnTheWire) {
  const auto header = bytes_of({0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                                0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7});
  EXPECT_EQ(internet_checksum(header), 0);
}

TEST(Checksum, PadsAnOddByteWithZero) {
  EXPECT_EQ(internet_checksum(bytes_of({0x12})), internet_checksum(bytes_of({0x12, 0x00})));
}

TEST(Checksum, UpdatedAgreesWithAFullOneForEveryNewWord) {
  auto data = bytes_of({0x45, 0x00, 0x12, 0x34, 0xab, 0xcd, 0x40, 0x11});
  const std::uint16_t before = internet_checksum(data);
  for (std::uint32_t word = 0; word <= 0xffff; ++word) {
    data[4] = static_cast<std::byte>(word >> 8);
    data[5] = static_cast<std::byte>(word);
    ASSERT_EQ(updated_checksum(before, 0xabcd, static_cast<std::uint16_t>(word)), internet_checksum(data)) << word;
  }
}

TEST(Checksum, CompensationReachesEveryWantedChecksum) {
  const auto data = bytes_of({0x12, 0x34, 0xff, 0xff, 0x80, 0x01});
  for (std::uint32_t wanted = 1; wanted <= 0xffff; ++wanted) {
    OnesComplementSum sum;
    sum.add(data);
    sum.add(compensation_for(sum, static_cast<std::uint16_t>(wanted)));
    // 0 and 0xffff are the two zeros of one's-complement arithmetic.
    const std::uint16_t got = sum.checksum() == 0 ? std::uint16_t{0xffff} : sum.checksum();
    ASSERT_EQ(got, wanted);
  }
}

}  // namespace
}  // namespace isthmus::wire
