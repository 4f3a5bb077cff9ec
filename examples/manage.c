/* manage - the server manager of Python 3.2's release notes
 *
 *     manage -u USER {deploy,start,stop} HOSTNAME... */

#define PYFEAT_ARGPARSE_IMPLEMENTATION
#include "../pyfeat.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    const char *action = NULL, *user = NULL, *room[64];
    pyf_strs targets = { room, 0, 64 };
    pyf_parser *p = pyf_argument_parser(.prog = "manage", .description = "Manage servers",
                                        .epilog = "Tested on Solaris and Linux");
    pyf_parser_add_argument(p, "action", .choices = PYF_LIST("deploy", "start", "stop"),
                            .to = PYF_STR(&action), .help = "action on each target");
    pyf_parser_add_argument(p, "targets", .metavar = "HOSTNAME", .nargs = "+",
                            .to = PYF_STRS(&targets), .help = "list of target machines");
    pyf_parser_add_argument(p, "-u", "--user", .required = true, .to = PYF_STR(&user),
                            .help = "login as user");
    pyf_parser_parse_args(p, argc, argv);
    for (size_t i = 0; i < targets.n; i++) printf("%s: %s as %s\n", room[i], action, user);
    pyf_parser_free(p);
    return 0;
}
