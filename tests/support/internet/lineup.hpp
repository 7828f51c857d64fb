#pragma once
// What stands at each TTL of a flow: the routers of its way as their habits show them, with tunnels, borders that
// refuse or swallow, loops, and the destination or nobody at the end. One thread.

#include <cstdint>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "support/internet/internet.hpp"

namespace isthmus::testing::internet {

/// One trace to make.
struct Errand {
  const Vantage* vantage{nullptr};
  std::uint32_t vantage_index{0};
  const Target* target{nullptr};
  const Block24* block{nullptr};
  std::uint32_t destination{0};
  FlowId flow{};
  Timestamp started{};
};

/// Where a home router has its own addresses from.
inline constexpr std::uint32_t kHomeRouter = 0xC0A80101;  // 192.168.1.1

/// Types and codes of ICMP (RFC 792, RFC 1812) and of ICMPv6 (RFC 4443).
struct IcmpWords {
  std::uint8_t time_exceeded, unreachable, echo_reply;  // Types.
  std::uint8_t port, host, net, prohibited;             // Codes of unreachable.
};
[[nodiscard]] const IcmpWords& icmp_words(Family family);

/// What stands at one TTL.
struct Stand {
  enum class Kind : std::uint8_t {
    router,
    home,     ///< A translator in front of the vantage point.
    host,     ///< The destination.
    refusal,  ///< A router that sends unreachables.
    nobody,
  };
  Kind kind{Kind::router};
  AsIndex as{kNone};
  RouterId router{kNone};
  std::uint32_t from{0};       ///< The address that answers.
  std::uint32_t delay_us{0};   ///< From the vantage point, one way.
  std::uint32_t return_us{0};  ///< Back; longer than there for a router in a tunnel.
  std::uint8_t quoted{1};
  std::uint8_t code{0};    ///< Of a refusal.
  std::uint32_t label{0};  ///< 0: none.
  std::uint8_t label_ttl{1};
};

class Lineup {
 public:
  Lineup(const Internet& internet, const Outages& outages);

  void line_up(const Errand& errand, const Way& way);
  /// The path changes while it is traced: before this TTL it is the one given, which was lined up for the same errand.
  /// Does nothing when one of them ends before.
  void change_at(int ttl, const Lineup& before);

  [[nodiscard]] const Stand& at(int ttl) const;
  /// TTLs at which something stands for the first time; what follows is repeated, or nobody.
  [[nodiscard]] int length() const { return static_cast<int>(stands_.size()); }

 private:
  void line_up_behind_home(const Errand& errand, const Way& way);
  void push(const Stand& stand);
  void add_home(const Vantage& vantage);
  void add_routers(const Errand& errand, const Way& way, std::size_t count);
  void add_router(const Step& step, const Errand& errand);
  void add_tunnel(const Errand& errand, const Way& way, std::size_t first, std::size_t last);
  void add_refusal(const Step& step, const Errand& errand, std::uint8_t code);
  void add_loop(const Errand& errand, const Way& way, std::size_t border);
  void add_end(const Errand& errand, const Way& way);
  [[nodiscard]] std::uint32_t other_address(const Errand& errand) const;
  [[nodiscard]] std::uint32_t answer_address(const Step& step, const Errand& errand);
  [[nodiscard]] std::uint32_t towards_source(const Step& step, const Errand& errand);

  const Internet& internet_;
  const Outages& outages_;
  Forwarding forwarding_;
  std::vector<Routes> back_;  // By vantage point.
  std::vector<Stand> stands_;
  std::size_t repeat_from_{kNone};  // Behind the last stand it goes on here; kNone: nobody follows.
  bool ttl_ran_out_{false};         // The last router forwarded what it should have expired.
};

}  // namespace isthmus::testing::internet
