/* A program with subcommands that prints what its parser generates: argparse_tool bash|zsh|fish|man */
#define PYFEAT_ARGPARSE_IMPLEMENTATION
#include "../pyfeat.h"

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "bash";
    pyf_parser *p = pyf_argument_parser(.prog = "tool", .description = "Do things. And do them well.");
    pyf_parser *commands, *c;
    pyf_status st;

    pyf_parser_add_argument(p, "--mode", .choices = PYF_LIST("fast", "slow", "it's"), .help = "how it's done");
    pyf_parser_add_argument(p, "-v", "--verbose", .action = "store_true", .help = "say \"more\" \\ more often");
    pyf_parser_add_argument(p, "--two", .nargs = "2", .choices = PYF_LIST("remote", "rm"));
    pyf_parser_add_argument(p, "--colour", .action = "boolean_optional");
    commands = pyf_parser_add_subparsers(p, .dest = "command");
    c = pyf_parser_add_parser(commands, "add", .help = "add it");
    pyf_parser_add_argument(c, "--force", .action = "store_true");
    pyf_parser_add_argument(c, "what", .choices = PYF_LIST("apple", "pear"), .help = ".what to add");
    c = pyf_parser_add_parser(commands, "remote", .aliases = PYF_LIST("rm"));
    c = pyf_parser_add_parser(pyf_parser_add_subparsers(c), "prune");
    pyf_parser_add_argument(c, "--dry-run", .action = "store_true");
    pyf_parser_add_argument(c, "--file", .metavar = "F");
    st = strcmp(what, "man") == 0 ? pyf_parser_print_man(p, "November 21, 2026", PYF_STDOUT)
                                  : pyf_parser_print_completion(p, what, PYF_STDOUT);
    pyf_parser_free(p);
    return st == PYF_OK ? 0 : 1;
}
