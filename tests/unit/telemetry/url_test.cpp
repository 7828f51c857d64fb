#include "telemetry/url.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "telemetry/html.hpp"

namespace isthmus::telemetry {
namespace {

TEST(RequestTarget, IsSplitAndDecoded) {
  const auto target = parse_request_target("/api/v1/events?target=a%20b%2Bc&kind=block_up&empty=&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api/v1/events");
  EXPECT_EQ(target->parameters, (std::map<std::string, std::string>{
                                    {"target", "a b+c"}, {"kind", "block_up"}, {"empty", ""}, {"flag", ""}}));
  EXPECT_TRUE(parse_request_target("/x?")->parameters.empty());
  EXPECT_EQ(parse_request_target("/x?q=a+b")->parameters.at("q"), "a b");
}

TEST(RequestTarget, RefusesBadEncodingAndRepetition) {
  for (const char* text : {"/x?a=%", "/x?a=%2", "/x?a=%zz", "/x?%=1", "/x?a=1&a=2"}) {
    EXPECT_FALSE(parse_request_target(text)) << text;
  }
}

TEST(HttpUrl, HasDefaults) {
  const auto url = parse_http_url("http://localhost");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "localhost");
  EXPECT_EQ(url->port, "80");
  EXPECT_EQ(url->target, "/");
}

TEST(HttpUrl, ReadsPortPathAndIpv6) {
  const auto url = parse_http_url("http://[::1]:10176/-/healthy?x=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, "10176");
  EXPECT_EQ(url->target, "/-/healthy?x=1");
}

TEST(HttpUrl, RefusesWhatItCannotGet) {
  for (const char* text : {"", "ftp://a/", "https://", "http://", "http://:80/", "http://a:/", "http://a:b/",
                           "http://[::1/", "http://[::1]x/", "http://a:123456/", "http://a/b c", "http://a/\r\nX: y"}) {
    EXPECT_FALSE(parse_http_url(text)) << text;
  }
}

TEST(HttpUrl, TellsTheServerItsHostAndAPortThatIsNotTheUsualOne) {
  for (const auto& [text, authority] :
       std::vector<std::pair<const char*, const char*>>{{"http://a/", "a"},
                                                        {"https://a:443/", "a"},
                                                        {"https://a:80/", "a:80"},
                                                        {"http://a:10176/x", "a:10176"},
                                                        {"http://[::1]/", "[::1]"},
                                                        {"http://[fe80::1%eth0]:10176/", "[fe80::1]:10176"}}) {
    EXPECT_EQ(authority_of(parse_http_url(text).value()), authority);
  }
}

TEST(HtmlEscape, LeavesNoMarkupAndNoBadBytes) {
  EXPECT_EQ(html_escape("<b a=\"x\" c='y'>&amp;"), "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;");
  EXPECT_EQ(html_escape(std::string("a\0b\x1B\xFF", 5)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(html_escape("caf\xC3\xA9\n\t"), "caf\xC3\xA9\n\t");
}

}  // namespace
}  // namespace isthmus::telemetry
