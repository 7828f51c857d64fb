#!/usr/bin/python3
"""isthmus agent as a process between a broker and the line of four routers: assigned, cut off, killed, and misused."""
import signal
import socket
import sys
import time

sys.dont_write_bytecode = True
from fleet_base import BROKER, TARGET, Agent, FleetCase  # noqa: E402
from lab_support import netns  # noqa: E402
from monitor_base import NAME, main  # noqa: E402

VICTIM = "{name: victim, asn: 64511, prefixes: [203.0.113.0/24], addresses: [203.0.113.1]}"


class AgentProcess(FleetCase):
    def test_it_probes_what_it_is_assigned_through_every_trouble(self):
        agent = Agent(self, "agent").start()
        self.until(lambda: "`isthmus assign` creates it" in agent.log(), "a broker that nobody has set up is named")
        self.assertEqual(self.assign(TARGET)["outcome"], "created")
        self.until(lambda: self.stored() > 3, "observations are in the stream")
        self.assertEqual(self.assign(TARGET)["outcome"], "unchanged")
        self.assertEqual(self.assign(TARGET.replace(", 198.51.100.11", ""))["serial"], 2)
        self.until(lambda: agent.metric("isthmus_agent_assignment_serial") == 2, "the change without a restart")

        with self.subTest("killed, it comes back under its name at once"):
            agent.process.kill()
            agent.process.wait()
            self.processes.stop("agent")
            began = time.monotonic()
            agent.start()
            self.until(lambda: agent.metric("isthmus_agent_name_held") == 1, "the name is its own again")
            self.assertLess(time.monotonic() - began, 8, "it waited for its own former claim")
            self.grows("the stream", self.stored)

        with self.subTest("without the broker it goes on, also after a restart, and loses nothing"):
            self.processes.stop("broker")
            self.until(lambda: agent.metric("isthmus_agent_connected") == 0, "the broker is missed")
            self.grows("the spool", lambda: agent.metric("isthmus_agent_spool_batches"))
            self.assertEqual(self.processes.stop("agent"), 0)
            agent.start()
            self.until(lambda: agent.metric("isthmus_agent_probing") == 1, "it probes what it was assigned")
            self.grows("the spool", lambda: agent.metric("isthmus_agent_spool_batches"))
            self.assertIn("cannot be reached at present", agent.log())
            waiting = agent.metric("isthmus_agent_spool_batches")
            self.start_broker()
            self.until(lambda: agent.metric("isthmus_agent_batches_arrived_total") >= waiting, "what waited arrives")
            self.assertEqual(agent.metric("isthmus_agent_spool_dropped_batches_total"), 0)

        with self.subTest("at the end it sends what it has and gives its name back"):
            self.assertEqual(self.processes.stop("agent"), 0)
            self.assertIn("event=stopped", agent.log())
            other = Agent(self, "other").start()
            self.until(lambda: other.metric("isthmus_agent_name_held") == 1, "the next one has it")
            self.assertNotIn("event=name_taken", other.log())

    def test_a_hostile_centre_gets_no_packet_to_where_the_agent_may_not(self):
        agent = Agent(self, "agent").start()
        self.assign(f"{TARGET}, {VICTIM}", rate=100000, router=1000)
        self.until(lambda: agent.metric("isthmus_agent_probes_sent_total") > 10, "it probes what it may")
        self.assertEqual(agent.metric("isthmus_agent_assignment_refusals"), 3)
        self.assertIn("target victim is left out: 203.0.113.0/24 is outside probing.allow", agent.log())
        seen = netns.inside(f"{NAME}.vp", lambda: destinations(1.5))
        self.assertIn("198.51.100.10", seen)
        self.assertEqual([address for address in seen if address.startswith("203.0.113.")], [])
        self.assertLessEqual(sum(seen.values()), 100 * 1.5 * 1.5, "its own rate limit holds")

    def test_of_two_under_one_name_the_second_waits_and_says_for_whom(self):
        first = Agent(self, "first").start()
        self.assign(TARGET)
        self.until(lambda: first.metric("isthmus_agent_probing") == 1, "the first one probes")
        second = Agent(self, "second").start()
        self.until(lambda: second.metric("isthmus_agent_name_taken") == 1, "the second is refused")
        self.until(lambda: f"event=name_taken vantage=vp host={socket.gethostname()}" in second.log(), "loudly")
        self.assertEqual(second.metric("isthmus_agent_probes_sent_total"), 0)
        self.processes.stop("first")
        self.until(lambda: second.metric("isthmus_agent_batches_arrived_total") > 0, "then it takes over")

    def test_other_limits_hold_after_a_hangup(self):
        agent = Agent(self, "agent").start()
        self.assign(TARGET)
        self.until(lambda: agent.metric("isthmus_agent_probing") == 1, "it probes")
        path = agent.folder / "agent.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("198.51.100.0/24, ", ""), encoding="utf-8")
        agent.process.send_signal(signal.SIGHUP)
        self.until(lambda: agent.metric("isthmus_agent_probing") == 0, "it may not any more")
        path.write_text("nonsense", encoding="utf-8")
        agent.process.send_signal(signal.SIGHUP)
        self.until(lambda: agent.metric("isthmus_config_last_reload_successful") == 0, "a bad file is no file")
        self.assertEqual(agent.metric("isthmus_agent_assignment_refusals"), 1)


def destinations(seconds):
    """Address -> IPv4 packets that leave this namespace for it."""
    seen = {}
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003)) as sniffer:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            sniffer.settimeout(left)
            try:
                packet, where = sniffer.recvfrom(2048)
            except TimeoutError:
                break
            if where[2] == socket.PACKET_OUTGOING and packet[0] >> 4 == 4:
                address = socket.inet_ntoa(packet[16:20])
                seen[address] = seen.get(address, 0) + 1
    return seen


if __name__ == "__main__":
    main(["ip", BROKER])
