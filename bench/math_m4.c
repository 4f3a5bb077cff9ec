/* math_m4.c - instructions a call on an emulated Cortex-M4, ours and the C library's. The emulator runs
 * an instruction in a nanosecond and ticks its timer 25 million times a second. */
#ifndef LIBRARY_ONLY
#define PYFEAT_STATIC 1
#define PYFEAT_MATH_IMPLEMENTATION
#include "../pyfeat.h"
#endif
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xE000E018u)

enum { POINTS = 1000, INSTRUCTIONS_A_TICK = 40 };

static double points[POINTS];
static volatile double sink;

static double library_expm1(double x, pyf_status *st) { (void)st; return expm1(x); }
static double library_erf(double x, pyf_status *st) { (void)st; return erf(x); }
static double library_erfc(double x, pyf_status *st) { (void)st; return erfc(x); }
static double library_gamma(double x, pyf_status *st) { (void)st; return tgamma(x); }
static double library_lgamma(double x, pyf_status *st) { (void)st; return lgamma(x); }
static double library_log1p(double x, pyf_status *st) { (void)st; return log1p(x); }

typedef double (*function)(double, pyf_status *);

static const struct {
    const char *name;
    double low, high;
    function ours, library;
} rows[] = {
    { "expm1", -1, 1, pyf_expm1, library_expm1 },      { "expm1", -40, 700, pyf_expm1, library_expm1 },
    { "erf", -3, 3, pyf_erf, library_erf },            { "erfc", -2, 6, pyf_erfc, library_erfc },
    { "gamma", 0.5, 20, pyf_gamma, library_gamma },    { "gamma", -20, 0, pyf_gamma, library_gamma },
    { "lgamma", 0.5, 20, pyf_lgamma, library_lgamma }, { "lgamma", -20, 0, pyf_lgamma, library_lgamma },
    { "log1p", -0.5, 10, pyf_log1p, library_log1p },
};

static uint32_t run(function f)
{
    pyf_status st = PYF_OK;
    uint32_t begun = SYSTICK_VALUE;
    for (int i = 0; i < POINTS; i++) sink = f(points[i], &st);
    return ((begun - SYSTICK_VALUE) & 0xffffff) * INSTRUCTIONS_A_TICK / POINTS;
}

static double nothing(double x, pyf_status *st) { (void)st; return x; }

int main(void)
{
    uint32_t state = 1, loop;
    SYSTICK_RELOAD = 0xffffff;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 5;
    loop = run(nothing);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t a, b;
        for (int k = 0; k < POINTS; k++) {
            state = state * 1664525u + 1013904223u;
            points[k] = rows[i].low + (rows[i].high - rows[i].low) * ((double)state / 4294967296.0);
        }
        a = run(rows[i].ours) - loop;
        b = run(rows[i].library) - loop;
        printf("| %s [%d, %d] | %lu | %lu | %lu.%02lu |\n", rows[i].name, (int)rows[i].low, (int)rows[i].high,
               (unsigned long)a, (unsigned long)b, (unsigned long)(a / b), (unsigned long)(a * 100 / b % 100));
    }
    return 0;
}
