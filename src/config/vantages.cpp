#include <set>

#include "config/sections.hpp"
#include "config/values.hpp"

namespace isthmus::config {
namespace {

void read_binding(Reader& reader, const Section& section, VantageConfig& vantage) {
  const auto netns = section.find("netns");
  const auto interface = section.find("interface");
  const auto source = section.find("source");
  if ((netns ? 1 : 0) + (interface ? 1 : 0) + (source ? 1 : 0) > 1) {
    const Value& extra = source ? *source : *interface;
    reader.note(extra.mark, extra.name + " is one binding too many",
                "keep one of netns, interface and source for each vantage point");
  }
  if (netns) {
    if (const auto name = reader.text(*netns)) {
      vantage.netns = *name;
      if (name->empty() || name->find('/') != std::string::npos || !reader.environment().netns_exists(*name)) {
        reader.note(netns->mark, "the network namespace '" + *name + "' does not exist",
                    "create it with `ip netns add`, or name one that `ip netns list` shows");
      }
    }
  }
  if (interface) {
    if (const auto name = reader.text(*interface)) {
      vantage.interface = *name;
      if (!reader.environment().interface_exists(*name)) {
        reader.note(interface->mark, "the network interface '" + *name + "' does not exist",
                    "name one that `ip link` shows");
      }
    }
  }
  if (source) vantage.source = read_address(reader, *source);
}

VantageConfig read_vantage(Reader& reader, const Value& value, std::set<std::string>& names,
                           std::set<std::uint32_t>& probes) {
  VantageConfig vantage;
  const Section section(reader, value, {"name", "asn", "netns", "interface", "source", "atlas_probe"});
  if (const auto name = section.require("name", "name: and a word, e.g. {name: frankfurt, asn: 64496}")) {
    vantage.name = read_name(reader, *name).value_or("");
    if (!vantage.name.empty() && !names.insert(vantage.name).second) {
      reader.note(name->mark, "two vantage points are called '" + vantage.name + "'", "give each its own name");
    }
  }
  if (const auto asn = section.require("asn", "asn: and the AS number of the network that the probes leave from")) {
    vantage.asn = read_asn(reader, *asn).value_or(Asn{});
  }
  if (const auto probe = section.find("atlas_probe")) {
    vantage.atlas_probe = read_integer(reader, *probe, 1, 4294967295);
    if (vantage.atlas_probe && !probes.insert(*vantage.atlas_probe).second) {
      reader.note(probe->mark, "two vantage points stand for Atlas probe " + std::to_string(*vantage.atlas_probe),
                  "give each its own");
    }
  }
  read_binding(reader, section, vantage);
  return vantage;
}

}  // namespace

std::vector<VantageConfig> read_vantages(Reader& reader, const Section& document) {
  std::vector<VantageConfig> vantages;
  const auto value = document.require("vantages", "a vantage point, e.g. vantages: [{name: here, asn: 64496}]");
  if (!value) return vantages;
  const auto elements = reader.list(*value);
  if (elements.empty() && value->node.IsSequence()) {
    reader.note(value->mark, "there are no vantage points", "add one, e.g. {name: here, asn: 64496}");
  }
  std::set<std::string> names;
  std::set<std::uint32_t> probes;
  for (const Value& element : elements) vantages.push_back(read_vantage(reader, element, names, probes));
  return vantages;
}

}  // namespace isthmus::config
