#include "isthmus/formats/archive.hpp"

#include <bzlib.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include "isthmus/formats/atlas.hpp"
#include "unit/formats/archives.hpp"
#include "unit/formats/sample.hpp"

namespace isthmus::formats {
namespace {

// A result whose flow says which one it is.
std::string result(int number) {
  Trace trace = test::sample_trace();
  trace.flow.value = static_cast<std::uint16_t>(number);
  return to_atlas_json(trace);
}

std::vector<int> numbers(const test::Archive& archive) {
  std::vector<int> found;
  for (const Observation& observation : archive.observations) found.push_back(std::get<Trace>(observation).flow.value);
  return found;
}

std::vector<std::uint64_t> problem_lines(const test::Archive& archive) {
  std::vector<std::uint64_t> lines;
  for (const ArchiveProblem& problem : archive.summary.problems) lines.push_back(problem.line);
  return lines;
}

std::string gzip(const std::string& text) {
  std::string packed(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string bzip2(std::string text) {
  std::string packed(text.size() + text.size() / 100 + 700, '\0');
  auto size = static_cast<unsigned>(packed.size());
  BZ2_bzBuffToBuffCompress(packed.data(), &size, text.data(), static_cast<unsigned>(text.size()), 9, 0, 0);
  packed.resize(size);
  return packed;
}

using Numbers = std::vector<int>;
using Lines = std::vector<std::uint64_t>;

TEST(Archive, HoldsOneResultOnEachLine) {
  const auto archive = test::read_text(result(1) + "\n" + result(2) + "\r\n\n  " + result(3));
  EXPECT_EQ(numbers(archive), (Numbers{1, 2, 3}));
  EXPECT_EQ(archive.summary.format, "atlas");
  EXPECT_EQ(archive.summary.traces, 3u);
  EXPECT_EQ(archive.summary.bad, 0u);
}

TEST(Archive, HoldsOneBigArray) {
  for (const char* between : {",", ", ", ",\n", "\n,\n"}) {
    const auto archive = test::read_text("[" + result(1) + between + result(2) + between + result(3) + "]\n");
    EXPECT_EQ(numbers(archive), (Numbers{1, 2, 3})) << between;
    EXPECT_EQ(archive.summary.bad, 0u) << between;
  }
}

TEST(Archive, MayBePrintedForPeopleOrConsistOfSeveralArrays) {
  std::string spread = result(1);
  for (std::size_t at = 0; (at = spread.find(",\"", at)) != std::string::npos; at += 3) spread.insert(at + 1, "\n ");
  EXPECT_EQ(numbers(test::read_text(spread + "\n" + spread + "\n")), (Numbers{1, 1}));
  EXPECT_EQ(numbers(test::read_text("[" + spread + "]\n[" + result(2) + "]")), (Numbers{1, 2}));
  EXPECT_EQ(test::read_text("{\"fw\":5080,\"msm_id\":1,\"type\":\"dns\"}").summary.other, 1u);
}

TEST(Archive, MayMixResultsOfWhichSomeBeginAsAnswersOfOthersDo) {
  const std::string old = R"({"from":"192.0.2.9","fw":1,"msm_id":1,"prb_id":1,"timestamp":1338816126,"result":)"
                          R"x("traceroute to x (203.0.113.71), 32 hops max NEWLINE 1 192.0.2.1 1.5 ms NEWLINE"})x";
  EXPECT_EQ(numbers(test::read_text("[" + old + "," + result(2) + "," + old + "," + result(3) + "]")),
            (Numbers{0, 2, 0, 3}));
}

TEST(Archive, UnpacksGzipAndBzip2) {
  const std::string text = result(1) + "\n" + result(2) + "\n";
  const std::string more = result(3) + "\n";
  for (const std::string& packed : {gzip(text), bzip2(text)}) {
    const auto archive = test::read_text(packed);
    EXPECT_EQ(numbers(archive), (Numbers{1, 2}));
    EXPECT_EQ(archive.summary.bytes, text.size());
  }
  // Daily dumps are packed in parts, one behind the other.
  EXPECT_EQ(numbers(test::read_text(gzip(text) + gzip(more))), (Numbers{1, 2, 3}));
  EXPECT_EQ(numbers(test::read_text(bzip2(text) + bzip2(more))), (Numbers{1, 2, 3}));
}

TEST(Archive, CutOffWhilePackedGivesWhatIsWhole) {
  std::string text;
  for (int i = 0; i < 4000; ++i) text += result(i) + "\n";
  for (const std::string& packed : {gzip(text), bzip2(text)}) {
    const auto archive = test::read_text(packed.substr(0, packed.size() * 3 / 4));
    EXPECT_GT(archive.summary.traces, 500u);
    EXPECT_LT(archive.summary.traces, 4000u);
    ASSERT_FALSE(archive.summary.problems.empty());
    EXPECT_EQ(archive.summary.problems.back().why, "the compressed data ends early: the file is cut off");
    EXPECT_GE(archive.summary.problems.back().line, archive.summary.traces);
  }
}

TEST(Archive, DamagedWhilePackedGivesWhatWasBefore) {
  std::string text;
  for (int i = 0; i < 4000; ++i) text += result(i) + "\n";
  for (std::string packed : {gzip(text), bzip2(text)}) {
    for (std::size_t i = 0; i < 64; ++i)
      packed[packed.size() / 2 + i] = static_cast<char>(~packed[packed.size() / 2 + i]);
    const auto archive = test::read_text(packed);
    EXPECT_GT(archive.summary.traces, 0u);
    EXPECT_LT(archive.summary.traces, 4000u);
    EXPECT_FALSE(archive.summary.problems.empty());
  }
}

TEST(Archive, ComesFromStandardInput) {
  const test::TemporaryFile file(gzip(result(1) + "\n" + result(2)));
  const int before = dup(STDIN_FILENO);
  const int descriptor = open(file.path().c_str(), O_RDONLY);
  dup2(descriptor, STDIN_FILENO);
  close(descriptor);
  EXPECT_EQ(numbers(test::read_file("-")), (Numbers{1, 2}));
  dup2(before, STDIN_FILENO);
  close(before);
}

TEST(Archive, LineCutInTwoCostsOnlyItself) {
  const std::string cut = result(2);
  const auto archive = test::read_text(result(1) + "\n" + cut.substr(0, 200) + "\n" + cut.substr(200) + "\n" +
                                       "garbage\n[]\n7\n{}\n" + result(3) + "\n" + cut.substr(0, 300));
  EXPECT_EQ(numbers(archive), (Numbers{1, 3}));
  EXPECT_EQ(archive.summary.bad, 7u);
  EXPECT_EQ(problem_lines(archive), (Lines{2, 3, 4, 5, 6, 7, 9}));
  EXPECT_EQ(archive.summary.problems[0].offset, result(1).size() + 1);
  for (const ArchiveProblem& problem : archive.summary.problems) EXPECT_FALSE(problem.why.empty());
}

TEST(Archive, ResultOfAnArrayCutAnywhereCostsOnlyItself) {
  const std::string whole = result(2);
  for (const char* between : {",", ",\n"}) {
    for (std::size_t size = 1; size + 1 < whole.size(); ++size) {
      const auto archive = test::read_text("[" + result(1) + between + whole.substr(0, size) + between + result(3) +
                                           between + result(4) + "]");
      ASSERT_EQ(numbers(archive), (Numbers{1, 3, 4})) << "cut after " << size << " bytes: " << whole.substr(0, size);
      ASSERT_GE(archive.summary.bad, 1u) << size;
      ASSERT_EQ(archive.summary.problems[0].line, between[1] == '\n' ? 2u : 1u) << size;
    }
  }
}

TEST(Archive, ManyCutResultsOfAnArrayCostNoMoreThanTheirBytes) {
  // If each were sought until the archive ends, this would take hours.
  const std::string cut = result(2).substr(0, 700);
  std::string text = "[" + result(1);
  for (int i = 0; i < 30'000; ++i) text += "," + cut;
  const auto archive = test::read_text(text + "," + result(3) + "]");
  EXPECT_EQ(numbers(archive), (Numbers{1, 3}));
  EXPECT_EQ(archive.summary.bad, 30'000u);
}

TEST(Archive, FirstResultOfAnArrayCutCostsOnlyItself) {
  const auto archive = test::read_text("[" + result(1).substr(0, 250) + "," + result(2) + "," + result(3) + "]");
  EXPECT_EQ(numbers(archive), (Numbers{2, 3}));
  EXPECT_EQ(archive.summary.bad, 1u);
}

TEST(Archive, ArrayWithoutItsEndGivesWhatIsWhole) {
  const auto archive = test::read_text("[" + result(1) + "," + result(2) + "," + result(3).substr(0, 100));
  EXPECT_EQ(numbers(archive), (Numbers{1, 2}));
  EXPECT_EQ(archive.summary.bad, 1u);
}

TEST(Archive, LineWithoutAnEndIsDroppedAsItComes) {
  const auto archive =
      test::read_text(result(1) + "\n{\"fw\":\"" + std::string(40'000'000, 'x') + "\n" + result(2) + "\n");
  EXPECT_EQ(numbers(archive), (Numbers{1, 2}));
  EXPECT_EQ(problem_lines(archive), Lines{2});
  EXPECT_EQ(archive.summary.problems[0].why, "longer than 16 MiB");
}

TEST(Archive, CountsProblemsBeyondThoseItKeeps) {
  std::string text = result(1) + "\n";
  for (int i = 0; i < 1000; ++i) text += "{\n";
  const auto archive = test::read_text(text);
  EXPECT_EQ(archive.summary.bad, 1000u);
  EXPECT_EQ(archive.summary.problems.size(), ArchiveSummary::kMostProblems);
}

TEST(Archive, IsReadIntoTheSameMemory) {
  Trace shorter = test::sample_trace();
  shorter.hops.resize(2);
  PingSeries ping;
  ping.vantage = "tokyo";
  ping.address = test::ip("203.0.113.7");
  ping.outcomes.push_back({Timestamp(std::chrono::seconds(1)), TimedOut{}});
  const test::TemporaryFile file(to_atlas_json(test::sample_trace()) + "\n" + to_atlas_json(shorter) + "\n" +
                                 to_atlas_json(ping) + "\n" + to_atlas_json(test::sample_trace()) + "\n");
  auto reader = ArchiveReader::open(file.path());
  ASSERT_TRUE(reader);
  Observation observation;
  for (const Observation& expected :
       std::vector<Observation>{test::sample_trace(), shorter, ping, test::sample_trace()}) {
    ASSERT_TRUE(reader->next(observation));
    EXPECT_EQ(observation, expected);
  }
  EXPECT_FALSE(reader->next(observation));
  EXPECT_FALSE(reader->next(observation));
}

TEST(Archive, RefusesWhatIsNoArchive) {
  EXPECT_EQ(ArchiveReader::open("/nowhere/at/all").error().code, ErrorCode::not_found);
  EXPECT_EQ(ArchiveReader::open("/").error().code, ErrorCode::io_failed);
  for (const std::string& content : {std::string(), std::string("\n\n"), std::string("one,two\n"), std::string("[]"),
                                     std::string("{\"a\":1}\n"), std::string(1000, '\0'), gzip("")}) {
    const test::TemporaryFile file(content);
    const auto reader = ArchiveReader::open(file.path());
    ASSERT_FALSE(reader) << content;
    EXPECT_EQ(reader.error().code, ErrorCode::parse_failed);
    EXPECT_NE(reader.error().operation.find(file.path()), std::string::npos);
  }
}

}  // namespace
}  // namespace isthmus::formats
