#pragma once
// A data file, opened, unpacked and looked at: what every reader of this module reads from. One thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ip2as/byte_source.hpp"

namespace isthmus::ip2as {

enum class Packing : std::uint8_t { none, gzip, bzip2 };

class Input final : public ByteSource {
 public:
  /// Enough of a file's beginning to tell its format.
  static constexpr std::size_t kHeadSize = std::size_t{1} << 16;

  /// Fails when the file cannot be opened. `bytes_read`, unless nullptr, grows as the file is read, perhaps by another
  /// thread, and outlives the input.
  static Result<std::unique_ptr<Input>> open(const std::string& path, std::atomic<std::uint64_t>* bytes_read = nullptr);
  /// From memory that outlives the input; `name` stands for the path.
  static std::unique_ptr<Input> of_bytes(std::string_view bytes, std::string name,
                                         std::size_t piece = std::size_t{1} << 20);

  [[nodiscard]] std::string_view next() override;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Packing packing() const { return packing_; }
  /// Bytes of the file as it lies there.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// The first kHeadSize bytes, unpacked, or all that there are. Before the first next() only.
  [[nodiscard]] std::string_view head() const { return head_; }
  /// The last bytes, at most so many, as they lie there: packed if the file is.
  [[nodiscard]] std::string tail(std::size_t size) const;

  /// Name and checksum, e.g. "asn-ipv4.csv crc32:3a1c9f02": enough to tell whether two machines, or two runs, use the
  /// same data. Reads what has not been read; next() gives nothing afterwards.
  [[nodiscard]] std::string finish();

 private:
  Input(std::string path, std::unique_ptr<ByteSource> raw, FileBytes* file, std::string_view memory,
        std::uint64_t size);

  std::string path_;
  std::unique_ptr<ByteSource> raw_;
  FileBytes* file_;  // raw_ when it is a file; otherwise nullptr, and these are all bytes.
  std::string_view memory_;
  std::uint64_t size_;
  Packing packing_{Packing::none};
  std::unique_ptr<ByteSource> bytes_;  // Unpacked from raw_, and gone before it.
  std::string head_;
  std::string_view beyond_head_;  // Of the piece that the head ended in.
  enum class At : std::uint8_t { head, beyond_head, rest } at_{At::head};
};

}  // namespace isthmus::ip2as
