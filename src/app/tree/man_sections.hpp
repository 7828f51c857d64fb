#pragma once
// The parts of the man page that no option tells, in man(7).

#include <string_view>

namespace isthmus::app {

/// When the text below last changed: a build must give the same page each time.
inline constexpr std::string_view kManDate = "2026-11-26";

inline constexpr std::string_view kManSummary = "tell how many upstream networks a network really hangs on";

inline constexpr std::string_view kManDescription = R"(.PP
.B isthmus monitor
is the main job; most other commands ask it, read what it stored, or try a thing out once.
Probing needs
.B CAP_NET_RAW
and vantage points in other network namespaces need
.B CAP_SYS_ADMIN
as well:
.PP
.nf
.RS
sudo setcap cap_net_raw+p /usr/bin/isthmus
.RE
.fi
)";

inline constexpr std::string_view kManSections = R"(.SH EXIT STATUS
.TP
.B 0
All is well.
.TP
.B 1
Something failed, or what was asked for is not so: an address that never answered
.RB ( ping ),
a destination that was not reached
.RB ( trace ),
a target that is not up
.RB ( status ),
a configuration with problems
.RB ( check ).
.TP
.B 2
The command line is wrong.
.SH ENVIRONMENT
.TP
.B ISTHMUS_REQUIRE_NETNS
Set to 1, no probe leaves from the network namespace of the machine itself.
.TP
.B NO_COLOR
Set to anything, live views have no colours unless
.B \-\-color always
is given.
.TP
.BR TERM ", " LC_ALL ", " LC_CTYPE ", " LANG
Whether a live view can be shown, and in which characters.
.SH FILES
.TP
.I isthmus.yaml
The configuration;
.B isthmus check
names every problem in it with its place and its mend.
.TP
.I isthmus.db
Events, history and what was normal, where
.B store.path
of the configuration says so.
.SH EXAMPLES
A live view of the paths to a host, with the networks of its routers, and a report when it is left with q:
.PP
.nf
.RS
isthmus trace example.net \-\-live \-\-ip2as asn\-ipv4.csv
.RE
.fi
.PP
A table of many hosts:
.PP
.nf
.RS
isthmus ping \-\-live \-\-file hosts.txt
.RE
.fi
.PP
Is everything up, and who would have to fail before it is not?
.PP
.nf
.RS
isthmus status && isthmus whatif \-\-fail AS4837
.RE
.fi
.SH SEE ALSO
.BR ping (8),
.BR mtr (8),
.BR fping (8),
.BR scamper (1),
.BR capabilities (7),
.BR ip\-netns (8)
)";

}  // namespace isthmus::app
