// isthmus monitor in the pocket internet of North Korea's second upstream, for as long as a test needs it. Everything that
// is started here is ended by its own id.
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = process.env.ISTHMUS_BUILD_DIR ?? join(ROOT, 'build');
const BINARY = join(BUILD, 'isthmus');
const LAB = join(ROOT, 'deploy/lab/lab');
const DATA = join(ROOT, 'tests/data/ip2as');

/** Why a test with packets and a browser cannot run here; null when it can. */
export function skipReason() {
  if (process.getuid() !== 0) return 'needs root for network namespaces';
  const inPath = (tool) => process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, tool)));
  for (const [tool, group] of [['ip', 'lab'], ['nft', 'lab'], ['vtysh', 'lab'], ['chromium', 'browser']]) {
    if (!inPath(tool)) return `${tool} is not installed; deploy/install-dependencies.sh ${group}`;
  }
  return null;
}

export async function until(condition, seconds, what) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${seconds} s`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

function freePort() {
  return new Promise((found, failed) => {
    const probe = createServer().on('error', failed).listen(0, '127.0.0.1', () => {
      const {port} = probe.address();
      probe.close(() => found(port));
    });
  });
}

const configuration = (lab, port) => `
vantages:
  - {name: us, asn: 7018, netns: ${lab}.vp-us}
  - {name: germany, asn: 680, netns: ${lab}.vp-germany}
  - {name: japan, asn: 2497, netns: ${lab}.vp-japan}
  - {name: singapore, asn: 4657, netns: ${lab}.vp-singapore}
targets:
  - {name: north-korea, asn: 131279, prefixes: [175.45.176.0/22], expected_upstreams: [4837, 20485],
     addresses: [175.45.176.71, 175.45.176.15, 175.45.177.10, 175.45.177.11, 175.45.178.55, 175.45.178.131, 175.45.179.66, 175.45.179.67]}
controls: [193.0.0.193, 192.36.148.17, 130.59.31.251, 202.12.27.33, 192.5.5.241]
probing:
  rate_limit: 500
  router_limit: 200
  ping: {interval: 1s, timeout: 500ms}
  trace: {interval: 1s, protocol: udp, flows: 2, timeout: 500ms, attempts: 1, gap_limit: 4}
ip2as: {prefixes: [${DATA}/ipasn-ipv4-extract.dat.gz, ${DATA}/asn-ipv4-extract.csv]}
exporter: {listen: "127.0.0.1:${port}"}
store: {path: isthmus.db}
`;

export class Monitor {
  #folder = mkdtempSync(join(tmpdir(), 'isthmus-web-'));
  #lab = `web${process.pid}`;
  #process = null;
  url = '';

  async start() {
    this.#run('up', 'north-korea-2017', '--name', this.#lab);
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const config = join(this.#folder, 'isthmus.yaml');
    writeFileSync(config, configuration(this.#lab, port));
    this.#process = spawn(BINARY, ['monitor', '--config', config], {
      cwd: this.#folder, env: {...process.env, ISTHMUS_REQUIRE_NETNS: '1'}, stdio: ['ignore', 'ignore', 'pipe']});
    let log = '';
    this.#process.stderr.on('data', (text) => {
      log = (log + text).slice(-4000);
    });
    await until(async () => {
      if (this.#process.exitCode !== null) throw new Error(`isthmus ended: ${log}`);
      return this.#learned();
    }, 60, 'learning the undisturbed network');
  }

  /** Plays an event of the topology. */
  event(name) {
    this.#run('event', name, '--lab', this.#lab);
  }

  async overview() {
    const response = await fetch(`${this.url}/api/v1/overview`);
    return response.ok ? response.json() : null;
  }

  async stop() {
    if (this.#process?.exitCode === null) {
      const ended = new Promise((done) => this.#process.once('exit', done));
      this.#process.kill('SIGTERM');
      await ended;
    }
    this.#run('down', '--name', this.#lab);
    rmSync(this.#folder, {recursive: true, force: true});
  }

  async #learned() {
    const overview = await this.overview().catch(() => null);
    return overview?.targets.length === 1 && overview.vantages.every((vantage) => vantage.state === 'valid')
      && overview.targets.every((target) => target.state === 'up' && target.unknown_share === 0
        && target.blocks.every((block) => !block.learning));
  }

  #run(...words) {
    return execFileSync(LAB, words, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
  }
}

/** From the packages that the build of the page installed. */
export const packageOfPage = (name) => join(process.env.ISTHMUS_WEB_FOLDER ?? join(BUILD, 'src/telemetry/web/page'), 'node_modules', name);
export const sourceOf = (name) => readFileSync(packageOfPage(name), 'utf8');
