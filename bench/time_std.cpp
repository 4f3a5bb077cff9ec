// time_std.cpp - std::chrono of C++20: day.

#include <chrono>

#include "time_bench.h"

TIME_WORKLOAD(day)
{
    std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{time_days[i]}}};
    return static_cast<int>(date.year()) + static_cast<int>(static_cast<unsigned>(date.month()) + static_cast<unsigned>(date.day()));
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "day") != 0)
        bench_die("usage: time_std day");
    time_inputs();
    time_measure(day);
    return 0;
}
