/* https_fetch - pages fetched over TLS by five workers, from a server that it starts
 *
 *     https_fetch SERVER CERTIFICATE CA ROOT
 *
 * SERVER is the program https_server, CERTIFICATE its chain and key, CA what the client trusts, ROOT
 * the folder to serve. All connections share one context. The last two pages must fail: one is not
 * there, and the other is asked of a name that the certificate does not have. */

#define PYFEAT_SSL_IMPLEMENTATION
#define PYFEAT_FUTURES_IMPLEMENTATION
#include "../pyfeat_ssl.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static pyf_ssl_context *ctx;
static uint16_t port;

static struct page {
    const char *host, *path;
    bool missing;
    unsigned long code, bytes;
    pyf_ssl_error error;
    pyf_future future;
} pages[] = {
    { .host = "localhost", .path = "/pyfeat.h" },
    { .host = "localhost", .path = "/pyfeat_ssl.h" },
    { .host = "localhost", .path = "/README.md" },
    { .host = "localhost", .path = "/examples/https_fetch.c" },
    { .host = "localhost", .path = "/examples/Makefile" },
    { .host = "localhost", .path = "/UNLICENSE" },
    { .host = "localhost", .path = "/no-such-page", .missing = true },
    { .host = "127.0.0.1", .path = "/README.md", .missing = true },
};
enum { PAGES = sizeof pages / sizeof pages[0] };

/* A task: one page. What went wrong stands in page->error, or in the code of the answer. */
static pyf_status fetch(void *arg)
{
    struct page *page = arg;
    char text[16384];
    int n, length = snprintf(text, sizeof text, "GET %s HTTP/1.0\r\n\r\n", page->path);
    pyf_ssl_socket *s = pyf_ssl_connect(ctx, page->host, port, 5000, .error = &page->error);
    pyf_ssl_sendall(s, text, (size_t)length);
    n = pyf_ssl_recv(s, text, sizeof text - 1);
    if (n > 0) {
        const char *body;
        text[n] = '\0';
        sscanf(text, "HTTP/1.0 %lu ", &page->code);
        body = strstr(text, "\r\n\r\n"); /* this server sends the head in one piece */
        if (body != NULL) page->bytes = (unsigned long)(n - (body + 4 - text));
    }
    while (n > 0 && (n = pyf_ssl_recv(s, text, sizeof text)) > 0) page->bytes += (unsigned long)n;
    pyf_ssl_close(s);
    return n < 0 ? n : page->code == 200 ? PYF_OK : (pyf_status)page->code;
}

static bool fetch_all(void)
{
    pyf_executor *pool = pyf_thread_pool_executor(.max_workers = 5, .thread_name_prefix = "fetch");
    pyf_future_set running = { 0 };
    bool good = pool != NULL;
    for (int i = 0; i < PAGES && good; i++)
        good = pyf_executor_submit(pool, &pages[i].future, fetch, &pages[i]) == PYF_OK &&
               pyf_future_set_add(&running, &pages[i].future) == PYF_OK;
    for (pyf_future *f; (f = pyf_as_completed(&running, PYF_FOREVER)) != NULL;) {
        const struct page *page = pyf_future_arg(f);
        pyf_status st = pyf_future_result(f, PYF_FOREVER);
        if (st == PYF_OK) printf("%s: %lu bytes\n", page->path, page->bytes);
        else if (st > 0) printf("%s: error: HTTP status %lu\n", page->path, page->code);
        else printf("%s: error: %s\n", page->path, page->error.text);
        good = good && (st == PYF_OK) == !page->missing;
    }
    return good && pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT) == PYF_OK;
}

/* Start the server, and read the port that it listens on; *quit ends it when it is closed. */
static pid_t start(char **argv, int *quit)
{
    int in[2], out[2];
    char text[16] = "";
    pid_t pid;
    if (pipe(in) != 0 || pipe(out) != 0 || (pid = fork()) < 0) return -1;
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        execl(argv[1], argv[1], argv[2], argv[4], (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    if (read(out[0], text, sizeof text - 1) > 0) port = (uint16_t)strtoul(text, NULL, 10);
    close(out[0]);
    *quit = in[1];
    return pid;
}

int main(int argc, char **argv)
{
    pyf_ssl_error error = { 0 };
    int quit = -1, status = 0;
    bool good = false;
    pid_t server;
    if (argc != 5) {
        fputs("usage: https_fetch SERVER CERTIFICATE CA ROOT\n", stderr);
        return 2;
    }
    server = start(argv, &quit);
    ctx = pyf_ssl_create_default_context(.cafile = argv[3], .error = &error);
    if (server < 0 || port == 0) fputs("https_fetch: the server does not start\n", stderr);
    else if (ctx == NULL) fprintf(stderr, "https_fetch: %s\n", error.text);
    else good = fetch_all();
    pyf_ssl_context_free(ctx);
    close(quit);
    if (server > 0) waitpid(server, &status, 0);
    return fflush(stdout) == 0 && good && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
