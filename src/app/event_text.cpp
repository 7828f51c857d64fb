#include "app/event_text.hpp"

#include <fmt/format.h>

namespace isthmus::app {

std::string event_line(const Event& event) {
  std::string subject = event.target;
  if (event.block) subject = to_string(*event.block);
  if (!event.vantage.empty()) subject = event.vantage;
  const std::string upstream = event.upstream.is_none() ? "" : "AS" + to_string(event.upstream);
  return fmt::format("{:>6}  {}  {:<20} {:<20} {:<10} {} -> {}  {}", event.id, to_rfc3339(event.time),
                     to_string(event.kind), subject, upstream, event.before.empty() ? "-" : event.before,
                     event.after.empty() ? "-" : event.after, event.evidence.summary);
}

}  // namespace isthmus::app
