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
    static pyf_timedelta_parts parts;
    static pyf_timedelta_double_parts double_parts;
    static pyf_datetime_fields fields;
    static pyf_tzif zone;
    static pyf_parser_options parser_options;
    static pyf_subparsers_options subparsers_options;
    static const pyf_argument argument = { false, false, { 0, 0, 0, 0, 0 }, 0, "x", NULL, NULL, NULL,
                                           { NULL, { NULL } }, NULL, { NULL }, NULL, NULL, NULL, NULL };
    pyf_parser *p = NULL;
    pyf_status st = argc > 90 ? pyf_barrier_init_with(&b, &barrier_options) : PYF_OK;

    if (argc > 91) st |= pyf_barrier_wait(&b, PYF_FOREVER, NULL);
    if (argc > 92) st |= pyf_executor_submit(pyf_poll_executor_base(&loop), &f, NULL, argv);
    if (argc > 93) st |= pyf_future_set_add(&set, &f);
    if (argc > 80) st |= pyf_timedelta_status(pyf_timedelta_of_with(&parts));
    if (argc > 81) st |= pyf_timedelta_status(pyf_timedelta_of_double_with(&double_parts));
    if (argc > 82) fields.tz = pyf_timezone_of(pyf_timedelta_min(), NULL);
    if (argc > 83) fields.tz = pyf_timezone_posix("UTC0");
    if (argc > 84) st |= pyf_tzif_init(&zone, argv, 1);
    if (argc > 85) st |= pyf_datetime_fields_of(pyf_datetime_of_with(&fields), &fields);
    if (argc > 94) st |= pyf_thread_pool_executor_with(&pool_options) == NULL;
    if (argc > 95) st |= pyf_lru_init_with(&cache, &lru_options);
    if (argc > 96) pyf_lru_memo_store(&memo, &shape, argv, 0, argv, 0);
    if (argc > 97) st |= pyf_lru_memo_once(&memo, &shape, argv, 0, argv, &flight);
    if (argc > 105) p = pyf_argument_parser_with(&parser_options);
    if (argc > 106) st |= pyf_parser_add_argument_with(p, &argument);
    if (argc > 107) st |= pyf_parser_add_arguments(p, &argument, 1);
    if (argc > 108) st |= pyf_parser_add_subparsers_with(&subparsers_options) == NULL;
    if (argc > 109) st |= pyf_parser_add_parser_with(&parser_options) == NULL;
    if (argc > 110) st |= pyf_parser_try_parse_args(p, argc, argv, NULL);
    if (argc > 98) st |= pyf_task_submit(NULL, &f, NULL, NULL, NULL, NULL, NULL, NULL);
#if PYFI_PROCESSES
    if (argc > 99) st |= pyf_process_pool_executor_with(NULL) == NULL;
#endif
    return st;
}
