#!/bin/sh
# Makes the secrets that deploy/compose.yaml asks for. What is there is kept; run it as often as you like.
#
#   make-secrets.sh                      a password for Grafana; for a fleet a certificate authority, the brokers'
#                                        certificates and configuration, and a key for each core, agent and assign
#   make-secrets.sh agent NAME [U...]    lets the agent of one more vantage point in: by the public key that nkey.sh
#                                        printed on its machine, or with a key made here
#   make-secrets.sh remove NAME          shuts an agent out
#   make-secrets.sh brokers HOST...      opens the brokers to other machines under these names: one, or one for each
#   make-secrets.sh renew                new certificates for the brokers, by the same authority
#   make-secrets.sh status               until when certificates are valid, and who has a key; exit 1: renew one
#                                        within 30 days, or it has run out
#
# Everything stays in deploy/docker/secrets (or ISTHMUS_SECRETS_DIR), which git ignores and the image build does not see.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
secrets=${ISTHMUS_SECRETS_DIR:-$here/secrets}
nodes="1 2 3"
members="core-1 core-2 assign"
first_agents="agent-1 agent-2 agent-3"
authority_days=3650 broker_days=365

usage() { sed -n '2,15s/^# \{0,1\}//p' "$0"; }
die() { echo "make-secrets.sh: $*" >&2; exit 1; }
is_name() { printf '%s' "$1" | grep -qxE '[A-Za-z0-9][A-Za-z0-9_-]{0,62}'; }
is_public_key() { printf '%s' "$1" | grep -qxE 'U[A-Z2-7]{55}'; }
is_host() { printf '%s' "$1" | grep -xE '[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?' | grep -q '[A-Za-z]'; }

# Nobody else gets into the folder. What a container reads is readable within, for it runs as a user of its own, whom
# this machine does not know; and it comes with its folder, so that a renewed file is seen without a new container.
mkdir -p "$secrets"
chmod 0700 "$secrets"
secrets=$(cd "$secrets" && pwd)
umask 077
folder() { mkdir -p "$secrets/$1" && chmod 0755 "$secrets/$1"; }

# publish FILE: standard input becomes FILE at once, for the container to read.
publish() { cat >"$secrets/$1.new" && chmod 0444 "$secrets/$1.new" && mv "$secrets/$1.new" "$secrets/$1"; }

make_password() {
    [ -s "$secrets/grafana_admin_password" ] && return
    openssl rand -base64 24 | tr -d '\n' | publish grafana_admin_password
    echo "made: $secrets/grafana_admin_password (user: admin)"
}

# Its key is for this script alone, and no container gets it. All that it signs are brokers: who has a certificate may
# join their cluster.
make_authority() {
    [ -s "$secrets/ca.pem" ] && return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days $authority_days -subj "/CN=isthmus fleet" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign \
        -keyout "$secrets/ca.key" -out "$secrets/ca.pem.new" 2>/dev/null || die "openssl cannot make an authority"
    chmod 0400 "$secrets/ca.key"
    mv "$secrets/ca.pem.new" "$secrets/ca.pem"
    echo "made: $secrets/ca.pem, valid until $(expiry ca.pem); keep ca.key safe"
}
expiry() { openssl x509 -in "$secrets/$1" -noout -enddate | cut -d= -f2; }

# Where the brokers are known to others: nothing, one name for all of them, or one for each.
host_of() { [ -s "$secrets/brokers" ] && { sed -n "$1p" "$secrets/brokers" | grep . || head -n 1 "$secrets/brokers"; }; }
on_machines_of_their_own() { [ -s "$secrets/brokers" ] && [ "$(wc -l <"$secrets/brokers")" -gt 1 ]; }

# Connecting by name; the loopback address is for people with a tool in their hand.
make_certificate() {
    node=broker-$1
    [ -s "$secrets/$node/broker.pem" ] && [ "${2:-}" != again ] && return
    folder "$node"
    names=DNS:localhost,IP:127.0.0.1
    if host=$(host_of "$1"); then names=$names,DNS:$host; fi
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$node" -keyout "$secrets/$node/key.new" \
        -addext "subjectAltName=$names" -addext extendedKeyUsage=serverAuth,clientAuth \
        -addext basicConstraints=critical,CA:FALSE 2>/dev/null |
        openssl x509 -req -days $broker_days -CA "$secrets/ca.pem" -CAkey "$secrets/ca.key" -copy_extensions copy \
            -out "$secrets/$node/pem.new" 2>/dev/null || die "openssl cannot make a certificate"
    publish "$node/broker.key" <"$secrets/$node/key.new"
    publish "$node/broker.pem" <"$secrets/$node/pem.new"
    rm "$secrets/$node/key.new" "$secrets/$node/pem.new"
    publish "$node/ca.pem" <"$secrets/ca.pem"
    echo "made: $secrets/$node/broker.pem for $names, valid until $(expiry "$node/broker.pem")"
}

# The key of who runs in a container here, in that container's folder.
make_key() {
    folder "$1"
    publish "$1/ca.pem" <"$secrets/ca.pem"
    [ -s "$secrets/$1/nkey.seed" ] || echo "made: the key of $1"
    key=$("$here/nkey.sh" "$secrets/$1/nkey.seed")
    chmod 0444 "$secrets/$1/nkey.seed"
    echo "ISTHMUS_NKEY=$key" | publish "$1/nkey.env"
}
key_of() { cut -d= -f2 "$secrets/$1/nkey.env"; }

