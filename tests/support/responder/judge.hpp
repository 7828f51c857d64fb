#pragma once
// Judges what a tool says it found in the internet of known truth: which of the interfaces, links and hosts that its
// own flows could reveal it found, which it made up. Owned by one thread.

#include <cstdint>
#include <istream>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "world.h"

namespace isthmus::responder {

/// A destination of this world by its text, IPv4 or IPv6.
std::optional<DestinationIndex> parse_destination(std::string_view text);
/// A router of this world by its text, IPv4 or IPv6; nothing when no router can have the address.
std::optional<std::uint32_t> parse_router(std::string_view text);

struct Verdict {
  struct Share {
    std::uint64_t of{0};
    std::uint64_t found{0};
  };
  Share interfaces;
  Share links;
  Share hosts;
  std::uint64_t wrong_hops{0};   ///< Claims of an address at a TTL where none of the flows asked has it.
  std::uint64_t false_links{0};  ///< Claims that two addresses follow each other where on no flow asked they do.
  std::uint64_t strange{0};      ///< Lines that name a destination that was not asked, or that are no claim.
  std::uint64_t lost_flows{0};   ///< Probes of flows that the responder had no room to record.
};

class Judge {
 public:
  /// `flows`: what was asked, one record a block. `max_ttl`: hops behind it were not asked and are not expected.
  Judge(const WorldSettings& world, std::vector<FlowRecord> flows, std::uint32_t max_ttl);

  /// A target that ought to have been asked, whether it was or not.
  void expect(DestinationIndex target);
  /// Claims, one a line:
  ///   DESTINATION TRACE TTL ADDRESS   any number tells one trace of a destination from another
  ///   ADDRESS                         a host that answered
  ///   interface ADDRESS               on the way to any of the targets
  ///   link NEAR FAR                   follow each other on the way to any of the targets
  void read_claims(std::istream& lines);
  [[nodiscard]] Verdict verdict();

 private:
  struct Claim {
    DestinationIndex destination;
    std::uint32_t trace;
    std::uint32_t ttl;
    std::uint32_t router;
    [[nodiscard]] auto operator<=>(const Claim&) const = default;
  };

  void expect_path(DestinationIndex destination, std::uint32_t flow);
  void claim_host(DestinationIndex destination);
  void claim_interface(std::string_view address);
  void claim_link(std::string_view near, std::string_view far);
  void read_claim(std::string_view line);
  [[nodiscard]] bool stands_at(const Claim& claim) const;
  [[nodiscard]] bool follow(const Claim& near, const Claim& far) const;
  [[nodiscard]] std::vector<std::uint32_t> flows_of(DestinationIndex destination) const;
  void judge_hops(Verdict& verdict);
  void judge_links(Verdict& verdict);

  WorldSettings world_;
  std::vector<FlowRecord> flows_;
  std::uint32_t max_ttl_;
  std::unordered_set<std::uint32_t> interfaces_;
  std::unordered_set<std::uint64_t> links_;
  std::unordered_set<DestinationIndex> hosts_;
  std::unordered_set<std::uint32_t> found_interfaces_;
  std::unordered_set<std::uint64_t> found_links_;
  std::unordered_set<DestinationIndex> found_hosts_;
  std::vector<Claim> claims_;
  Verdict counts_;
};

}  // namespace isthmus::responder
