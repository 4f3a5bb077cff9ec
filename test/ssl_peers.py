"""The peers of the TLS tests, by Python's own ssl and the openssl command: servers good and bad,
and a client.

    python3 ssl_peers.py serve FOLDER              until the standard input ends
    python3 ssl_peers.py client FOLDER PORT CA CERT ALPN HOST...

serve makes the certificates, listens on a port of the loopback for each row, writes them to
FOLDER/rows (label, port, host, expected reason, CA file, what else the client sets) and says ready.
client fetches a line from each HOST of a server on PORT and says what it saw; "-" stands for nothing.
"""
import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import warnings

import ssl_certs

HOST = ssl_certs.HOST
PATIENCE = 600  # seconds, longer than any test takes
warnings.simplefilter("ignore", DeprecationWarning)

GOOD = [  # certificate, host, CA, what the client sets
    ("ecdsa", HOST), ("rsa", HOST), ("p384", HOST), ("chain", HOST), ("ip4", "127.0.0.1"),
    ("ip6", "::1"), ("wildcard", HOST), ("many", HOST), ("many", "10.0.0.1"),
    ("idna", "XN--bcher-kva.example"), ("other-cn", HOST), ("no-usage", HOST), ("any-usage", HOST),
    ("own", HOST, "own-ca.pem"), ("nc-good", HOST, "nc-good-ca.pem"), ("nc-good-middle", HOST),
    ("ecdsa", "Good.Example.COM"), ("ecdsa", HOST + "."), ("ecdsa", HOST, "ca.pem", "crl"),
    ("chain", HOST, "ca.pem", "strict"), ("ecdsa", HOST, "ca.pem", "pin"), ("ecdsa", HOST, "cas/"),
    ("strict-no-subject", HOST), ("strict-good-subject", HOST, "ca.pem", "strict"),
    *[(label, HOST, label + "-ca.pem") for label in (
        "nc-dn-good", "nc-dn-case", "nc-dn-excluded-other", "nc-mail-exact", "nc-mail-host",
        "nc-mail-domain", "nc-mail-all", "nc-ip-good", "nc-no-subject", "nc-subject-150",
        "nc-subject-300", "nc-mail-of-subject-good")],
    ("old-root", HOST, "old-root-ca.pem"), ("ecdsa", HOST, "ca.der"),
    ("ecdsa", HOST, "ca.pem", "later-crl"), # 10 days from now
    ("serial-1-byte", HOST, "ca.pem", "strict"), ("serial-200", HOST, "ca.pem", "strict"),
    ("nc-good", HOST, "nc-good-ca.pem", "strict"),
]

