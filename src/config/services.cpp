// The sections around the probing: data, exporter, store.

#include <charconv>
#include <filesystem>

#include "config/sections.hpp"
#include "config/values.hpp"
#include "config/web_file.hpp"

namespace isthmus::config {
namespace {

constexpr std::uint32_t kLeastSeries = 1000;
constexpr std::uint32_t kMostSeries = 1'000'000'000;

// address:port, IPv6 addresses in brackets (RFC 3986 section 3.2.2).
bool parse_listen(std::string_view text, ExporterConfig& exporter) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  if (!address || address->is_v4() == is_bracketed) return false;
  std::uint16_t number = 0;
  const auto [end, status] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (status != std::errc{} || end != port.data() + port.size() || number == 0) return false;
  exporter.address = *address;
  exporter.port = number;
  return true;
}

// A list of files, or one by itself.
std::vector<std::string> read_files(Reader& reader, const std::optional<Value>& value) {
  std::vector<std::string> paths;
  if (value && value->node.IsScalar()) {
    if (auto path = read_file_path(reader, *value)) paths.push_back(std::move(*path));
    return paths;
  }
  for (auto& file : read_list<std::string>(reader, value, read_file_path)) paths.push_back(std::move(file.value));
  return paths;
}

}  // namespace

Ip2AsConfig read_ip2as(Reader& reader, const Section& document) {
  constexpr const char* kExample = "ip2as: {prefixes: [asn-ipv4.csv]}; deploy/fetch-prefix-data.sh fetches the data";
  Ip2AsConfig ip2as;
  const auto value = document.require("ip2as", kExample);
  if (!value) return ip2as;
  const Section section(reader, *value, {"prefixes", "registry", "overrides", "as_rel", "as2org", "cones", "ixp"});
  const auto prefixes = section.require("prefixes", "prefixes: [asn-ipv4.csv]");
  if (prefixes && prefixes->node.IsSequence() && prefixes->node.size() == 0) {
    reader.note(prefixes->mark, prefixes->name + " is empty",
                "list prefix-to-AS files; deploy/fetch-prefix-data.sh fetches them");
  }
  ip2as.prefixes = read_files(reader, prefixes);
  ip2as.registry = read_files(reader, section.find("registry"));
  ip2as.overrides = read_files(reader, section.find("overrides"));
  ip2as.relationships = read_files(reader, section.find("as_rel"));
  ip2as.organisations = read_files(reader, section.find("as2org"));
  ip2as.cones = read_files(reader, section.find("cones"));
  ip2as.exchanges = read_files(reader, section.find("ixp"));
  return ip2as;
}

ExporterConfig read_exporter(Reader& reader, const Section& document) {
  ExporterConfig exporter;
  const auto value = document.find("exporter");
  if (!value) return exporter;
  const Section section(reader, *value, {"listen", "reload_endpoint", "series_limit", "web_config"});
  if (const auto listen = section.find("listen")) {
    const auto text = reader.text(*listen);
    if (text && !parse_listen(*text, exporter)) {
      reader.note(listen->mark, listen->name + " '" + *text + "' is not an address and a port from 1 to 65535",
                  "write 127.0.0.1:10176, 0.0.0.0:10176 for all of IPv4, or [::1]:10176");
    }
  }
  read_into(reader, section.find("reload_endpoint"), exporter.reload_endpoint);
  read_into(reader, section.find("series_limit"), kLeastSeries, kMostSeries, exporter.series_limit);
  if (const auto file = section.find("web_config")) {
    if (const auto path = read_file_path(reader, *file)) exporter.web = read_web_config(reader, *path);
  }
  return exporter;
}

StoreConfig read_store(Reader& reader, const Section& document) {
  StoreConfig store;
  store.path = reader.resolve("isthmus.db");
  const auto value = document.find("store");
  if (!value) return store;
  const Section section(reader, *value, {"path", "retention", "daily_retention", "daily_block_retention"});
  if (const auto path = section.find("path")) {
    if (const auto text = reader.text(*path)) {
      store.path = reader.resolve(*text);
      auto folder = std::filesystem::path(store.path).parent_path();
      if (folder.empty()) folder = ".";
      std::error_code ignored;
      if (text->empty() || std::filesystem::is_directory(store.path, ignored)) {
        reader.note(path->mark, path->name + " '" + *text + "' is not a file", "name a file, e.g. isthmus.db");
      } else if (!std::filesystem::is_directory(folder, ignored)) {
        reader.note(path->mark, "the folder '" + folder.string() + "' of " + path->name + " does not exist",
                    "create it, or choose another");
      }
    }
  }
  read_into(reader, section.find("retention"), store.retention);
  read_into(reader, section.find("daily_retention"), store.daily_retention);
  read_into(reader, section.find("daily_block_retention"), store.daily_block_retention);
  return store;
}

}  // namespace isthmus::config
