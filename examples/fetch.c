/* fetch - pages fetched by five workers, and the server that they come from
 *
 *     fetch [ROOT]        the files are those below ROOT, "..": the repository
 *
 * The server listens on the loopback interface only. It is one thread: a poll executor whose
 * delayed tasks are the answers, so that a page that takes its time holds up no other. The client
 * is a thread pool, and prints the pages in the order in which they come in. One page does not
 * exist, and one never comes. */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { WORKERS = 5, SOCKET_TIMEOUT_MS = 1000, NEVER_MS = 60 * 1000, CONNECTIONS = 16 };
enum { NOT_FOUND = EBADMSG, TIMED_OUT = ETIMEDOUT }; /* what a task returns: errno values */

static struct page {
    const char *path;
    int delay_ms;
    pyf_status expected;
    unsigned long code, bytes;
    pyf_future future;
} pages[] = {
    {.path = "/pyfeat.h", .delay_ms = 240},
    {.path = "/examples/Makefile", .delay_ms = NEVER_MS, .expected = TIMED_OUT},
    {.path = "/examples/checksum.c", .delay_ms = 160},
    {.path = "/examples/copy.c", .delay_ms = 80},
    {.path = "/no-such-page", .delay_ms = 40, .expected = NOT_FOUND},
    {.path = "/examples/election.c", .delay_ms = 120},
    {.path = "/examples/fetch.c", .delay_ms = 0},
    {.path = "/UNLICENSE", .delay_ms = 20},
};
enum { PAGES = sizeof pages / sizeof pages[0] };

struct connection {
    pyf_future answer;
    struct server *server;
    const struct page *page; /* NULL: not one of ours */
    int fd;                  /* -1: free */
};

struct server {
    pyf_poll_executor loop;
    struct connection connections[CONNECTIONS];
    struct sockaddr_in address;
    const char *root;
    int listener, stop; /* stop: the end of a pipe, it hangs up when the server is to end */
};

static bool set_timeouts(int fd)
{
    const struct timeval limit = {SOCKET_TIMEOUT_MS / 1000, SOCKET_TIMEOUT_MS % 1000 * 1000};
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0;
}

/* ---- the server ---- */

/* A task of the loop: send the page and hang up. A client that went away is no concern of ours. */
static pyf_status answer(void *arg)
{
    struct connection *connection = arg;
    char path[1024], block[16 * 1024];
    struct stat info;
    FILE *out = fdopen(connection->fd, "w"), *file = NULL;
    if (connection->page != NULL) {
        snprintf(path, sizeof path, "%s%s", connection->server->root, connection->page->path);
        file = fopen(path, "rb");
    }
    if (out != NULL && file != NULL && fstat(fileno(file), &info) == 0) {
        unsigned long size = (unsigned long)info.st_size;
        fprintf(out, "HTTP/1.0 200 OK\r\nContent-Length: %lu\r\n\r\n", size);
        for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
            if (fwrite(block, 1, n, out) != n) break;
    } else if (out != NULL) {
        fputs("HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n", out);
    }
    if (file != NULL) fclose(file);
    if (out != NULL) fclose(out);
    else close(connection->fd);
    connection->fd = -1;
    return PYF_OK;
}

/* Read a request up to the empty line at its end; the page that it asks for, or NULL. */
static const struct page *read_request(int fd)
{
    char text[1024] = "", path[128];
    for (size_t length = 0; strstr(text, "\r\n\r\n") == NULL;) {
        ssize_t got = recv(fd, text + length, sizeof text - 1 - length, 0);
        if (got <= 0) return NULL; /* went away, takes too long, or is too long */
        length += (size_t)got;
        text[length] = '\0';
    }
    if (sscanf(text, "GET %127s HTTP", path) != 1) return NULL;
    for (size_t i = 0; i < PAGES; i++)
        if (strcmp(path, pages[i].path) == 0) return &pages[i];
    return NULL;
}

/* Take one connection and put its answer off for as long as the page says. */
static void take(struct server *server)
{
    size_t slot = 0;
    int fd = accept(server->listener, NULL, NULL);
    if (fd < 0) return;
    while (slot < CONNECTIONS && server->connections[slot].fd >= 0) slot++;
    if (slot < CONNECTIONS && set_timeouts(fd)) {
        struct connection *connection = &server->connections[slot];
        connection->server = server;
        connection->fd = fd;
        connection->page = read_request(fd);
        int delay_ms = connection->page != NULL ? connection->page->delay_ms : 0;
        if (pyf_poll_executor_submit_after(&server->loop, &connection->answer, answer, connection,
                                           delay_ms) == PYF_OK)
            return;
        connection->fd = -1;
    }
    close(fd);
}

/* The server as a task: sleeps until there is a connection or an answer is due. */
static pyf_status serve(void *arg)
{
    struct server *server = arg;
    struct pollfd fds[2] = {{server->listener, POLLIN, 0}, {server->stop, POLLIN, 0}};
    pyf_status st = PYF_OK;
    for (;;) {
        int64_t idle_ms = pyf_poll_executor_run(&server->loop, 16);
        int ready = poll(fds, 2, idle_ms > INT_MAX ? -1 : (int)idle_ms);
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) st = errno;
        if (ready < 0 || fds[1].revents != 0) break;
        if (fds[0].revents != 0) take(server);
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct connection *connection = &server->connections[i];
        if (connection->fd < 0) continue;
        pyf_future_cancel(&connection->answer); /* the one that never comes */
        close(connection->fd);
    }
    return st;
}