BAD = [  # certificate, host, reason, CA, what the client sets
    ("wrong-host", HOST, "HOSTNAME"), ("cn-only", HOST, "NO_NAMES"),
    ("cn-and-other-san", HOST, "HOSTNAME"), ("empty-san", HOST, "NO_NAMES|BAD_CERTIFICATE"),
    ("nul", HOST, "BAD_NAME"), ("nul-and-good", HOST, "BAD_NAME"), ("not-ascii", HOST, "BAD_NAME"),
    ("star", HOST, "HOSTNAME"), ("star", "com", "HOSTNAME"), ("star-com", "example.com", "HOSTNAME"),
    ("two-stars", HOST, "HOSTNAME"), ("part-star", HOST, "HOSTNAME"),
    ("inner-star", HOST, "HOSTNAME"), ("deep-star", HOST, "HOSTNAME"),
    ("deep-star", "a.b.b.example.com", "HOSTNAME"), ("base-of-star", HOST, "HOSTNAME"),
    ("wildcard", "example.com", "HOSTNAME"), ("wildcard", "a.b.example.com", "HOSTNAME"),
    ("trailing-dot", HOST, "HOSTNAME"), ("trailing-dot", HOST + ".", "HOSTNAME"),
    ("leading-dot", HOST, "HOSTNAME"), ("space", HOST, "BAD_NAME"),
    ("ip-as-dns", "127.0.0.1", "HOSTNAME"), ("ip-as-email", "127.0.0.1", "HOSTNAME"),
    ("other-ip", "127.0.0.1", "HOSTNAME"), ("mapped-ip", "127.0.0.1", "HOSTNAME"),
    ("ip4", "::7f00:1", "HOSTNAME"), ("name-as-uri", HOST, "HOSTNAME"),
    ("expired", HOST, "EXPIRED"), ("future", HOST, "NOT_YET_VALID"),
    ("ecdsa", HOST, "TIME_UNKNOWN", "ca.pem", "no-clock"),
    ("ecdsa", HOST, "EXPIRED", "ca.pem", "late-clock"),
    ("self-signed", HOST, "SELF_SIGNED"), ("unknown-ca", HOST, "UNKNOWN_CA"),
    ("forged", HOST, "UNKNOWN_CA"), ("bad-signature", HOST, "UNKNOWN_CA"),
    ("missing-middle", HOST, "UNKNOWN_CA"), ("ecdsa", HOST, "UNKNOWN_CA", "other-ca.pem"),
    ("expired-middle", HOST, "EXPIRED"), ("expired-upper", HOST, "EXPIRED"),
    ("not-a-ca", HOST, "UNKNOWN_CA"),
    ("ca-without-sign", HOST, "UNKNOWN_CA|KEY_USAGE"), ("path-length", HOST, "UNKNOWN_CA"),
    ("middle-for-clients", HOST, "KEY_USAGE"),
    ("unknown-critical-middle", HOST, "BAD_CERTIFICATE"),
    ("sha1-middle", HOST, "WEAK_SIGNATURE"), ("weak-middle", HOST, "WEAK_KEY"),
    ("rsa-1024", HOST, "WEAK_KEY"), ("p-192", HOST, "WEAK_KEY|BAD_CERTIFICATE|NO_SHARED_CIPHER"),
    ("sha-1", HOST, "WEAK_SIGNATURE"), ("md5", HOST, "WEAK_SIGNATURE|BAD_CERTIFICATE"),
    ("for-clients", HOST, "KEY_USAGE"), ("for-code", HOST, "KEY_USAGE"),
    ("ca-as-leaf", HOST, "CA_AS_LEAF"),
    ("root-as-leaf", HOST, "CA_AS_LEAF", "root-as-leaf-ca.pem"),
    ("version-1", HOST, "CERTIFICATE_VERSION"), ("unknown-critical", HOST, "BAD_CERTIFICATE"),
    ("no-signing", HOST, "NO_SHARED_CIPHER|KEY_USAGE"),
    ("year-0", HOST, "BAD_CERTIFICATE"), ("ber-subject", HOST, "BAD_CERTIFICATE"),
    ("ber-san", HOST, "BAD_NAME"), ("ber-extended", HOST, "KEY_USAGE"),
    ("ber-usage", HOST, "KEY_USAGE"),
    ("ber-bits", HOST, "STRICT", "ca.pem", "strict"),
    ("nc-ber-san", HOST, "NAME_CONSTRAINTS", "nc-ber-san-ca.pem"),
    ("nc-twice", HOST, "NAME_CONSTRAINTS"),
    ("ber-usage", HOST, "KEY_USAGE", "ca.pem", "strict"),
    ("no-key-ids", HOST, "STRICT", "ca.pem", "strict"),
    ("serial-0", HOST, "STRICT", "ca.pem", "strict"),
    ("serial-negative", HOST, "STRICT", "ca.pem", "strict"),
    ("sign-usage", HOST, "STRICT", "ca.pem", "strict"),
    ("old-root", HOST, "STRICT", "old-root-ca.pem", "strict"),
    ("nc-permitted", HOST, "NAME_CONSTRAINTS", "nc-permitted-ca.pem"),
    ("nc-excluded", HOST, "NAME_CONSTRAINTS", "nc-excluded-ca.pem"),
    ("nc-excluded-star", HOST, "NAME_CONSTRAINTS", "nc-excluded-star-ca.pem"),
    ("nc-excluded-dot", HOST, "NAME_CONSTRAINTS", "nc-excluded-dot-ca.pem"),
    ("nc-middle-permitted", HOST, "NAME_CONSTRAINTS"),
    ("nc-middle-excluded", HOST, "NAME_CONSTRAINTS"),
    ("nc-second-name", HOST, "NAME_CONSTRAINTS", "nc-second-name-ca.pem"),
    ("nc-star", HOST, "NAME_CONSTRAINTS", "nc-star-ca.pem"),
    ("nc-suffix", HOST, "NAME_CONSTRAINTS", "nc-suffix-ca.pem"),
    ("nc-ip", HOST, "NAME_CONSTRAINTS", "nc-ip-ca.pem"),
    ("nc-ip-mask", HOST, "NAME_CONSTRAINTS", "nc-ip-mask-ca.pem"),
    ("nc-subject", HOST, "NAME_CONSTRAINTS", "nc-subject-ca.pem"),
    ("nc-email", HOST, "NAME_CONSTRAINTS", "nc-email-ca.pem"),
    ("nc-uri", HOST, "NAME_CONSTRAINTS", "nc-uri-ca.pem"),
    ("nc-empty-tree", HOST, "NAME_CONSTRAINTS", "nc-empty-tree-ca.pem"),
    ("nc-critical-middle", HOST, "BAD_CERTIFICATE"),
    *[(label, HOST, "NAME_CONSTRAINTS", label + "-ca.pem") for label in (
        "nc-dn-longer", "nc-dn-shorter", "nc-dn-other-kind", "nc-dn-missing", "nc-dn-blanks",
        "nc-dn-blank-end", "nc-dn-accents", "nc-dn-type", "nc-dn-excluded-case",
        "nc-dn-excluded-blank", "nc-dn-set", "nc-mail-other", "nc-mail-longer", "nc-mail-case",
        "nc-mail-not-domain", "nc-mail-not-host", "nc-mail-malformed", "nc-mail-of-subject",
        "nc-mail-ber-set", "nc-mail-ber-pair", "nc-mail-ber-oid", "nc-mail-ber-value",
        "nc-ip-family", "nc-ip-size")],
    ("nc-ip-short", HOST, "NAME_CONSTRAINTS|BAD_CERTIFICATE", "nc-ip-short-ca.pem"),
    ("nc-too-many", HOST, "NAME_CONSTRAINTS"),
    *[("nc-odd-" + label, HOST, "NAME_CONSTRAINTS") for label in (
        "set", "kind", "end", "tree", "base")],
    *[(label, HOST, "STRICT", "ca.pem", "strict") for label in (
        "strict-no-usage", "strict-basic", "strict-policy", "strict-no-subject", "strict-serial",
        "strict-constrained", "nc-good-middle", "strict-not-critical", "strict-nobody")],
    ("strict-key-id", HOST, "STRICT|BAD_CERTIFICATE", "ca.pem", "strict"),
    ("nameless-middle", HOST, "BAD_CERTIFICATE"),
    ("revoked", HOST, "REVOKED", "ca.pem", "crl"),
    ("revoked-middle", HOST, "REVOKED", "ca.pem", "crl"),
    ("chain", HOST, "CRL", "ca.pem", "crl-leaf"), ("ecdsa", HOST, "CRL", "ca.pem", "crl-chain-none"),
    ("ecdsa", HOST, "CRL", "ca.pem", "old-crl"), ("ecdsa", HOST, "CRL", "ca.pem", "fake-crl"),
    ("ecdsa", HOST, "CRL", "ca.pem", "future-crl"),
    ("ecdsa", HOST, "CRL", "ca.pem", "short-crl"), # 10 days from now
    ("ecdsa", HOST, "CRL", "ca.pem", "new-crl"), # 18 hours ago
    ("ecdsa", HOST, "PIN", "ca.pem", "wrong-pin"),
]

