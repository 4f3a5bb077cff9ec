/* The clock of an ARM Cortex-M board: the system timer interrupts each millisecond. */
#include "firmware.h"

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xE000E018u)

enum { CLOCK_HZ = 25000000, SYSTICK_START = 7 /* on, interrupt, processor clock */ };

static volatile uint32_t ticks;

/* The name that picolibc's vector table has for it. */
void arm_systick_isr(void);

void arm_systick_isr(void) { ticks++; }

int64_t firmware_now_ms(void)
{
    if (SYSTICK_CONTROL == 0) {
        SYSTICK_RELOAD = CLOCK_HZ / 1000 - 1;
        SYSTICK_VALUE = 0;
        SYSTICK_CONTROL = SYSTICK_START;
    }
    return ticks;
}

void firmware_idle_ms(int64_t ms)
{
    if (ms <= 0) return;
    (void)firmware_now_ms();
    __asm__ volatile("wfi"); /* until the next interrupt, so at most for a millisecond: whoever
                                waits asks again */
}
