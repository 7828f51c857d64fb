// Who may do what at the broker, and who it is: keys, permissions and certificates, good ones and all that go wrong.

#include <fstream>
#include <sstream>

#include "fleet/bucket.hpp"
#include "fleet/publisher.hpp"
#include "isthmus/fleet/assign.hpp"
#include "isthmus/fleet/membership.hpp"
#include "support/certificates.hpp"
#include "unit/fleet/fleet_fixture.hpp"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;
using support::NatsServer;
using ::testing::HasSubstr;

// Of these tests alone.
constexpr const char* kAgentSeed = "SUAGY32E5LIJDU2QFL567IVB7EAL7XIEJFNLUNFCTPWM24TJ32QGQYPUIY";
constexpr const char* kAgentKey = "UDEWJVDPC4LBPPPTYADIXPZIDJVM362GO4UMEPR75HLCWZ2AX77LISSV";
constexpr const char* kCoreSeed = "SUADC53RMD5FIO4FI3ALTUPREPJT52JGANWBOECGC3CMUE7SHZYERMVV7Y";
constexpr const char* kCoreKey = "UBWJLPZIWR26UUAGEZH5RTFWRL44MFRZWBNK6THINSURZ53B6UOGBSRV";
constexpr const char* kStrangersSeed = "SUAATSFETPJK6FRDEC3W2DDXVJUUUHXMBE35QWFI3RPX7TU5MKPC73KQXQ";
constexpr const char* kStrangersKey = "UDJ6D5IASWVOHX5UXLCXE5RNK4THLNP2ZE75E7ES2CBOYMX6FELH6B7Y";

// What operators are told to permit an agent of the vantage point frankfurt, and no more.
std::string authorization() {
  std::ostringstream example;
  example << std::ifstream("deploy/examples/nats-server.conf").rdbuf();
  std::string text = example.str();
  text.erase(0, text.find("\nauthorization:"));
  for (const auto& [name, key] :
       {std::pair{"PUBLIC_KEY_OF_THE_CORE", kCoreKey}, std::pair{"PUBLIC_KEY_OF_FRANKFURT", kAgentKey}}) {
    text.replace(text.find(name), std::string_view(name).size(), key);
  }
  return text;
}

class CredentialsTest : public FleetTest {
 protected:
  BrokerSettings settings(const NatsServer& server, const char* key, const char* seed, const char* inbox = "") const {
    const auto file = folder_ / key;
    std::ofstream(file) << seed << '\n';
    return {.name = "test", .servers = {server.url()}, .nkey = key, .nkey_seed = file.string(), .inbox = inbox};
  }
  std::shared_ptr<Broker> core(const NatsServer& server) const {
    return connect_to(settings(server, kCoreKey, kCoreSeed));
  }
  std::shared_ptr<Broker> agent(const NatsServer& server) const {
    return connect_to(settings(server, kAgentKey, kAgentSeed, "_INBOX.frankfurt"));
  }
  static Delivery publish(Publisher& publisher, const std::string& vantage) {
    const BatchId id{vantage, 0, 7, 1};
    EXPECT_TRUE(publisher.publish(1, id, subject_of(vantage, 0), "x"));
    std::vector<Delivery> deliveries;
    soon([&] {
      publisher.wait(50ms);
      deliveries = publisher.take_deliveries();
      return !deliveries.empty();
    });
    return deliveries.empty() ? Delivery{} : deliveries[0];
  }
  static MembershipSettings membership(std::shared_ptr<Broker> broker, const std::string& vantage) {
    return {.broker = std::move(broker),
            .vantage = vantage,
            .claim = {.installation = "a", .boot = 1, .host = "h", .version = "1"}};
  }
  static MembershipHandlers deaf() {
    return {.standing = [](Standing) {}, .assigned = [](const std::string&) {}, .asked = [](const Request&) {}};
  }
  static bool has_problem(const Broker& broker, const std::string& text) {
    return soon([&] { return broker.state().problem.find(text) != std::string::npos; });
  }
};

