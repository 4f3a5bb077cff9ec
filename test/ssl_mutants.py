#!/usr/bin/env python3
"""Breaks the verification in pyfeat_ssl.h in one place after the other: ssl_test has to notice.

    ssl_mutants.py BUILD-FOLDER CC JOBS [FUNCTION]

Each mutant is a row of MUTANTS: the function it is in, a text that stands there once (white space
does not matter), and what to put in its place. Needs what ssl_test needs, of the system's Mbed TLS.
A mutant that survives is a missing test. The last line is "N passed, N failed, N skipped"."""

import concurrent.futures
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARIES = ["-l:libmbedtls.a", "-l:libmbedx509.a", "-l:libmbedcrypto.a", "-lpthread"]

MUTANTS = [
    # dates
    ("pyfi_ssl_time", "part[0] < 50 ? 20 : 19", "part[0] <= 50 ? 20 : 19"),
    ("pyfi_ssl_time", "return pyf_datetime_status(*t) == PYF_OK;", "return true;"),
    ("pyfi_ssl_check_dates", "now > pyfi_ssl_seconds(c->x.not_after)",
     "now > pyfi_ssl_seconds(c->x.not_after) + 1"),
    ("pyfi_ssl_check_dates", "now < pyfi_ssl_seconds(c->x.not_before)",
     "now + 1 < pyfi_ssl_seconds(c->x.not_before)"),
    ("pyfi_ssl_check_dates", "if (now < 0) {", "if (now < 0) return; if (0) {"),
    # names
    ("pyfi_ssl_is_name", "(!starred || labels >= 2)", "true"),
    ("pyfi_ssl_name_matches", "length - first == n - 1 &&", "length - first >= n - 1 &&"),
    ("pyfi_ssl_name_matches", "tag == PYFI_SSL_NAME_IP &&", ""),
    ("pyfi_ssl_name_matches", "tag != PYFI_SSL_NAME_DNS ||", ""),
    ("pyfi_ssl_match", "if (*p <= 0x20 || *p >= 0x7f) return PYF_SSL_REASON_BAD_NAME;", "{}"),
    ("pyfi_ssl_check_host", "if (reason == PYF_SSL_REASON_NONE) return;", "return;"),
    # the peer's own certificate
    ("pyfi_ssl_check_leaf", "c->x.version != 3", "0"),
    ("pyfi_ssl_check_leaf", "pyfi_ssl_is_ca(&c->x)", "0"),
    ("pyfi_ssl_usage_fits", "return found == 0;", "return true;"),
    ("pyfi_ssl_usage_fits", "return true; return false;", "return true; return true;"),
    ("pyfi_ssl_check_pins", "if (memcmp(pin->sha256, sha256, 32) == 0) return;", "return;"),
    # the chain
    ("pyfi_ssl_check_flags", "flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED", "0"),
    ("pyfi_ssl_check_certificate", "!anchor && !pyfi_ssl_usage_fits(c)",
     "c->depth == 0 && !pyfi_ssl_usage_fits(c)"),
    ("pyfi_ssl_is_anchor", "return false;", "return true;"),
    ("pyfi_ssl_check_crl", "if (crl == NULL && (", "if (0 && ("),
    ("pyfi_ssl_check_crl", "if (crl->next_update.year != 0 &&", "if (0 &&"),
    ("pyfi_ssl_check_crl", "now >= 0 && now < pyfi_ssl_library_seconds(&crl->this_update)", "0"),
    ("pyfi_ssl_relate_dns", "if (domain.p < domain.end &&", "if (0 &&"),
    ("pyfi_ssl_check_constraints", "else s->constrained[s->constrained_count++] = crt;", ""),
    ("pyfi_ssl_within", "return n == d || domain.p[0] == '.' || p[n - d - 1] == '.';", "return true;"),
    ("pyfi_ssl_subtrees", "relation != PYFI_SSL_OUTSIDE", "relation == PYFI_SSL_INSIDE"),
    ("pyfi_ssl_subtrees", "return !permitted || !any || inside;", "return true;"),
    ("pyfi_ssl_constrain", "if (!pyfi_ssl_constraint(value, tag, v)) return false;", "{}"),
    ("pyfi_ssl_constrain", "if (!pyfi_ssl_constraint(value, PYFI_SSL_NAME_DIRECTORY, whole)) "
     "return false;", ""),
    # the verdict
    ("pyfi_ssl_on_certificate", "if (*flags != 0) c.s->problem = true;",
     "*flags = 0; c.s->problem = false;"),
    ("pyfi_ssl_on_certificate", "else pyfi_ssl_fault(&c, PYF_SSL_REASON_BAD_CERTIFICATE, "
     "\"is malformed\");", ""),
    ("pyfi_ssl_shaken", "bool good = s->verified;", "bool good = true; s->problem = false;"),
    ("pyfi_ssl_still_good", "pyfi_ssl_check_dates(&c);", ""),
    ("pyfi_ssl_pinned", "return !c.problem;", "s->problem = false; return true;"),
    # servers
    ("pyfi_ssl_on_sni", "chosen->mode != PYF_SSL_CERT_NONE && !chosen->has_ca", "0"),
    ("pyfi_ssl_on_sni", "if (pyfi_ssl_freeze(chosen) != 0) return -1;",
     "pyfi_port_store_u32(&chosen->frozen, 1);"),
    ("pyfi_ssl_on_sni", "mbedtls_ssl_set_hs_authmode(ssl, chosen->mode);", ""),
    ("pyfi_ssl_issue_tickets", "|| ctx->mode != PYF_SSL_CERT_NONE", ""),
]


