#pragma once
// A key-value bucket of JetStream: small values by name, each with a revision. What it asks of a client's permissions
// is little: it looks values up by their subject, and needs no consumers (see README.md). Belongs to one thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/broker.hpp"

struct __kvStore;

namespace isthmus::fleet {

struct BucketSettings {
  std::string name;
  int replicas{1};
  Duration lifetime{};  ///< Of a value; zero: for ever.
};

class Bucket {
 public:
  struct Entry {
    std::string value;
    std::uint64_t revision{0};  ///< Ascends within the bucket.
    Timestamp stored{};         ///< By the broker's clock.
  };

  /// `broker` outlives the bucket.
  Bucket(Broker& broker, std::string name) : broker_(broker), name_(std::move(name)) {}
  ~Bucket();
  Bucket(const Bucket&) = delete;
  Bucket& operator=(const Bucket&) = delete;

  /// Creates the bucket, or brings it up to these settings. Errors: busy, refused, permission_denied.
  [[nodiscard]] static Result<void> ensure(Broker& broker, const BucketSettings& settings);

  // Errors of all below: busy (no connection or no answer; also when the broker does not permit it, about which its
  // state then says more), not_found (no such bucket).

  /// Nothing when the key has no value.
  [[nodiscard]] Result<std::optional<Entry>> get(const std::string& key);
  [[nodiscard]] Result<std::uint64_t> put(const std::string& key, const std::string& value);
  /// Only if the present value has this revision; 0: only if there is none. Otherwise refused.
  [[nodiscard]] Result<std::uint64_t> replace(const std::string& key, const std::string& value, std::uint64_t revision);
  Result<void> remove(const std::string& key);
  [[nodiscard]] Result<std::vector<std::string>> keys();

 private:
  [[nodiscard]] Result<void> open();
  void close();
  [[nodiscard]] Error failed(int status, const std::string& what) const;

  Broker& broker_;
  std::string name_;
  std::uint64_t generation_{0};  // of the broker's connection that those below belong to
  __jsCtx* context_{nullptr};
  __kvStore* store_{nullptr};
};

/// The subject that a value is written to: whoever subscribes to it hears of changes.
[[nodiscard]] std::string bucket_subject(const std::string& bucket, const std::string& key);

}  // namespace isthmus::fleet
