/* base_test.c - status codes, sizes, the clock. Runs on every target. */

#ifndef PYFEAT_PORT_NONE
#if defined(__unix__) || defined(__APPLE__)
#define PYFEAT_PORT_NONE 0
#else
#define PYFEAT_PORT_NONE 1
#endif
#endif
#define PYFEAT_BARRIER_IMPLEMENTATION
#include "../pyfeat.h"
#include "check.h"
#include <limits.h>

static const struct { pyf_status st; int value; const char *name; } statuses[] = {
    { PYF_OK, 0, "OK" },
    { PYF_VALUE_ERROR, -1, "ValueError" },
    { PYF_TYPE_ERROR, -2, "TypeError" },
    { PYF_OVERFLOW_ERROR, -3, "OverflowError" },
    { PYF_ZERO_DIVISION_ERROR, -4, "ZeroDivisionError" },
    { PYF_MEMORY_ERROR, -5, "MemoryError" },
    { PYF_OS_ERROR, -6, "OSError" },
    { PYF_RUNTIME_ERROR, -7, "RuntimeError" },
    { PYF_TIMEOUT_ERROR, -8, "TimeoutError" },
    { PYF_CANCELLED_ERROR, -9, "CancelledError" },
    { PYF_INVALID_STATE_ERROR, -10, "InvalidStateError" },
    { PYF_BROKEN_BARRIER_ERROR, -11, "BrokenBarrierError" },
    { PYF_BROKEN_EXECUTOR_ERROR, -12, NULL },
    { PYF_DEADLOCK_ERROR, -13, NULL },
    { PYF_FULL_ERROR, -14, NULL }
};

static void status_names(void)
{
    size_t n = sizeof statuses / sizeof statuses[0];
    for (size_t i = 0; i < n; i++) {
        const char *name = pyf_status_name(statuses[i].st);
        CHECK_EQ(statuses[i].st, statuses[i].value);
        CHECK(name != NULL && name[0] != '\0');
        CHECK(strcmp(name, "UnknownError") != 0 && strcmp(name, "Error") != 0);
        if (statuses[i].name != NULL) CHECK(strcmp(name, statuses[i].name) == 0);
        for (size_t k = 0; k < i; k++) CHECK(strcmp(name, pyf_status_name(statuses[k].st)) != 0);
    }
}

static void status_names_outside_the_table(void)
{
    static const pyf_status positive[] = { 1, 2, 14, 100, INT_MAX };
    static const pyf_status unknown[] = { -15, -16, -100, -INT_MAX, INT_MIN };
    for (size_t i = 0; i < 5; i++) {
        CHECK(strcmp(pyf_status_name(positive[i]), "Error") == 0);
        CHECK(strcmp(pyf_status_name(unknown[i]), "UnknownError") == 0);
    }
}

static void version(void)
{
    CHECK(PYF_VERSION_MAJOR >= 0 && PYF_VERSION_MINOR >= 0 && PYF_VERSION_PATCH >= 0);
    CHECK(PYF_VERSION_MAJOR + PYF_VERSION_MINOR + PYF_VERSION_PATCH > 0);
}

static void sizes(void)
{
    CHECK(sizeof(pyf_future) <= (sizeof(void *) >= 8 ? 64u : 40u));
    CHECK(sizeof(pyf_barrier) <= (sizeof(void *) >= 8 ? 40u : 28u));
    CHECK(sizeof(pyf_executor) == sizeof(void *));
    CHECK(PYF_THREAD_POOL_BYTES(1) > PYF_THREAD_POOL_BYTES(0));
}

static void forever_and_now(void)
{
    CHECK(PYF_FOREVER == INT64_MAX);
    CHECK(PYF_NOW == 0);
}

static void clock_never_goes_back(void)
{
    int64_t last = pyf_now_ms();
    CHECK(last >= 0);
    for (int i = 0; i < 10000; i++) {
        int64_t now = pyf_now_ms();
        CHECK(now >= last);
        last = now;
    }
}

static void clock_is_in_milliseconds(void)
{
#if CHECK_FORK
    struct timespec nap = { 0, 50 * 1000000L };
    double clock0 = check_clock();
    int64_t t0 = pyf_now_ms();
    (void)nanosleep(&nap, NULL);
    int64_t t1 = pyf_now_ms();
    double clock1 = check_clock();
    CHECK(t1 - t0 >= 49);
    CHECK((double)(t1 - t0) <= (clock1 - clock0) * 1e3 + 2);
#else
    CHECK_SKIP("nothing to compare the clock with");
#endif
}

static const struct check_case cases[] = {
    { "status names", status_names },
    { "status names outside the table", status_names_outside_the_table },
    { "version", version },
    { "sizes", sizes },
    { "forever and now", forever_and_now },
    { "clock never goes back", clock_never_goes_back },
    { "clock is in milliseconds", clock_is_in_milliseconds }
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
