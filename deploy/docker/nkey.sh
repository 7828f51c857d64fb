#!/bin/sh
# Prints the public key (U...) of the NATS user key whose seed is in FILE, and makes the seed first if there is none.
#
#   deploy/docker/nkey.sh frankfurt.seed
#
# Run it on the machine that will use the key: the seed stays there (mode 0400), the public key goes to whoever runs the
# broker (deploy/docker/make-secrets.sh agent frankfurt U...). Needs openssl and coreutils, nothing of isthmus or NATS.
#
# An nkey is an Ed25519 key in base32 without padding, behind a type and in front of a CRC-16 (XMODEM, low byte first).
# A user's public key has the type 20 * 8; a seed has 18 * 8 with the five bits of the user's type spread behind it.
set -eu
if [ $# -ne 1 ] || [ "$1" = --help ]; then sed -n '2,7s/^# \{0,1\}//p' "$0"; [ "${1:-}" = --help ] && exit 0; exit 2; fi

seed_type="149 0" user_type=160
pkcs8_header="48 46 2 1 0 48 5 6 3 43 101 112 4 34 4 32"

# Bytes as decimal numbers, and back. Both are built into the shell or read from a pipe: no secret is ever an argument
# of a process.
numbers() { od -An -v -tu1 | tr -s ' \n' ' '; }
# shellcheck disable=SC2059  # the bytes are the format
bytes() { for byte; do printf "\\$(printf %03o "$byte")"; done; }

crc16() {
    crc=0
    for byte; do
        crc=$((crc ^ byte << 8)) bit=0
        while [ $bit -lt 8 ]; do
            crc=$(((crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xFFFF)) bit=$((bit + 1))
        done
    done
    echo "$((crc & 0xFF)) $((crc >> 8))"
}
# shellcheck disable=SC2046  # numbers are to be split into words, here and below
encode() { bytes "$@" $(crc16 "$@") | base32 -w0 | tr -d =; }

if [ ! -e "$1" ]; then
    umask 077
    # shellcheck disable=SC2046,SC2086
    encode $seed_type $(openssl rand 32 | numbers) >"$1.new"
    chmod 0400 "$1.new"
    mv "$1.new" "$1"
fi

bad() { echo "nkey.sh: $1 holds no seed of a user (SU and 56 more letters); move it away, and a new one is made" >&2; exit 1; }
seed=$(grep -xE 'SU[A-Z2-7]{56}' "$1") || bad "$1"
private=$(printf '%s======' "$seed" | base32 -d | numbers | cut -d ' ' -f 4-35)
# shellcheck disable=SC2086
[ "$(encode $seed_type $private)" = "$seed" ] || bad "$1"
# shellcheck disable=SC2046,SC2086
encode $user_type $(bytes $pkcs8_header $private | openssl pkey -inform DER -pubout -outform DER | tail -c 32 | numbers)
echo
