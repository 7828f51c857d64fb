#pragma once
// Turns what stands along a flow into the trace that a prober would bring home: what is lost, how long answers take,
// and why the trace ends. Ends as the traceroute engine of isthmus does (probes/traceroute/README.md). One thread.

#include <cstdint>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "support/internet/lineup.hpp"

namespace isthmus::testing::internet {

struct ProbeSettings {
  Protocol protocol{Protocol::udp};
  int attempts{2};      ///< Probes that a hop gets.
  bool ask_all{false};  ///< Even when one was answered, as RIPE Atlas does with its three.
  int gap_limit{5};     ///< Silent hops in a row that end a trace.
  Ttl max_ttl{32};
};

class Prober {
 public:
  Prober(const Internet& internet, const ProbeSettings& settings) : internet_(internet), settings_(settings) {}

  /// `operators` gets one AS for each hop of the trace: who runs the machine that stands there, none behind the
  /// destination.
  [[nodiscard]] Trace trace(const Errand& errand, const Lineup& lineup, std::vector<Asn>& operators) const;

 private:
  [[nodiscard]] Trace begin(const Errand& errand) const;
  void ask(const Errand& errand, const Lineup& lineup, int ttl, Trace& trace) const;
  [[nodiscard]] Outcome answer(const Stand& stand, const Errand& errand, int ttl, std::uint64_t hash) const;
  [[nodiscard]] Reply reply_from(const Stand& stand, const Errand& errand, int ttl, std::uint64_t hash) const;
  [[nodiscard]] Duration round_trip(const Stand& stand, const Errand& errand, std::uint64_t hash) const;
  void fill_host_reply(Reply& reply, const Errand& errand) const;
  [[nodiscard]] bool ends(Trace& trace) const;

  const Internet& internet_;
  ProbeSettings settings_;
};

}  // namespace isthmus::testing::internet
