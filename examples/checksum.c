/* checksum - POSIX checksums of files and whole trees, several files at a time
 *
 *     checksum [-h] [-j N] PATH...
 *
 * Each line is that of `cksum FILE`, and they come in the order in which the files are finished.
 * One task a file: the main thread walks the trees and prints while the pool reads. */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOCK = 64 * 1024,     /* bytes read at once */
    IN_FLIGHT = 64 * 1024, /* files found and not printed yet: bounds memory in any tree */
    MAX_JOBS = 1024,
    BAR_WIDTH = 30,
    BAR_INTERVAL_MS = 100
};

/* A file with its task, or a directory still to be read. Each is a block of its own, since a future
 * must not move once it is submitted. */
struct item {
    struct item *next;
    pyf_future future;
    uintmax_t size;
    uint32_t crc;
    char path[];
};

struct run {
    pyf_executor *pool;
    pyf_future_set running;
    struct item *directories;
    uintmax_t found, finished;
    int64_t drawn_ms;
    bool bar, bar_and_lines_share_terminal, failed;
};

static uint32_t crc_table[256];

static void make_crc_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i << 24;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x80000000u ? crc << 1 ^ 0x04C11DB7u : crc << 1;
        crc_table[i] = crc;
    }
}

static uint32_t crc_byte(uint32_t crc, unsigned byte)
{
    return crc << 8 ^ crc_table[(crc >> 24 ^ byte) & 0xFF];
}