def mutate(text, function, old, new):
    """The text of the header with old replaced in the function; None if it does not stand there."""
    head = re.search(r"^PYFI_\w+ [^;{}]*\b%s\([^;{}]*\)\n\{" % function, text, re.M)
    if not head:
        return None
    end = text.index("\n}\n", head.start())
    pattern = r"\s*".join(re.escape(word) for word in re.findall(r"\w+|[^\w\s]", old))
    found = list(re.finditer(pattern, text[head.start():end]))
    if len(found) != 1:
        return None
    at = head.start()
    return text[:at + found[0].start()] + new + text[at + found[0].end():]


def run(command, **options):
    return subprocess.run(command, text=True, errors="replace", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def try_header(text, build, compiler):
    """The names of the tests that fail with this header, or None and the last line."""
    folders = os.path.join(build, "test")
    os.makedirs(folders, exist_ok=True)
    for name in "../pyfeat.h", "ssl_test.c", "check.h":
        if not os.path.lexists(os.path.join(folders, name)):
            os.symlink(os.path.join(HERE, name), os.path.join(folders, name))
    with open(os.path.join(build, "pyfeat_ssl.h"), "w") as file:
        file.write(text)
    program = os.path.join(build, "ssl_test")
    compiled = run([*compiler.split(), "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-O0",
                    os.path.join(folders, "ssl_test.c"), "-o", program, *LIBRARIES])
    if compiled.returncode != 0:
        return None, "does not compile: " + compiled.stdout[:600]
    environment = dict(os.environ, SSL_FOLDER=os.path.join(build, "certs"), CHECK_ALARM="4")
    for arguments in ["-k", "bad"], []: # the servers that must be refused, then everything
        output = run([program, *arguments], cwd=HERE, env=environment).stdout
        last = output.splitlines()[-1] if output else "no output"
        counts = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", last)
        if not counts or counts[1] == "0":
            return None, last
        if counts[2] != "0":
            return re.findall(r"^FAIL (\S+)", output, re.M), last
    return [], last


def try_one(number, header, build, compiler):
    function, old, new = MUTANTS[number]
    what = "%d (%s: %s -> %s)" % (number, function, old[:60], new[:40] or "nothing")
    text = mutate(header, function, old, new)
    if text is None:
        return False, "%s: it does not stand there once" % what
    failed, last = try_header(text, os.path.join(build, str(number)), compiler)
    if failed:
        return True, "%s: %s: %s" % (what, last, " ".join(failed[:3]))
    return False, "%s %s" % (what, "survives" if failed == [] else last)


def main():
    build, compiler, jobs = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    wanted = sys.argv[4] if len(sys.argv) > 4 else ""
    with open(os.path.join(HERE, "..", "pyfeat_ssl.h")) as file:
        header = file.read()
    failed, last = try_header(header, os.path.join(build, "none"), compiler)
    if failed != []:
        print("SKIP ssl_mutants: ssl_test does not pass without any: " + last)
        print("0 passed, 0 failed, 1 skipped")
        return 0
    numbers = [n for n, row in enumerate(MUTANTS) if wanted in row[0]]
    killed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for good, line in pool.map(lambda n: try_one(n, header, build, compiler), numbers):
            killed += good
            print("ok  " if good else "FAIL", line, flush=True)
    print("%d passed, %d failed, 0 skipped" % (killed, len(numbers) - killed))
    return int(killed < len(numbers))


if __name__ == "__main__":
    sys.exit(main())
