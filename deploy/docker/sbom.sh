#!/bin/sh
# Prints what is in the image as a CycloneDX 1.5 bill of materials: isthmus, and every Debian package installed.
#
#   sbom.sh /usr/local/bin/isthmus
#
# REVISION and SOURCE_DATE_EPOCH, where set, say what it was built from and when. The same image gives the same bytes.
set -eu
[ $# -eq 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
export LC_ALL=C
version=$("$1" --version | sed 's/^isthmus //')
sum=$(sha256sum "$1" | cut -d ' ' -f 1)
# shellcheck source=/dev/null
. /etc/os-release

# A source package is what Debian's security advisories speak of; where its name or version is another, it is told too.
packages() {
    dpkg-query -W -f '${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n' |
        sort | awk -F '\t' -v distro="$ID-$VERSION_ID" '
            function quote(text) { gsub(/%/, "%25", text); gsub(/\+/, "%2B", text); gsub(/:/, "%3A", text); return text }
            $1 != "ii " { next }
            {
                purl = "pkg:deb/debian/" quote($2) "@" quote($3) "?arch=" $4 "&distro=" distro
                if ($5 != $2 || $6 != $3) purl = purl "&upstream=" quote($5) "%40" quote($6)
                printf ",\n    {\"type\": \"library\", \"bom-ref\": \"%s\", \"name\": \"%s\", \"version\": \"%s\", \"purl\": \"%s\"}",
                    purl, $2, $3, purl
            }'
}

isthmus='"type": "application", "name": "isthmus", "version": "'$version'"'
cat <<END
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": {
END
[ -z "${SOURCE_DATE_EPOCH:-}" ] || echo "    \"timestamp\": \"$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)\","
cat <<END
    "component": {"type": "container", "bom-ref": "image", "name": "isthmus", "version": "$version"}
  },
  "components": [
    {$isthmus, "bom-ref": "isthmus", "hashes": [{"alg": "SHA-256", "content": "$sum"}],
     "properties": [{"name": "isthmus:revision", "value": "${REVISION:-unknown}"}]},
    {"type": "operating-system", "bom-ref": "os", "name": "$ID", "version": "$VERSION_ID"}$(packages)
  ]
}
END
