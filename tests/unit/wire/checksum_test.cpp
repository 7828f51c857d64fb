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

// Word by word as RFC 1071 writes it down.
std::uint16_t plain_sum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

TEST(Checksum, AgreesWithThePlainSumAtEveryLengthAndAlignment) {
  std::vector<std::byte> data(200);
  std::uint32_t random = 1;
  for (std::byte& b : data) b = static_cast<std::byte>((random = random * 1664525 + 1013904223) >> 24);
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t size = 0; begin + size <= data.size(); ++size) {
      const auto range = std::span(data).subspan(begin, size);
      ASSERT_EQ(OnesComplementSum().add(range).folded(), plain_sum(range)) << begin << ' ' << size;
      ASSERT_EQ(internet_checksum(range), static_cast<std::uint16_t>(~plain_sum(range))) << begin << ' ' << size;
    }
  }
}

TEST(Checksum, LosesNoCarryInTheLargestPacket) {
  for (const std::size_t size : {65535U, 65534U, 65528U}) {
    const std::vector<std::byte> ones(size, std::byte{0xff});
    EXPECT_EQ(OnesComplementSum().add(ones).folded(), plain_sum(ones)) << size;
    EXPECT_EQ(OnesComplementSum().add(ones).add(ones).add(std::uint16_t{2}).folded(),
              OnesComplementSum().add(plain_sum(ones)).add(plain_sum(ones)).add(std::uint16_t{2}).folded());
  }
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
