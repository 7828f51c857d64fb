#!/usr/bin/python3
"""`isthmus completion` in the shells that read it, and `isthmus man` in the programs that print it. Sends nothing."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))

BUILD = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"])
PATH = f"{BUILD}:{os.environ['PATH']}"
# What stands on the line, and what must be among the offers; behind a minus, what must not.
CASES = [("isthmus tra", ["trace"]),
         ("isthmus ", ["ping", "status", "completion", "-man"]),
         ("isthmus data ", ["info"]),
         ("isthmus ping --pro", ["--protocol"]),
         ("isthmus ping --protocol ", ["icmp", "udp", "tcp"]),
         ("isthmus events --kind target_", ["target_down", "target_partial", "target_up"]),
         ("isthmus completion ", ["bash", "zsh", "fish"]),
         ("isthmus check --config ", ["isthmus.yaml"]),
         ("isthmus data info isth", ["isthmus.yaml"]),
         ("isthmus trace --max-ttl ", ["-isthmus.yaml"])]
needs = lambda program: unittest.skipUnless(shutil.which(program), f"there is no {program}")  # noqa: E731


def isthmus(*words):
    return subprocess.run([BUILD / "isthmus", *words], capture_output=True, text=True, timeout=60, check=True).stdout


class Completion(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "isthmus.yaml").touch()

    def check(self, line, offers, wanted):
        for word in wanted:
            if word.startswith("-") and not word.startswith("--"):
                self.assertNotIn(word[1:], offers, line)
            else:
                self.assertIn(word, offers, line)

    def run_shell(self, *words, given=""):
        done = subprocess.run(words, input=given, capture_output=True, text=True, timeout=60, check=False, cwd=self.folder,
                              env={**os.environ, "PATH": PATH, "HOME": str(self.folder)})
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def test_bash(self):
        script = self.folder / "completion.bash"
        script.write_text(isthmus("completion", "bash"), encoding="utf-8")
        for line, wanted in CASES + [("isthmus ping --protocol = u", ["udp"])]:
            with self.subTest(line):
                words = " ".join(f"'{word}'" for word in line.split(" "))
                offers = self.run_shell("bash", "-c", f"source '{script}'; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); "
                                        "_isthmus; printf '%s\\n' \"${COMPREPLY[@]}\"").split("\n")
                self.check(line, offers, wanted)

    @needs("fish")
    def test_fish(self):
        script = self.folder / "completion.fish"
        script.write_text(isthmus("completion", "fish"), encoding="utf-8")
        for line, wanted in CASES:
            with self.subTest(line):
                told = self.run_shell("fish", "--no-config", "-c", f"source '{script}'; complete -C '{line}'")
                self.check(line, [offer.split("\t")[0] for offer in told.splitlines()], wanted)

    @needs("zsh")
    def test_zsh(self):
        # zsh completes only at a prompt.
        try:
            from terminal_screen import TerminalProgram
        except ImportError as why:
            self.skipTest(str(why))
        (self.folder / "_isthmus").write_text(isthmus("completion", "zsh"), encoding="utf-8")
        program = TerminalProgram(["env", "-C", self.folder, "zsh", "-f", "-i"], rows=60,
                                  environment={"PATH": PATH, "HOME": str(self.folder)})
        self.addCleanup(program.close)
        program.press(f"PS1='> '; fpath=({self.folder} $fpath); autoload -U compinit; compinit -u -D; "
                      "setopt AUTO_LIST; unsetopt LIST_BEEP AUTO_MENU\n")
        for number, (line, wanted) in enumerate(CASES):
            with self.subTest(line):
                program.press(f"clear; echo begin-{number}\n")
                program.expect(lambda t: re.search(rf"(?m)^begin-{number}$", t), "a fresh screen")
                program.press(line + "\t\t")
                shown = [word for word in wanted if word.startswith("--") or not word.startswith("-")]
                program.expect(lambda t: all(word in t.split(f"begin-{number}")[-1] for word in shown), f"{line}: {shown}")
                for word in set(wanted) - set(shown):
                    self.assertNotRegex(program.text(), rf"(?m)^{re.escape(word[1:])}\b")
                program.press("\x15")


class ManPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.page = pathlib.Path(folder.name) / "isthmus.1"
        cls.page.write_text(isthmus("man"), encoding="utf-8")

    @needs("groff")
    def test_groff_has_nothing_to_complain_of(self):
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", self.page], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    @needs("mandoc")
    def test_mandoc_has_nothing_to_complain_of(self):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", self.page], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    @needs("man")
    def test_man_shows_every_command_with_its_options_in_eighty_columns(self):
        done = subprocess.run(["man", "--warnings", "-l", self.page], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "MANWIDTH": "80", "MAN_KEEP_FORMATTING": "", "LC_ALL": "C.UTF-8", "PAGER": "cat"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
        commands = [line.split()[0] for line in isthmus("--help").split("Subcommands:")[1].splitlines()
                    if line.startswith("  ") and line[2] != " "]
        for command in commands:
            self.assertRegex(done.stdout, rf"(?m)^   isthmus {command}$")
        for word in ["EXIT STATUS", "FILES", "SEE ALSO", "--protocol udp|icmp|tcp", "--gap-limit N", "isthmus completion [options] bash|zsh|fish"]:
            self.assertIn(word, done.stdout)

    def test_what_is_installed_is_made_by_this_program(self):
        installed = BUILD / "share" / "isthmus.1"
        if not installed.exists() or installed.stat().st_mtime < (BUILD / "isthmus").stat().st_mtime:
            self.skipTest("only the program was built, not what describes it")
        self.assertEqual(installed.read_text(encoding="utf-8"), self.page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
