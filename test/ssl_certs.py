"""The certificate factory of the TLS tests: keys, CAs, good certificates and all kinds of bad ones.

    python3 ssl_certs.py FOLDER

Certificates are put together here, byte by byte, as no tool makes most of the bad ones; the openssl
command makes the keys and the signatures. A folder that is younger than a day is left as it is.
"""
import datetime
import os
import subprocess
import sys
import time

DAY = 86400
NOW = int(time.time())


# ---- DER ----

def tlv(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    if n < 0x80:
        return bytes([tag, n]) + body
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def sequence(*parts):
    return tlv(0x30, *parts)


def long_form(der):
    """The same value with a length of one byte more than DER allows."""
    assert der[1] < 0x80
    return der[:1] + bytes([0x81]) + der[1:]


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytearray()
    for part in [first * 40 + second] + rest:
        chunk = [part & 0x7F]
        while part > 0x7F:
            part >>= 7
            chunk.insert(0, 0x80 | part & 0x7F)
        out += bytes(chunk)
    return tlv(6, bytes(out))


def moment(seconds):
    t = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    if t.year < 2050:
        return tlv(0x17, t.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, t.strftime("%Y%m%d%H%M%SZ").encode())


def attribute(kind, text, tag=0x0C):
    kinds = {"CN": "2.5.4.3", "O": "2.5.4.10", "C": "2.5.4.6",
             "email": "1.2.840.113549.1.9.1"}
    return sequence(oid(kinds[kind]), tlv(tag, text.encode()))


def name(*attributes):
    return sequence(*[tlv(0x31, attribute(*a)) for a in attributes])


def email(text):
    return tlv(0x81, text.encode())


def dns(text):
    return tlv(0x82, text if isinstance(text, bytes) else text.encode())


def ip(*numbers):
    return tlv(0x87, bytes(numbers))


def directory(dn):
    return tlv(0xA4, dn)


# ---- extensions ----

def extension(number, value, critical=False):
    return sequence(oid(number), tlv(1, b"\xff") if critical else b"", tlv(4, value))


def san(*names, critical=False):
    return extension("2.5.29.17", sequence(*names), critical)


def basic(ca, limit=None, critical=True):
    return extension("2.5.29.19", sequence(tlv(1, b"\xff") if ca else b"",
                                           b"" if limit is None else integer(limit)), critical)


def usage(*bits, critical=True):
    mask = sum(1 << (7 - bit) for bit in bits)
    unused = (mask & -mask).bit_length() - 1
    return extension("2.5.29.15", tlv(3, bytes([unused, mask])), critical)


SERVER, CLIENT, CODE, ANY = ("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3",
                             "2.5.29.37.0")


def extended(*uses, critical=False):
    return extension("2.5.29.37", sequence(*map(oid, uses)), critical)


def constraints(permitted=(), excluded=(), critical=False):
    def trees(tag, bases):
        return tlv(tag, *[sequence(base) for base in bases]) if bases else b""
    return extension("2.5.29.30", sequence(trees(0xA0, permitted), trees(0xA1, excluded)), critical)


def key_id(identifier):
    return extension("2.5.29.14", tlv(4, identifier))


def authority(identifier):
    return extension("2.5.29.35", sequence(tlv(0x80, identifier)))


# ---- keys and signatures ----

class Key:
    """A private key in a file of the folder, its public half as SubjectPublicKeyInfo."""
    kinds = {"ec": ["EC", "ec_paramgen_curve:P-256"], "p384": ["EC", "ec_paramgen_curve:P-384"],
             "p192": ["EC", "ec_paramgen_curve:prime192v1"], "rsa": ["RSA", "rsa_keygen_bits:2048"],
             "rsa1024": ["RSA", "rsa_keygen_bits:1024"]}

    def __init__(self, folder, label, kind):
        self.path = os.path.join(folder, label + ".key")
        self.kind = kind
        algorithm, option = self.kinds[kind]
        openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", self.path)
        self.public = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")

    def algorithm(self, digest):
        if self.kind.startswith("rsa"):
            number = {"md5": 4, "sha1": 5, "sha256": 11}[digest]
            return sequence(oid("1.2.840.113549.1.1.%d" % number), tlv(5))
        return sequence(oid({"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2"}[digest]))

    def sign(self, data, digest):
        return openssl("dgst", "-" + digest, "-sign", self.path, stdin=data)


def openssl(*arguments, stdin=None):
    done = subprocess.run(["openssl", *arguments], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode:
        raise SystemExit("openssl %s: %s" % (" ".join(arguments), done.stderr.decode()))
    return done.stdout


def pem(label, der):
    import base64
    text = base64.b64encode(der).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n" % (label, "\n".join(lines), label)


NO_NUMBER = object()  # a serial number of no bytes


class Certificate:
    """subject, issuer: names; extensions None: none at all; signer: the issuer's Certificate."""
    serials = 1000

    def __init__(self, key, subject, signer=None, extensions=(), begin=-DAY, end=3650 * DAY,
                 version=3, digest="sha256", serial=None, issuer=None, identify=True, dates=None):
        Certificate.serials += 1
        self.key, self.subject, self.signer = key, subject, signer
        self.serial = Certificate.serials if serial is None else serial
        self.identifier = ("id of %s" % key.path[-20:]).encode()
        signing = signer.key if signer else key
        if identify and version == 3:
            extensions = tuple(extensions) + (key_id(self.identifier),)
            extensions += (authority(signer.identifier if signer else self.identifier),)
        algorithm = signing.algorithm(digest)
        tbs = sequence(
            tlv(0xA0, integer(version - 1)) if version > 1 else b"",
            tlv(2) if self.serial is NO_NUMBER else integer(self.serial),
            algorithm, issuer or (signer.subject if signer else subject),
            dates or sequence(moment(NOW + begin), moment(NOW + end)), subject, key.public,
            tlv(0xA3, sequence(*extensions)) if version == 3 and extensions else b"")
        self.der = sequence(tbs, algorithm, tlv(3, b"\0", signing.sign(tbs, digest)))

    def pem(self):
        return pem("CERTIFICATE", self.der)


def crl_der(signer, serials, begin=-DAY, end=3650 * DAY, issuer=None):
    """end None: it does not say when the next one comes."""
    algorithm = signer.key.algorithm("sha256")
    entries = [sequence(integer(serial), moment(NOW + begin)) for serial in serials]
    tbs = sequence(integer(1), algorithm, issuer or signer.subject, moment(NOW + begin),
                   b"" if end is None else moment(NOW + end),
                   sequence(*entries) if entries else b"",
                   tlv(0xA0, sequence(extension("2.5.29.20", integer(1)))))
    return sequence(tbs, algorithm, tlv(3, b"\0", signer.key.sign(tbs, "sha256")))


def crl(*arguments, **options):
    return pem("X509 CRL", crl_der(*arguments, **options))


CA_EXTENSIONS = (basic(True), usage(5, 6))
UNKNOWN = extension("1.3.6.1.4.1.55555.1", tlv(5), critical=True)
HOST = "good.example.com"


class Factory:
    def __init__(self, folder):
        self.folder = folder
        self.keys = {kind: Key(folder, kind, kind) for kind in Key.kinds}
        self.keys["root"] = Key(folder, "root", "ec")
        self.keys["other"] = Key(folder, "other", "ec")
        self.keys["middle"] = Key(folder, "middle", "ec")
        self.root = self.ca("root", None)
        self.other = self.ca("other", None)
        self.rsa_root = Certificate(self.keys["rsa"], name(("CN", "Test RSA root")), None,
                                    CA_EXTENSIONS)
        self.middle = self.ca("middle", self.root)

    def ca(self, label, signer, *more, text=None, extensions=CA_EXTENSIONS, **options):
        dn = name(("O", "Pyfeat tests"), ("CN", text or "Test %s" % label))
        return Certificate(self.keys[label], dn, signer, extensions + more, **options)

    def leaf(self, *names, key="ec", signer=None, extensions=None, cn="leaf", subject=None,
             **options):
        if extensions is None:
            extensions = (basic(False), usage(0), extended(SERVER), san(*(names or (dns(HOST),))))
        return Certificate(self.keys[key], subject or name(("CN", cn)), signer or self.root,
                           extensions, **options)

    def write(self, label, leaf, *chain):
        """The chain that a server shows, and its key."""
        with open(os.path.join(self.folder, label + ".pem"), "w") as file:
            file.write(leaf.pem() + "".join(c.pem() for c in chain))
            file.write(open(leaf.key.path).read())
        return leaf

    def text(self, label, *texts):
        with open(os.path.join(self.folder, label), "w") as file:
            file.write("".join(texts))

    def binary(self, label, data):
        with open(os.path.join(self.folder, label), "wb") as file:
            file.write(data)

    def roots(self):
        self.text("ca.pem", "The roots of the tests.\n", self.root.pem(), self.rsa_root.pem())
        self.text("other-ca.pem", self.other.pem())
        self.text("trusted.pem", self.root.pem().replace("BEGIN C", "BEGIN TRUSTED C").replace(
            "END C", "END TRUSTED C"))
        self.text("odd-ca.pem", self.ca("other", None, UNKNOWN).pem())
        self.text("policy-ca.pem", self.ca("other", None, extension(
            "2.5.29.36", sequence(tlv(0x80, b"\0")), critical=True)).pem())
        self.binary("ca.der", self.root.der + self.rsa_root.der)
        for folder in "cas", "bad-cas", "mixed-cas":
            os.makedirs(os.path.join(self.folder, folder), exist_ok=True)
        self.text("cas/a.pem", self.root.pem())
        self.text("cas/b.pem", self.rsa_root.pem())
        self.text("cas/README", "no certificate\n")
        for number in range(2):
            self.text("bad-cas/%d.pem" % number, pem("CERTIFICATE", b"0\x03not"))
        self.text("mixed-cas/a.pem", pem("CERTIFICATE", b"0\x03not"))
        self.text("mixed-cas/b.pem", self.root.pem(), pem("CERTIFICATE", b"0\x03not"))

    def good(self):
        self.write("ecdsa", self.leaf())
        self.write("rsa", self.leaf(key="rsa", signer=self.rsa_root))
        self.write("p384", self.leaf(key="p384"))
        self.write("chain", self.leaf(signer=self.middle), self.middle)
        self.write("ip4", self.leaf(ip(127, 0, 0, 1)))
        self.write("ip6", self.leaf(ip(*[0] * 15, 1)))
        self.write("wildcard", self.leaf(dns("*.Example.com")))
        self.write("many", self.leaf(dns("a.example.com"), dns("b.example.com"), ip(10, 0, 0, 1),
                                     dns(HOST), tlv(0x81, b"me@example.com"),
                                     directory(name(("CN", "a, b")))))
        self.write("idna", self.leaf(dns("xn--bcher-kva.example")))
        self.write("other-cn", self.leaf(cn="something else.example"))
        self.write("no-usage", self.leaf(extensions=(san(dns(HOST)),)))
        self.write("any-usage", self.leaf(extensions=(san(dns(HOST)), extended(ANY))))
        own = Certificate(self.keys["ec"], name(("CN", "own")), None,
                          (basic(False), usage(0), san(dns(HOST))))
        self.write("own", own)
        self.text("own-ca.pem", own.pem())
        self.write("localhost", self.leaf(dns("localhost"), ip(127, 0, 0, 1)))
        self.write("second", self.leaf(dns("second.example.com")))
        client = self.leaf(extensions=(basic(False), usage(0), extended(CLIENT),
                                       san(dns("client.example.com"))), cn="client")
        self.write("client", client)
        self.write("stranger", self.leaf(signer=self.other, extensions=(usage(0),
                                                                        extended(CLIENT))))
        self.write("ber-client", self.leaf(extensions=(basic(False), usage(0), sequence(
            oid("2.5.29.37"), long_form(tlv(4, sequence(oid(CLIENT))))))))

    def bad_names(self):
        self.write("wrong-host", self.leaf(dns("bad.example.com")))
        self.write("cn-only", self.leaf(extensions=(basic(False), usage(0)), cn=HOST))
        self.write("cn-and-other-san", self.leaf(dns("bad.example.com"), cn=HOST))
        self.write("empty-san", self.leaf(extensions=(basic(False), san())))
        self.write("nul", self.leaf(dns(b"good.example.com\0.evil.example")))
        self.write("nul-and-good", self.leaf(dns(HOST), dns(b"x\0y.example.com")))
        self.write("not-ascii", self.leaf(dns("g\u00f6\u00f6d.example.com".encode())))
        self.write("star", self.leaf(dns("*")))
        self.write("star-com", self.leaf(dns("*.com")))
        self.write("two-stars", self.leaf(dns("*.*.com")))
        self.write("part-star", self.leaf(dns("g*.example.com")))
        self.write("inner-star", self.leaf(dns("good.*.com")))
        self.write("deep-star", self.leaf(dns("*.com.example.com"), dns("*.b.example.com")))
        self.write("base-of-star", self.leaf(dns("*.good.example.com")))
        self.write("trailing-dot", self.leaf(dns(HOST + ".")))
        self.write("leading-dot", self.leaf(dns("." + HOST), dns(".example.com")))
        self.write("space", self.leaf(dns(HOST + " ")))
        self.write("ip-as-dns", self.leaf(dns("127.0.0.1"), dns("*.0.0.1")))
        self.write("ip-as-email", self.leaf(tlv(0x81, b"127.0.0.1")))
        self.write("other-ip", self.leaf(ip(127, 0, 0, 2)))
        self.write("mapped-ip", self.leaf(ip(*[0] * 10, 255, 255, 127, 0, 0, 1)))
        self.write("name-as-uri", self.leaf(tlv(0x86, b"https://good.example.com/")))

    def bad_chains(self):
        self.write("expired", self.leaf(begin=-20 * DAY, end=-10 * DAY))
        self.write("future", self.leaf(begin=10 * DAY))
        self.write("self-signed", Certificate(self.keys["ec"], name(("CN", HOST)), None,
                                              (basic(False), san(dns(HOST)))))
        self.write("unknown-ca", self.leaf(signer=self.other))
        fake = self.ca("other", None, text="Test root")
        self.write("forged", self.leaf(signer=fake))
        broken = self.leaf()
        broken.der = broken.der[:-1] + bytes([broken.der[-1] ^ 1])
        self.write("bad-signature", broken)
        self.write("missing-middle", self.leaf(signer=self.middle))
        late = self.ca("middle", self.root, begin=-20 * DAY, end=-10 * DAY)
        self.write("expired-middle", self.leaf(signer=late), late)
        self.write("two-faults", self.leaf(dns("bad.example.com"), signer=late), late)
        self.write("late-client", self.leaf(signer=late, extensions=(
            basic(False), usage(0), extended(CLIENT), san(dns("client.example.com")))), late)
        upper = self.ca("other", self.root, text="upper", begin=-20 * DAY, end=-10 * DAY)
        lower = self.ca("middle", upper)
        self.write("expired-upper", self.leaf(signer=lower), lower, upper)
        plain = self.ca("middle", self.root, extensions=(basic(False), usage(0, 5)))
        self.write("not-a-ca", self.leaf(signer=plain), plain)
        quiet = self.ca("middle", self.root, extensions=(basic(True), usage(0)))
        self.write("ca-without-sign", self.leaf(signer=quiet), quiet)
        short = self.ca("middle", self.root, extensions=(basic(True, 0), usage(5)))
        below = self.ca("other", short, text="below")
        self.write("path-length", self.leaf(signer=below), below, short)
        client = self.ca("middle", self.root, extended(CLIENT))
        self.write("middle-for-clients", self.leaf(signer=client), client)
        odd = self.ca("middle", self.root, UNKNOWN)
        self.write("unknown-critical-middle", self.leaf(signer=odd), odd)
        weak = self.ca("middle", self.root, digest="sha1")
        self.write("sha1-middle", self.leaf(signer=weak), weak)
        small = Certificate(self.keys["rsa1024"], name(("CN", "small")), self.root, CA_EXTENSIONS)
        self.write("weak-middle", self.leaf(signer=small), small)

    def bad_leaves(self):
        base = (basic(False), usage(0), san(dns(HOST)))
        self.write("rsa-1024", self.leaf(key="rsa1024"))
        self.write("p-192", self.leaf(key="p192"))
        self.write("sha-1", self.leaf(digest="sha1"))
        self.write("md5", self.leaf(key="rsa", signer=self.rsa_root, digest="md5"))
        self.write("for-clients", self.leaf(extensions=base + (extended(CLIENT),)))
        self.write("for-code", self.leaf(extensions=base + (extended(CODE),)))
        self.write("ca-as-leaf", self.leaf(extensions=(basic(True), usage(0, 5, 6),
                                                       san(dns(HOST)))))
        root = self.ca("root", None, san(dns(HOST)), usage(0, 5, 6), text="root as leaf",
                       extensions=(basic(True),))
        self.write("root-as-leaf", root)
        self.text("root-as-leaf-ca.pem", root.pem())
        self.write("version-1", self.leaf(version=1, cn=HOST))
        self.write("unknown-critical", self.leaf(extensions=base + (UNKNOWN,)))
        self.write("no-signing", self.leaf(extensions=(basic(False), usage(6), san(dns(HOST)))))
        self.write("year-0", self.leaf(dates=sequence(tlv(0x18, b"00000101000000Z"),
                                                      moment(NOW + DAY))))
        self.write("ber-subject", self.leaf(subject=long_form(name(("CN", "leaf")))))
        plain = (basic(False), usage(0))
        self.write("ber-san", self.leaf(extensions=plain + (
            extension("2.5.29.17", long_form(sequence(dns(HOST)))),)))
        self.write("ber-extended", self.leaf(extensions=plain + (
            san(dns(HOST)), extension("2.5.29.37", long_form(sequence(oid(SERVER)))))))
        bits = tlv(3, b"\x07\x80")
        self.write("ber-bits", self.leaf(extensions=(
            basic(False), san(dns(HOST)), extension("2.5.29.15", long_form(bits)))))
        self.write("ber-usage", self.leaf(extensions=(
            basic(False), san(dns(HOST)), sequence(oid("2.5.29.15"), long_form(tlv(4, bits))))))
        self.write("serial-none", self.leaf(serial=NO_NUMBER))
        self.write("serial-1-byte", self.leaf(serial=5))
        self.write("serial-200", self.leaf(serial=200))
        for serial in -1, -129, -256, -8323072:
            self.write("serial%d" % serial, self.leaf(serial=serial))
        self.write("no-key-ids", self.leaf(identify=False))
        self.write("serial-0", self.leaf(serial=0))
        self.write("serial-negative", self.leaf(serial=-5))
        self.write("sign-usage", self.leaf(extensions=(basic(False), usage(0, 5), san(dns(HOST)))))

    def constrained(self):
        def both(label, leaf_names, critical=True, where="root", subject=None, **limits):
            limit = constraints(critical=critical, **limits)
            if where == "root":
                root = self.ca("other", None, limit, text="root of %s" % label)
                self.write(label, self.leaf(*leaf_names, signer=root, subject=subject))
                self.text(label + "-ca.pem", root.pem())
            else:
                middle = self.ca("middle", self.root, limit)
                self.write(label, self.leaf(*leaf_names, signer=middle), middle)
        inside, outside = dns("example.com"), dns("example.org")
        good = (dns(HOST),)
        both("nc-good", good, permitted=[inside, outside])
        root = self.ca("other", None, constraints(permitted=[inside], critical=True))
        self.write("nc-ber-san", self.leaf(signer=root, extensions=(
            basic(False), extension("2.5.29.17", long_form(sequence(dns(HOST)))))))
        self.text("nc-ber-san-ca.pem", root.pem())
        both("nc-no-subject", good, permitted=[inside], subject=name())
        for n in 150, 300:
            text = [("O", "S" * 100)] * (n // 100) + [("CN", "x" * 30)]
            both("nc-subject-%d" % n, good, subject=name(*text),
                 permitted=[directory(name(*text[:-1]))])
        both("nc-good-middle", good, critical=False, where="middle", permitted=[inside],
             excluded=[dns("bad.example.com"), ip(10, 0, 0, 0, 255, 0, 0, 0)])
        both("nc-permitted", good, permitted=[outside])
        both("nc-excluded", good, excluded=[inside])
        both("nc-excluded-star", good, excluded=[dns("*.example.com")])
        both("nc-excluded-dot", good, excluded=[dns("example.com.")])
        both("nc-middle-permitted", good, critical=False, where="middle", permitted=[outside])
        both("nc-middle-excluded", good, critical=False, where="middle", excluded=[dns(HOST)])
        both("nc-second-name", (dns(HOST), dns("x.example.org")), permitted=[inside])
        both("nc-star", (dns("*.example.com"),), excluded=[dns("secret.example.com")])
        both("nc-suffix", (dns("badexample.com"), dns(HOST)), permitted=[inside])
        both("nc-ip", (dns(HOST), ip(11, 0, 0, 1)), permitted=[ip(10, 0, 0, 0, 255, 0, 0, 0)])
        both("nc-ip-mask", (dns(HOST), ip(10, 0, 0, 1)), permitted=[ip(10, 0, 0, 0, 255, 0, 255, 0)])
        both("nc-subject", good, permitted=[directory(name(("O", "somebody")))])
        both("nc-email", (dns(HOST), tlv(0x81, b"me@example.org")),
             permitted=[tlv(0x81, b"example.com")])
        both("nc-uri", (dns(HOST), tlv(0x86, b"https://a/")), excluded=[tlv(0x86, b"b")])
        both("nc-critical-middle", good, where="middle", permitted=[inside])
        both("nc-empty-tree", good, permitted=[dns(HOST) + tlv(0x80, b"\x01")])

        self.constrained_names(both)
        chain = [self.root]
        limit = constraints(permitted=[inside])
        tree = tlv(0xA0, sequence(inside))
        odd = {"set": tlv(0x31, tree), "kind": sequence(tlv(0xA2, sequence(inside))),
               "end": sequence(tree, b"\xa1"), "tree": sequence(tlv(0xA0, tlv(0x31, inside))),
               "base": sequence(tree, tlv(0xA1, sequence()))}
        for label, value in odd.items():
            middle = self.ca("middle", self.root, extension("2.5.29.30", value))
            self.write("nc-odd-" + label, self.leaf(signer=middle), middle)
        double = self.ca("middle", self.root, limit, limit)
        self.write("nc-twice", self.leaf(signer=double), double)
        for number in range(5):
            chain.append(self.ca("middle", chain[-1], limit, text="middle %d" % number))
        self.write("nc-too-many", self.leaf(signer=chain[-1]), *chain[:0:-1])

    def constrained_names(self, both):
        """Constraints of directory names, mail and network addresses."""
        def dn(label, subject, permitted=(), excluded=()):
            both("nc-dn-" + label, (dns(HOST),), subject=subject,
                 permitted=[directory(base) for base in permitted],
                 excluded=[directory(base) for base in excluded])
        some = name(("O", "Somebody"))
        dn("good", name(("O", "Somebody"), ("CN", "x")), [some])
        dn("case", name(("O", "SOMEBODY", 0x13), ("CN", "x")), [some])
        dn("longer", name(("O", "Somebody Else")), [some])
        dn("shorter", name(("O", "Some")), [some])
        dn("other-kind", name(("CN", "Somebody")), [some])
        dn("missing", name(("O", "Somebody")), [name(("O", "Somebody"), ("CN", "x"))])
        dn("blanks", name(("O", "Some  body")), [name(("O", "Some body"))])
        dn("blank-end", name(("O", "Somebody ")), [some])
        dn("accents", name(("O", "S\u00f6mebody")), [name(("O", "So\u0308mebody"))])
        dn("type", name(("O", "Somebody", 0x1E)), [some])
        dn("excluded-case", name(("O", "SOMEBODY"), ("CN", "x")), excluded=[some])
        dn("excluded-blank", name(("O", "Somebody "), ("CN", "x")), excluded=[some])
        dn("excluded-other", name(("O", "Nobody"), ("CN", "x")), excluded=[some])
        dn("set", sequence(tlv(0x31, attribute("CN", "x"), attribute("O", "Somebody"))), [some])

        def mail(label, address, base, **options):
            names = dns(HOST), email(address)
            both("nc-mail-" + label, names, permitted=[email(base)], **options)
        mail("exact", "me@example.org", "me@Example.org")
        mail("other", "you@example.org", "me@example.org")
        mail("longer", "me@example.org", "me@example.organic")
        mail("case", "me@example.org", "Me@example.org")
        mail("host", "me@EXAMPLE.org", "example.org")
        mail("domain", "me@mail.example.org", ".example.org")
        mail("not-domain", "me@example.org", ".example.org")
        mail("not-host", "me@mail.example.org", "example.org")
        mail("all", "me@example.org", "")
        mail("malformed", "me", "example.org")
        mail("of-subject", "me@example.org", "example.org",
             subject=name(("CN", "x"), ("email", "me@example.net", 0x16)))
        mail("of-subject-good", "me@example.org", "example.org",
             subject=name(("CN", "x"), ("email", "me@example.org", 0x16)))
        common, address = attribute("CN", "x"), attribute("email", "me@example.net", 0x16)
        mail("ber-set", "me@example.org", "example.org", subject=sequence(
            long_form(tlv(0x31, common)), tlv(0x31, address)))
        mail("ber-pair", "me@example.org", "example.org", subject=sequence(
            tlv(0x31, long_form(address))))
        mail("ber-oid", "me@example.org", "example.org", subject=sequence(tlv(0x31, sequence(
            long_form(oid("1.2.840.113549.1.9.1")), tlv(0x16, b"me@example.net")))))
        mail("ber-value", "me@example.org", "example.org", subject=sequence(tlv(0x31, sequence(
            oid("1.2.840.113549.1.9.1"), long_form(tlv(0x16, b"me@example.net"))))))
        wide = [ip(10, 0, 0, 0, 255, 0, 0, 0)]
        both("nc-ip-good", (dns(HOST), ip(10, 1, 2, 3)), permitted=wide)
        both("nc-ip-family", (dns(HOST), ip(*[10] * 16)), permitted=wide)
        both("nc-ip-size", (dns(HOST), ip(10, 1, 2, 3)), permitted=[ip(10, 0, 0, 0, 255)])
        both("nc-ip-short", (dns(HOST), ip(10, 1)), permitted=wide)

    def strict(self):
        def below(label, extensions, **options):
            middle = self.ca("middle", self.root, extensions=extensions, **options)
            self.write("strict-" + label, self.leaf(signer=middle), middle)
        leaf = (basic(False), usage(0), extended(SERVER))
        below("no-usage", (basic(True),))
        below("basic", (basic(True, critical=False), usage(5)))
        below("policy", (basic(True), usage(5), extension("2.5.29.36", sequence(tlv(0x80, b"\0")))))
        old = Certificate(self.keys["other"], name(("CN", "root of version 1")), None, version=1)
        self.write("old-root", self.leaf(signer=old))
        self.text("old-root-ca.pem", old.pem())
        nameless = Certificate(self.keys["middle"], name(), self.root, CA_EXTENSIONS)
        self.write("nameless-middle", self.leaf(signer=nameless), nameless)
        below("not-critical", (usage(5), sequence(
            oid("2.5.29.19"), tlv(1, b"\0"), tlv(4, sequence(tlv(1, b"\xff"))))))
        self.write("strict-two-key-ids", self.leaf(extensions=(
            basic(False), usage(0), san(dns(HOST)), key_id(b"another"))))
        self.write("strict-no-bits", self.leaf(extensions=(
            basic(False), san(dns(HOST)), extension("2.5.29.15", tlv(3, b"\0")))))
        self.write("strict-nobody", self.leaf(subject=name(), extensions=leaf))
        self.write("strict-no-subject", self.leaf(subject=name(), extensions=leaf +
                                                  (san(dns(HOST)),)))
        self.write("strict-good-subject", self.leaf(subject=name(), extensions=leaf +
                                                    (san(dns(HOST), critical=True),)))
        self.write("strict-serial", self.leaf(serial=1 << 163))
        self.write("strict-constrained", self.leaf(extensions=leaf + (
            san(dns(HOST)), constraints(permitted=[dns("example.com")]))))
        self.write("strict-key-id", self.leaf(identify=False, extensions=leaf + (
            san(dns(HOST)), authority(self.root.identifier), extension(
                "2.5.29.14", tlv(4, b"id"), critical=True))))

    def revoked(self):
        bad = self.write("revoked", self.leaf())
        middle = self.ca("middle", self.root, text="revoked middle")
        self.write("revoked-middle", self.leaf(signer=middle), middle)
        self.text("crl.pem", crl(self.root, [bad.serial, middle.serial]))
        self.binary("crl.der", crl_der(self.root, [bad.serial, middle.serial]))
        self.text("ber-crl.pem", crl(self.root, []),
                  crl(self.root, [bad.serial], issuer=long_form(self.root.subject)))
        spelt = name(("O", "PYFEAT tests", 0x13), ("CN", "Test ROOT"))
        longer = name(("O", "Pyfeat tests"), ("CN", "Test root"), ("CN", "below"))
        self.text("longer-crl.pem", crl(self.root, [bad.serial], end=5 * DAY, issuer=longer))
        self.text("spelt-crl.pem", crl(self.root, [bad.serial], end=5 * DAY, issuer=spelt))
        self.text("undated-crl.pem", crl(self.root, [], end=None))
        self.text("old-crl.pem", crl(self.root, [], end=-DAY // 2))
        self.text("later-crl.pem", crl(self.root, [], begin=DAY))
        self.text("short-crl.pem", crl(self.root, [], end=5 * DAY))
        self.text("new-crl.pem", crl(self.root, [], begin=-DAY // 2))
        self.text("future-crl.pem", crl(self.root, [], begin=DAY))
        self.text("fake-crl.pem", crl(self.ca("other", None, text="Test root"), []))

    def malformed(self):
        """FOLDER/malformed has lines of: what is odd, the subject or - if there can be none, the
        certificate in hexadecimal."""
        algorithm = self.keys["ec"].algorithm("sha256")
        x, public = name(("CN", "x")), self.keys["ec"].public
        three = tlv(0xA3, sequence(san(dns(HOST))))
        lines = []

        def add(label, seen="-", outer=0x30, inner=0x30, **parts):
            all_parts = dict(
                version=tlv(0xA0, integer(2)), serial=integer(1), algorithm=algorithm, issuer=x,
                dates=sequence(moment(NOW), moment(NOW + DAY)), subject=x, key=public, rest=three)
            for part in parts:
                assert part in all_parts
            all_parts.update(parts)
            tbs = tlv(inner, *all_parts.values())
            der = tlv(outer, tbs, algorithm, tlv(3, b"\0"))
            lines.append("%s\t%s\t%s\n" % (label, seen, der.hex()))
        add("nothing", "CN=x")
        add("outer", outer=0x31)
        add("inner", inner=0x31)
        for label, version in ("kind", tlv(4, b"\2")), ("3", integer(3)), ("none", b""):
            add("version " + label, version=tlv(0xA0, version))
        add("version size", version=tlv(0xA0, tlv(2, b"\0\2")))
        add("version empty", version=tlv(0xA0, tlv(2)))
        add("version explicit", "CN=x", version=tlv(0xA0, integer(0)))
        for label in "serial", "algorithm", "issuer", "dates", "subject", "key":
            add(label + " missing", **{label: b""})
            add(label + " kind", **{label: tlv(0x13, b"x")})
            add(label + " tag", **{label: b"\x1f\x02\x01\x01"})
        add("serial empty", serial=tlv(2))
        for label, length in (("indefinite", b"\x80"), ("4 bytes", b"\x84\0\0\0\1"),
                              ("zero in front", b"\x82\0\x81"), ("1 byte", b"\x81\x01"),
                              ("huge", b"\x83\xff\xff\xff")):
            add("length " + label, serial=b"\2" + length + b"\1" * 0x81)
        for place in range(13):
            for wrong in b"/:Z":
                text = bytearray(b"260101000000Z")
                if text[place] == wrong:
                    continue
                text[place] = wrong
                odd = tlv(0x17, bytes(text))
                add("date %d %c" % (place, wrong), dates=sequence(odd, moment(NOW)))
        add("date kind", dates=sequence(tlv(0x13, b"260101000000Z"), moment(NOW)))
        add("date one", dates=sequence(moment(NOW)))
        add("rest", "CN=x", rest=b"")
        add("rest more", "CN=x", rest=tlv(0x81, b"\0x") + tlv(0x82, b"\0y") + three)
        add("rest byte", rest=b"\5")
        add("rest kind", rest=tlv(0xA3, tlv(0x31)))
        add("rest end", rest=tlv(0xA3, sequence(), tlv(5)))
        for number in "0.9.2342.1", "1.39.1", "2.39.3", "2.999.123456789":
            add("attribute " + number, number + "=x", subject=sequence(tlv(0x31, sequence(
                oid(number), tlv(0x0C, b"x")))))
        add("attribute odd", "*", subject=sequence(tlv(0x31, sequence(integer(1)))))
        for label, value in (
                ("good", sequence(dns(HOST))), ("set", tlv(0x31, dns(HOST))),
                ("more", sequence(dns(HOST)) + tlv(5)), ("end", sequence(dns(HOST), b"\x82")),
                ("cut", sequence(dns(HOST), b"\x82\x05a"))):
            add("names " + label, "CN=x", rest=tlv(0xA3, sequence(extension("2.5.29.17", value))))
        add("attributes", "CN=x + O=y, C=DE", subject=sequence(
            tlv(0x31, attribute("CN", "x"), attribute("O", "y")), tlv(0x31, attribute("C", "DE"))))
        self.text("malformed", *lines)

    def passwords(self):
        path = self.keys["rsa"].path
        openssl("rsa", "-in", path, "-traditional", "-aes256", "-passout", "pass:secret", "-out",
                os.path.join(self.folder, "locked.key"))
        openssl("rsa", "-in", path, "-outform", "DER", "-out",
                os.path.join(self.folder, "rsa-key.der"))
        for cipher in "des3", "aes256":  # Mbed TLS 2.28 reads only the former, 4 only the latter
            for form in "PEM", "DER":
                openssl("pkcs8", "-topk8", "-in", path, "-v2", cipher, "-passout", "pass:secret",
                        "-outform", form, "-out", os.path.join(
                            self.folder, "locked-%s.%s" % (cipher, form.lower())))

    def make(self):
        for part in (self.roots, self.good, self.bad_names, self.bad_chains, self.bad_leaves,
                     self.constrained, self.strict, self.revoked, self.malformed, self.passwords):
            part()


def make(folder):
    stamp = os.path.join(folder, "stamp")
    source = os.path.getmtime(__file__)
    if os.path.exists(stamp) and max(NOW - DAY, source) < os.path.getmtime(stamp):
        return
    os.makedirs(folder, exist_ok=True)
    Factory(folder).make()
    open(stamp, "w").close()


if __name__ == "__main__":
    make(sys.argv[1])
