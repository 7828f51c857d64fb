#pragma once
// What must be true of any archive, whatever its bytes: shared by the targets that read them.

#include <cstdint>
#include <span>
#include <vector>

#include "formats/archive_decoder.hpp"
#include "formats/stream_window.hpp"
#include "fuzz/fuzz_target.hpp"

namespace isthmus::fuzz {

/// Bytes that come in steps of at most that size.
[[nodiscard]] formats::StreamWindow window_over(std::span<const std::uint8_t> bytes, std::size_t step);

/// Reads all of it twice, which must give the same, and requires of each observation that it keeps the model's
/// promises, reads back from RIPE Atlas JSON as it was, and from warts as it was after one trip through it.
template <typename Decoder>
void check_archive(std::span<const std::uint8_t> bytes);

/// The observations of an archive, with the summary's promises required.
[[nodiscard]] std::vector<Observation> read_all(formats::ArchiveReader::Decoder& decoder, std::size_t size);
void require_sound(const Observation& observation);
void require_round_trips(const Observation& observation);

template <typename Decoder>
void check_archive(std::span<const std::uint8_t> bytes) {
  Decoder in_steps(window_over(bytes, 7));
  Decoder at_once(window_over(bytes, bytes.size() + 1));
  const auto observations = read_all(at_once, bytes.size());
  fuzz::require(read_all(in_steps, bytes.size()) == observations, "it does not matter how the bytes come");
  for (const Observation& observation : observations) {
    require_sound(observation);
    require_round_trips(observation);
  }
}

}  // namespace isthmus::fuzz