ODD = [  # what the server does, reason of the failure
    # these two know none of the ciphers either
    ("tls10", "PROTOCOL_VERSION|NO_SHARED_CIPHER"), ("tls11", "PROTOCOL_VERSION|NO_SHARED_CIPHER"),
    ("answers-tls11", "PROTOCOL_VERSION"), ("answers-ssl3", "PROTOCOL_VERSION|PROTOCOL"),
    ("refuses-version", "PROTOCOL_VERSION"), ("static-rsa", "NO_SHARED_CIPHER"),
    ("aria", "NO_SHARED_CIPHER"), ("cbc", "NO_SHARED_CIPHER"), ("wants-client", "ALERT"),
    ("truncated", "TRUNCATED"), ("hangs-up", "TRUNCATED|SYSTEM"), ("resets", "SYSTEM|TRUNCATED"),
    ("half-handshake", "TRUNCATED|SYSTEM"), ("http", "PROTOCOL"), ("silent", "TIMEOUT"),
    ("silent-after", "TIMEOUT"), ("drip", "TIMEOUT"), ("endless", "TOO_LONG|PROTOCOL"),
    ("warnings", "TOO_LONG|PROTOCOL|ALERT"), ("sslv2", "PROTOCOL|PROTOCOL_VERSION"),
    ("alert", "ALERT"), ("closed-port", "SYSTEM"),
]