/* The task: gives PYF_OK or the errno value of what went wrong. */
static pyf_status checksum(void *arg)
{
    struct item *file = arg;
    unsigned char block[BLOCK];
    /* O_NONBLOCK: should a FIFO have taken the file's place since the walk, open must not hang */
    int fd = open(file->path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return errno;
    uint32_t crc = 0;
    ssize_t got;
    while ((got = read(fd, block, sizeof block)) != 0) {
        if (got < 0) {
            int error = errno;
            if (error == EINTR) continue;
            close(fd);
            return error;
        }
        for (ssize_t i = 0; i < got; i++) crc = crc_byte(crc, block[i]);
        file->size += (uintmax_t)got;
    }
    /* POSIX: the length follows the data, lowest byte first, without leading zeros */
    for (uintmax_t n = file->size; n != 0; n >>= 8) crc = crc_byte(crc, (unsigned)(n & 0xFF));
    file->crc = ~crc;
    close(fd);
    return PYF_OK;
}

static void clear_bar(const struct run *run)
{
    if (run->bar) fputs("\r\033[K", stderr);
}

static void draw_bar(struct run *run)
{
    static const char hashes[] = "##############################";
    int64_t now = pyf_now_ms();
    if (!run->bar) return;
    if (!run->bar_and_lines_share_terminal && now - run->drawn_ms < BAR_INTERVAL_MS) return;
    run->drawn_ms = now;
    int filled = (int)(run->finished * BAR_WIDTH / run->found);
    fprintf(stderr, "\r[%-*.*s] %ju/%ju", BAR_WIDTH, filled, hashes, run->finished, run->found);
}

static void complain(struct run *run, const char *path, const char *why)
{
    clear_bar(run);
    fprintf(stderr, "checksum: %s: %s\n", path, why);
    run->failed = true;
}

/* A positive status is an errno value, as checksum() returns it. */
static const char *reason(pyf_status st) { return st > 0 ? strerror(st) : pyf_status_name(st); }

/* Print one finished file and release it; false if there is none within the time. */
static bool report_one(struct run *run, int64_t timeout_ms)
{
    pyf_future *future = pyf_as_completed(&run->running, timeout_ms);
    if (future == NULL) return false;
    struct item *file = pyf_future_arg(future);
    pyf_status st = pyf_future_result(future, PYF_FOREVER);
    run->finished++;
    if (st != PYF_OK) {
        complain(run, file->path, reason(st));
    } else {
        if (run->bar_and_lines_share_terminal) clear_bar(run);
        printf("%lu %ju %s\n", (unsigned long)file->crc, file->size, file->path);
    }
    free(file);
    draw_bar(run);
    return true;
}

static pyf_status start(struct run *run, struct item *file)
{
    while (pyf_future_set_count(&run->running) >= IN_FLIGHT && report_one(run, PYF_FOREVER))
        continue;
    pyf_status st = pyf_executor_submit(run->pool, &file->future, checksum, file);
    if (st != PYF_OK) return st;
    run->found++;
    st = pyf_future_set_add(&run->running, &file->future);
    if (st != PYF_OK)
        pyf_future_result(&file->future, PYF_FOREVER); /* it runs: keep it until done */
    return st;
}

static struct item *new_item(const char *directory, const char *name)
{
    size_t length = strlen(directory);
    const char *slash = length == 0 || directory[length - 1] == '/' ? "" : "/";
    size_t size = length + strlen(slash) + strlen(name) + 1;
    struct item *item = calloc(1, sizeof *item + size); /* a future is all-zero to begin with */
    if (item != NULL) snprintf(item->path, size, "%s%s%s", directory, slash, name);
    return item;
}

/* Sort one name out. Links are followed only where the user named them: so no walk goes in circles.
 */
static void visit(struct run *run, const char *directory, const char *name, bool named_by_user)
{
    struct item *item = new_item(directory, name);
    struct stat info;
    if (item == NULL) {
        complain(run, name, strerror(ENOMEM));
        return;
    }
    if ((named_by_user ? stat : lstat)(item->path, &info) != 0) {
        complain(run, item->path, strerror(errno));
    } else if (S_ISDIR(info.st_mode)) {
        item->next = run->directories;
        run->directories = item;
        return;
    } else if (S_ISREG(info.st_mode)) {
        pyf_status st = start(run, item);
        if (st == PYF_OK) return;
        complain(run, item->path, reason(st));
    } else if (named_by_user) {
        complain(run, item->path, "Not a regular file or directory");
    }
    free(item);
}

/* A list of directories instead of recursion: one is open at a time, however deep the tree. */
static void walk(struct run *run)
{
    for (struct item *item; (item = run->directories) != NULL; free(item)) {
        run->directories = item->next;
        DIR *dir = opendir(item->path);
        struct dirent *entry;
        errno = dir == NULL ? errno : 0;
        while (dir != NULL && (entry = readdir(dir)) != NULL) {
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                visit(run, item->path, entry->d_name, false);
            while (report_one(run, PYF_NOW)) continue;
            errno = 0; /* the only way to tell an error of readdir from the end */
        }
        if (errno != 0) complain(run, item->path, strerror(errno));
        if (dir != NULL) closedir(dir);
    }
}

/* A number of files to read at a time. */
static pyf_status to_jobs(const char *text, void *to, pyf_parser_error *error)
{
    int n;
    if (pyf_convert_int(text, &n, error) != PYF_OK || n < 1 || n > MAX_JOBS)
        return pyf_argument_type_error(error, "not a number from 1 to %d: %s", MAX_JOBS, text);
    memcpy(to, &n, sizeof n);
    return PYF_OK;
}

int main(int argc, char **argv)
{
    static const pyf_type jobs_type = { "jobs", to_jobs, NULL, NULL, sizeof(int), 0, 0 };
    struct run run = {0};
    pyf_status st = PYF_OK;
    int jobs = 0;
    pyf_strs paths = { NULL, 0, 0 };
    pyf_parser *p = pyf_argument_parser(.prog = "checksum",
                                        .description = "Print the POSIX checksum, size and name of "
                                                       "each file, and of each file in each "
                                                       "directory, as they are finished.");
    pyf_parser_add_argument(p, "-j", .metavar = "N", .to = PYF_TO(&jobs_type, &jobs),
                            .help = "read N files at a time, 1 to 1024 (default: by the number of "
                                    "cores)");
    pyf_parser_add_argument(p, "paths", .metavar = "PATH", .nargs = "+", .to = PYF_STRS(&paths));
    pyf_parser_parse_args(p, argc, argv);

    make_crc_table();
    run.bar = isatty(STDERR_FILENO) == 1;
    run.bar_and_lines_share_terminal = run.bar && isatty(STDOUT_FILENO) == 1;
    run.pool = pyf_thread_pool_executor(.max_workers = (unsigned)jobs, .thread_name_prefix = "checksum",
                                        .status = &st);
    if (run.pool == NULL) {
        fprintf(stderr, "checksum: %s\n", reason(st));
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < paths.n; i++) {
        visit(&run, "", paths.v[i], true);
        walk(&run);
    }
    while (report_one(&run, PYF_FOREVER)) continue;
    clear_bar(&run);
    st = pyf_future_set_status(&run.running);
    if (st != PYF_OK) complain(&run, "waiting", reason(st));
    st = pyf_executor_shutdown(run.pool, PYF_SHUTDOWN_WAIT);
    if (st != PYF_OK) complain(&run, "shutdown", reason(st));
    pyf_parser_free(p);
    if (fflush(stdout) != 0 || ferror(stdout)) complain(&run, "stdout", strerror(errno));
    return run.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
