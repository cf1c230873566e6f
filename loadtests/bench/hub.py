"""API servers for a hub: many in one process, each with an address, a name and keys of its own.

hub.py serve FOLDER FIRST COUNT      API servers FIRST to FIRST+COUNT-1, described by FOLDER (see loadtests/hub.sh)
hub.py spread FROM UNTIL FILE...     fetches in that time: how many a second, and the longest gap of one server

Each responds as Kubernetes 1.36 does (tests/fixtures/kubernetes-1.36): TLS 1.3 with one session ticket, the headers of
API Priority and Fairness, 401 without the token, 406 for a media type that it does not have. Signals: SIGUSR1 adds a
second key to each; SIGUSR2 makes every tenth server hang after it has received a request, then stop listening, then recover. Each fetch of the JWK Set is a line in FOLDER/fetches-FIRST: the time and the server.
"""
import asyncio
import json
import signal
import ssl
import sys
import time
from pathlib import Path

PORT = 6443
DISCOVERY = "/.well-known/openid-configuration"
KEY_SET = "/openid/v1/jwks"


def address(number):
    return f"127.{64 + number // 65536}.{number // 256 % 256}.{number % 256}"


class ApiServer:
    def __init__(self, process, number):
        self.process, self.number, self.listener, self.open = process, number, None, set()
        keys = [self.key(version) for version in range(2)]
        self.documents = [json.dumps({"keys": keys[:count]}, separators=(",", ":")).encode() for count in (1, 2)]
        discovery = dict(process.discovery, issuer=f"https://{process.host}/clusters/{number}", jwks_uri=f"https://192.0.2.10:6443{KEY_SET}")
        self.discovery = json.dumps(discovery, separators=(",", ":")).encode()

    def key(self, version):
        key = dict(self.process.key)
        mark = f"{self.number:06d}{version}"
        key["kid"] = f"{mark}-{key['kid'][8:]}"
        key["n"] = key["n"][:40] + mark + key["n"][47:]
        return key

    @property
    def is_failing(self):
        return self.process.failure is not None and self.number % 10 == 0

    async def listen(self):
        self.listener = await asyncio.start_server(self.connected, address(self.number), PORT, backlog=16, ssl=self.process.tls)

    async def stop(self):
        self.listener.close()
        self.listener = None
        for writer in list(self.open):
            writer.transport.abort()

    async def connected(self, reader, writer):
        self.open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if self.is_failing:
                    await asyncio.Event().wait()
                writer.write(self.response(head.decode("latin-1")))
                await writer.drain()
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()

    def response(self, head):
        request, *lines = head.rstrip().split("\r\n")
        method, path, _ = request.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if headers.get("authorization") != f"Bearer {self.process.token}":
            return self.message("401 Unauthorized", "application/json", b'{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}')
        if path == "/readyz":
            return self.message("200 OK", "text/plain; charset=utf-8", b"ok")
        kinds = {DISCOVERY: ("application/json", self.discovery), KEY_SET: ("application/jwk-set+json", self.documents[self.process.version])}
        if method != "GET" or path not in kinds:
            return self.message("404 Not Found", "text/plain; charset=utf-8", b"404 page not found\n")
        kind, body = kinds[path]
        if headers.get("accept", kind) not in (kind, "*/*"):
            return self.message("406 Not Acceptable", "application/json", b'{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotAcceptable","code":406}')
        if path == KEY_SET:
            self.process.fetched(self.number)
        return self.message("200 OK", kind, body, "public, max-age=3600")

    @staticmethod
    def message(status, kind, body, cache="no-cache, private"):
        return (f"HTTP/1.1 {status}\r\nAudit-Id: 272e80b4-f3cf-473d-8eca-b5d929ffedd3\r\nCache-Control: {cache}\r\nContent-Type: {kind}\r\n"
                "X-Kubernetes-Pf-Flowschema-Uid: 959098bd-e3ca-4a1a-924d-4a748752e580\r\n"
                "X-Kubernetes-Pf-Prioritylevel-Uid: 7509f70a-98a1-4c88-924e-f7a5818f9b83\r\n"
                f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime())}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


class Process:
    def __init__(self, folder, first, count):
        self.version, self.failure = 0, None
        self.host = (folder / "host").read_text().strip()
        self.token = (folder / "token").read_text().strip()
        self.discovery = json.loads((folder / "discovery.json").read_bytes())
        self.key = json.loads((folder / "jwks.json").read_bytes())["keys"][0]
        self.log = open(folder / f"fetches-{first}", "w", buffering=1)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(folder / f"server-{first}.crt", folder / f"server-{first}.key")
        self.tls.set_alpn_protocols(["http/1.1"])
        # Go sends one.
        self.tls.num_tickets = 1
        self.servers = [ApiServer(self, number) for number in range(first, first + count)]

    def fetched(self, number):
        self.log.write(f"{time.time():.3f} {number}\n")

    def rotate(self):
        self.version = 1

    async def fail(self):
        self.failure = {None: "hangs", "hangs": "is dead", "is dead": None}[self.failure]
        for server in self.servers:
            if server.number % 10 == 0:
                if self.failure == "is dead":
                    await server.stop()
                elif self.failure is None:
                    await server.listen()

    async def run(self):
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        for server in self.servers:
            await server.listen()
        loop.add_signal_handler(signal.SIGUSR1, self.rotate)
        loop.add_signal_handler(signal.SIGUSR2, lambda: asyncio.ensure_future(self.fail()))
        loop.add_signal_handler(signal.SIGTERM, end.set)
        print("listening", flush=True)
        await end.wait()


def spread(start, until, files):
    """Seconds with the fewest and the most fetches, their mean, and the longest gap of a server that was fetched at all."""
    seconds, last, longest = {}, {}, 0.0
    for file in files:
        for line in Path(file).read_text().splitlines():
            at, number = float(line.split()[0]), int(line.split()[1])
            if start <= at < until:
                seconds[int(at - start)] = seconds.get(int(at - start), 0) + 1
                longest = max(longest, at - last.get(number, at))
                last[number] = at
    counts = [seconds.get(second, 0) for second in range(int(until - start))]
    print(f"{min(counts)} to {max(counts)} fetches a second, {sum(counts) / len(counts):.1f} on average; longest gap of one server {longest:.1f} s; {len(last)} servers")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(Process(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])).run())
    else:
        spread(float(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])