# agents/NAME holds the public key of who may connect as that vantage point. The first ones come once: whom one removes
# does not come back. A seed that was taken away makes room for a new key; one that is there says nothing, for its agent may
# have moved to another machine and have a key of its own there.
make_agents() {
    if ! [ -d "$secrets/agents" ]; then
        mkdir -p "$secrets/agents.new"
        for name in $first_agents; do
            folder "$name"
            : >"$secrets/agents.new/$name"
        done
        mv "$secrets/agents.new" "$secrets/agents"
    fi
    for file in "$secrets"/agents/*; do
        name=${file##*/}
        [ -d "$secrets/$name" ] || continue
        publish "$name/ca.pem" <"$secrets/ca.pem"
        if ! [ -s "$secrets/$name/nkey.seed" ]; then
            make_key "$name"
            key_of "$name" >"$file"
        fi
    done
}

# What an agent may do stands in the example, which a test runs an agent with, and nowhere else.
agent_permissions() {
    sed -n '/PUBLIC_KEY_OF_FRANKFURT/,$p' "$here/../examples/nats-server.conf" |
        sed -e "s/PUBLIC_KEY_OF_FRANKFURT/$2/; s/frankfurt/$1/g" -e '$s/\]}$//'
}
write_users() {
    echo "# Made by make-secrets.sh, which writes it anew."
    echo "authorization: {timeout: 5, users: ["
    for name in $members; do echo "  {nkey: $(key_of "$name")} # $name"; done
    for file in "$secrets"/agents/*; do
        if [ -e "$file" ]; then agent_permissions "$(basename "$file")" "$(cat "$file")"; fi
    done
    echo "]}"
}

write_broker() {
    clients=127.0.0.1 routes=127.0.0.1 list=
    if [ -s "$secrets/brokers" ]; then clients=0.0.0.0; fi
    if on_machines_of_their_own; then routes=0.0.0.0; fi
    for other in $nodes; do
        host=localhost
        if on_machines_of_their_own; then host=$(host_of "$other"); fi
        list="$list${list:+, }\"nats-route://$host:$((6221 + other))\""
    done
    sed -e "s/@NODE@/$1/; s/@CLIENT_PORT@/$((4221 + $1))/; s/@ROUTE_PORT@/$((6221 + $1))/; s/@MONITOR_PORT@/$((8221 + $1))/" \
        -e "s/@CLIENTS@/$clients/; s/@ROUTES@/$routes/; s|@LIST@|$list|" "$here/nats-server.conf.in"
}
write_configuration() {
    for node in $nodes; do
        write_broker "$node" | publish "broker-$node/nats-server.conf"
        write_users | publish "broker-$node/users.conf"
    done
}
make_all() {
    make_password
    make_authority
    for node in $nodes; do make_certificate "$node"; done
    for name in $members; do make_key "$name"; done
    make_agents
    write_configuration
}
told() { echo "Now: docker compose -f deploy/compose.yaml --profile fleet ${1:-kill -s HUP} broker-1 broker-2 broker-3"; }

status() {
    result=0
    for file in ca.pem broker-1/broker.pem broker-2/broker.pem broker-3/broker.pem; do
        if [ -s "$secrets/$file" ]; then
            note=
            openssl x509 -in "$secrets/$file" -noout -checkend $((30 * 86400)) >/dev/null || { note="  RENEW IT"; result=1; }
            echo "$file valid until $(expiry "$file")$note"
        fi
    done
    for name in $members; do if [ -s "$secrets/$name/nkey.env" ]; then echo "key $(key_of "$name") $name"; fi; done
    for file in "$secrets"/agents/*; do if [ -e "$file" ]; then echo "key $(cat "$file") agent $(basename "$file")"; fi; done
    return "$result"
}

add_agent() {
    is_name "$1" || die "'$1' is no name of a vantage point: letters, digits, - and _"
    case " $members broker-1 broker-2 broker-3 agents " in *" $1 "*) die "'$1' is taken" ;; esac
    make_all
    if [ $# -eq 2 ]; then
        is_public_key "$2" || die "'$2' is no public key of a user: U and 55 more letters, as nkey.sh prints it"
        echo "$2" >"$secrets/agents/$1"
    else
        make_key "$1"
        key_of "$1" >"$secrets/agents/$1"
        echo "its files: $secrets/$1"
    fi
    write_configuration
    echo "the agent $1 needs: $secrets/ca.pem and its seed"
    told
}

remove_agent() {
    if ! is_name "$1" || ! [ -e "$secrets/agents/$1" ]; then die "no agent '$1'; see status"; fi
    # Its folder stays, for compose.yaml may name it; the key in it opens nothing any more.
    rm "$secrets/agents/$1"
    write_configuration
    told
}

open_brokers() {
    for host; do is_host "$host" || die "'$host' is no host name; agents compare it with the certificate, so no address"; done
    printf '%s\n' "$@" >"$secrets/brokers"
    renew
    # Where a broker listens it does not change while it runs.
    told restart
}
renew() {
    make_all
    for node in $nodes; do make_certificate "$node" again; done
    write_configuration
}

case "${1:-}:$#" in
    :0) make_all; echo "complete: $secrets" ;;
    agent:2 | agent:3) shift; add_agent "$@" ;;
    remove:2) remove_agent "$2" ;;
    brokers:2 | brokers:4) shift; open_brokers "$@" ;;
    renew:1) renew; told ;;
    status:1) status ;;
    --help:1) usage ;;
    *) usage >&2; exit 2 ;;
esac
