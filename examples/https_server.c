/* https_server - serves the files below a folder, over TLS, to the loopback interface
 *
 *     https_server CERTIFICATE ROOT      prints its port, and ends when its standard input does
 *
 * CERTIFICATE is a PEM file with the chain and the key. Each connection is a task of a thread pool. */

#define PYFEAT_SSL_IMPLEMENTATION
#define PYFEAT_FUTURES_IMPLEMENTATION
#include "../pyfeat_ssl.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECTIONS = 16 };

struct connection {
    pyf_future task; /* done: free for the next one */
    pyf_ssl_context *ctx;
    const char *root;
    int fd;
};

/* Read a request up to the empty line at its end; false if there is none. */
static bool read_request(pyf_ssl_socket *s, char *text, size_t size)
{
    size_t length = 0;
    text[0] = '\0';
    while (strstr(text, "\r\n\r\n") == NULL) {
        int n = pyf_ssl_recv(s, text + length, size - 1 - length);
        if (n <= 0) return false; /* went away, takes too long, or is too long */
        length += (size_t)n;
        text[length] = '\0';
    }
    return true;
}

/* Send the file, or that there is none. The end of the stream is the end of the page. */
static void answer(pyf_ssl_socket *s, const char *root, const char *request)
{
    static const char good[] = "HTTP/1.0 200 OK\r\n\r\n", bad[] = "HTTP/1.0 404 Not Found\r\n\r\n";
    char path[512], name[256] = "", block[16384];
    FILE *file = NULL;
    if (sscanf(request, "GET %255s HTTP/1.", name) == 1 && strstr(name, "..") == NULL) {
        snprintf(path, sizeof path, "%s%s", root, strcmp(name, "/") == 0 ? "/README.md" : name);
        file = fopen(path, "rb");
    }
    if (file == NULL) {
        pyf_ssl_sendall(s, bad, sizeof bad - 1);
        return;
    }
    pyf_ssl_sendall(s, good, sizeof good - 1);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        if (pyf_ssl_sendall(s, block, n) != PYF_OK) break;
    fclose(file);
}

static pyf_status serve(void *arg)
{
    struct connection *c = arg;
    char request[2048];
    pyf_ssl_socket *s = pyf_ssl_wrap_socket(c->ctx, c->fd, .timeout_ms = 5000);
    if (s == NULL) close(c->fd);
    if (read_request(s, request, sizeof request)) answer(s, c->root, request);
    pyf_ssl_close(s);
    return PYF_OK;
}

/* Take connections until the standard input ends. */
static void accept_all(int listener, pyf_executor *pool, pyf_ssl_context *ctx, const char *root)
{
    static struct connection connections[CONNECTIONS];
    struct pollfd fds[2] = { { listener, POLLIN, 0 }, { 0, POLLIN, 0 } };
    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        struct connection *c = NULL;
        int fd = accept(listener, NULL, NULL);
        for (int i = 0; i < CONNECTIONS && c == NULL; i++)
            if (connections[i].ctx == NULL || pyf_future_done(&connections[i].task))
                c = &connections[i];
        if (fd < 0) continue;
        if (c != NULL) {
            c->ctx = ctx;
            c->root = root;
            c->fd = fd;
            if (pyf_executor_submit(pool, &c->task, serve, c) == PYF_OK) continue;
        }
        close(fd);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof address;
    pyf_ssl_error error = { 0 };
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pyf_ssl_context *ctx =
        pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH, .error = &error);
    pyf_executor *pool = pyf_thread_pool_executor(.max_workers = 5, .workers_only = true);
    if (argc != 3 || pool == NULL || listener < 0) return 2;
    signal(SIGPIPE, SIG_IGN); /* the standard output may be closed */
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK); /* and port 0: any that is free */
    if (pyf_ssl_context_load_cert_chain(ctx, .certfile = argv[1]) != PYF_OK) {
        pyf_ssl_context_error(ctx, &error);
        fprintf(stderr, "https_server: %s\n", error.text);
        return EXIT_FAILURE;
    }
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return EXIT_FAILURE;
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    accept_all(listener, pool, ctx, argv[2]);
    (void)pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT);
    pyf_ssl_context_free(ctx);
    close(listener);
    return EXIT_SUCCESS;
}
