#!/usr/bin/python3
"""The plain page in a real browser: isthmus monitor watches a line of routers, Chromium shows the page at a desk, on a
phone and in the dark. Monitor and browser run inside the lab, which has no way out.

ISTHMUS_SCREENSHOTS=FOLDER keeps the screenshots. Needs root. Exit 77: cannot run here.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy" / "quickstart"), str(ROOT / "deploy" / "lab")]
sys.dont_write_bytecode = True
from headless import Page  # noqa: E402  (the path has to be set first)
from pocket import netns  # noqa: E402
from processes import Processes, http_get, wait_until  # noqa: E402

BINARY = pathlib.Path(os.environ.get("ISTHMUS_BUILD_DIR", ROOT / "build")) / "isthmus"
LAB = ROOT / "deploy" / "lab" / "lab"
NAME = f"browser{os.getpid()}"
URL = "http://127.0.0.1:10176"  # The loopback of the lab's own namespace: nobody else can hold the port.
# Names of organisations come from strangers' databases.
HOSTILE = "Line <img src=//192.0.2.1/x onerror=alert(1)> & <b>Sons</b>"
LOOKS = {"desk": (1280, 900, "light"), "phone": (390, 844, "light"), "dark": (1280, 900, "dark"),
         "phone-dark": (390, 844, "dark")}
BACKGROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 29)"}

# Everything a case asks of the page, read in one go so that no refresh comes in between.
READ_PAGE = """(() => {
  const texts = (root, what) => [...root.querySelectorAll(what)].map(e => e.innerText.trim());
  const rows = table => [...table.rows].slice(1).map(row => texts(row, 'td'));
  const tables = {};
  for (const table of document.querySelectorAll('table')) tables[texts(table, 'th')[0]] = rows(table);
  const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = colour => { const [r, g, b] = colour.match(/[0-9.]+/g).map(Number).map(channel);
                            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const paper = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
                       if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255, 255, 255)'; };
  const contrast = e => { const [a, b] = [light(getComputedStyle(e).color), light(paper(e))].sort((x, y) => y - x);
                          return (a + 0.05) / (b + 0.05); };
  const written = [...document.body.querySelectorAll('*')].filter(e =>
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  return {title: document.title, headings: texts(document, 'h2'), targets: texts(document, 'h3'),
    states: texts(document, 'section .state'), chips: texts(document, '.chip'), tables,
    foreign: document.querySelectorAll('img,script,iframe,link,b').length,
    background: getComputedStyle(document.body).backgroundColor,
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    torn: [...document.querySelectorAll('.state')].filter(e => e.getClientRects().length > 1).length,
    outside: written.filter(e => !e.closest('.scroll') && e.getBoundingClientRect().right > innerWidth + 1)
                    .map(e => e.innerText),
    faint: written.filter(e => contrast(e) < 4.5).map(e => e.className + ': ' + e.innerText + ' ' + contrast(e))};
})()"""


def skip_reason():
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    for tool, package in (("chromium", "chromium"), ("ip", "iproute2"), ("nft", "nftables")):
        if shutil.which(tool) is None:
            return f"{tool} is not installed; deploy/install-dependencies.sh lab browser (package {package})"
    return None


def lab(*words):
    return subprocess.run([LAB, *words], check=True, capture_output=True, text=True).stdout


class WebPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="isthmus-browser-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        lab("up", "line", "--name", NAME)
        cls.addClassCleanup(lab, "down", "--name", NAME)
        status = json.loads(lab("status", "--json", "--lab", NAME))
        vantage, target = status["vantages"][0], status["targets"][0]
        cls.enter = ["ip", "netns", "exec", vantage["netns"]]
        cls.namespace, cls.block = vantage["netns"], target["blocks"][0]
        cls.write_config(vantage, target)
        processes = Processes(str(cls.folder))
        cls.addClassCleanup(processes.__exit__)
        processes.start("isthmus", [*cls.enter, BINARY, "monitor", "--config", cls.folder / "isthmus.yaml"],
                        ISTHMUS_REQUIRE_NETNS="1")
        cls.page = cls.enterClassContext(Page(cls.folder, cls.enter))
        wait_until(lambda: cls.target_is("up"), 40, "the target up with its upstream", processes.check)
        # An outage: seen while it lasts, and over before the cases look, for which it is history.
        lab("event", "cut", "--lab", NAME)
        wait_until(lambda: cls.target_is("down"), 40, "the target down", processes.check)
        cls.outage = cls.seen("phone", "outage")
        lab("event", "mend", "--lab", NAME)
        wait_until(lambda: cls.target_is("up"), 40, "the target up again", processes.check)

    @classmethod
    def write_config(cls, vantage, target):
        (cls.folder / "prefixes.csv").write_text(
            f'192.0.2.0,192.0.2.255,64500,"{HOSTILE}"\n198.51.100.0,198.51.100.255,{target["asn"]},"Host"\n', "utf-8")
        (cls.folder / "isthmus.yaml").write_text(f"""\
vantages: [{{name: {vantage["name"]}, asn: {vantage["asn"]}}}]
targets:
  - {{name: {target["name"]}, asn: {target["asn"]}, prefixes: {target["prefixes"]}, addresses: {target["addresses"]}}}
controls: [192.0.2.1]
probing:
  rate_limit: 200
  router_limit: 100
  ping: {{interval: 1s, timeout: 500ms}}
  trace: {{interval: 1s, protocol: udp, flows: 2, timeout: 500ms}}
ip2as: {{prefixes: [prefixes.csv]}}
exporter: {{listen: "127.0.0.1:10176"}}
store: {{path: isthmus.db}}
""", "utf-8")

    @classmethod
    def target_is(cls, state):
        status, body = netns.inside(cls.namespace, lambda: http_get(f"{URL}/api/v1/targets"))
        if status != 200:
            return False
        targets = json.loads(body)["targets"]
        return bool(targets) and targets[0]["state"] == state and bool(targets[0]["upstreams"])

    @classmethod
    def seen(cls, look, screenshot=None):
        """What the page says in that look, and its screenshot where somebody wants it."""
        cls.page.look(*LOOKS[look])
        cls.page.open(f"{URL}/plain")
        found = cls.page.evaluate(READ_PAGE)
        if keep := os.environ.get("ISTHMUS_SCREENSHOTS"):
            cls.page.screenshot(pathlib.Path(keep) / f"{screenshot or look}.png")
        return found

    def test_tells_target_upstream_and_vantage(self):
        found = self.seen("desk")
        self.assertEqual(found["title"], "isthmus")
        self.assertEqual(found["headings"], ["Targets", "Vantage points", "Latest events"])
        self.assertEqual(found["targets"], ["host"])
        self.assertEqual(found["states"], ["up", "up"])  # The target's and its upstream's.
        self.assertEqual(found["chips"], [f"{self.block} up via AS64500"])
        (upstream,) = found["tables"]["Upstream"]
        self.assertEqual(upstream[:2], [f"AS64500 {HOSTILE}", "up"])
        self.assertRegex(upstream[2], r"^100 % \(\d+ to 100 %\)$")
        (vantage,) = found["tables"]["Name"]
        self.assertEqual(vantage[:3], ["vp AS64496", "valid", "1 of 1"])

    def test_tells_an_outage_and_its_end(self):
        self.assertEqual(self.outage["states"][0], "down")
        self.assertEqual(self.outage["chips"][0].split()[:2], [self.block, "down"])
        self.assertEqual(self.outage["tables"]["Name"][0][1], "valid")  # The vantage point sees: an outage, no blindness.
        kinds = [event[2] for event in self.seen("desk")["tables"]["Id"]]
        self.assertLess(kinds.index("target_up"), kinds.index("target_down"), f"the latest comes first: {kinds}")

    def test_fits_every_screen_and_scheme(self):
        for name, (_, _, scheme) in LOOKS.items():
            with self.subTest(look=name):
                found = self.seen(name)
                self.assertEqual(found["background"], BACKGROUND[scheme])
                self.assertEqual(found["sideways"], 0, "the page scrolls sideways")
                self.assertEqual(found["torn"], 0, "a state is torn over two lines")
                self.assertEqual(found["outside"], [], "written beyond the edge")
                self.assertEqual(found["faint"], [], "contrast below 4.5 to 1 (WCAG 2 AA)")

    def test_asks_nobody_else_and_complains_of_nothing(self):
        self.page.requests.clear()
        self.page.complaints.clear()
        found = self.seen("desk")
        self.assertEqual(found["foreign"], 0, "an element that the page does not have by itself")
        self.assertIn(f"{URL}/plain", self.page.requests)
        self.assertEqual([url for url in self.page.requests if not url.startswith(f"{URL}/")], [])
        self.assertEqual(self.page.complaints, [])


if __name__ == "__main__":
    reason = skip_reason()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
