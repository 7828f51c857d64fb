#include "isthmus/fleet/request.hpp"

#include <algorithm>

#include "fleet/fields.hpp"
#include "fleet/request.pb.h"

namespace isthmus::fleet {
namespace {

constexpr const char* kReading = "read a request of a core";
// A few names and addresses; anything larger is something else.
constexpr std::size_t kMostBytes = 1024;

void write(const AskTrace& ask, v1::Request& out) {
  auto& retrace = *out.mutable_retrace();
  retrace.set_target(ask.target);
  put_address(*retrace.mutable_address(), ask.address);
  retrace.set_look(ask.look);
}

void write(const AskPing& ask, v1::Request& out) {
  auto& ping = *out.mutable_ping();
  ping.set_target(ask.target);
  put_prefix(*ping.mutable_block(), ask.block.prefix);
  if (ask.first) put_address(*ping.mutable_first(), *ask.first);
}

void write(const Advise& advise, v1::Request& out) {
  auto& advice = *out.mutable_advice();
  advice.set_target(advise.target);
  put_address(*advice.mutable_address(), advise.address);
  advice.set_flow(advise.flow.value);
  put_address(*advice.mutable_router(), advise.router);
}

Request read(Fields& fields, const v1::Request& in) {
  switch (in.kind_case()) {
    case v1::Request::kRetrace:
      return AskTrace{fields.name("retrace.target", in.retrace().target()),
                      fields.address("retrace.address", in.retrace().address()), in.retrace().look()};
    case v1::Request::kPing: {
      AskPing ask{fields.name("ping.target", in.ping().target()),
                  Block{fields.prefix("ping.block", in.ping().block())}};
      if (Block::of(ask.block.prefix.address()) != ask.block) fields.note("ping.block", "is no block");
      if (in.ping().has_first()) ask.first = fields.address("ping.first", in.ping().first());
      return ask;
    }
    case v1::Request::kAdvice:
      return Advise{fields.name("advice.target", in.advice().target()),
                    fields.address("advice.address", in.advice().address()),
                    FlowId{fields.number<std::uint16_t>("advice.flow", in.advice().flow(), 0, 65'535)},
                    fields.address("advice.router", in.advice().router())};
    case v1::Request::KIND_NOT_SET: break;
  }
  fields.note("kind", "is not known");
  return {};
}

}  // namespace

std::string request_subject(const std::string& vantage) { return "ask.v1." + vantage; }

std::string encode(const Request& request) {
  v1::Request out;
  out.set_schema(kRequestSchema);
  std::visit([&](const auto& one) { write(one, out); }, request);
  return out.SerializeAsString();
}

Result<Request> decode_request(std::string_view bytes) {
  v1::Request in;
  if (bytes.size() > kMostBytes || !in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error{ErrorCode::parse_failed, kReading, "it is no request: its bytes do not parse"};
  }
  if (in.schema() != kRequestSchema) {
    return Error{ErrorCode::refused, kReading,
                 "it has schema " + std::to_string(in.schema()) + ", this isthmus reads " +
                     std::to_string(kRequestSchema) + "; bring agents and cores to the same version"};
  }
  Fields fields;
  Request request = read(fields, in);
  if (!fields.problem().empty()) return Error{ErrorCode::parse_failed, kReading, fields.problem()};
  return request;
}

bool RequestBudget::take(Instant now) {
  if (last_ && now > *last_) left_ = std::min(most_, left_ + rate_ * to_seconds(now - *last_));
  last_ = last_ ? std::max(*last_, now) : now;
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

}  // namespace isthmus::fleet
