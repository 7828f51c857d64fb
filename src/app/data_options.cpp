#include "app/data_options.hpp"

#include <CLI/CLI.hpp>

#include "app/data_report.hpp"

namespace isthmus::app {

void add_data_options(CLI::App& command, ip2as::DataFiles& files, Several several) {
  const auto add = [&](const char* name, std::vector<std::string>& into, const char* text) {
    command.add_option(name, into, text)
        ->group("Networks")
        ->type_name("FILE")
        ->allow_extra_args(several == Several::after_one_option);
  };
  add("--ip2as", files.prefixes,
      "Who announces which prefix: CAIDA pfx2as, pyasn, @ip-location-db/asn, MMDB or MRT; may be repeated, like all of "
      "these");
  add("--registry", files.registry, "To whom registries gave space that nobody announces: RIR delegations");
  add("--overrides", files.overrides, "Lines `PREFIX AS` that know better");
  add("--as-rel", files.relationships, "Who sells transit to whom: CAIDA serial-1 or serial-2");
  add("--as2org", files.organisations, "Which ASes belong together: CAIDA as2org");
  add("--cones", files.cones, "Customer cones: CAIDA ppdc-ases");
  add("--ixp", files.exchanges, "Exchange LANs and ports: PeeringDB dump, CAIDA ixs and ix-asns");
}

Result<std::shared_ptr<const ip2as::NetworkData>> load_data(const ip2as::DataFiles& files, std::uint64_t* bad) {
  ip2as::LoadReport report;
  auto data = ip2as::load(files, report);
  print_complaints(report);
  if (bad != nullptr) *bad = report.bad();
  return data;
}

}  // namespace isthmus::app
