// The section of a fleet: where its broker is, who we are to it, and how the stream is divided.

#include <algorithm>
#include <charconv>
#include <string_view>

#include "config/sections.hpp"
#include "config/values.hpp"

namespace isthmus::config {
namespace {

constexpr std::uint32_t kMostPartitions = 1024;
constexpr std::size_t kNkeyLength = 56;
constexpr const char* kServersExample =
    "servers: [\"tls://broker.example.net:4222\"], where the NATS broker of the fleet is";

struct Server {
  bool encrypted{false};
  std::string_view host;
};

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), port);
  return status == std::errc{} && end == text.data() + text.size() && port > 0;
}

// "tls://host", "tls://host:4222", IPv6 addresses in brackets; nothing else has a place in a file.
std::optional<Server> parse_server(std::string_view text) {
  Server server;
  server.encrypted = text.starts_with("tls://");
  if (!server.encrypted && !text.starts_with("nats://")) return std::nullopt;
  text.remove_prefix(text.find("//") + 2);
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !IpAddress::parse(text.substr(1, close - 1))) return std::nullopt;
    server.host = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
  } else {
    server.host = text.substr(0, text.find(':'));
    text.remove_prefix(server.host.size());
    const auto is_host = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    };
    if (server.host.empty() || !std::ranges::all_of(server.host, is_host)) return std::nullopt;
  }
  if (!text.empty() && (text.front() != ':' || !is_port(text.substr(1)))) return std::nullopt;
  return server;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost") return true;
  const auto address = IpAddress::parse(host);
  if (!address) return false;
  return address->is_v4() ? address->v4_value() >> 24 == 127 : *address == IpAddress::parse("::1").value();
}

std::optional<std::string> read_server(Reader& reader, const Value& value) {
  const auto text = reader.text(value);
  if (!text) return std::nullopt;
  if (text->find('@') != std::string::npos) {
    reader.note(value.mark, value.name + " has a name or password in it",
                "keep secrets in files: fleet.credentials, or fleet.nkey with fleet.nkey_seed_file");
    return std::nullopt;
  }
  const auto server = parse_server(*text);
  if (!server) {
    reader.note(value.mark, value.name + " '" + *text + "' is no broker's address", "write tls://host:4222");
    return std::nullopt;
  }
  if (!server->encrypted && !is_loopback(server->host)) {
    reader.note(value.mark, value.name + " '" + *text + "' would be spoken to without encryption",
                "use tls://; nats:// is for the loopback interface only");
    return std::nullopt;
  }
  return text;
}

void read_servers(Reader& reader, const Section& section, BrokerConfig& broker) {
  const auto value = section.require("servers", kServersExample);
  if (value && value->node.IsSequence() && value->node.size() == 0) {
    reader.note(value->mark, value->name + " is empty", "list one broker at least, as tls://host:4222");
  }
  for (auto& server : read_list<std::string>(reader, value, read_server)) {
    broker.servers.push_back(std::move(server.value));
  }
}

void read_path(Reader& reader, const std::optional<Value>& value, std::string& into) {
  if (!value) return;
  if (auto path = read_file_path(reader, *value)) into = std::move(*path);
}

// Neither has a meaning without the other.
void note_halves(Reader& reader, const Section& section, const char* one, const char* other) {
  const auto first = section.find(one);
  const auto second = section.find(other);
  if (first.has_value() == second.has_value()) return;
  const Value& there = first ? *first : *second;
  reader.note(there.mark, there.name + " is given without " + (first ? other : one),
              std::string("give both, ") + one + " and " + other + ", or neither");
}

void read_nkey(Reader& reader, const Value& value, std::string& into) {
  const auto text = reader.text(value);
  if (!text) return;
  const auto is_base32 = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'); };
  if (text->size() == kNkeyLength && text->front() == 'U' && std::ranges::all_of(*text, is_base32)) {
    into = *text;
    return;
  }
  // Not repeated in the message: it may be the seed that was pasted here.
  reader.note(value.mark, value.name + " is no public key of a user",
              "write the key that starts with U and has 56 letters (`nk -gen user -pubout` makes one); the seed, "
              "SU..., belongs into the file of nkey_seed_file");
}

