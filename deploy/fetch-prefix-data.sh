#!/bin/sh
# Fetches current prefix-to-AS data with organisation names into a folder. See --help.
set -eu

package=@ip-location-db/asn
files='asn-ipv4.csv asn-ipv6.csv'
licences='DBIP-LICENSE ROUTEVIEWS-LICENSE NRO_LICENSE'

usage() {
  cat <<END
usage: deploy/fetch-prefix-data.sh [--version VERSION] FOLDER

Fetches the npm package $package with 'npm pack', which checks its checksum, and puts
  $files
with their licences and a VERSION file into FOLDER. A file is replaced in one step, and none before all have been
checked: an isthmus that reads them meanwhile sees the old or the new one, and a failed fetch changes nothing.
Then reload isthmus (SIGHUP).

  --version VERSION   a certain version of the package; the newest if left out
  --help              this text

example: deploy/fetch-prefix-data.sh /var/lib/isthmus/prefix-data

The data is made of RouteViews, NRO and DB-IP data and licensed under CC BY 4.0: who publishes results drawn from it
names the sources and links to https://db-ip.com.
END
}

fail() {
  echo "fetch-prefix-data.sh: $1" >&2
  exit 1
}

# A file is good when every line that is looked at is a range of its family, there are many, and the last one is whole.
check_csv() {
  file=$1 family=$2
  awk -F, -v family="$family" '
    { address = family == 4 ? "^[0-9.]+$" : "^[0-9a-f:.]+$"
      if ($1 !~ address || $2 !~ address || $3 !~ /^[0-9]+$/) { print "line " NR ": " $0; bad = 1; exit } }
    END { if (!bad && NR < 50000) { print "only " NR " lines"; bad = 1 }; exit bad }' "$file" >"$work/why" ||
    fail "$(basename "$file") is damaged, $(cat "$work/why"); FOLDER is as it was"
  [ -z "$(tail -c 1 "$file")" ] || fail "$(basename "$file") is cut off; FOLDER is as it was"
}

version=
folder=
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --version) [ $# -ge 2 ] || { usage >&2; exit 2; }; version=$2; shift ;;
    -*) usage >&2; exit 2 ;;
    *) [ -z "$folder" ] || { usage >&2; exit 2; }; folder=$1 ;;
  esac
  shift
done
[ -n "$folder" ] || { usage >&2; exit 2; }
command -v npm >/dev/null || fail "npm is missing; install it with: apt-get install npm"

mkdir -p "$folder"
# Inside the folder, so that the last step is a rename on one file system.
work=$(mktemp -d "$folder/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

(cd "$work" && npm pack --silent "$package${version:+@$version}" >packed) ||
  fail "npm could not fetch $package${version:+ version $version}; FOLDER is as it was"
tar -xzf "$work/$(tail -n 1 "$work/packed")" -C "$work" || fail "the package cannot be unpacked; FOLDER is as it was"

for name in $files $licences package.json; do
  [ -s "$work/package/$name" ] || fail "the package holds no $name; FOLDER is as it was"
done
check_csv "$work/package/asn-ipv4.csv" 4
check_csv "$work/package/asn-ipv6.csv" 6

fetched=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$work/package/package.json" | head -n 1)
printf '%s %s\n' "$package" "$fetched" >"$work/package/VERSION"
for name in $licences $files VERSION; do
  chmod 644 "$work/package/$name"
  mv -f "$work/package/$name" "$folder/$name"
done

echo "$package $fetched in $folder:"
for name in $files; do echo "  $name  $(wc -l <"$folder/$name") ranges"; done
echo "Licence: CC BY 4.0, data by RouteViews (routeviews.org), NRO (nro.net) and DB-IP (https://db-ip.com)."
