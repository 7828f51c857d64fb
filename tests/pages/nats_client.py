"""As much of a NATS client as it takes to ask a broker what it lets a key do."""
import base64
import json
import pathlib
import socket
import ssl
import subprocess
import tempfile

PKCS8_HEADER = bytes.fromhex("302e020100300506032b657004220420")


def sign(seed, message):
    """A signature by the nkey `seed`, as CONNECT carries it."""
    private = base64.b32decode(seed + "=" * 6)[2:34]
    with tempfile.TemporaryDirectory() as folder:
        key, text = pathlib.Path(folder) / "key.der", pathlib.Path(folder) / "nonce"
        key.write_bytes(PKCS8_HEADER + private)
        text.write_bytes(message.encode())
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", key, "-in", text],
                                   check=True, capture_output=True).stdout
    return base64.urlsafe_b64encode(signature).decode().rstrip("=")


class NatsClient:
    """Connects to localhost; `refusal` is what the broker said against it, or None."""

    def __init__(self, port, ca, key=None, seed=None):
        self._socket = socket.create_connection(("localhost", port), timeout=5)
        self._lines = self._socket.makefile("rb")
        info = json.loads(self._lines.readline().split(b" ", 1)[1])
        self._socket = ssl.create_default_context(cafile=ca).wrap_socket(self._socket, server_hostname="localhost")
        self._lines = self._socket.makefile("rb")
        options = {"verbose": True, "pedantic": False, "tls_required": True, "lang": "test", "version": "1", "protocol": 1}
        if key:
            options.update(nkey=key, sig=sign(seed, info["nonce"]))
        self.refusal = self._say(f"CONNECT {json.dumps(options)}")

    def publish(self, subject, payload="x"):
        """None, or what the broker says against it."""
        return self._say(f"PUB {subject} {len(payload)}\r\n{payload}")

    def subscribe(self, subject):
        return self._say(f"SUB {subject} 1")

    def serial_number(self):
        """Of the certificate that the broker showed."""
        return self._socket.getpeercert()["serialNumber"]

    def _say(self, text):
        """With verbose set every command is answered, by +OK or by an error. Other lines may come in between."""
        try:
            self._socket.sendall(text.encode() + b"\r\n")
            for line in self._lines:
                if line.startswith(b"+OK"):
                    return None
                if line.startswith(b"-ERR"):
                    return line.decode().strip()
        except ConnectionError:
            pass
        return "closed"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lines.close()
        self._socket.close()
