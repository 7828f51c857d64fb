#pragma once
// Turns the way of a flow into the trace that a prober would bring home: who answers at which TTL, with which address,
// what is lost, refused, hidden in tunnels or goes round in circles. One thread.

#include <cstdint>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "support/internet/internet.hpp"

namespace isthmus::testing::internet {

struct ProbeSettings {
  Protocol protocol{Protocol::udp};
  int attempts{2};   ///< Probes that a silent hop gets.
  int gap_limit{5};  ///< Silent hops in a row that end a trace.
  Ttl max_ttl{32};
};

/// One trace to make.
struct Errand {
  const Vantage* vantage{nullptr};
  std::uint32_t vantage_index{0};
  const Target* target{nullptr};
  const Block24* block{nullptr};
  std::uint32_t destination{0};
  FlowId flow;
  Timestamp started{};
};

class Prober {
 public:
  Prober(const Internet& internet, const ProbeSettings& settings, const Outages& outages);

  /// `operators` gets one AS for each hop of the trace: who runs the machine that stands there, none behind the
  /// destination.
  Trace trace(const Errand& errand, const Way& way, std::vector<Asn>& operators);

 private:
  enum class Kind : std::uint8_t { router, home, host, refusal, nothing };
  /// What stands at one TTL.
  struct Stand {
    Kind kind{Kind::router};
    AsIndex as{kNone};
    RouterId router{kNone};
    std::uint32_t from{0};
    std::uint32_t delay_us{0};   ///< From the vantage point, one way.
    std::uint32_t return_us{0};  ///< Back; longer than there for a router in a tunnel.
    std::uint8_t quoted{1};
    std::uint8_t code{0};    ///< Of a refusal.
    std::uint32_t label{0};  ///< 0: none.
    std::uint8_t label_ttl{1};
  };

  void line_up(const Errand& errand, const Way& way);
  void push(const Stand& stand);
  void add_routers(const Errand& errand, const Way& way, std::size_t count);
  void add_router(const Step& step, const Errand& errand);
  void add_tunnel(const Errand& errand, const Way& way, std::size_t first, std::size_t last);
  void add_refusal(const Step& step, const Errand& errand, std::uint8_t code);
  void add_loop(const Errand& errand, const Way& way, std::size_t border);
  void add_host(const Errand& errand, const Way& way);
  [[nodiscard]] std::uint32_t answer_address(const Step& step, const Errand& errand);
  [[nodiscard]] std::uint32_t towards_source(const Step& step, const Errand& errand);
  [[nodiscard]] const Stand& stand_at(int ttl) const;
  [[nodiscard]] Outcome ask(const Stand& stand, const Errand& errand, int ttl, int attempt) const;
  [[nodiscard]] Reply reply_from(const Stand& stand, const Errand& errand, int ttl, std::uint64_t hash) const;
  void fill_host_reply(Reply& reply, const Errand& errand, int ttl) const;
  [[nodiscard]] static bool is_loop(const Trace& trace, const IpAddress& router);

  const Internet& internet_;
  ProbeSettings settings_;
  const Outages& outages_;
  Forwarding forwarding_;
  std::vector<Routes> back_;  // By vantage point.
  std::vector<Stand> stands_;
  std::size_t repeat_from_{kNone};  // Behind the last stand it goes on here; kNone: nothing follows.
  bool ttl_ran_out_{false};         // The last router forwarded what it should have expired.
};

}  // namespace isthmus::testing::internet
