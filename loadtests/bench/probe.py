"""What wrk and h2load cannot measure: the first document after exec, resumed handshakes, idle connections.

probe.py first-document HOST PORT TARGET COMMAND...      prints milliseconds from exec to the last byte of the document
probe.py handshakes HOST PORT TARGET full|resumed COUNT  one request a connection, one connection after the other
probe.py hold HOST PORT COUNT                            opens connections, prints "held COUNT", keeps them until it is ended
"""
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time


def trusting_nobody():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(context, host, port, session=None):
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname=host, session=session)


def fetch(connection, host, target):
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    response = b""
    try:
        while part := connection.recv(65536):
            response += part
    except ssl.SSLEOFError:
        pass
    if not response.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"got {response[:60]!r}")


def first_document(host, port, target, *command):
    context = trusting_nobody()
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                connection = connect(context, host, int(port))
                break
            except ConnectionRefusedError:
                if process.poll() is not None:
                    sys.exit(f"ended with {process.returncode}")
                time.sleep(0.0005)
        fetch(connection, host, target)
        print(f"{(time.monotonic() - start) * 1000:.1f}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def handshakes(host, port, target, kind, count):
    context = trusting_nobody()
    session = None
    for i in range(int(count)):
        with connect(context, host, int(port), session) as connection:
            fetch(connection, host, target)
            if kind == "resumed":
                if session is not None and not connection.session_reused:
                    sys.exit(f"handshake {i} was not resumed")
                session = connection.session


def hold(host, port, count):
    limit = int(count) + 100
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(limit, hard)), hard))
    context = trusting_nobody()
    held = [connect(context, host, int(port)) for _ in range(int(count))]
    print(f"held {len(held)}", flush=True)
    signal.pause()


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
