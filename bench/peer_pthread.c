/* peer_pthread.c - the barrier of POSIX threads. */

#include <pthread.h>

#include "bench.h"

static pthread_barrier_t barrier;
static int phases;

static void *meet(void *arg)
{
    int i;
    (void)arg;
    for (i = 0; i < phases; i++)
        pthread_barrier_wait(&barrier);
    return NULL;
}

int main(int argc, char **argv)
{
    int i, threads = (int)bench_arg(argc, argv, 2, 0);
    pthread_t id[64];
    double begin;
    if (argc < 3 || strcmp(argv[1], "barrier") != 0 || threads < 1 || threads > 64)
        bench_die("usage: peer_pthread barrier threads");
    phases = bench_phases(threads);
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (i = 1; i < threads; i++)
        if (pthread_create(&id[i], NULL, meet, NULL) != 0)
            bench_die("no thread");
    begin = bench_now_ns();
    meet(NULL);
    printf("%.1f\n", (bench_now_ns() - begin) / phases);
    for (i = 1; i < threads; i++)
        pthread_join(id[i], NULL);
    pthread_barrier_destroy(&barrier);
    return 0;
}
