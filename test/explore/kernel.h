/* kernel.h - processes, sockets and signals for process pools, as far as those use them: a process
 * is a coroutine that is forked, and killed, like one. Included once, after engine.h and before
 * pyfeat.h. Who forks says what becomes of the copy of its memory (process.h).
 *
 * Reported: a descriptor closed twice, or used after that, or never closed; a process that is
 * killed or waited for when it is gone already, or never waited for; shared memory that stays
 * mapped. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    KERNEL_ENDS = 32,
    KERNEL_PROCESSES = 8,
    KERNEL_FD = 100,
    KERNEL_PID = 1000,
    KERNEL_ROOM = 2 /* bytes in a socket */
};

/* What a descriptor stands for; all processes number them alike. */
struct kernel_end {
    uint32_t holders; /* bit i: process i has it open */
    uint32_t bytes;
    int peer;    /* the other end of a socket, or -1 */
    int process; /* of a pidfd */
};

struct kernel_process {
    enum { KERNEL_ALIVE, KERNEL_ZOMBIE, KERNEL_REAPED } state;
    int thread;
    void *memory; /* what it has for itself; goes with it */
};

static struct {
    uint32_t run;
    struct kernel_end ends[KERNEL_ENDS];
    struct kernel_process processes[KERNEL_PROCESSES];
    int n_ends, n_processes;
    void *shared;
} kernel;

/* A call begins: stores are on their way until here. */
static void kernel_enter(void)
{
    ex_point();
    ex_drain(ex.me);
    ex_note(ex.me, 13); /* or the next point would look like this one */
    if (kernel.run == ex.run) return;
    memset(&kernel, 0, sizeof kernel);
    kernel.run = ex.run;
    kernel.n_processes = 1;
}

/* Whether this call fails, for one preemption, if the scenario's flags have this one. */
static bool kernel_fails(unsigned flag, int error, const char *what)
{
    if ((ex.scenario->flags & flag) == 0 || ex_branch(2, 1) == 0) return false;
    ex_note(ex.me, 11);
    ex_record(what, NULL, 0, 0, __builtin_return_address(0));
    errno = error;
    return true;
}

static struct kernel_end *kernel_end_of(int fd)
{
    int i = fd - KERNEL_FD;
    if (i < 0 || i >= kernel.n_ends || (kernel.ends[i].holders >> ex.me->process & 1) == 0)
        ex_fail("descriptor %d is not open in process %d", fd, ex.me->process);
    return &kernel.ends[i];
}

static struct kernel_process *kernel_process_of(pid_t pid)
{
    int i = (int)pid - KERNEL_PID;
    if (i <= 0 || i >= kernel.n_processes || kernel.processes[i].state == KERNEL_REAPED)
        ex_fail("there is no process %d any more", (int)pid);
    return &kernel.processes[i];
}

/* The next descriptor. */
static int kernel_open(int peer, int process)
{
    struct kernel_end *e = &kernel.ends[kernel.n_ends];
    if (kernel.n_ends == KERNEL_ENDS) ex_fail("more than %d descriptors", KERNEL_ENDS);
    e->holders = 1u << ex.me->process;
    e->peer = peer;
    e->process = process;
    return KERNEL_FD + kernel.n_ends++;
}

static void kernel_drop(struct kernel_end *e, int process)
{
    e->holders &= ~(1u << process);
    if (e->holders == 0) ex_touch(ex.me, &e->holders, true);
}

static bool kernel_hung_up(const struct kernel_end *e)
{
    return e->peer >= 0 && kernel.ends[e->peer].holders == 0;
}

static bool kernel_readable(const struct kernel_end *e)
{
    if (e->peer < 0) return kernel.processes[e->process].state != KERNEL_ALIVE;
    return e->bytes != 0 || kernel_hung_up(e);
}

/* Somebody looks whether it is readable. */
static void kernel_look(const struct kernel_end *e)
{
    if (e->peer < 0) {
        ex_touch(ex.me, &kernel.processes[e->process], false);
    } else {
        ex_touch(ex.me, &e->bytes, false);
        ex_touch(ex.me, &kernel.ends[e->peer].holders, false);
    }
}

/* ---- descriptors ---- */

static int kernel_close(int fd)
{
    kernel_enter();
    kernel_drop(kernel_end_of(fd), ex.me->process);
    ex_record("closes", NULL, 0, (uint64_t)fd, __builtin_return_address(0));
    return 0;
}