# openssl s_server: label, certificate, its options (F: the folder), reason of the failure or NONE,
# what the client sets. -rev: it sends each line back from its end to its beginning.
OLD = "-cipher ALL:@SECLEVEL=0"
S_SERVERS = [
    ("s_server-1.2", "ecdsa", "-rev -tls1_2", "NONE"), ("s_server-any", "rsa", "-rev", "NONE"),
    ("s_server-chain", "chain", "-rev -cert_chain F/chain.pem", "NONE"),
    ("s_server-p384", "p384", "-rev -groups P-384", "NONE"),
    ("s_server-chacha", "ecdsa", "-rev -tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305", "NONE"),
    ("s_server-mtls", "ecdsa", "-rev -Verify 2 -verify_return_error -CAfile F/ca.pem", "NONE",
     "client"),
    ("s_server-alpn", "ecdsa", "-rev -alpn h2,http/1.1", "NONE", "alpn"),
    ("s_server-hosts", "wrong-host",
     "-rev -servername good.example.com -cert2 F/ecdsa.pem -key2 F/ecdsa.pem", "NONE"),
    ("s_server-small", "ecdsa", "-rev -nbio_test -max_send_frag 512 -split_send_frag 512", "NONE"),
    ("s_server-unknown-ca", "unknown-ca", "-rev", "UNKNOWN_CA"),
    ("s_server-expired", "expired", "-rev -tls1_2", "EXPIRED"),
    ("s_server-wrong-host", "wrong-host", "-rev", "HOSTNAME"),
    ("s_server-no-middle", "missing-middle", "-rev", "UNKNOWN_CA"),
    ("s_server-sha-1", "sha-1", "-rev " + OLD, "WEAK_SIGNATURE"),
    ("s_server-wrong-pin", "ecdsa", "-rev", "PIN", "wrong-pin"),
    ("s_server-anonymous", None, "-rev -tls1_2 -nocert -cipher aNULL:@SECLEVEL=0",
     "NO_SHARED_CIPHER"),
    ("s_server-psk", None, "-rev -tls1_2 -nocert -psk 0102 -cipher PSK", "NO_SHARED_CIPHER"),
    ("s_server-null", "rsa", "-rev -tls1_2 -cipher eNULL:@SECLEVEL=0", "NO_SHARED_CIPHER"),
    ("s_server-static-rsa", "rsa", "-rev -tls1_2 -cipher AES128-GCM-SHA256", "NO_SHARED_CIPHER"),
    ("s_server-1.1", "rsa", "-rev -tls1_1 " + OLD, "PROTOCOL_VERSION|NO_SHARED_CIPHER"),
    ("s_server-1.0", "rsa", "-rev -tls1 " + OLD, "PROTOCOL_VERSION|NO_SHARED_CIPHER"),
    ("s_server-mtls-without", "ecdsa", "-rev -tls1_2 -Verify 2 -CAfile F/ca.pem",
     "ALERT|SYSTEM|TRUNCATED"),  # it closes at once, and may tear its own alert away
    ("s_server-renegotiates", "ecdsa", "-tls1_2", "ALERT|TRUNCATED|PROTOCOL"),
]


def context(folder, label, **options):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ctx.set_ciphers("ALL:@SECLEVEL=0")
    ctx.minimum_version = options.get("minimum", ssl.TLSVersion.TLSv1_2)
    if "maximum" in options:
        ctx.maximum_version = options["maximum"]
    if "ciphers" in options:
        ctx.set_ciphers(options["ciphers"] + ":@SECLEVEL=0")
    path = os.path.join(folder, label + ".pem")
    ctx.load_cert_chain(path, path)
    ctx.options |= ssl.OP_NO_RENEGOTIATION
    return ctx


