#!/usr/bin/env bash
# Makes lab.warts: what Debian's scamper writes about a small internet of namespaces, closed, with documentation
# addresses. vp - r1 = (ra, rb: one of them for each flow) = r3 - r4 (never answers for itself) - dst, IPv4 and IPv6.
# As root; needs scamper, iproute2 and nftables.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tag=isthmus$$
trap 'for n in vp r1 ra rb r3 r4 dst; do ip netns del "$tag$n" 2>/dev/null || true; done' EXIT

inside() { local ns=$1; shift; ip netns exec "$tag$ns" "$@"; }
for n in vp r1 ra rb r3 r4 dst; do
  ip netns add "$tag$n"
  inside "$n" ip link set lo up
  inside "$n" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 \
    net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.fib_multipath_hash_policy=1 \
    net.ipv6.fib_multipath_hash_policy=1 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
done

# wire A B NUMBER: A has 198.51.100.(4*NUMBER+1) and 2001:db8:0:NUMBER::1, B has ...+2 and ::2.
wire() {
  ip link add "w$3" netns "$tag$1" type veth peer name "w$3" netns "$tag$2"
  local side=1 ns
  for ns in "$1" "$2"; do
    inside "$ns" ip address add "198.51.100.$((4 * $3 + side))/30" dev "w$3"
    inside "$ns" ip -6 address add "2001:db8:0:$3::$side/64" dev "w$3" nodad
    inside "$ns" ip link set "w$3" up
    side=2
  done
}
wire vp r1 1; wire r1 ra 2; wire r1 rb 3; wire ra r3 4; wire rb r3 5; wire r3 r4 6; wire r4 dst 7
at() { echo "198.51.100.$((4 * $1 + $2))"; }
at6() { echo "2001:db8:0:$1::$2"; }
inside dst ip address add 203.0.113.7/32 dev lo
inside dst ip -6 address add 2001:db8:7::7/128 dev lo

inside vp ip route add default via "$(at 1 2)"; inside vp ip -6 route add default via "$(at6 1 2)"
inside r1 ip route add 203.0.113.0/24 nexthop via "$(at 2 2)" nexthop via "$(at 3 2)"
inside r1 ip -6 route add 2001:db8:7::/48 nexthop via "$(at6 2 2)" nexthop via "$(at6 3 2)"
for n in ra:4 rb:5; do
  inside "${n%:*}" ip route add 203.0.113.0/24 via "$(at "${n#*:}" 2)"
  inside "${n%:*}" ip -6 route add 2001:db8:7::/48 via "$(at6 "${n#*:}" 2)"
done
inside r3 ip route add 203.0.113.7 via "$(at 6 2)"; inside r3 ip -6 route add 2001:db8:7::7 via "$(at6 6 2)"
# Of 203.0.113.9 r3 says that it may not be reached; what lies behind .11 never answers.
inside r3 ip route add prohibit 203.0.113.9; inside r3 ip -6 route add prohibit 2001:db8:7::9
inside r3 ip route add 203.0.113.11 via "$(at 6 2)"
inside r4 ip route add 203.0.113.7 via "$(at 7 2)"; inside r4 ip -6 route add 2001:db8:7::7 via "$(at6 7 2)"
inside r4 ip route add blackhole 203.0.113.11
for n in dst:7:1 r4:6:1 r3:4:1 ra:2:1 rb:3:1; do
  IFS=: read -r ns wire side <<< "$n"
  inside "$ns" ip route add "$(at 1 0)/30" via "$(at "$wire" "$side")"
  inside "$ns" ip -6 route add 2001:db8:0:1::/64 via "$(at6 "$wire" "$side")"
done
inside r4 nft -f - <<'RULES'
table inet silent {
  chain out { type filter hook output priority 0; icmp type { time-exceeded, destination-unreachable } drop;
              icmpv6 type { time-exceeded, destination-unreachable } drop; }
}
RULES
# Closed: what is not in here has no route.
if inside r1 ip route get 192.88.99.1 > /dev/null 2>&1; then echo "not closed" >&2; exit 1; fi

# Neighbours learn each other first.
for address in 203.0.113.7 2001:db8:7::7; do inside vp scamper -I "ping -c 3 $address" > /dev/null; done

commands=$(mktemp)
cat > "$commands" <<'COMMANDS'
trace -P icmp-paris -d 4711 -q 2 -w 1 203.0.113.7
trace -P udp-paris -s 40001 -q 2 -w 1 203.0.113.7
trace -P udp-paris -s 40002 -q 2 -w 1 -Q 2001:db8:7::7
trace -P tcp -d 80 -q 1 -w 1 203.0.113.7
trace -P udp-paris -s 40003 -q 1 -w 1 203.0.113.9
trace -P icmp-paris -q 1 -w 1 2001:db8:7::9
trace -P udp-paris -s 40004 -q 1 -w 1 -g 2 203.0.113.11
trace -P icmp-paris -f 2 -q 1 -w 1 203.0.113.7
ping -c 3 -i 1 203.0.113.7
ping -P udp -c 2 -d 33435 203.0.113.7
ping -P tcp-syn -d 80 -c 2 2001:db8:7::7
ping -c 2 203.0.113.9
ping -c 2 203.0.113.11
tracelb -P udp-sport -q 1 -w 1 203.0.113.7
tracelb -P icmp-echo -q 1 -w 1 2001:db8:7::7
COMMANDS
inside vp scamper -O warts -O cmdfile -f "$commands" -o "$here/lab.warts" -p 100 -M lab-monitor -L 7 -l lab-list
rm "$commands"