static int kernel_socketpair(int ends[2])
{
    int first;
    kernel_enter();
    if (kernel_fails(EX_NO_START, EMFILE, "gets no sockets")) return -1;
    first = kernel.n_ends;
    ends[0] = kernel_open(first + 1, 0);
    ends[1] = kernel_open(first, 0);
    ex_record("makes sockets", NULL, 0, (uint64_t)ends[0], __builtin_return_address(0));
    return 0;
}

/* One byte. */
static ssize_t kernel_send(int fd)
{
    struct kernel_end *to;
    kernel_enter();
    to = &kernel.ends[kernel_end_of(fd)->peer];
    if (kernel_fails(EX_SIGNALS, EINTR, "is interrupted in send")) return -1;
    ex_touch(ex.me, &to->bytes, true);
    ex_record("sends", to, to->bytes, (uint64_t)fd, __builtin_return_address(0));
    errno = to->holders == 0 ? EPIPE : EAGAIN;
    if (to->holders == 0 || to->bytes == KERNEL_ROOM) return -1;
    to->bytes++;
    return 1;
}

/* All that there are. */
static ssize_t kernel_recv(int fd)
{
    struct kernel_end *e;
    ssize_t n;
    kernel_enter();
    e = kernel_end_of(fd);
    if (kernel_fails(EX_SIGNALS, EINTR, "is interrupted in recv")) return -1;
    ex_touch(ex.me, &e->bytes, true);
    kernel_look(e);
    n = e->bytes != 0 ? (ssize_t)e->bytes : kernel_hung_up(e) ? 0 : -1;
    ex_record("receives", e, e->bytes, (uint64_t)fd, __builtin_return_address(0));
    e->bytes = 0;
    errno = EAGAIN;
    return n;
}

struct kernel_polled {
    struct pollfd *at;
    nfds_t n;
};

static bool kernel_any_readable(const void *polled)
{
    const struct kernel_polled *p = (const struct kernel_polled *)polled;
    for (nfds_t i = 0; i < p->n; i++)
        if (p->at[i].fd >= 0 && kernel_readable(&kernel.ends[p->at[i].fd - KERNEL_FD])) return true;
    return false;
}

/* An hour is for ever here, and so is the second after which a worker asks for its parent: who has
 * to be woken by somebody is not helped by the time. */
static int kernel_poll(struct pollfd *at, nfds_t n, int ms)
{
    struct kernel_polled polled = { at, n };
    int ready = 0;
    kernel_enter();
    for (nfds_t i = 0; i < n; i++)
        if (at[i].fd >= 0) (void)kernel_end_of(at[i].fd);
    if (kernel_fails(EX_SIGNALS, EINTR, "is interrupted in poll")) return -1;
    (void)ex_wait(kernel_any_readable, &polled, ms >= 1000 ? INT64_MAX : ms);
    for (nfds_t i = 0; i < n; i++) {
        at[i].revents = 0;
        if (at[i].fd < 0) continue;
        kernel_look(&kernel.ends[at[i].fd - KERNEL_FD]);
        if (kernel_readable(&kernel.ends[at[i].fd - KERNEL_FD])) at[i].revents = POLLIN;
        ready += at[i].revents != 0;
    }
    ex_record("polls", NULL, 0, (uint64_t)ready, __builtin_return_address(0));
    return ready;
}

/* ---- processes ---- */

/* The present process ends: its descriptors are closed, then its parent hears of it. */
static void kernel_exit(void) __attribute__((noreturn));
static void kernel_exit(void)
{
    struct kernel_process *p = &kernel.processes[ex.me->process];
    kernel_enter();
    for (int i = 0; i < kernel.n_ends; i++)
        if ((kernel.ends[i].holders >> ex.me->process & 1) != 0)
            kernel_drop(&kernel.ends[i], ex.me->process);
    ex_record("closes everything", NULL, 0, 0, NULL);
    ex_note(ex.me, 14);
    ex_point();
    ex.me->doomed = false;
    p->state = KERNEL_ZOMBIE;
    ex_touch(ex.me, p, true);
    ex_record("is a zombie", NULL, 0, 0, NULL);
    ex_free(p->memory);
    ex_leave();
}

/* A new process, which begins with fn(memory), or -1. */
static pid_t kernel_fork(void (*fn)(void *), void *memory)
{
    int process = kernel.n_processes, thread;
    if (process == KERNEL_PROCESSES) ex_fail("more than %d processes", KERNEL_PROCESSES);
    thread = ex_spawn(fn, memory);
    kernel.n_processes++;
    kernel.processes[process].state = KERNEL_ALIVE;
    kernel.processes[process].thread = thread;
    kernel.processes[process].memory = memory;
    ex.threads[thread].process = process;
    ex.threads[thread].detached = true;
    for (int i = 0; i < kernel.n_ends; i++)
        kernel.ends[i].holders |= (kernel.ends[i].holders >> ex.me->process & 1) << process;
    ex_record("forks", NULL, 0, (uint64_t)thread, __builtin_return_address(0));
    return (pid_t)(KERNEL_PID + process);
}

