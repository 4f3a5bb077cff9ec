// argparse_peers - the work of argparse.c by CLI11 and cxxopts: argparse_peers cli11|cxxopts
#ifdef BENCH_CLI11
#include <CLI/CLI.hpp>
#endif
#ifdef BENCH_CXXOPTS
#include <cxxopts.hpp>
#endif
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

static bool flags[8];
static std::string strings[6], src, dst;
static int ints[4];
static double doubles[2];
static const char *const words[] = { "prog", "-v",  "--user",    "bob",   "-n",     "17",     "--rate",
                                     "2.5",  "-fq", "--level=3", "-oout", "source", "target", nullptr };
enum { COUNT = 13 };

// X(letters and name, kind, index): kind 0 flag, 1 string, 2 int, 3 double
#define OPTIONS(X) \
    X("v,verbose", "-v,--verbose", 0, 0) X("f,force", "-f,--force", 0, 1) X("q,quiet", "-q,--quiet", 0, 2) \
    X("a,all", "-a,--all", 0, 3) X("b,brief", "-b,--brief", 0, 4) X("c,check", "-c,--check", 0, 5) \
    X("d,dry-run", "-d,--dry-run", 0, 6) X("e,exact", "-e,--exact", 0, 7) X("u,user", "-u,--user", 1, 0) \
    X("o,output", "-o,--output", 1, 1) X("g,group", "-g,--group", 1, 2) X("h,host", "-h,--host", 1, 3) \
    X("k,key", "-k,--key", 1, 4) X("t,target", "-t,--target", 1, 5) X("n,number", "-n,--number", 2, 0) \
    X("l,level", "-l,--level", 2, 1) X("m,max", "-m,--max", 2, 2) X("p,port", "-p,--port", 2, 3) \
    X("r,rate", "-r,--rate", 3, 0) X("s,scale", "-s,--scale", 3, 1)

#ifdef BENCH_CLI11
static void by_cli11()
{
    CLI::App app("bench", "prog");
    app.set_help_flag();
#define ADD(cxx, cli, kind, i) \
    if (kind == 0) app.add_flag(cli, flags[i % 8]); \
    else if (kind == 1) app.add_option(cli, strings[i % 6]); \
    else if (kind == 2) app.add_option(cli, ints[i % 4]); \
    else app.add_option(cli, doubles[i % 2]);
    OPTIONS(ADD)
#undef ADD
    app.add_option("src", src)->required();
    app.add_option("dst", dst)->required();
    app.parse(COUNT, words);
}
#endif

#ifdef BENCH_CXXOPTS
static void by_cxxopts()
{
    cxxopts::Options options("prog", "bench");
    auto add = options.add_options();
#define ADD(cxx, cli, kind, i) \
    if (kind == 0) add(cxx, "", cxxopts::value<bool>(flags[i % 8])); \
    else if (kind == 1) add(cxx, "", cxxopts::value<std::string>(strings[i % 6])); \
    else if (kind == 2) add(cxx, "", cxxopts::value<int>(ints[i % 4])); \
    else add(cxx, "", cxxopts::value<double>(doubles[i % 2]));
    OPTIONS(ADD)
#undef ADD
    add("src", "", cxxopts::value<std::string>(src));
    add("dst", "", cxxopts::value<std::string>(dst));
    options.parse_positional({ "src", "dst" });
    (void)options.parse(COUNT, words);
}
#endif

int main(int argc, char **argv)
{
    void (*run)() = nullptr;
    double best = 1e30;
#ifdef BENCH_CLI11
    if (argc > 1 && std::strcmp(argv[1], "cli11") == 0) run = by_cli11;
#endif
#ifdef BENCH_CXXOPTS
    if (argc > 1 && std::strcmp(argv[1], "cxxopts") == 0) run = by_cxxopts;
#endif
    if (run == nullptr) return 1;
    for (int round = 0; round < 100; round++) {
        auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < 20; i++) run();
        std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
        if (took.count() / 20 < best) best = took.count() / 20;
    }
    if (!flags[0] || !flags[1] || !flags[2] || flags[3] || strings[0] != "bob" || strings[1] != "out" || ints[0] != 17 ||
        ints[1] != 3 || doubles[0] < 2.4 || src != "source" || dst != "target")
        return 1;
    std::printf("%.1f\n", best);
    return 0;
}
