/* Calls each function whose symbol carries a layout number. Linked with an implementation of
 * another layout, each of them must be an undefined symbol. C or C++; only linked, never run. */
#include "pyfeat.h"

int main(int argc, char **argv)
{
    static pyf_barrier b;
    static pyf_barrier_options barrier_options;
    static pyf_thread_pool_options pool_options;
    static pyf_poll_executor loop;
    static pyf_future f;
    static pyf_future_set set;
    static pyf_lru cache;
    static pyf_lru_options lru_options;
    static struct pyfi_lru_memo memo;
    static struct pyfi_lru_shape shape;
    static struct pyfi_lru_flight flight;
    pyf_status st = argc > 90 ? pyf_barrier_init_with(&b, &barrier_options) : PYF_OK;

    if (argc > 91) st |= pyf_barrier_wait(&b, PYF_FOREVER, NULL);
    if (argc > 92) st |= pyf_executor_submit(pyf_poll_executor_base(&loop), &f, NULL, argv);
    if (argc > 93) st |= pyf_future_set_add(&set, &f);
    if (argc > 94) st |= pyf_thread_pool_executor_with(&pool_options) == NULL;
    if (argc > 95) st |= pyf_lru_init_with(&cache, &lru_options);
    if (argc > 96) pyf_lru_memo_store(&memo, &shape, argv, 0, argv, 0);
    if (argc > 97) st |= pyf_lru_memo_once(&memo, &shape, argv, 0, argv, &flight);
    if (argc > 98) st |= pyf_task_submit(NULL, &f, NULL, NULL, NULL, NULL, NULL, NULL);
#if PYFI_PROCESSES
    if (argc > 99) st |= pyf_process_pool_executor_with(NULL) == NULL;
#endif
    return st;
}
