// The file of an agent: where it probes from, what it may do at most, and where its spool is.

#include <filesystem>

#include "config/sections.hpp"
#include "config/values.hpp"

namespace isthmus::config {
namespace {

constexpr const char* kAllowExample = "allow: [192.0.2.0/24], all that this agent may ever probe, controls included";

void read_spool(Reader& reader, const Value& value, std::string& into) {
  const auto text = reader.text(value);
  if (!text) return;
  into = reader.resolve(*text);
  std::error_code ignored;
  if (!text->empty() && std::filesystem::is_directory(into, ignored)) return;
  reader.note(value.mark, "the folder '" + into + "' of " + value.name + " does not exist",
              "create it, for the agent's user alone (mode 0700), or choose another");
}

}  // namespace

void read_agent_probing(Reader& reader, const Section& document, AgentConfig& agent) {
  const auto value = document.require("probing", "probing: {allow: [192.0.2.0/24], rate_limit: 50}");
  if (!value) return;
  const Section section(reader, *value, {"allow", "rate_limit", "router_limit", "deny"});
  const auto allow = section.require("allow", kAllowExample);
  if (allow && allow->node.IsSequence() && allow->node.size() == 0) {
    reader.note(allow->mark, allow->name + " is empty: nothing could ever be probed",
                std::string("write ") + kAllowExample);
  }
  for (const auto& prefix : read_list<Prefix>(reader, allow, read_prefix)) agent.allow.push_back(prefix.value);
  read_limits(reader, section, {agent.rate_limit, agent.router_limit, agent.deny_files, agent.deny});
}

void read_agent_fleet(Reader& reader, const Section& document, AgentConfig& agent) {
  const auto value = document.require(
      "fleet", "fleet: {servers: [\"tls://broker.example.net:4222\"], credentials: agent.creds, spool: spool}");
  if (!value) return;
  const Section section(reader, *value,
                        {"servers", "credentials", "nkey", "nkey_seed_file", "ca", "certificate", "key_file", "spool",
                         "spool_bytes", "spool_age"});
  agent.broker = read_broker(reader, section);
  if (const auto spool = section.require("spool", "spool: and a folder for what the broker has not confirmed yet")) {
    read_spool(reader, *spool, agent.spool);
  }
  read_bytes_into(reader, section.find("spool_bytes"), agent.spool_bytes);
  read_into(reader, section.find("spool_age"), agent.spool_age);
}

}  // namespace isthmus::config