// "2 of 8" or "0-3 of 8".
std::optional<PartitionRange> parse_partition(std::string_view text) {
  PartitionRange range;
  const auto number = [&text](std::uint32_t& into) {
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), into);
    if (status != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
  };
  if (!number(range.first)) return std::nullopt;
  range.last = range.first;
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    if (!number(range.last)) return std::nullopt;
  }
  if (!text.starts_with(" of ")) return std::nullopt;
  text.remove_prefix(4);
  if (!number(range.of) || !text.empty()) return std::nullopt;
  return range;
}

void read_partition(Reader& reader, const Value& value, PartitionRange& into) {
  const auto text = reader.text(value);
  if (!text) return;
  const auto range = parse_partition(*text);
  if (!range) {
    reader.note(value.mark, value.name + " '" + *text + "' names no partitions", "write 2 of 8, or 0-3 of 8");
  } else if (range->of == 0 || range->of > kMostPartitions) {
    reader.note(value.mark, value.name + " '" + *text + "' has a number of partitions out of range",
                "a fleet has 1 to " + std::to_string(kMostPartitions));
  } else if (range->first > range->last || range->last >= range->of) {
    reader.note(value.mark, value.name + " '" + *text + "' names partitions that are not there",
                "write the lower one first; they count from 0 to " + std::to_string(range->of - 1));
  } else {
    into = *range;
  }
}

void read_stream(Reader& reader, const Value& value, std::string& into) {
  const auto name = read_name(reader, value);
  if (!name) return;
  if (name->find('.') == std::string::npos) {
    into = *name;
  } else {
    reader.note(value.mark, value.name + " '" + *name + "' has a dot", "a stream's name has none; write ISTHMUS");
  }
}

void read_replicas(Reader& reader, const Value& value, int& into) {
  const auto number = read_integer(reader, value, 1, 5);
  if (!number) return;
  if (*number % 2 == 1) {
    into = static_cast<int>(*number);
  } else {
    reader.note(value.mark, value.name + " '" + std::to_string(*number) + "' bears no more failures than one less",
                "write 1, 3 or 5");
  }
}

}  // namespace

BrokerConfig read_broker(Reader& reader, const Section& section) {
  BrokerConfig broker;
  read_servers(reader, section, broker);
  read_path(reader, section.find("credentials"), broker.credentials);
  if (const auto nkey = section.find("nkey")) read_nkey(reader, *nkey, broker.nkey);
  read_path(reader, section.find("nkey_seed_file"), broker.nkey_seed_file);
  read_path(reader, section.find("ca"), broker.ca);
  read_path(reader, section.find("certificate"), broker.certificate);
  read_path(reader, section.find("key_file"), broker.key_file);
  note_halves(reader, section, "nkey", "nkey_seed_file");
  note_halves(reader, section, "certificate", "key_file");
  const auto nkey = section.find("nkey");
  if (nkey && section.find("credentials")) {
    reader.note(nkey->mark, nkey->name + " is one identity too many", "keep credentials, or nkey with nkey_seed_file");
  }
  return broker;
}

std::optional<FleetConfig> read_fleet(Reader& reader, const Section& document) {
  const auto value = document.find("fleet");
  if (!value) return std::nullopt;
  const Section section(reader, *value,
                        {"servers", "credentials", "nkey", "nkey_seed_file", "ca", "certificate", "key_file",
                         "partition", "stream", "replicas", "kept", "max_bytes"});
  FleetConfig fleet;
  fleet.broker = read_broker(reader, section);
  if (const auto partition = section.find("partition")) read_partition(reader, *partition, fleet.partition);
  if (const auto stream = section.find("stream")) read_stream(reader, *stream, fleet.stream);
  if (const auto replicas = section.find("replicas")) read_replicas(reader, *replicas, fleet.replicas);
  read_into(reader, section.find("kept"), fleet.kept);
  read_bytes_into(reader, section.find("max_bytes"), fleet.max_bytes);
  return fleet;
}

}  // namespace isthmus::config
