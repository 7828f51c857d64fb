#pragma once
// The tables of a PeeringDB dump as far as they tell about exchanges, taken in record by record and put together at the
// end: a record may come before the one that it refers to. One thread.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ip2as/exchange_list.hpp"
#include "ip2as/report_writer.hpp"

namespace isthmus::ip2as {

enum class PeeringDbTable : std::uint8_t { other, ix, ixlan, ixpfx, netixlan };

[[nodiscard]] PeeringDbTable peeringdb_table(std::string_view name);

/// The fields of a record that matter, as text whatever they are in the document; empty when missing or null.
struct PeeringDbRecord {
  std::uint64_t offset{0};
  std::string id;
  std::string name;
  std::string ix_id;
  std::string ixlan_id;
  std::string prefix;
  std::string asn;
  std::string ipaddr4;
  std::string ipaddr6;
  std::string status;

  /// The field of that name; nullptr when it does not matter.
  [[nodiscard]] std::string* field(std::string_view key);
  void clear();
};

class PeeringDbTables {
 public:
  explicit PeeringDbTables(ReportWriter& report) : report_(report) {}

  void take(PeeringDbTable table, const PeeringDbRecord& record);
  void move_to(ExchangeList& list);

 private:
  struct Exchange {
    std::string name;
    bool retired;
  };
  struct Lan {
    std::uint64_t ix;
    bool retired;
  };
  struct LanPrefix {
    std::uint64_t offset;
    std::uint64_t lan;
    Prefix prefix;
    bool retired;
  };
  struct LanPort {
    std::uint64_t offset;
    std::uint64_t lan;
    Asn member;
    std::array<std::optional<IpAddress>, 2> addresses;
    bool retired;
  };

  const char* take_ix(const PeeringDbRecord& record, bool retired);
  const char* take_ixlan(const PeeringDbRecord& record, bool retired);
  std::string take_ixpfx(const PeeringDbRecord& record, bool retired);
  std::string take_netixlan(const PeeringDbRecord& record, bool retired);
  [[nodiscard]] std::optional<Lan> find_lan(std::uint64_t lan) const;

  ReportWriter& report_;
  std::map<std::uint64_t, Exchange> exchanges_;
  std::map<std::uint64_t, Lan> lans_;
  std::vector<LanPrefix> prefixes_;
  std::vector<LanPort> ports_;
};

}  // namespace isthmus::ip2as