/* It gets on no further than one step, if it is alive. */
static void kernel_doom(struct kernel_process *p)
{
    ex_record("kills", NULL, 0, (uint64_t)p->thread, __builtin_return_address(0));
    if (p->state == KERNEL_ALIVE) ex.threads[p->thread].doomed = true;
    ex_touch(ex.me, p, true);
}

static int kernel_kill(pid_t pid, int number)
{
    (void)number;
    kernel_enter();
    kernel_doom(kernel_process_of(pid));
    return 0;
}

static bool kernel_is_zombie(const void *p)
{
    return ((const struct kernel_process *)p)->state != KERNEL_ALIVE;
}

static pid_t kernel_waitpid(pid_t pid, int flags)
{
    struct kernel_process *p;
    kernel_enter();
    p = kernel_process_of(pid);
    if (kernel_fails(EX_SIGNALS, EINTR, "is interrupted in waitpid")) return -1;
    if ((flags & WNOHANG) == 0) (void)ex_wait(kernel_is_zombie, p, INT64_MAX);
    ex_touch(ex.me, p, p->state == KERNEL_ZOMBIE);
    ex_record("waits for a process", NULL, 0, (uint64_t)p->thread, __builtin_return_address(0));
    if (p->state == KERNEL_ALIVE) return 0;
    p->state = KERNEL_REAPED;
    return pid;
}

/* prctl, of which nothing is seen here, or pidfd_open. */
static long kernel_syscall(long number, ...)
{
    va_list args;
    long pid;
    kernel_enter();
    va_start(args, number);
    pid = va_arg(args, long);
    va_end(args);
    if (number != SYS_pidfd_open) return 0;
    (void)kernel_process_of((pid_t)pid);
    return kernel_open(-1, (int)pid - KERNEL_PID);
}

/* ---- shared memory ---- */

static void *kernel_mmap(size_t size)
{
    kernel_enter();
    if (kernel_fails(EX_NO_MEMORY, ENOMEM, "gets no shared memory")) return MAP_FAILED;
    kernel.shared = ex_new(size);
    return kernel.shared;
}

static int kernel_munmap(void *p)
{
    kernel_enter();
    if (p != kernel.shared) ex_fail("munmap of what is not mapped");
    ex_free(p);
    kernel.shared = NULL;
    return 0;
}

/* ---- at the end of a schedule ---- */

static void kernel_at_end(void)
{
    if (kernel.run != ex.run) return;
    for (int i = 0; i < kernel.n_ends; i++)
        if (kernel.ends[i].holders != 0) ex_fail("descriptor %d was not closed", KERNEL_FD + i);
    for (int i = 1; i < kernel.n_processes; i++)
        if (kernel.processes[i].state != KERNEL_REAPED) ex_fail("nobody waited for process %d", i);
}

/* ---- the names ---- */

static pid_t kernel_getpid(void) { return (pid_t)(KERNEL_PID + ex.me->process); }
static int kernel_sigfillset(sigset_t *set) { return (void)set, 0; }
static int kernel_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    return (void)how, (void)set, (void)old, 0;
}

struct pyfi_futures_proc;
struct pyfi_futures_proc_worker;
static pid_t process_fork(struct pyfi_futures_proc *p, struct pyfi_futures_proc_worker *w,
                          int socket);

#define PYFI_FUTURES_PROC_DEPTH 4u
#define close(fd) kernel_close(fd)
#define socketpair(domain, type, protocol, ends) kernel_socketpair(ends)
#define send(fd, bytes, n, flags) kernel_send(fd)
#define recv(fd, bytes, n, flags) ((void)(bytes), kernel_recv(fd))
#define poll(at, n, ms) kernel_poll(at, n, ms)
#define fcntl(fd, what, flags) ((void)(fd), 0)
#define fork() process_fork(p, w, ends[1])
#define _exit(status) kernel_exit()
#define kill kernel_kill
#define waitpid(pid, how, flags) ((void)(how), kernel_waitpid(pid, flags))
#define syscall kernel_syscall
#define getpid kernel_getpid
#define getppid() ((pid_t)KERNEL_PID)
#define mmap(at, size, protection, flags, fd, offset) kernel_mmap(size)
#define munmap(p, size) kernel_munmap(p)
#define sigfillset kernel_sigfillset
#define pthread_sigmask kernel_sigmask
