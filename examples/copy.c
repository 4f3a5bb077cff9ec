/* copy - files copied at once, the shutil.copy example of Python's concurrent.futures
 *
 *     copy DIRECTORY [FILE...]        without FILE: the sources of these examples
 *
 * A copy is complete or not there: it is written under a temporary name and renamed at the end. */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORKERS = 4 };

struct job {
    pyf_future future;
    const char *from;
    char *to, *temporary;
    uintmax_t bytes;
};

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, data, size);
        if (done < 0 && errno != EINTR) return errno;
        if (done > 0) {
            data += done;
            size -= (size_t)done;
        }
    }
    return 0;
}

/* Copy in to out, both open; 0 or an errno value. */
static int copy_data(struct job *job, int in, int out)
{
    char block[64 * 1024];
    struct stat info;
    if (fstat(in, &info) != 0) return errno;
    if (S_ISDIR(info.st_mode)) return EISDIR;
    if (!S_ISREG(info.st_mode)) return EINVAL;
    for (;;) {
        ssize_t got = read(in, block, sizeof block);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) break;
        int error = write_all(out, block, (size_t)got);
        if (error != 0) return error;
        job->bytes += (uintmax_t)got;
    }
    return fchmod(out, info.st_mode & 0777) == 0 ? 0 : errno;
}

/* The task. What it returns is what pyf_future_result gives: PYF_OK is 0. */
static pyf_status copy(void *arg)
{
    struct job *job = arg;
    int in = open(job->from, O_RDONLY | O_NONBLOCK | O_NOCTTY); /* a FIFO must not hang it */
    if (in < 0) return errno;
    int out = mkstemp(job->temporary);
    if (out < 0) {
        int error = errno;
        close(in);
        return error;
    }
    int error = copy_data(job, in, out);
    close(in);
    if (close(out) != 0 && error == 0) error = errno; /* a full disk may show only here */
    if (error == 0 && rename(job->temporary, job->to) != 0) error = errno;
    if (error != 0) unlink(job->temporary);
    return error;
}

static char *join(const char *directory, const char *prefix, const char *name, const char *suffix)
{
    size_t size = strlen(directory) + strlen(prefix) + strlen(name) + strlen(suffix) + 2;
    char *path = malloc(size);
    if (path != NULL) snprintf(path, size, "%s/%s%s%s", directory, prefix, name, suffix);
    return path;
}

/* Name the copy. Two files of one name would overwrite each other, so the second is refused. */
static pyf_status prepare(struct job *jobs, size_t index, const char *directory)
{
    struct job *job = &jobs[index];
    const char *slash = strrchr(job->from, '/');
    const char *name = slash != NULL ? slash + 1 : job->from;
    job->to = join(directory, "", name, "");
    job->temporary = join(directory, ".", name, ".XXXXXX");
    if (job->to == NULL || job->temporary == NULL) return ENOMEM;
    for (size_t i = 0; i < index; i++)
        if (jobs[i].to != NULL && strcmp(jobs[i].to, job->to) == 0) return EEXIST;
    return PYF_OK;
}

static bool failed(const char *what, pyf_status st)
{
    if (st != PYF_OK)
        fprintf(stderr, "copy: %s: %s\n", what, st > 0 ? strerror(st) : pyf_status_name(st));
    return st != PYF_OK;
}

int main(int argc, char **argv)
{
    static char *const defaults[] = {"checksum.c", "copy.c", "election.c", "fetch.c"};
    if (argc < 2 || argv[1][0] == '\0' || argv[1][0] == '-') {
        fputs("usage: copy DIRECTORY [FILE...]\n", stderr);
        return 2;
    }
    char *const *files = argc > 2 ? argv + 2 : defaults;
    size_t count = argc > 2 ? (size_t)argc - 2 : sizeof defaults / sizeof defaults[0];
    pyf_status st = PYF_OK;
    bool bad = false;

    struct job *jobs = calloc(count, sizeof *jobs);
    if (jobs == NULL) return failed("jobs", ENOMEM);
    pyf_executor *pool = pyf_thread_pool_executor(.max_workers = WORKERS, .status = &st);
    if (pool == NULL) {
        free(jobs);
        return failed("pool", st);
    }
    pyf_future_set running = {0};
    for (size_t i = 0; i < count; i++) {
        jobs[i].from = files[i];
        st = prepare(jobs, i, argv[1]);
        if (st == PYF_OK) st = pyf_executor_submit(pool, &jobs[i].future, copy, &jobs[i]);
        if (st == PYF_OK) st = pyf_future_set_add(&running, &jobs[i].future);
        bad |= failed(files[i], st);
    }
    for (pyf_future *future; (future = pyf_as_completed(&running, PYF_FOREVER)) != NULL;) {
        const struct job *job = pyf_future_arg(future);
        if (failed(job->from, pyf_future_result(future, PYF_FOREVER))) bad = true;
        else printf("%s -> %s (%ju bytes)\n", job->from, job->to, job->bytes);
    }
    bad |= failed("waiting", pyf_future_set_status(&running));
    bad |= failed("shutdown", pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT));
    for (size_t i = 0; i < count; i++) {
        free(jobs[i].to);
        free(jobs[i].temporary);
    }
    free(jobs);
    if (fflush(stdout) != 0) bad |= failed("stdout", errno);
    return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