TEST_F(CredentialsTest, WhatAnAgentIsPermittedIsAllThatItNeeds) {
  const NatsServer server(folder_, authorization());
  const auto centre = core(server);
  ASSERT_TRUE(assign(*centre, {}, {assignment("frankfurt")}, {}));
  const auto broker = agent(server);
  std::atomic<int> assigned{0};
  std::atomic<int> asked{0};
  MembershipHandlers handlers = deaf();
  handlers.assigned = [&](const std::string&) { ++assigned; };
  handlers.asked = [&](const Request&) { ++asked; };
  const auto member = Membership::create(membership(broker, "frankfurt"), handlers);
  member->start();
  ASSERT_TRUE(soon([&] { return member->may_publish() && assigned == 1; })) << member->status().problem;
  ASSERT_TRUE(assign(*centre, {}, {assignment("frankfurt", "other")}, {}));
  ASSERT_TRUE(ask(*centre, "frankfurt", AskTrace{"other", IpAddress::v4(1), false}));
  EXPECT_TRUE(soon([&] { return assigned == 2 && asked == 1; }, 5s)) << "what it subscribes to is permitted, too";
  Publisher publisher(*broker);
  EXPECT_EQ(publish(publisher, "frankfurt").fate, Delivery::Fate::arrived);
  EXPECT_EQ(broker->state().problem, "");
  member->stop();
  Bucket claims(*centre, kClaimsBucket);
  EXPECT_FALSE(claims.get("frankfurt").value()) << "whoever leaves gives the name back";
}

TEST_F(CredentialsTest, AnAgentCannotSpeakForAnotherAndIsToldSo) {
  const NatsServer server(folder_, authorization());
  const auto centre = core(server);
  ASSERT_TRUE(assign(*centre, {}, {assignment("frankfurt"), assignment("tokyo")}, {}));
  const auto broker = agent(server);
  Publisher publisher(*broker);
  EXPECT_NE(publish(publisher, "tokyo").fate, Delivery::Fate::arrived);
  EXPECT_THAT(broker->state().problem, HasSubstr("obs.v1.0.tokyo"));
  EXPECT_THAT(broker->state().problem, HasSubstr("see to its permissions"));
  Bucket assignments(*broker, kAssignmentsBucket);
  EXPECT_FALSE(assignments.put("frankfurt", "x")) << "nobody assigns to himself";
  EXPECT_TRUE(assignments.get("frankfurt"));
  const auto member = Membership::create(membership(broker, "tokyo"), deaf());
  member->start();
  EXPECT_TRUE(has_problem(*broker, "ISTHMUS_AGENTS.tokyo")) << broker->state().problem;
  EXPECT_FALSE(member->may_publish());
}

TEST_F(CredentialsTest, CredentialsThatAreTakenBackAndGivenAgainNeedNoRestart) {
  const auto users = [&](const char* key) {
    std::ofstream(folder_ / "users.conf") << "authorization: {users: [{nkey: " << key << "}]}\n";
  };
  users(kAgentKey);
  NatsServer server(folder_, "include users.conf\n");
  const auto broker = agent(server);
  ASSERT_TRUE(soon([&] { return broker->state().connected; }));
  ASSERT_TRUE(broker->ensure_stream({}));
  Publisher publisher(*broker);
  EXPECT_EQ(publish(publisher, "frankfurt").fate, Delivery::Fate::arrived);
  server.kill();
  users(kStrangersKey);
  server.start();
  EXPECT_TRUE(has_problem(*broker, "does not accept these credentials")) << broker->state().problem;
  // Until the library has given up, which it does without a word, and we have tried ourselves.
  const auto generation = broker->generation();
  const auto attempts = broker->attempts();
  ASSERT_TRUE(soon([&] { return broker->attempts() > attempts + 1; })) << "one may have been under way";
  EXPECT_THAT(broker->state().problem, HasSubstr("does not accept these credentials"));
  server.kill();
  users(kAgentKey);
  server.start();
  EXPECT_TRUE(soon([&] { return broker->state().connected; }));
  EXPECT_GT(broker->generation(), generation) << "the case that this test is for";
  EXPECT_EQ(publish(publisher, "frankfurt").fate, Delivery::Fate::arrived);
}