def drain(sock):
    """Until the client hangs up: closing with input unread might tear what was sent out of its
    hands."""
    while select.select([sock], [], [], PATIENCE)[0] and os.read(sock.fileno(), 65536):
        pass


def answer(ctx, sock):
    """A line in, the same line out, goodbye."""
    with ctx.wrap_socket(sock, server_side=True, do_handshake_on_connect=False) as s:
        try:
            s.do_handshake()
        except ssl.SSLError:
            drain(s)
            return
        line = b""
        while not line.endswith(b"\n"):
            got = s.recv(4096)
            if not got:
                return
            line += got
        s.sendall(line)
        try:
            s.unwrap()
        except OSError:
            pass


def truncate(ctx, sock):
    with ctx.wrap_socket(sock, server_side=True) as s:
        s.recv(100)
        s.sendall(b"half of it")
        os.dup2(os.open(os.devnull, os.O_RDWR), s.fileno())  # away without goodbye


def silent_after(ctx, sock):
    with ctx.wrap_socket(sock, server_side=True) as s:
        s.recv(100)
        time.sleep(PATIENCE)


def first_flight(ctx, sock):
    """What a server says to the client's first message."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    s = ctx.wrap_bio(incoming, outgoing, server_side=True)
    while not outgoing.pending:
        incoming.write(sock.recv(5000) or sys.exit())
        try:
            s.do_handshake()
        except ssl.SSLWantReadError:
            pass
    return outgoing.read()


def drip(ctx, sock):
    """A good handshake, one byte every tenth of a second."""
    for byte in first_flight(ctx, sock):
        sock.sendall(bytes([byte]))
        time.sleep(0.1)


def half_handshake(ctx, sock):
    data = first_flight(ctx, sock)
    sock.sendall(data[:len(data) // 2])


def flood(data):
    def run(ctx, sock):
        sock.recv(100)
        while True:
            sock.sendall(data)
    return run


def send(data):
    def run(ctx, sock):
        sock.recv(5000)
        sock.sendall(data)
        drain(sock)
    return run


def hello(version):
    """A ServerHello."""
    body = struct.pack(">H32sBHB", version, b"r" * 32, 0, 0xC02B, 0)
    return struct.pack(">BHHBBH", 22, version, len(body) + 4, 2, 0, len(body)) + body


def reset(ctx, sock):
    sock.recv(10)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def odd_servers(folder):
    one, two = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    modern = ssl.TLSVersion.TLSv1_2
    wants = context(folder, "ecdsa", maximum=modern)
    wants.load_verify_locations(os.path.join(folder, "ca.pem"))
    wants.verify_mode = ssl.CERT_REQUIRED
    plain = context(folder, "ecdsa")
    empty_records = struct.pack(">BHH", 22, 0x0303, 4) + b"\0\0\0\0"  # HelloRequests
    return {
        "tls10": (context(folder, "rsa", minimum=one, maximum=one), answer),
        "tls11": (context(folder, "rsa", minimum=two, maximum=two), answer),
        "static-rsa": (context(folder, "rsa", maximum=modern, ciphers="AES128-GCM-SHA256"), answer),
        "aria": (context(folder, "ecdsa", maximum=modern,
                         ciphers="ECDHE-ECDSA-ARIA128-GCM-SHA256"), answer),
        "cbc": (context(folder, "ecdsa", maximum=modern, ciphers="ECDHE-ECDSA-AES128-SHA"), answer),
        "wants-client": (wants, answer),
        "truncated": (plain, truncate),
        "hangs-up": (plain, lambda ctx, sock: sock.recv(5000)),
        "resets": (plain, reset),
        "half-handshake": (plain, half_handshake),
        "http": (plain, send(b"HTTP/1.1 400 Bad Request\r\n\r\n<html>No TLS here</html>\r\n")),
        "silent": (plain, lambda ctx, sock: time.sleep(PATIENCE)),
        "silent-after": (plain, silent_after),
        "drip": (plain, drip),
        "endless": (plain, flood(empty_records * 100)),
        "warnings": (plain, flood(struct.pack(">BHHBB", 21, 0x0303, 2, 1, 90) * 100)),
        "sslv2": (plain, send(b"\x80\x2e\x04\x00\x01\x00\x02" + b"\0" * 41)),
        "answers-tls11": (plain, send(hello(0x0302))),
        "answers-ssl3": (plain, send(hello(0x0300))),
        "refuses-version": (plain, send(b"\x15\x03\x03\x00\x02\x02\x46")),
        "alert": (plain, send(b"\x15\x03\x03\x00\x02\x02\x70")),
    }


def run(behaviour, ctx, sock):
    sock.settimeout(PATIENCE)
    with sock:
        try:
            behaviour(ctx, sock)
        except OSError:
            pass


def renegotiate(child):
    for line in child.stdout:
        if line == b"hello\n":
            child.stdin.write(b"r\n")
            child.stdin.flush()


def listen():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(16)
    return s


class Servers:
    def __init__(self, folder):
        self.folder, self.listeners, self.rows, self.ports = folder, {}, [], {}
        self.children = []

    def serve(self, label, ctx, behaviour):
        s = listen()
        self.listeners[s] = (ctx, behaviour)
        self.ports[label] = s.getsockname()[1]

    def certificate(self, label):
        if label not in self.ports:
            self.serve(label, context(self.folder, label), answer)
        return self.ports[label]

    def s_server(self, label, certificate, options):
        """Start the openssl command; its port. It renegotiates on a line if it sends none back."""
        path = os.path.join(self.folder, "%s.pem" % certificate)
        own = ["-cert", path, "-key", path] if certificate else []
        more = [word.replace("F/", self.folder + "/") for word in options.split()]
        child = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", *own, *more],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
        self.children.append(child)
        line = b"-"
        while line and not line.startswith(b"ACCEPT "):
            line = child.stdout.readline()
        threading.Thread(target=renegotiate, args=(child,), daemon=True).start()
        return int(line.rsplit(b":")[-1])

    def s_servers(self):
        for label, certificate, options, reason, *rest in S_SERVERS:
            port = self.s_server(label, certificate, options)
            kind = "openssl" if reason == "NONE" else "bad"
            if "|" in reason:
                kind = "odd"
            self.row(kind, label, port, HOST, reason, "ca.pem", *rest)

    def row(self, kind, label, port, host, reason, ca="ca.pem", client="-"):
        self.rows.append(" ".join([kind, label, str(port), host, reason, ca, client]))

    def make(self):
        for label, host, *rest in GOOD:
            self.row("good", label, self.certificate(label), host, "NONE", *rest)
        for label, host, reason, *rest in BAD:
            self.row("bad", label, self.certificate(label), host, reason, *rest)
        servers = odd_servers(self.folder)
        for label, reason in ODD:
            if label == "closed-port":
                with listen() as s:
                    port = s.getsockname()[1]
            else:
                self.serve("odd " + label, *servers[label])
                port = self.ports["odd " + label]
            self.row("odd", label, port, HOST, reason)
        self.s_servers()
        alpn = context(self.folder, "ecdsa")
        alpn.set_alpn_protocols(["h2", "http/1.1"])
        self.serve("alpn", alpn, answer)
        self.serve("localhost", context(self.folder, "localhost"), answer)
        wants = context(self.folder, "ecdsa")
        wants.load_verify_locations(os.path.join(self.folder, "ca.pem"))
        wants.verify_mode = ssl.CERT_REQUIRED
        self.serve("mtls", wants, answer)
        for version in ("TLSv1_2", "TLSv1_3"):
            number = getattr(ssl.TLSVersion, version)
            self.serve(version, context(self.folder, "ecdsa", minimum=number, maximum=number),
                       answer)
        hosts = context(self.folder, "ecdsa")
        second = context(self.folder, "second")

        def choose(sock, name, ctx):
            if name == "second.example.com":
                sock.context = second
        hosts.sni_callback = choose
        self.serve("hosts", hosts, answer)
        for label in ("alpn", "localhost", "mtls", "TLSv1_2", "TLSv1_3", "hosts"):
            self.row("other", label, self.ports[label], HOST, "NONE")

    def loop(self):
        while True:
            ready, _, _ = select.select([*self.listeners, sys.stdin], [], [])
            if sys.stdin in ready:
                for child in self.children:
                    child.kill()
                os._exit(0)
            for listener in ready:
                ctx, behaviour = self.listeners[listener]
                sock, _ = listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=run, args=(behaviour, ctx, sock), daemon=True).start()


def serve(folder):
    ssl_certs.make(folder)
    if not os.path.exists(os.path.join(folder, "names")):
        names(folder)
    servers = Servers(folder)
    servers.make()
    with open(os.path.join(folder, "rows.new"), "w") as file:
        file.write("\n".join(servers.rows) + "\n")
    os.rename(os.path.join(folder, "rows.new"), os.path.join(folder, "rows"))
    print("ready", flush=True)
    servers.loop()


def client(folder, port, ca, cert, alpn, *hosts):
    ctx = ssl.create_default_context(cafile=os.path.join(folder, ca))
    if cert != "-":
        ctx.load_cert_chain(os.path.join(folder, cert))
    if alpn != "-":
        ctx.set_alpn_protocols(alpn.split(","))
    session = None
    for host in hosts:
        try:
            with socket.create_connection(("127.0.0.1", int(port)), 10) as sock:
                with ctx.wrap_socket(sock, server_hostname=host, session=session) as s:
                    s.sendall(b"hello\n")
                    text = s.recv(100).decode().strip()
                    rest = s.recv(100)
                    if s.version() == "TLSv1.2" and alpn == "-":
                        session = s.session
                    names = [value for _, value in s.getpeercert()["subjectAltName"]]
                    print(host, text, rest.decode(), names[0], s.selected_alpn_protocol(),
                          s.session_reused)
        except OSError as error:
            print(host, type(error).__name__)


def names(folder):
    """The calls of CPython's own tests of match_hostname, as certificates: FOLDER/names has lines
    of what it expects, what pyfeat is to say, the host and the certificate in hexadecimal."""
    import unittest
    from unittest import mock
    try:
        from test import test_ssl
        case = test_ssl.BasicSocketTests("test_match_hostname")
    except Exception:
        return
    calls, real = [], ssl.match_hostname

    def record(cert, host):
        try:
            result = real(cert, host)
        except Exception as error:
            calls.append((cert, host, 0))
            raise error
        calls.append((cert, host, 1))
        return result
    with mock.patch.object(ssl, "match_hostname", record):
        case.run(unittest.TestResult())
    factory = ssl_certs.Factory.__new__(ssl_certs.Factory)
    factory.keys = {"ec": ssl_certs.Key(folder, "names", "ec")}
    kinds = {"DNS": ssl_certs.dns, "email": lambda s: ssl_certs.tlv(0x81, s.encode()),
             "URI": lambda s: ssl_certs.tlv(0x86, s.encode())}
    with open(os.path.join(folder, "names.new"), "w") as file:
        for cert, host, result in calls:
            if not cert or "\0" in host or not host:
                continue
            parts = []
            for kind, value in cert.get("subjectAltName", ()):
                if kind == "IP Address":
                    family = socket.AF_INET6 if ":" in value else socket.AF_INET
                    try:
                        packed = socket.inet_pton(family, value.strip())
                    except OSError:
                        packed = value.encode()
                    parts.append(ssl_certs.tlv(0x87, packed))
                elif kind in kinds:
                    parts.append(kinds[kind](value))
            common = [v for part in cert.get("subject", ()) for k, v in part if k == "commonName"]
            extensions = (ssl_certs.san(*parts),) if "subjectAltName" in cert else ()
            der = ssl_certs.Certificate(factory.keys["ec"],
                                        ssl_certs.name(*[("CN", text) for text in common]),
                                        None, extensions).der
            # The rulings: names of the subject do not count, and "*" needs two labels behind it.
            ours = result
            if not any(kind in ("DNS", "IP Address") for kind, _ in cert.get("subjectAltName", ())):
                ours = 0
            if result and all(kind == "DNS" and value.startswith("*.") and value.count(".") < 2
                              for kind, value in cert.get("subjectAltName", ())):
                ours = 0
            print(result, ours, host.encode().hex(), der.hex(), file=file)
    os.rename(os.path.join(folder, "names.new"), os.path.join(folder, "names"))


if __name__ == "__main__":
    {"serve": serve, "client": client}[sys.argv[1]](*sys.argv[2:])
