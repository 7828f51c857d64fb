#!/usr/bin/python3
"""The API's description against the server: all that it promises is kept, and all that there is stands in it.

Speaks to sample_server on the loopback interface.
"""
import http.client
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import unittest
import urllib.parse

import jsonschema

SERVER = pathlib.Path(os.environ["ISTHMUS_BUILD_DIR"]) / "tests" / "sample_server"
DOCUMENT = json.loads(pathlib.Path("src/telemetry/openapi.json").read_text(encoding="utf-8"))
DESCRIBED = ("/api/v1", "/badge", "/embed", "/-/", "/metrics")
REQUESTS = 1500
SEED = 20171001

WORDS = ["", " ", "0", "-1", "7", "1e9", "99999999999999999999999", "NaN", "null", "true", "peninsula", "AS64499", "64499",
         "AS4294967296", "AS64499,AS64496", ",,,", "203.0.113.0/24", "203.0.113.0/33", "::/0", "2001:db8::/48",
         "2017-10-01", "2017-10-01T09:07:51Z", "0000-00-00", "9999-12-31T23:59:59Z", "-0001-01-01", "block_down", "../..",
         "%", "%00", "\0", "\r\nX: y", "<script>alert(1)</script>", "' OR 1=1 --", "${HOME}", "\u202e", "\U0001f4a9" * 50,
         "x" * 3000, "a&b=c", "{target}", "..%2f..%2fetc%2fpasswd", "target", "[]", "{}", "\xff"]


class Server:
    def __init__(self, *words):
        self.process = subprocess.Popen([SERVER, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        url = urllib.parse.urlsplit(self.process.stdout.readline().strip())
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)

    def ask(self, method, target, headers=None):
        """Status, media type, headers, and the body; of a stream the first lines."""
        self.connection.request(method, target, headers=headers or {})
        response = self.connection.getresponse()
        media = response.headers.get_content_type()
        if media == "text/event-stream" and method == "GET":
            body = response.readline()
            response.close()
            self.connection.close()
        else:
            body = response.read()
        return response.status, media, response.headers, body

    def stop(self):
        self.connection.close()
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def resolve(node):
    """Whatever a "$ref" stands for."""
    while "$ref" in node:
        found = DOCUMENT
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        node = found
    return node


def operations():
    return [(path, method, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()]


def target_of(path, values):
    """`values`: (parameter, text) pairs of an operation."""
    query = []
    for parameter, text in values:
        encoded = urllib.parse.quote(text.encode("utf-8", "surrogateescape"), safe="")
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", encoded)
        elif parameter["in"] == "query":
            query.append(f"{urllib.parse.quote(parameter['name'], safe='')}={encoded}")
    return path + ("?" + "&".join(query) if query else "")


def headers_of(values):
    """Values that a header can carry."""
    return {parameter["name"]: text for parameter, text in values
            if parameter["in"] == "header" and re.fullmatch(r"[ -~]*", text) and len(text) < 1000}


class ApiDocument(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.starting = Server(), Server("--starting")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.starting.stop()

    def check(self, operation, answer, what):
        """The answer is one that the document has for the operation."""
        status, media, headers, body = answer
        self.assertIn(str(status), operation["responses"], f"{what}: an undocumented status\n{body[:300]!r}")
        content = resolve(operation["responses"][str(status)])["content"]
        self.assertIn(media, content, f"{what}: an undocumented type")
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff", what)
        if media == "application/json":
            schema = {**content[media]["schema"], "components": DOCUMENT["components"]}
            jsonschema.Draft202012Validator(schema).validate(json.loads(body))
        return status

    def test_the_document_is_what_the_server_has(self):
        self.assertEqual(DOCUMENT["openapi"], "3.1.0")
        for schema in DOCUMENT["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)
        self.assertEqual(json.loads(self.server.ask("GET", "/api/v1/openapi.json")[3]), DOCUMENT)

    def test_every_route_is_described_and_every_description_has_a_route(self):
        status, _, _, body = self.server.ask("GET", "/nothing")
        self.assertEqual(status, 404)
        routes = {(method.lower(), path) for method, path in re.findall(r"^(GET|POST) +(\S+)$", body.decode(), re.M)}
        described = {(method, path) for path, method, _ in operations()}
        self.assertEqual({route for route in routes if route[1].startswith(DESCRIBED)} - described, set())
        self.assertEqual(described - routes, set())

    def test_every_example_is_answered_as_described(self):
        for path, method, operation in operations():
            parameters = [resolve(parameter) for parameter in operation.get("parameters", [])]
            choices = [[p for p in parameters if p["required"]], parameters]
            choices += [[p for p in parameters if p["required"] or p is one] for one in parameters]
            for chosen in choices:
                values = [(parameter, str(parameter["example"])) for parameter in chosen]
                target = target_of(path, values)
                with self.subTest(f"{method} {target}"):
                    answer = self.server.ask(method.upper(), target, headers_of(values))
                    self.assertEqual(self.check(operation, answer, target), 200, answer[3])
                    early = self.starting.ask(method.upper(), target, headers_of(values))
                    self.check(operation, early, target + " before the first snapshot")

    def test_what_is_required_is_required(self):
        for path, method, operation in operations():
            for parameter in operation.get("parameters", []):
                if parameter["required"] and parameter["in"] == "query":
                    self.assertEqual(self.server.ask(method.upper(), path)[0], 400, path)

    def test_hostile_values_get_a_described_answer(self):
        chance = random.Random(SEED)
        statuses = set()
        for _ in range(REQUESTS):
            path, method, operation = chance.choice(operations())
            parameters = list(operation.get("parameters", []))
            parameters += [{"name": chance.choice(WORDS[:30]), "in": "query"}] if chance.random() < 0.1 else []
            chance.shuffle(parameters)
            values = []
            for parameter in parameters:
                if parameter["in"] == "path" or chance.random() < 0.6:
                    example = str(parameter.get("example", ""))
                    values.append((parameter, chance.choice([example, chance.choice(WORDS), self.mutated(chance, example)])))
            target = target_of(path, values)
            answer = self.server.ask(method.upper(), target, headers_of(values))
            if answer[0] == 431 and len(target) > 8000:
                continue
            statuses.add(self.check(operation, answer, f"{method} {target}"))
        self.assertLessEqual({200, 400, 404}, statuses)
        self.assertEqual(self.server.ask("GET", "/-/healthy")[0], 200)

    @staticmethod
    def mutated(chance, text):
        letters = list(text) or ["x"]
        for _ in range(chance.randint(1, 4)):
            letters[chance.randrange(len(letters))] = chr(chance.choice([0, 10, 37, 38, 43, 47, 60, 127, 160, 0x2028, 0xFFFD]))
        return "".join(letters)

    def test_other_methods_are_refused(self):
        for path, method, _ in operations():
            other = "GET" if method == "post" else "DELETE"
            status, _, headers, _ = self.server.ask(other, path.replace("{target}", "peninsula"))
            self.assertEqual(status, 405, path)
            self.assertIn(method.upper(), headers["Allow"])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
