#include "telemetry/password_gate.hpp"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "telemetry/ascii.hpp"
#include "telemetry/base64.hpp"

namespace isthmus::telemetry {
namespace {

// One second of comparisons at the usual cost; more would only make everybody wait.
constexpr std::size_t kMostWaiting = 16;
// Far more clients than scrape one isthmus.
constexpr std::size_t kMostRemembered = 64;

struct Credentials {
  std::string user;
  std::string password;
};

// "Basic " and user:password in Base64 (RFC 7617 section 2).
std::optional<Credentials> credentials_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic ";
  if (!same_word(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  const auto text = base64_decode(authorization.substr(kScheme.size()));
  const std::size_t colon = text ? text->find(':') : std::string::npos;
  // crypt() would take a NUL for the password's end.
  if (colon == std::string::npos || text->find('\0') != std::string::npos) return std::nullopt;
  return Credentials{text->substr(0, colon), text->substr(colon + 1)};
}

bool matches(const std::string& password, const std::string& hash) {
  const auto scratch = std::make_unique<crypt_data>();
  const char* made = crypt_r(password.c_str(), hash.c_str(), scratch.get());
  if (made == nullptr) return false;
  const std::string_view text(made);
  return text.size() == hash.size() && CRYPTO_memcmp(text.data(), hash.data(), hash.size()) == 0;
}

}  // namespace

PasswordGate::PasswordGate() {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1) throw std::runtime_error("no random bytes");
}

PasswordGate::~PasswordGate() { stop(); }

void PasswordGate::stop() {
  thread_.stop();
  thread_.join();
}

void PasswordGate::ask(const std::shared_ptr<const WebAccess>& access, std::string_view authorization,
                       std::function<void(Verdict)> decided) {
  auto credentials = credentials_of(authorization);
  if (!credentials) return decided(Verdict::refused);
  const auto& users = access->users();
  const auto user = users.find(credentials->user);
  const bool is_known = user != users.end();
  // For an unknown user somebody's hash is compared as well, so that the time does not tell who is known.
  const std::string& hash = is_known ? user->second : users.begin()->second;
  const Digest digest = digest_of(credentials->user, hash, credentials->password);
  if (is_known && remembers(digest)) return decided(Verdict::allowed);
  if (waiting_.fetch_add(1) >= kMostWaiting) {
    waiting_.fetch_sub(1);
    return decided(Verdict::too_busy);
  }
  boost::asio::post(thread_, [this, access, hash, is_known, digest, password = std::move(credentials->password),
                              decided = std::move(decided)] {
    const bool is_right = matches(password, hash) && is_known;
    if (is_right) remember(digest);
    waiting_.fetch_sub(1);
    decided(is_right ? Verdict::allowed : Verdict::refused);
  });
}

PasswordGate::Digest PasswordGate::digest_of(std::string_view user, std::string_view hash,
                                             std::string_view password) const {
  // NUL is in none of them.
  std::string text(user);
  for (const std::string_view part : {hash, password}) text.append(1, '\0').append(part);
  Digest digest{};
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest.data(), nullptr);
  OPENSSL_cleanse(text.data(), text.size());
  return digest;
}

bool PasswordGate::remembers(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(let_in_, [&digest](const Digest& known) {
    return CRYPTO_memcmp(known.data(), digest.data(), digest.size()) == 0;
  });
}

void PasswordGate::remember(const Digest& digest) {
  const std::lock_guard lock(mutex_);
  let_in_.push_back(digest);
  if (let_in_.size() > kMostRemembered) let_in_.pop_front();
}

}  // namespace isthmus::telemetry
