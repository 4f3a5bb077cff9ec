/* peer_glib.c - GLib's GThreadPool with two threads. */

#include <glib.h>

#include "bench.h"

static void noop(gpointer data, gpointer user_data)
{
    (void)data;
    (void)user_data;
}

int main(int argc, char **argv)
{
    static char task;
    GThreadPool *pool;
    double begin;
    int i;
    if (argc < 2 || strcmp(argv[1], "noop1") != 0)
        bench_die("usage: peer_glib noop1");
    pool = g_thread_pool_new(noop, NULL, 2, TRUE, NULL);
    bench_sleep_us(2000);
    begin = bench_now_ns();
    for (i = 0; i < BENCH_TASKS; i++)
        g_thread_pool_push(pool, &task, NULL);
    g_thread_pool_free(pool, FALSE, TRUE);
    printf("%.3f\n", (bench_now_ns() - begin) / BENCH_TASKS);
    return 0;
}
