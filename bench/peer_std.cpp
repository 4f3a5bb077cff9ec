/* peer_std.cpp - std::barrier of C++20. */

#include <barrier>
#include <thread>
#include <vector>

#include "bench.h"

int main(int argc, char **argv)
{
    int threads = static_cast<int>(bench_arg(argc, argv, 2, 0));
    if (argc < 3 || strcmp(argv[1], "barrier") != 0 || threads < 1)
        bench_die("usage: peer_std barrier threads");
    int phases = bench_phases(threads);
    std::barrier<> barrier(threads);
    auto meet = [&] {
        for (int i = 0; i < phases; i++)
            barrier.arrive_and_wait();
    };
    std::vector<std::thread> others;
    for (int i = 1; i < threads; i++)
        others.emplace_back(meet);
    double begin = bench_now_ns();
    meet();
    printf("%.1f\n", (bench_now_ns() - begin) / phases);
    for (auto &t : others)
        t.join();
    return 0;
}
