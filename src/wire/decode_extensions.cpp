#include "wire/decode_layers.hpp"
#include "wire/native_sum.hpp"

namespace isthmus::wire::layers {
namespace {

// RFC 4884 section 5.3: a quote with extensions behind has at least this size, zero-padded if need be.
constexpr std::size_t kMinQuote = 128;
constexpr std::size_t kStructureHeader = 4;
constexpr std::uint8_t kVersion = 2;
constexpr std::size_t kObjectHeader = 4;
// RFC 4950 section 3: the incoming label stack, four bytes an entry.
constexpr std::uint8_t kMplsClass = 1;
constexpr std::uint8_t kIncomingStack = 1;
constexpr std::size_t kMplsEntry = 4;

// Section 7: version and reserved bits, checksum over the whole structure, of which 0 means that there is none.
bool is_structure(Bytes bytes) {
  if (bytes.size() < kStructureHeader || u8(bytes, 0) >> 4 != kVersion) return false;
  return u16(bytes, 2) == 0 || sums_up(bytes);
}

// RFC 3032 section 2.1: label, experimental bits, bottom of stack, TTL.
void read_labels(Bytes entries, MplsStack& stack) {
  for (; entries.size() >= kMplsEntry && stack.size < MplsStack::kCapacity; entries = entries.subspan(kMplsEntry)) {
    const std::uint32_t word = u32(entries, 0);
    stack.labels[stack.size++] = {.label = word >> 12,
                                  .experimental = static_cast<std::uint8_t>((word >> 9) & 7),
                                  .bottom = ((word >> 8) & 1) != 0,
                                  .ttl = static_cast<Ttl>(word)};
  }
}

// Section 8: objects of length (with this header), class and type. Each turn takes four bytes at least, so that a
// length of 0 cannot hold the loop, and what does not fit ends it.
void read_objects(Bytes objects, MplsStack& stack) {
  while (objects.size() >= kObjectHeader) {
    const std::size_t length = u16(objects, 0);
    if (length < kObjectHeader || length > objects.size()) return;
    if (u8(objects, 2) == kMplsClass && u8(objects, 3) == kIncomingStack) {
      // The first stack only: the labels of two would look like one that no packet carried.
      return read_labels(objects.first(length).subspan(kObjectHeader), stack);
    }
    objects = objects.subspan(length);
  }
}

}  // namespace

std::size_t read_extensions(Bytes body, std::size_t announced, MplsStack& stack) {
  if (body.size() < kMinQuote + kStructureHeader) return body.size();
  // Section 5.5: older routers put the structure behind 128 bytes and set no length, or leave rubbish there.
  const std::size_t quote = announced >= kMinQuote && announced <= body.size() ? announced : kMinQuote;
  const Bytes structure = body.subspan(quote);
  if (!is_structure(structure)) return body.size();
  read_objects(structure.subspan(kStructureHeader), stack);
  return quote;
}

}  // namespace isthmus::wire::layers
