#include "fleet/nats_error.hpp"

#include <string_view>

namespace isthmus::fleet {
namespace {

struct Meaning {
  ErrorCode code;
  const char* mend;
};

Meaning meaning_of(natsStatus status) {
  switch (status) {
    case NATS_CONNECTION_CLOSED:
    case NATS_CONNECTION_DISCONNECTED:
    case NATS_NO_SERVER:
    case NATS_NOT_YET_CONNECTED: return {ErrorCode::busy, "the broker cannot be reached at present; it is tried again"};
    case NATS_TIMEOUT: return {ErrorCode::busy, "the broker did not answer in time; it is tried again"};
    case NATS_NO_RESPONDERS:
      return {ErrorCode::refused,
              "nobody answers: JetStream is not enabled at the broker, or the stream does not exist"};
    case NATS_CONNECTION_AUTH_FAILED:
    case NATS_NOT_PERMITTED:
      return {ErrorCode::permission_denied,
              "the broker does not accept these credentials, or not for this; see to its permissions"};
    case NATS_SSL_ERROR:
    case NATS_SECURE_CONNECTION_REQUIRED:
    case NATS_SECURE_CONNECTION_WANTED:
      return {ErrorCode::refused,
              "TLS failed: the certificate has expired, is another host's, or was signed by somebody"
              " else than fleet.ca; or one side wants TLS and the other does not"};
    case NATS_NOT_FOUND:
      return {ErrorCode::not_found, "it does not exist at the broker; `isthmus assign` makes what a fleet needs"};
    case NATS_INVALID_ARG:
    case NATS_ADDRESS_MISSING: return {ErrorCode::invalid_argument, "write servers as tls://host:4222"};
    default: return {ErrorCode::io_failed, ""};
  }
}

// Without "(conn.c:2088): ", where in the library it was found.
std::string_view without_place(std::string_view detail) {
  if (!detail.starts_with('(')) return detail;
  const std::size_t end = detail.find("): ");
  return end == std::string_view::npos ? detail : detail.substr(end + 3);
}

}  // namespace

Error nats_error(natsStatus status, std::string operation, const char* detail) {
  const Meaning meaning = meaning_of(status);
  std::string text = natsStatus_GetText(status);
  const std::string_view said = without_place(detail == nullptr ? "" : detail);
  if (!said.empty() && said != text) text += " (" + std::string(said) + ")";
  if (*meaning.mend != '\0') text += std::string("; ") + meaning.mend;
  return {meaning.code, std::move(operation), std::move(text)};
}

Result<void> check(natsStatus status, const char* operation) {
  if (status == NATS_OK) return {};
  natsStatus last = NATS_OK;
  return nats_error(status, operation, nats_GetLastError(&last));
}

}  // namespace isthmus::fleet