static bool start_listening(struct server *server)
{
    socklen_t size = sizeof server->address;
    struct sockaddr *address = (struct sockaddr *)&server->address;
    for (size_t i = 0; i < CONNECTIONS; i++) server->connections[i].fd = -1;
    server->address.sin_family = AF_INET;
    server->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK); /* and port 0: any that is free */
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    return server->listener >= 0 && bind(server->listener, address, size) == 0 &&
           listen(server->listener, CONNECTIONS) == 0 &&
           getsockname(server->listener, address, &size) == 0;
}

/* ---- the client ---- */

static struct server server;

/* Read the page that was asked for, all of it; 0 or an errno value. */
static int read_page(FILE *in, struct page *page)
{
    char line[1024], block[16 * 1024];
    unsigned long announced = 0;
    errno = 0; /* stays 0 where the other side hangs up too early */
    if (fgets(line, sizeof line, in) == NULL) return errno != 0 ? errno : EPROTO;
    if (sscanf(line, "HTTP/1.0 %lu ", &page->code) != 1) return EPROTO;
    if (page->code != 200) return NOT_FOUND;
    do {
        if (fgets(line, sizeof line, in) == NULL) return errno != 0 ? errno : EPROTO;
        if (strncmp(line, "Content-Length: ", 16) == 0) announced = strtoul(line + 16, NULL, 10);
    } while (strcmp(line, "\r\n") != 0);
    for (size_t got; (got = fread(block, 1, sizeof block, in)) > 0;) page->bytes += got;
    if (ferror(in)) return errno;
    return page->bytes == announced ? 0 : EPROTO; /* half a page must not pass for one */
}

/* The client's task: PYF_OK or the errno value of what went wrong. */
static pyf_status fetch(void *arg)
{
    struct page *page = arg;
    const struct sockaddr *address = (const struct sockaddr *)&server.address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return errno;
    FILE *in = fdopen(fd, "r");
    int error = 0;
    if (in == NULL || !set_timeouts(fd) || connect(fd, address, sizeof server.address) != 0 ||
        dprintf(fd, "GET %s HTTP/1.0\r\n\r\n", page->path) < 0)
        error = errno;
    else error = read_page(in, page);
    if (in != NULL) fclose(in);
    else close(fd);
    return error == EAGAIN || error == EWOULDBLOCK ? TIMED_OUT : error;
}

static bool fetch_all(pyf_executor *pool)
{
    pyf_future_set running = {0};
    bool good = true;
    for (size_t i = 0; i < PAGES; i++) {
        pyf_status st = pyf_executor_submit(pool, &pages[i].future, fetch, &pages[i]);
        if (st == PYF_OK) st = pyf_future_set_add(&running, &pages[i].future);
        if (st != PYF_OK) {
            fprintf(stderr, "fetch: %s: %s\n", pages[i].path, pyf_status_name(st));
            good = false;
        }
    }
    for (pyf_future *future; (future = pyf_as_completed(&running, PYF_FOREVER)) != NULL;) {
        const struct page *page = pyf_future_arg(future);
        pyf_status st = pyf_future_result(future, PYF_FOREVER);
        if (st == PYF_OK) printf("%s: %lu bytes\n", page->path, page->bytes);
        else if (st == NOT_FOUND) printf("%s: error: HTTP status %lu\n", page->path, page->code);
        else printf("%s: error: %s\n", page->path, st > 0 ? strerror(st) : pyf_status_name(st));
        good &= st == page->expected;
    }
    return good && pyf_future_set_status(&running) == PYF_OK;
}

int main(int argc, char **argv)
{
    int stop[2];
    pyf_future serving = {0};
    if (argc > 2) {
        fputs("usage: fetch [ROOT]\n", stderr);
        return 2;
    }
    server.root = argc > 1 ? argv[1] : "..";
    signal(SIGPIPE,
           SIG_IGN); /* a peer that hangs up is an error of send, not the end of the program */
    if (!start_listening(&server) || pipe(stop) != 0) {
        fprintf(stderr, "fetch: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    server.stop = stop[0];
    /* two pools, so that the server takes no worker from the client; only a worker may run the
     * server, for a main thread that ran it would never come to the line that stops it */
    pyf_executor *host = pyf_thread_pool_executor(.max_workers = 1, .workers_only = true);
    pyf_executor *pool =
        pyf_thread_pool_executor(.max_workers = WORKERS, .thread_name_prefix = "fetch");
    bool good = host != NULL && pool != NULL &&
                pyf_executor_submit(host, &serving, serve, &server) == PYF_OK;
    if (good) {
        good = fetch_all(pool);
        close(stop[1]);
        good &= pyf_future_result(&serving, PYF_FOREVER) == PYF_OK;
    } else {
        fputs("fetch: the server does not start\n", stderr);
        close(stop[1]);
    }
    good &= pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) == PYF_OK;
    good &= pyf_executor_shutdown(host, PYF_SHUTDOWN_WAIT) == PYF_OK;
    close(stop[0]);
    close(server.listener);
    return fflush(stdout) == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
}
