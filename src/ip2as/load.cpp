#include "isthmus/ip2as/load.hpp"

#include <utility>

#include "ip2as/file_reader.hpp"

namespace isthmus::ip2as {
namespace {

// Reads lists of files one after the other until one fails.
class Loading {
 public:
  explicit Loading(LoadReport& report) : report_(report) {}

  Result<void> read(std::span<const std::string> paths, FileRole role) {
    for (const std::string& path : paths) {
      std::string version;
      if (const auto read = read_file(path, role, sinks, report_.files.emplace_back(), version); !read) return read;
      if (!version_.empty()) version_ += ", ";
      version_ += version;
    }
    sinks.flush();
    return {};
  }

  [[nodiscard]] const std::string& version() const { return version_; }

  Sinks sinks;

 private:
  LoadReport& report_;
  std::string version_;
};

void count(const PrefixTable& table, FileReport& report) {
  report.ipv4_prefixes = table.prefix_count(Family::ipv4);
  report.ipv6_prefixes = table.prefix_count(Family::ipv6);
  report.ases = table.as_count();
}

void count(const Relationships& relationships, FileReport& report) {
  report.ases = relationships.as_count();
  report.links = relationships.link_count();
}

void count(const Organisations& organisations, FileReport& report) {
  report.ases = organisations.as_count();
  report.organisations = organisations.organisation_count();
}

void count(const Exchanges& exchanges, FileReport& report) {
  report.exchanges = exchanges.exchange_count();
  report.ipv4_prefixes = exchanges.lan_count(Family::ipv4);
  report.ipv6_prefixes = exchanges.lan_count(Family::ipv6);
  report.ports = exchanges.port_count();
  report.ases = exchanges.member_count();
}

}  // namespace

Result<std::shared_ptr<const NetworkData>> load(const DataFiles& files, LoadReport& report) {
  auto data = std::make_shared<NetworkData>();
  Loading loading(report);
  if (const auto read = loading.read(files.prefixes, FileRole::prefixes); !read) return read.error();
  data->prefixes = std::move(loading.sinks.prefixes).build();
  loading.sinks.announced = &data->prefixes;
  const std::pair<const std::vector<std::string>*, FileRole> others[] = {
      {&files.registry, FileRole::registry},           {&files.overrides, FileRole::overrides},
      {&files.relationships, FileRole::relationships}, {&files.cones, FileRole::cones},
      {&files.organisations, FileRole::organisations}, {&files.exchanges, FileRole::exchanges}};
  for (const auto& [paths, role] : others) {
    if (const auto read = loading.read(*paths, role); !read) return read.error();
  }
  data->registry = std::move(loading.sinks.registry).build();
  data->overrides = std::move(loading.sinks.overrides).build();
  data->relationships = std::move(loading.sinks.relationships).build();
  data->organisations = std::move(loading.sinks.organisations).build();
  data->exchanges = merge_exchanges(std::move(loading.sinks.exchanges));
  data->version = loading.version();
  return std::shared_ptr<const NetworkData>(std::move(data));
}

Result<PrefixTable> load_prefixes(std::span<const std::string> paths, LoadReport& report) {
  Loading loading(report);
  if (const auto read = loading.read(paths, FileRole::prefixes); !read) return read.error();
  loading.sinks.prefixes.add_version(loading.version());
  return std::move(loading.sinks.prefixes).build();
}

Result<FileReport> describe(const std::string& path, std::atomic<std::uint64_t>* bytes_read) {
  Sinks sinks;
  FileReport report;
  std::string version;
  if (const auto read = read_file(path, FileRole::anything, sinks, report, version, bytes_read); !read) {
    return read.error();
  }
  sinks.flush();
  if (report.format == to_string(DataFormat::delegation)) {
    count(std::move(sinks.registry).build(), report);
  } else if (!sinks.exchanges.empty()) {
    count(merge_exchanges(std::move(sinks.exchanges)), report);
  } else if (const PrefixTable prefixes = std::move(sinks.prefixes).build(); prefixes.prefix_count() > 0) {
    count(prefixes, report);
  } else if (const Relationships links = std::move(sinks.relationships).build(); links.as_count() > 0) {
    count(links, report);
  } else {
    count(std::move(sinks.organisations).build(), report);
  }
  return report;
}

}  // namespace isthmus::ip2as
