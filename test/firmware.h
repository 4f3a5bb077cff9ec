/* What the port "none" asks of a board: a clock, and a way to sleep. Included before everything
 * else on the command line. */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include <stdint.h>

int64_t firmware_now_ms(void);
void firmware_idle_ms(int64_t ms);

#define PYF_PORT_NOW_MS() firmware_now_ms()
#define PYF_PORT_IDLE_MS(ms) firmware_idle_ms(ms)
#define PYF_PORT_TIME_US() (INT64_C(1298212200000000) + firmware_now_ms() * 1000)

#endif
