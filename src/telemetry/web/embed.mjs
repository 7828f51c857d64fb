// Writes the files of a folder as a C++ file: embed.mjs FOLDER OUTPUT. See include/isthmus/telemetry/static_files.hpp.
import {createHash} from 'node:crypto';
import {readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import {extname, join} from 'node:path';
import {gzipSync} from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

function* filesIn(folder, path = '/') {
  for (const name of readdirSync(join(folder, path)).sort()) {
    const inside = join(path, name);
    if (statSync(join(folder, inside)).isDirectory()) yield* filesIn(folder, inside);
    else yield inside;
  }
}

// Text literals of C++ stay readable, but compilers limit them to 64 KiB; arrays of numbers have no limit.
function array(name, bytes) {
  return `constexpr char ${name}[] = {${[...new Int8Array(bytes)].join(',')}};\n`;
}

function entry(folder, path, number) {
  const type = TYPES[extname(path)];
  if (!type) throw new Error(`${path}: no content type is known for it`);
  const body = readFileSync(join(folder, path));
  const gzip = gzipSync(body, {level: 9});
  const compressed = gzip.length < body.length;
  const etag = createHash('sha256').update(body).digest('hex').slice(0, 16);
  return {
    arrays: array(`kBody${number}`, body) + (compressed ? array(`kGzip${number}`, gzip) : ''),
    row: `    {.path = "${path === '/index.html' ? '/' : path}",\n     .content_type = "${type}",\n`
      + `     .body = {kBody${number}, sizeof kBody${number}},\n`
      + `     .gzip = ${compressed ? `{kGzip${number}, sizeof kGzip${number}}` : '{}'},\n`
      + `     .etag = "\\"${etag}\\"",\n     .immutable = ${path.startsWith('/assets/')}},\n`,
  };
}

const [folder, output] = process.argv.slice(2);
const entries = [...filesIn(folder)].map((path, number) => entry(folder, path, number));
writeFileSync(output, `// Written by src/telemetry/web/embed.mjs.
#include "isthmus/telemetry/static_files.hpp"

namespace isthmus::telemetry {
namespace {

${entries.map((e) => e.arrays).join('')}
constexpr StaticFile kFiles[] = {
${entries.map((e) => e.row).join('')}};

}  // namespace

std::span<const StaticFile> web_files() { return kFiles; }

}  // namespace isthmus::telemetry
`);
