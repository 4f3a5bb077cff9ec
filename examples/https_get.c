/* https_get HOST PORT: prints what the server says; SSL_CERT_FILE may name the CAs to trust. */
#define PYFEAT_SSL_IMPLEMENTATION
#include "../pyfeat_ssl.h"
#include <stdio.h>
int main(int argc, char **a)
{
    pyf_ssl_error e = { 0 };
    pyf_ssl_context *ctx = pyf_ssl_create_default_context(.error = &e);
    pyf_ssl_socket *s = pyf_ssl_connect(ctx, a[1], (uint16_t)atoi(a[argc - 1]), 5000, .error = &e);
    int n = pyf_ssl_sendall(s, "GET / HTTP/1.0\r\n\r\n", 18);
    for (char b[4096]; (n = pyf_ssl_recv(s, b, sizeof b)) > 0;) fwrite(b, 1, (size_t)n, stdout);
    return pyf_ssl_close(s), pyf_ssl_context_free(ctx), n < 0 && fprintf(stderr, "%s\n", e.text);
}
