"""What tests of troubles in a fleet share: counting everything, by the agents' numbers, at the end."""
import sys

sys.dont_write_bytecode = True
from fleet_base import WholeFleet  # noqa: E402
from stream_audit import Audit, taken_in  # noqa: E402


class Chaos(WholeFleet):
    AGENTS = ("agent",)

    def count_everything(self):
        """What is in the stream, by the agents' numbers, and that the core has taken in each of these numbers once."""
        for name in self.AGENTS:
            self.assertEqual(self.processes.stop(name), 0)
        audit = Audit(**self.way())
        self.assertGreater(audit.distinct, 0)
        self.until(lambda: self.core_metric("isthmus_core_messages_total") >= audit.distinct, "the core has read everything")
        self.assertEqual(self.core_metric("isthmus_core_messages_total"), audit.distinct)
        self.assertEqual(self.core_metric("isthmus_core_messages_missing_total"), audit.missing)
        def stored():
            marks = taken_in(self.folder / "core.db")
            # Of many starts of an agent only the latest are remembered.
            return marks and all(audit.ends()[start] == end for start, end in marks.items())
        self.until(stored, "the core's store says the same of each start of an agent")
        return audit