TEST_F(CredentialsTest, AStrangerIsToldSoFromTheStartAndAnotherKeyMendsIt) {
  const NatsServer server(folder_, authorization());
  const auto broker = connect_to(settings(server, kStrangersKey, kStrangersSeed));
  EXPECT_TRUE(has_problem(*broker, "does not accept these credentials")) << broker->state().problem;
  EXPECT_EQ(broker->state().kind, ErrorCode::permission_denied);
  renew(*broker, settings(server, kCoreKey, kCoreSeed));
  EXPECT_TRUE(soon([&] { return broker->state().connected; })) << broker->state().problem;
}

class TlsTest : public FleetTest {
 protected:
  TlsTest() : certificates_(folder_ / "certificates") {
    certificates_.make_authority("ca");
    certificates_.make_authority("stranger");
    certificates_.make_server("good", "ca", "localhost");
    certificates_.make_server("expired", "ca", "localhost", -1);
    certificates_.make_server("elsewhere", "ca", "broker.example.net");
  }
  [[nodiscard]] NatsServer server(const std::string& name) const { return {folder_ / "nats", tls(name)}; }
  [[nodiscard]] std::string tls(const std::string& name) const {
    return "tls: {cert_file: \"" + certificates_.file(name + ".pem") + "\", key_file: \"" +
           certificates_.file(name + ".key") + "\", timeout: 5}\n";
  }
  [[nodiscard]] std::shared_ptr<Broker> client(const NatsServer& server, const std::string& ca = "ca.pem") const {
    const std::string port = server.url().substr(server.url().rfind(':'));
    return connect_to(BrokerSettings{
        .name = "test", .servers = {"tls://localhost" + port}, .ca = ca.empty() ? "" : certificates_.file(ca)});
  }
  /// What is said of a broker with this certificate.
  static std::string refusal(const Broker& broker) {
    EXPECT_FALSE(broker.state().connected);
    EXPECT_EQ(broker.state().kind, ErrorCode::refused);
    return broker.state().problem;
  }

  support::Certificates certificates_;
};

TEST_F(TlsTest, ABrokerWithAGoodCertificateIsSpokenTo) {
  const NatsServer broker = server("good");
  EXPECT_TRUE(soon([&, made = client(broker)] { return made->state().connected; }));
}

TEST_F(TlsTest, EveryOtherCertificateIsRefusedAndSaidWhy) {
  const std::string mend =
      "the certificate has expired, is another host's, or was signed by somebody else than fleet.ca";
  {
    const NatsServer broker = server("expired");
    EXPECT_THAT(refusal(*client(broker)), AllOf(HasSubstr("certificate has expired"), HasSubstr(mend)));
  }
  {
    const NatsServer broker = server("elsewhere");
    EXPECT_THAT(refusal(*client(broker)), HasSubstr(mend));
  }
  const NatsServer broker = server("good");
  EXPECT_THAT(refusal(*client(broker, "stranger.pem")), HasSubstr(mend));
  EXPECT_THAT(refusal(*client(broker, "")), HasSubstr(mend)) << "the machine's own authorities did not sign it";
}

TEST_F(TlsTest, ABrokerThatWantsNoTlsIsNotSpokenTo) {
  const NatsServer broker(folder_ / "nats");
  EXPECT_THAT(refusal(*client(broker)), HasSubstr("one side wants TLS and the other does not"));
}

TEST_F(TlsTest, ACertificateThatRunsOutIsSaidAndANewOneMendsIt) {
  const auto use = [&](const std::string& name) { std::ofstream(folder_ / "nats" / "tls.conf") << tls(name); };
  std::filesystem::create_directories(folder_ / "nats");
  use("good");
  NatsServer broker(folder_ / "nats", "include tls.conf\n");
  const auto made = client(broker);
  ASSERT_TRUE(soon([&] { return made->state().connected; }));
  broker.kill();
  use("expired");
  broker.start();
  EXPECT_TRUE(soon([&] { return made->state().problem.find("certificate has expired") != std::string::npos; }))
      << made->state().problem;
  broker.kill();
  use("good");
  broker.start();
  EXPECT_TRUE(soon([&] { return made->state().connected; })) << made->state().problem;
}

}  // namespace
}  // namespace isthmus::fleet
