#pragma once
// Records of scamper's warts format (warts(5)), read into the model. A reader keeps what records of a file say for
// those behind them: lists, cycles and, in files of the format's first years, addresses. One thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/mda_flows.hpp"
#include "formats/record.hpp"
#include "formats/scamper_hops.hpp"
#include "formats/warts_input.hpp"

namespace isthmus::formats {

/// What the header of a record says.
enum class WartsType : std::uint16_t {
  list = 1,
  cycle_start = 2,
  cycle_definition = 3,
  cycle_stop = 4,
  address = 5,
  trace = 6,
  ping = 7,
  mda_trace = 8
};
inline constexpr std::uint16_t kWartsMagic = 0x1205;
inline constexpr std::size_t kWartsHeader = 8;

/// How isthmus marks lists that it writes, so that it knows their names for targets.
inline constexpr std::string_view kWartsOwnList = "isthmus";

class WartsReader {
 public:
  /// One record without its header. A trace or ping series is in `into`, whose memory is used again; the traces of an
  /// MDA traceroute are appended to `more`, and the kind is RecordKind::trace.
  [[nodiscard]] RecordKind read(WartsType type, std::string_view bytes, Observation& into, std::vector<Trace>& more);

 private:
  /// What all measurements have: where they were made from, to what and when.
  struct Head {
    std::uint32_t list{0};
    std::uint32_t cycle{0};
    IpAddress source{};
    IpAddress destination{};
    Timestamp start{};
  };
  struct TraceHead;
  struct PingHead;
  struct MdaHead;
  struct List {
    std::string target{};
    std::string monitor{};
  };

  bool read_list(std::string_view bytes);
  bool read_cycle(std::string_view bytes);
  bool read_address(std::string_view bytes);
  bool read_trace(std::string_view bytes, Trace& into);
  bool read_ping(std::string_view bytes, PingSeries& into);
  bool read_mda(std::string_view bytes, std::vector<Trace>& into);
  /// Takes one of the first five parameters, which mean the same in all measurements; false when it is another.
  bool take_head(WartsInput& in, int flag, Head& head) const;
  IpAddress old_address(WartsInput& in) const;
  TraceHead read_trace_head(WartsInput& in) const;
  ScamperHop read_hop(WartsInput& in) const;
  PingHead read_ping_head(WartsInput& in) const;
  bool read_echo(WartsInput& in, PingSeries& into) const;
  MdaHead read_mda_head(WartsInput& in) const;
  void read_mda_link(WartsInput& in);
  void read_mda_probe(WartsInput& in);
  Reply read_mda_reply(WartsInput& in, Timestamp sent) const;
  [[nodiscard]] std::string vantage_of(const Head& head) const;
  [[nodiscard]] std::string target_of(const Head& head) const;

  WartsAddresses defined_;                     // By the record that is read.
  WartsAddresses old_addresses_{IpAddress{}};  // Number 0 is none.
  std::unordered_map<std::uint32_t, List> lists_;
  std::unordered_map<std::uint32_t, std::string> hosts_;  // By cycle.
  MdaFlows flows_;
};

}  // namespace isthmus::formats
