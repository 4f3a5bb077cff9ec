#!/usr/bin/env python3
"""Types beginnings of words and a tab into real shells that have the completions of argparse_tool.c, built as PROGRAM.

    argparse_shells.py PROGRAM FOLDER

bash and zsh run interactively on a pseudo terminal, where `tool` is a function that shows its arguments; fish completes
a line by `complete -C`. mandoc reads the manual page.
"""

import os
import pty
import select
import shutil
import subprocess
import sys
import time

CASES = [("tool --verb", "--verbose"), ("tool --mode f", "fast"), ("tool --mode it", "it's"), ("tool --no-c", "--no-colour"),
         ("tool ad", "add"), ("tool add --fo", "--force"), ("tool add p", "pear"), ("tool rm pr", "prune"),
         ("tool -v remote prune --dr", "--dry-run"), ("tool remote prune --file uni", "unique.txt"),
         ("tool --two rm rem", "remote"), ("tool --two remote rm ad", "add"), ("tool --mode rm add p", "pear"),
         ("tool --mode -v rm pr", "prune")]
START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "bind 'set enable-bracketed-paste off'\nPS1='$ '\n"),
    "zsh": (["zsh", "-f", "-i"], "unset zle_bracketed_paste\nPS1='$ '\nautoload -U compinit\ncompinit -u -D\n"),
}


class Terminal:
    def __init__(self, command, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ.update(TERM="dumb", HISTFILE="/dev/null", HOME=folder, LC_ALL="C.UTF-8")
            os.execvp(command[0], command)

    def send(self, text, until, seconds=60):
        """What it says from here on, up to something."""
        os.write(self.fd, text.encode())
        got, end = b"", time.time() + seconds
        while until.encode() not in got and time.time() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    got += os.read(self.fd, 65536)
                except OSError:
                    break
        return got.decode("utf-8", "replace")

    def close(self):
        os.write(self.fd, b"\x03\nexit\n")
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def on_terminal(shell, script, folder):
    command, setup = START[shell]
    terminal = Terminal(command, folder)
    terminal.send(setup + "tool() { printf '[%s' \"$@\"; echo ']'; }\n. " + script + "\necho rea''dy\n", "ready")
    failed = []
    for typed, want in CASES:
        said = terminal.send(typed + "\t\n", "[%s]" % want)
        if "[%s]" % want not in said:
            failed.append((typed, want, said))
            terminal.send("\x03\necho rea''dy\n", "ready")
    terminal.close()
    return failed


def in_fish(script, folder):
    failed = []
    for typed, want in CASES:
        said = subprocess.run(["fish", "-N", "-c", "source %s; complete -C '%s'" % (script, typed)], cwd=folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
        if [line.split("\t")[0] for line in said.splitlines()] != [want]:
            failed.append((typed, want, said))
    return failed


def main():
    program, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    counts = [0, 0, 0]
    with open(os.path.join(folder, "unique.txt"), "w", encoding="utf-8"):
        pass
    for shell in ("bash", "zsh", "fish", "mandoc"):
        if not shutil.which(shell):
            print("SKIP argparse_shells/%s: it is not here" % shell)
            counts[2] += 1
            continue
        script = os.path.join(folder, "tool." + shell)
        with open(script, "w", encoding="utf-8") as f:
            subprocess.run([program, "man" if shell == "mandoc" else shell], stdout=f, check=True)
        if shell == "mandoc":
            said = subprocess.run(["mandoc", "-Tlint", script], text=True, stdout=subprocess.PIPE, check=False).stdout
            failed = [("-Tlint", "nothing", said)] if said else []
        else:
            failed = in_fish(script, folder) if shell == "fish" else on_terminal(shell, script, folder)
        for typed, want, said in failed:
            print("FAIL argparse_shells/%s: %r should become %r, but: %r" % (shell, typed, want, said[-300:]))
        counts[1 if failed else 0] += 1
    print("%d passed, %d failed, %d skipped" % tuple(counts))
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
