#!/usr/bin/env python3
"""Breaks the verification in pyfeat_ssl.h in one place after the other: ssl_test has to notice.

    ssl_mutants.py BUILD-FOLDER CC JOBS [FUNCTION]

Each mutant is a row of MUTANTS: the function it is in, a text that stands there once (white space
does not matter), what to put in its place, and a part of the name of the test that is known to
notice; where it does not all tests are run. Needs what ssl_test needs, of the system's Mbed TLS. A
mutant that survives is a missing test. The last line is "N passed, N failed, N skipped"."""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARIES = ["-l:libmbedtls.a", "-l:libmbedx509.a", "-l:libmbedcrypto.a", "-lpthread"]

MUTANTS = [
    # dates
    ("pyfi_ssl_time", "part[0] < 50 ? 20 : 19", "part[0] <= 50 ? 20 : 19", "dates"),
    ("pyfi_ssl_time", "return pyf_datetime_status(*t) == PYF_OK;", "return true;", "dates"),
    ("pyfi_ssl_check_dates", "now > pyfi_ssl_seconds(c->x.not_after)",
     "now > pyfi_ssl_seconds(c->x.not_after) + 1", "first_and_last"),
    ("pyfi_ssl_check_dates", "now < pyfi_ssl_seconds(c->x.not_before)",
     "now + 1 < pyfi_ssl_seconds(c->x.not_before)", "first_and_last"),
    ("pyfi_ssl_check_dates", "if (now < 0) {", "if (now < 0) return; if (0) {", "no-clock"),
    # what is read
    ("pyfi_ssl_x509_view", "pyfi_ssl_der_size(x->serial) > 0 &&", "", "malformed"),
    ("pyfi_ssl_extension", "if (found) return -1;", "", "nc-twice"),
    ("pyfi_ssl_extension", "pyfi_ssl_der_size(v) == 1 && v.p[0]", "true", "strict-not-critical"),
    ("pyfi_ssl_der_next", "if (length < 0x80) return false;", "", "ber-san"),
    ("pyfi_ssl_names", "if (!pyfi_ssl_der_next(&walk, &tag, &v)) return -1;", "break;",
     "malformed"),
    ("pyfi_ssl_on_extension", "memcmp(oid->p, constraints, 3) == 0", "true", "odd_stores"),
    # names
    ("pyfi_ssl_ipv4", "(digits > 0 && value == 0)", "0", "bad_hosts"),
    ("pyfi_ssl_is_name", "(!starred || labels >= 2)", "true", "star-com"),
    ("pyfi_ssl_name_matches", "length - first == n - 1 &&", "length - first >= n - 1 &&",
     "wildcard"),
    ("pyfi_ssl_name_matches", "tag == PYFI_SSL_NAME_IP &&", "", "kinds_of_names"),
    ("pyfi_ssl_name_matches", "tag != PYFI_SSL_NAME_DNS ||", "", "kinds_of_names"),
    ("pyfi_ssl_match", "if (*p <= 0x20 || *p >= 0x7f) return PYF_SSL_REASON_BAD_NAME;", "{}",
     "nul"),
    ("pyfi_ssl_check_host", "if (reason == PYF_SSL_REASON_NONE) return;", "return;", "wrong-host"),
    # the peer's own certificate
    ("pyfi_ssl_check_leaf", "c->x.version != 3", "0", "version-1"),
    ("pyfi_ssl_check_leaf", "pyfi_ssl_is_ca(&c->x)", "0", "ca-as-leaf"),
    ("pyfi_ssl_usage_fits", "return found == 0;", "return true;", "ber-usage"),
    ("pyfi_ssl_usage_fits", "return true; return false;", "return true; return true;",
     "middle-for-clients"),
    ("pyfi_ssl_check_pins", "if (memcmp(pin->sha256, sha256, 32) == 0) return;", "return;",
     "wrong-pin"),
    # the chain
    ("pyfi_ssl_check_flags", "flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED", "0", "self-signed"),
    ("pyfi_ssl_check_certificate", "!anchor && !pyfi_ssl_usage_fits(c)",
     "c->depth == 0 && !pyfi_ssl_usage_fits(c)", "middle-for-clients"),
    ("pyfi_ssl_is_anchor", "return false;", "return true;", "crl-leaf"),
    ("pyfi_ssl_check_crl", "pyfi_ssl_list_of(c, &c->ctx->crl, true) == NULL", "0", "crl-leaf"),
    ("pyfi_ssl_may_be_same", "pyfi_ssl_relate_dn(a, b) != PYFI_SSL_OUTSIDE", "false",
     "spelt_list"),
    ("pyfi_ssl_may_be_same", "pyfi_ssl_relate_dn(b, a) != PYFI_SSL_OUTSIDE", "true",
     "spelt_list"),
    ("pyfi_ssl_check_crl", "else if (now > until)", "else if (0)", "short-crl"),
    ("pyfi_ssl_check_crl", "if (until == INT64_MIN)", "if (until == INT64_MIN) return; if (0)",
     "lists_and_clocks"),
    ("pyfi_ssl_lists_fit", "return false;", "continue;", "unfit_list"),
    ("pyfi_ssl_check_crl", "now >= 0 && now < pyfi_ssl_library_seconds(&crl->this_update)", "0",
     "new-crl"),
    ("pyfi_ssl_relate_dns", "if (domain.p < domain.end &&", "if (0 &&", "nc-excluded-dot"),
    ("pyfi_ssl_check_constraints", "else s->constrained[s->constrained_count++] = crt;", "",
     "nc-middle"),
    ("pyfi_ssl_within", "return n == d || domain.p[0] == '.' || p[n - d - 1] == '.';",
     "return true;", "nc-suffix"),
    ("pyfi_ssl_subtrees", "relation != PYFI_SSL_OUTSIDE", "relation == PYFI_SSL_INSIDE", "nc-star"),
    ("pyfi_ssl_subtrees", "return !permitted || !any || inside;", "return true;", "nc-permitted"),
    ("pyfi_ssl_subtrees", "subtree.p != subtree.end) return false;",
     "subtree.p != subtree.end) return true;", "nc-odd"),
    ("pyfi_ssl_constraint",
     "if (!pyfi_ssl_der_take(&value, PYFI_SSL_SEQUENCE, &all)) return false;",
     "if (!pyfi_ssl_der_take(&value, PYFI_SSL_SEQUENCE, &all)) return true;", "nc-odd"),
    ("pyfi_ssl_constraint", "(kind != 0xa0 && kind != 0xa1)", "0", "nc-odd"),
    ("pyfi_ssl_constrain_subject_email",
     "if (!pyfi_ssl_der_take(&dn, PYFI_SSL_SET, &set)) return false;",
     "if (!pyfi_ssl_der_take(&dn, PYFI_SSL_SET, &set)) return true;", "nc-mail-ber"),
    ("pyfi_ssl_constrain_subject_email", "!pyfi_ssl_der_next(&pair, &tag, &text)) return false;",
     "!pyfi_ssl_der_next(&pair, &tag, &text)) return true;", "nc-mail-ber"),
    ("pyfi_ssl_constrain", "if (found != 1) return false;", "if (found != 1) return true;",
     "nc-twice"),
    ("pyfi_ssl_constrain", "if (found < 0) return false;", "", "nc-ber-san"),
    ("pyfi_ssl_constrain", "if (!pyfi_ssl_constraint(value, tag, v)) return false;", "{}",
     "nc-second"),
    ("pyfi_ssl_constrain",
     "if (!pyfi_ssl_constraint(value, PYFI_SSL_NAME_DIRECTORY, whole)) return false;", "", "nc-dn"),
    # PYF_SSL_VERIFY_X509_STRICT
    ("pyfi_ssl_check_strict", "(!ca || !critical)", "!ca", "nc-good"),
    ("pyfi_ssl_check_strict", "!= 1 || !critical))", "== 1 && !critical))", "strict-nobody"),
    ("pyfi_ssl_check_strict", "c->x.serial.p[0] >= 0x80 ||", "", "serial-negative"),
    ("pyfi_ssl_check_strict_usage", "found = -1;", "found = 0;", "ber-bits"),
    ("pyfi_ssl_check_key_id", "found < 0 ||", "", "unfit_certificates"),
    # the verdict
    ("pyfi_ssl_on_certificate", "if (*flags != 0) c.s->problem = true;",
     "*flags = 0; c.s->problem = false;", "expired"),
    ("pyfi_ssl_on_certificate",
     'else pyfi_ssl_fault(&c, PYF_SSL_REASON_BAD_CERTIFICATE, "is malformed");', "", "year-0"),
    ("pyfi_ssl_shaken", "bool good = s->verified;", "bool good = true; s->problem = false;",
     "wrong-host"),
    ("pyfi_ssl_still_good", "pyfi_ssl_check_dates(&c);", "", "sessions_expire"),
    ("pyfi_ssl_pinned", "return !c.problem;", "s->problem = false; return true;",
     "insecure_but_pinned"),
    # what may be called when
    ("pyfi_ssl_begin", "if (s->status != PYF_OK) return s->status;", "", "wrong-host"),
    ("pyf_ssl_recv", "if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) s->ended = true;",
     "if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || ret == MBEDTLS_ERR_SSL_CONN_EOF) "
     "s->ended = true;",
     "truncation"),
    ("pyfi_ssl_may_set", "if (pyfi_port_load_u32(&ctx->frozen) == 0) return PYF_OK;",
     "return PYF_OK;", "settings"),
    ("pyfi_ssl_objection", "o->session->ctx != ctx", "0", "sessions"),
    ("pyfi_ssl_objection", "strcmp(o->session->host.name, host->name) != 0 ||", "", "sessions"),
    ("pyfi_ssl_objection", "ctx->mode != PYF_SSL_CERT_NONE && !ctx->has_ca", "0", "system_store"),
    # servers
    ("pyfi_ssl_on_sni", "chosen->mode != PYF_SSL_CERT_NONE && !chosen->has_ca", "0",
     "chosen_without_cas"),
    ("pyfi_ssl_on_sni", "if (pyfi_ssl_freeze(chosen) != 0) return -1;",
     "pyfi_port_store_u32(&chosen->frozen, 1);", "chosen_contexts"),
    ("pyfi_ssl_on_sni", "mbedtls_ssl_set_hs_authmode(ssl, chosen->mode);", "", "chosen_contexts"),
    ("pyfi_ssl_issue_tickets", "|| ctx->mode != PYF_SSL_CERT_NONE", "", "sessions_of_clients"),
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


def try_header(text, build, compiler, selections):
    """The names of the tests that fail with this header, of the first selection of which one does;
    or None and the last line."""
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
    for arguments in selections:
        output = run([program, *arguments], cwd=HERE, env=environment).stdout
        last = output.splitlines()[-1] if output else "no output"
        counts = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", last)
        if not counts or counts[1] == counts[2] == "0":
            return None, last
        if counts[2] != "0":
            return re.findall(r"^FAIL (\S+)", output, re.M), last
    return [], last


def try_one(number, header, build, compiler):
    function, old, new, test = MUTANTS[number]
    what = "%d (%s: %s -> %s)" % (number, function, old[:60], new[:40] or "nothing")
    text = mutate(header, function, old, new)
    if text is None:
        return False, "%s: it does not stand there once" % what
    folder = os.path.join(build, str(number))
    if not os.path.exists(os.path.join(folder, "certs")): # made once, for all of them
        shutil.copytree(os.path.join(build, "none", "certs"), os.path.join(folder, "certs"),
                        ignore=shutil.ignore_patterns("odd")) # which a test makes
    failed, last = try_header(text, folder, compiler, [["-k", test], []])
    if failed:
        return True, "%s: %s: %s" % (what, last, " ".join(failed[:3]))
    return False, "%s %s" % (what, "survives" if failed == [] else last)


def main():
    build, compiler, jobs = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    wanted = sys.argv[4] if len(sys.argv) > 4 else ""
    with open(os.path.join(HERE, "..", "pyfeat_ssl.h")) as file:
        header = file.read()
    failed, last = try_header(header, os.path.join(build, "none"), compiler, [[]])
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
