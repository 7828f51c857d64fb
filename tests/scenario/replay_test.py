#!/usr/bin/python3
"""The real `isthmus replay` over what RIPE Atlas would have stored of three days that people remember.

Every transition that lasts two rounds or more is found, at most two rounds late, and nothing is said that did not
happen. tests/bench/resilience/replay_timeline.py does the same with more seeds and prints a table.
"""
import pathlib
import sys
import tempfile
import unittest

import replay_score

SEEDS = (1, 2)


class Replayed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_every_story_is_told_as_it_was(self):
        for story in replay_score.STORIES:
            for seed in SEEDS:
                with self.subTest(story=story, seed=seed):
                    replay_score.make_archive(story, seed, self.folder)
                    score = replay_score.score_of(self.folder)
                    self.assertEqual(score.flaws(), [])
                    self.assertEqual(score.found, score.wanted)
                    self.assertGreater(score.wanted, 1)

    def test_the_same_archives_give_the_same_bytes_in_whatever_order_they_come(self):
        replay_score.make_archive("replay-2014", 3, self.folder)
        pings = (self.folder / "pings.json").read_bytes().splitlines(keepends=True)
        (self.folder / "first.json").write_bytes(b"".join(pings[::2]))
        (self.folder / "second.json").write_bytes(b"".join(pings[1::2]))
        runs = [replay_score.replay(self.folder, "--json", files=files).stdout
                for files in (("pings.json", "traces.json"), ("pings.json", "traces.json"),
                              ("traces.json", "pings.json"), ("second.json", "traces.json", "first.json"))]
        self.assertIn(b"target_down", runs[0])
        for other in runs[1:]:
            self.assertEqual(other, runs[0])

    def test_the_judge_sees_what_is_late_missing_and_extra(self):
        def event(time, kind):
            return {"time": time, "kind": kind, "block": None, "upstream_asn": None, "vantage": None,
                    "evidence": {"summary": "why"}}
        truth = {"ping_interval": 240, "causes": [
            {"time": "2014-12-22T16:15:00.000Z", "title": "cut", "within": 483, "expected": ["target_down", "block_down"]},
            {"time": "2014-12-23T01:46:00.000Z", "title": "back", "within": 483, "expected": ["target_up"]}]}
        score = replay_score.judge(truth, [event("2014-12-22T16:15:00.000Z", "target_up"),
                                           event("2014-12-22T16:20:00.000Z", "target_down"),
                                           event("2014-12-23T01:56:00.000Z", "target_up")])
        self.assertEqual((score.wanted, score.found, len(score.late), len(score.missing), len(score.extra)),
                         (3, 1, 1, 1, 1))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
