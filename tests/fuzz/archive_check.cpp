#include "fuzz/archive_check.hpp"

#include <algorithm>
#include <memory>

#include "formats/json_decoder.hpp"
#include "formats/warts_decoder.hpp"
#include "isthmus/formats/atlas.hpp"
#include "isthmus/formats/utf8.hpp"
#include "isthmus/formats/warts.hpp"

namespace isthmus::fuzz {
namespace {

class MemoryStream final : public formats::ByteStream {
 public:
  MemoryStream(std::span<const std::uint8_t> bytes, std::size_t step) : bytes_(bytes), step_(step) {}
  std::size_t read(char* into, std::size_t size) override {
    const std::size_t given = std::min({size, step_, bytes_.size()});
    std::copy_n(bytes_.begin(), given, into);
    bytes_ = bytes_.subspan(given);
    return given;
  }
  [[nodiscard]] const std::string& problem() const override { return problem_; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t step_;
  std::string problem_;
};

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void require_sound(const Outcome& outcome) {
  const Reply* reply = reply_of(outcome);
  if (reply == nullptr) return;
  require(reply->rtt >= Duration{}, "no answer comes before its question");
  for (const MplsLabel& label : reply->mpls) require(label.label <= 0xFFFFF, "a label has 20 bits");
}

void require_sound(const Trace& trace) {
  require(trace.started >= Timestamp{}, "nothing was traced before 1970");
  for (std::size_t i = 0; i < trace.hops.size(); ++i) {
    require(trace.hops[i].ttl > 0, "a hop has a TTL");
    require(i == 0 || trace.hops[i].ttl == trace.hops[i - 1].ttl + 1, "hops ascend without holes");
    require(!trace.hops[i].outcomes.empty(), "a hop has an outcome");
    for (const Outcome& outcome : trace.hops[i].outcomes) require_sound(outcome);
  }
}

void require_sound(const PingSeries& series) {
  require(!series.outcomes.empty(), "a ping series has an outcome");
  for (const PingOutcome& ping : series.outcomes) require_sound(ping.outcome);
}

// What is written is valid UTF-8, whatever names were read from warts.
Observation with_clean_names(Observation observation) {
  std::visit(
      [](auto& o) {
        o.vantage = formats::valid_utf8(o.vantage);
        o.target = formats::valid_utf8(o.target);
      },
      observation);
  return observation;
}

std::string to_warts(const Observation& observation) {
  std::string bytes;
  formats::WartsWriter writer([&](std::string_view record) { bytes += record; });
  writer.write(observation);
  return bytes;
}

std::vector<Observation> from_warts(const std::string& bytes) {
  formats::WartsDecoder decoder(window_over(bytes_of(bytes), bytes.size()));
  return read_all(decoder, bytes.size());
}

}  // namespace

formats::StreamWindow window_over(std::span<const std::uint8_t> bytes, std::size_t step) {
  constexpr std::size_t kSmall = 256;  // It has to grow for anything that is longer.
  return formats::StreamWindow(std::make_unique<MemoryStream>(bytes, step), kSmall);
}

std::vector<Observation> read_all(formats::ArchiveReader::Decoder& decoder, std::size_t size) {
  std::vector<Observation> observations;
  formats::ArchiveSummary summary;
  Observation into;
  bool holds_observation = false;
  while (decoder.step(into, holds_observation, summary)) {
    if (holds_observation) observations.push_back(into);
  }
  require(!decoder.step(into, holds_observation, summary), "the end is the end");
  require(summary.traces + summary.pings == observations.size(), "every observation is counted");
  require(summary.problems.size() == std::min(summary.bad, std::uint64_t{formats::ArchiveSummary::kMostProblems}),
          "every problem is counted, the first are kept");
  require(summary.bytes == size, "every byte is read");
  for (const auto& problem : summary.problems) {
    require(problem.offset <= size && !problem.why.empty(), "a problem says where and why");
  }
  return observations;
}

void require_sound(const Observation& observation) {
  std::visit([](const auto& o) { require_sound(o); }, observation);
}

void require_round_trips(const Observation& observation) {
  const std::string text = formats::to_atlas_json(observation);
  formats::JsonDecoder decoder(window_over(bytes_of(text), text.size()));
  const auto back = read_all(decoder, text.size());
  require(back.size() == 1 && back[0] == with_clean_names(observation), "Atlas JSON reads back as it was");
  const auto once = from_warts(to_warts(observation));
  require(once.size() == 1, "warts reads back");
  require(from_warts(to_warts(once[0])) == once, "warts reads back as it was after one trip");
}

}  // namespace isthmus::fuzz
