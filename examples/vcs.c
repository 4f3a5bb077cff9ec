/* vcs - a tool like git: nested subcommands with aliases, options that several of them share
 *
 *     vcs [-C PATH] {commit,ci,remote} ...
 *     vcs completion {bash,zsh,fish} | man */

#define PYFEAT_ARGPARSE_IMPLEMENTATION
#include "../pyfeat.h"

#include <stdio.h>

static const char *directory = ".", *message, *file, *name, *shell;
static int verbose;

static int commit(pyf_parser *args)
{
    (void)args;
    printf("commit in %s: %s %s, verbose %d\n", directory, message ? "message" : "file",
           message ? message : file, verbose);
    return 0;
}

static int remote_add(pyf_parser *args)
{
    (void)args;
    printf("remote add in %s: %s, verbose %d\n", directory, name, verbose);
    return 0;
}

static int completion(pyf_parser *args)
{
    return pyf_parser_print_completion(args, shell, PYF_STDOUT) != PYF_OK;
}

static int manual(pyf_parser *args)
{
    return pyf_parser_print_man(args, "November 21, 2026", PYF_STDOUT) != PYF_OK;
}

static void build(pyf_parser *p, const pyf_parser *shared)
{
    pyf_parser *cmds = pyf_parser_add_subparsers(p, .title = "commands", .dest = "cmd", .required = true);
    pyf_parser *c = pyf_parser_add_parser(cmds, "commit", .aliases = PYF_LIST("ci"), .func = commit,
                                          .parents = PYF_PARENTS(shared), .help = "record changes");
    pyf_parser *how = pyf_parser_add_mutually_exclusive_group(c, .required = true);
    pyf_parser *remote, *r;
    pyf_parser_add_argument(how, "-m", "--message", .to = PYF_STR(&message), .help = "what changed");
    pyf_parser_add_argument(how, "-F", "--file", .to = PYF_STR(&file), .help = "file that says so");
    r = pyf_parser_add_parser(cmds, "remote", .help = "other repositories");
    remote = pyf_parser_add_subparsers(r, .dest = "remote", .required = true);
    r = pyf_parser_add_parser(remote, "add", .func = remote_add, .parents = PYF_PARENTS(shared));
    pyf_parser_add_argument(r, "name", .to = PYF_STR(&name));
    c = pyf_parser_add_parser(cmds, "completion", .func = completion, .help = "script for a shell");
    pyf_parser_add_argument(c, "shell", .choices = PYF_LIST("bash", "zsh", "fish"), .to = PYF_STR(&shell));
    pyf_parser_add_parser(cmds, "man", .func = manual, .help = "manual page");
}

int main(int argc, char **argv)
{
    pyf_parser *shared = pyf_argument_parser(.no_help = true);
    pyf_parser *p = pyf_argument_parser(.prog = "vcs", .description = "Keep versions of files");
    int status;
    pyf_parser_add_argument(shared, "-v", "--verbose", .action = "count", .to = PYF_INT(&verbose),
                            .help = "say more");
    pyf_parser_add_argument(p, "-C", .metavar = "PATH", .to = PYF_STR(&directory), .env = "VCS_DIR",
                            .help = "work in this directory");
    build(p, shared);
    pyf_parser_parse_args(p, argc, argv);
    status = pyf_parser_dispatch(p);
    pyf_parser_free(p);
    pyf_parser_free(shared);
    return status < 0 ? 1 : status;
}
