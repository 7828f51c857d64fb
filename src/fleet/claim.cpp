#include "isthmus/fleet/claim.hpp"

#include "fleet/claim.pb.h"
#include "fleet/fields.hpp"

namespace isthmus::fleet {
namespace {

constexpr const char* kReading = "read the claim of an agent";
constexpr std::size_t kLongestText = 255;

std::string text(Fields& fields, const char* field, const std::string& bytes) {
  if (bytes.empty() || bytes.size() > kLongestText) fields.note(field, "is empty or too long");
  return bytes;
}

}  // namespace

std::string encode(const Claim& claim) {
  v1::Claim out;
  out.set_schema(kClaimSchema);
  out.set_installation(claim.installation);
  out.set_boot(claim.boot);
  out.set_host(claim.host);
  out.set_version(claim.version);
  out.set_written(static_cast<std::uint64_t>(claim.written.time_since_epoch().count()));
  return out.SerializeAsString();
}

Result<Claim> decode_claim(std::string_view bytes) {
  v1::Claim in;
  if (bytes.size() > 4 * kLongestText || !in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error{ErrorCode::parse_failed, kReading, "it is no claim: its bytes do not parse"};
  }
  if (in.schema() != kClaimSchema) {
    return Error{ErrorCode::refused, kReading, "it has schema " + std::to_string(in.schema())};
  }
  Fields fields;
  Claim claim;
  claim.installation = text(fields, "installation", in.installation());
  claim.boot = in.boot();
  claim.host = text(fields, "host", in.host());
  claim.version = text(fields, "version", in.version());
  claim.written = fields.time("written", in.written());
  if (!fields.problem().empty()) return Error{ErrorCode::parse_failed, kReading, fields.problem()};
  return claim;
}

bool gives_way(const std::optional<Claim>& present, const Claim& ours) {
  // A later start with our own installation is a copy of our folder at work elsewhere.
  return !present || (present->installation == ours.installation && present->boot <= ours.boot);
}

}  // namespace isthmus::fleet
