/* Tests of pyfeat_ssl.h, against servers and clients of Python's ssl (ssl_peers.py) and against
 * itself. Without Python or the openssl command what needs certificates is skipped.
 *
 *     SSL_FOLDER=build/certs ssl_test            where ssl_certs.py puts its certificates
 *     SSL_EVERY=1 ssl_test -k fault              every allocation and every call of the transport
 *
 * With SSL_WRAP, calloc and malloc go through the two __wrap_ functions below. */
#define PYFEAT_SSL_ALLOW_INSECURE 1
#define PYFEAT_SSL_IMPLEMENTATION
#define PYFEAT_FUTURES_IMPLEMENTATION
#include "../pyfeat_ssl.h"
#include "check.h"

#define HOST "good.example.com"

enum mode { BLOCKING, BYTES, MEMORY, MODES };
static const char *const mode_names[] = { "blocking", "by bytes", "memory" };
static const char *folder;
static pid_t peers;

/* ---- rows: what ssl_peers.py serves ---- */

static struct row {
    char kind[8], label[32], host[32], reason[64], ca[32], client[16], name[64];
    int port;
} rows[256];
static size_t row_count;

static const char *const reasons[] = {
    "NONE", "ARGUMENT", "MEMORY", "SYSTEM", "TIMEOUT", "TRUNCATED", "UNKNOWN_CA", "SELF_SIGNED",
    "EXPIRED", "NOT_YET_VALID", "TIME_UNKNOWN", "REVOKED", "CRL", "HOSTNAME", "NO_NAMES",
    "BAD_NAME", "WEAK_KEY", "WEAK_SIGNATURE", "KEY_USAGE", "CA_AS_LEAF", "CERTIFICATE_VERSION",
    "NAME_CONSTRAINTS", "STRICT", "PIN", "BAD_CERTIFICATE", "CERTIFICATE_TYPE", "NO_CERTIFICATE",
    "PROTOCOL_VERSION", "NO_SHARED_CIPHER", "ALERT", "TOO_LONG", "KEY", "ENTROPY", "PROTOCOL"
};

/* Whether reason is one of those in "A|B|C". */
static bool expected(const char *list, pyf_ssl_reason reason)
{
    const char *name = reasons[reason], *at = list;
    size_t n = strlen(name);
    for (; at != NULL; at = strchr(at, '|')) {
        if (*at == '|') at++;
        if (strncmp(at, name, n) == 0 && (at[n] == '|' || at[n] == '\0')) return true;
    }
    return false;
}

static void read_rows(void)
{
    char path[512];
    FILE *file;
    snprintf(path, sizeof path, "%s/rows", folder);
    file = fopen(path, "r");
    if (file == NULL) return;
    while (row_count < sizeof rows / sizeof rows[0]) {
        struct row *r = &rows[row_count];
        if (fscanf(file, "%7s %31s %d %31s %63s %31s %15s", r->kind, r->label, &r->port, r->host,
                   r->reason, r->ca, r->client) != 7)
            break;
        snprintf(r->name, sizeof r->name, "%.7s/%.26s/%.22s", r->kind, r->label,
                 strcmp(r->client, "-") != 0 ? r->client : r->host);
        row_count++;
    }
    fclose(file);
}

static const struct row *row_named(const char *kind, const char *label)
{
    for (size_t i = 0; i < row_count; i++)
        if (strcmp(rows[i].kind, kind) == 0 && strcmp(rows[i].label, label) == 0) return &rows[i];
    return NULL;
}

/* ---- contexts ---- */

static const char *path_of(const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static int64_t no_clock(void *arg) { (void)arg; return -1; }
static int64_t late_clock(void *arg) { (void)arg; return INT64_C(4102444800); }

static pyf_ssl_context *client_context(const char *ca)
{
    pyf_ssl_error error = { 0 };
    pyf_ssl_context *ctx = pyf_ssl_create_default_context(.cafile = path_of(ca), .error = &error);
    if (ctx == NULL) printf("%s: %s\n", ca, error.text);
    CHECK(ctx != NULL);
    return ctx;
}

static pyf_ssl_context *server_context(const char *cert, const char *ca)
{
    const char *path = path_of(cert);
    pyf_ssl_context *ctx =
        ca == NULL ? pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH)
                   : pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH,
                                                    .cafile = path_of(ca));
    CHECK(ctx != NULL);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = path), PYF_OK);
    return ctx;
}

/* The SHA-256 of the public key in a PEM file. */
static void public_key_of(const char *name, unsigned char out[32])
{
    static char text[2048];
    pyf_ssl_certificate cert = { 0 };
    mbedtls_x509_crt crt;
    mbedtls_x509_crt_init(&crt);
    CHECK(mbedtls_x509_crt_parse_file(&crt, path_of(name)) >= 0);
    CHECK_EQ(pyf_ssl_certificate_parse(&cert, crt.raw.p, crt.raw.len, text, sizeof text), PYF_OK);
    memcpy(out, cert.public_key, 32);
    mbedtls_x509_crt_free(&crt);
}

static void set_up(pyf_ssl_context *ctx, const char *what)
{
    unsigned char pin[32] = { 1, 2, 3 };
    pyf_status st = PYF_OK;
    unsigned flags = 0;
    if (strcmp(what, "crl") == 0 || strcmp(what, "crl-leaf") == 0) {
        flags = PYF_SSL_VERIFY_CRL_CHECK_LEAF;
        st = pyf_ssl_context_load_crls(ctx, path_of("crl.pem"), NULL, 0);
    } else if (strcmp(what, "old-crl") == 0 || strcmp(what, "fake-crl") == 0) {
        char name[32];
        snprintf(name, sizeof name, "%s.pem", what);
        st = pyf_ssl_context_load_crls(ctx, path_of(name), NULL, 0);
    } else if (strcmp(what, "crl-chain-none") == 0) {
        flags = PYF_SSL_VERIFY_CRL_CHECK_CHAIN;
    } else if (strcmp(what, "strict") == 0) {
        flags = PYF_SSL_VERIFY_X509_STRICT;
    } else if (strcmp(what, "pin") == 0 || strcmp(what, "wrong-pin") == 0) {
        CHECK_EQ(pyf_ssl_context_pin_public_key(ctx, pin), PYF_OK);
        if (what[0] == 'p') public_key_of("ecdsa.pem", pin);
        st = pyf_ssl_context_pin_public_key(ctx, pin);
    }
    CHECK_EQ(st, PYF_OK);
    CHECK_EQ(pyf_ssl_context_set_verify_flags(ctx, flags), PYF_OK);
}

static pyf_ssl_context *row_context(const struct row *r)
{
    pyf_ssl_context *ctx;
    const char *ca = path_of(r->ca);
    size_t n = strlen(ca);
    if (strcmp(r->client, "no-clock") == 0)
        ctx = pyf_ssl_create_default_context(.cafile = ca, .clock = no_clock);
    else if (strcmp(r->client, "late-clock") == 0)
        ctx = pyf_ssl_create_default_context(.cafile = ca, .clock = late_clock);
    else if (ca[n - 1] == '/') ctx = pyf_ssl_create_default_context(.capath = ca);
    else ctx = client_context(r->ca);
    CHECK(ctx != NULL);
    set_up(ctx, r->client);
    return ctx;
}

/* ---- a connection in each of three modes ---- */

struct link {
    pyf_ssl_socket *s;
    enum mode mode;
    int fd;
    pyf_memory_bio in, out;
    unsigned char in_buffer[700], out_buffer[500]; /* smaller than a record */
    pyf_ssl_error error;
};

static int send_byte(void *arg, const unsigned char *data, size_t size)
{
    const struct link *l = arg;
    ssize_t n = send(l->fd, data, size > 0 ? 1 : 0, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return (int)n;
    return errno == EAGAIN ? PYF_SSL_WANT_WRITE : PYF_OS_ERROR;
}

static int recv_byte(void *arg, unsigned char *buffer, size_t size)
{
    const struct link *l = arg;
    ssize_t n = recv(l->fd, buffer, size > 0 ? 1 : 0, MSG_DONTWAIT);
    if (n >= 0) return (int)n;
    return errno == EAGAIN ? PYF_SSL_WANT_READ : PYF_OS_ERROR;
}

static void ready(int fd, short events)
{
    struct pollfd p = { fd, events, 0 };
    (void)poll(&p, 1, 50);
}

/* Carry bytes until the connection can go on. */
static void carry(struct link *l, pyf_status want)
{
    unsigned char block[256];
    size_t n;
    ssize_t got;
    if (l->mode != MEMORY) {
        ready(l->fd, want == PYF_SSL_WANT_READ ? POLLIN : POLLOUT);
        return;
    }
    while ((n = pyf_memory_bio_read(&l->out, block, sizeof block)) > 0)
        (void)send(l->fd, block, n, MSG_NOSIGNAL);
    n = sizeof l->in_buffer - pyf_memory_bio_pending(&l->in);
    if (want != PYF_SSL_WANT_READ || n == 0 || pyf_memory_bio_pending(&l->in) > 0) return;
    ready(l->fd, POLLIN);
    got = recv(l->fd, block, n < sizeof block ? n : sizeof block, MSG_DONTWAIT);
    if (got > 0) CHECK_EQ(pyf_memory_bio_write(&l->in, block, (size_t)got), got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR)) pyf_memory_bio_write_eof(&l->in);
}

#define AGAIN(l, result, call) \
    while (((result) = (call)) == PYF_SSL_WANT_READ || (result) == PYF_SSL_WANT_WRITE) \
    carry((l), (result))

static int dial(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    close(fd);
    return -1;
}

static void open_link(struct link *l, pyf_ssl_context *ctx, const char *host, enum mode mode,
                      pyf_ssl_session *session)
{
    pyf_ssl_io io = { send_byte, recv_byte, NULL, NULL, l };
    l->mode = mode;
    memset(&l->error, 0, sizeof l->error);
    pyf_memory_bio_init(&l->in, l->in_buffer, sizeof l->in_buffer);
    pyf_memory_bio_init(&l->out, l->out_buffer, sizeof l->out_buffer);
    if (mode == BLOCKING)
        l->s = pyf_ssl_wrap_socket(ctx, l->fd, .server_hostname = host, .error = &l->error,
                                   .session = session, .keep_open = true);
    if (mode == BYTES)
        l->s = pyf_ssl_wrap_io(ctx, &io, .server_hostname = host, .session = session);
    if (mode == MEMORY)
        l->s = pyf_ssl_wrap_bio(ctx, &l->in, &l->out, .server_hostname = host, .session = session);
    CHECK(l->s != NULL);
}

static void close_link(struct link *l)
{
    pyf_ssl_close(l->s);
    if (l->mode == MEMORY) carry(l, PYF_SSL_WANT_WRITE);
    close(l->fd);
}

/* A line there and back, and goodbye: what the first call that failed returned. */
static pyf_status exchange(struct link *l, char *out, size_t size)
{
    int n, used = 0;
    pyf_status st;
    AGAIN(l, st, pyf_ssl_do_handshake(l->s));
    if (st != PYF_OK) return st;
    AGAIN(l, st, pyf_ssl_sendall(l->s, "hello\n", 6));
    if (st != PYF_OK) return st;
    for (;;) {
        AGAIN(l, n, pyf_ssl_recv(l->s, out + used, size - 1 - (size_t)used));
        if (n <= 0) break;
        used += n;
    }
    out[used] = '\0';
    return n;
}

static const struct row *this_row(void)
{
    for (size_t i = 0; i < row_count; i++)
        if (rows[i].name == check_name) return &rows[i];
    abort();
}

static void good_server(void)
{
    const struct row *r = this_row();
    pyf_ssl_context *ctx = row_context(r);
    for (int mode = 0; mode < MODES; mode++) {
        struct link l = { .fd = dial(r->port) };
        char text[64] = "";
        open_link(&l, ctx, r->host, (enum mode)mode, NULL);
        CHECK_EQ(exchange(&l, text, sizeof text), 0);
        if (strcmp(text, "hello\n") != 0)
            printf("%s: %s\n", mode_names[mode], pyf_ssl_error_text(l.s));
        CHECK(strcmp(text, "hello\n") == 0);
        CHECK_EQ(pyf_ssl_error_reason(l.s), PYF_SSL_REASON_NONE);
        close_link(&l);
    }
    pyf_ssl_context_free(ctx);
}

/* No handshake with it succeeds, for the right reason, and no call after that does anything. */
static void bad_server(void)
{
    const struct row *r = this_row();
    pyf_ssl_context *ctx = row_context(r);
    for (int mode = 0; mode < MODES; mode++) {
        struct link l = { .fd = dial(r->port) };
        char byte;
        pyf_status st;
        open_link(&l, ctx, r->host, (enum mode)mode, NULL);
        AGAIN(&l, st, pyf_ssl_do_handshake(l.s));
        CHECK(st < 0);
        if (!expected(r->reason, pyf_ssl_error_reason(l.s))) {
            printf("%s: %s: %s\n", mode_names[mode], reasons[pyf_ssl_error_reason(l.s)],
                   pyf_ssl_error_text(l.s));
            CHECK(!"the reason expected");
        }
        if (pyf_ssl_error_reason(l.s) != PYF_SSL_REASON_NO_SHARED_CIPHER) { /* the server's word */
            CHECK_EQ(st, PYF_SSL_CERT_VERIFICATION_ERROR);
            CHECK(strncmp(pyf_ssl_error_text(l.s), "certificate verify failed: ", 27) == 0);
        }
        if (getenv("SSL_TEXTS") && mode == 0) printf("%s\n", pyf_ssl_error_text(l.s));
        CHECK_EQ(pyf_ssl_sendall(l.s, "secret", 6), st);
        CHECK_EQ(pyf_ssl_recv(l.s, &byte, 1), st);
        CHECK_EQ(pyf_ssl_do_handshake(l.s), st);
        CHECK(pyf_ssl_version(l.s) == NULL && pyf_ssl_cipher(l.s).name[0] == '\0');
        close_link(&l);
    }
    pyf_ssl_context_free(ctx);
}

/* Servers that misbehave; each call has an end. */
static void odd_server(void)
{
    const struct row *r = this_row();
    pyf_ssl_context *ctx = row_context(r);
    bool after = strcmp(r->label, "truncated") == 0 || strcmp(r->label, "silent-after") == 0;
    for (int mode = 0; mode < MODES; mode++) {
        struct link l = { .fd = dial(r->port) };
        char text[64] = "";
        pyf_status st;
        if (strcmp(r->label, "closed-port") == 0) {
            pyf_ssl_error error = { 0 };
            CHECK(pyf_ssl_connect(ctx, "127.0.0.1", (uint16_t)r->port, 2000, .error = &error) ==
                  NULL);
            CHECK_EQ(error.status, PYF_OS_ERROR);
            CHECK(strstr(error.text, "refused") != NULL);
            continue;
        }
        open_link(&l, ctx, r->host, (enum mode)mode, NULL);
        if (strstr(r->reason, "TIMEOUT") != NULL)
            CHECK_EQ(pyf_ssl_set_deadline(l.s, 300 * (int64_t)check_slowness()), PYF_OK);
        st = exchange(&l, text, sizeof text);
        CHECK(st < 0);
        if (!expected(r->reason, pyf_ssl_error_reason(l.s))) {
            printf("%s: %s: %s\n", mode_names[mode], reasons[pyf_ssl_error_reason(l.s)],
                   pyf_ssl_error_text(l.s));
            CHECK(!"the reason expected");
        }
        if (getenv("SSL_TEXTS") && mode == 0) printf("%s: %s\n", r->label, pyf_ssl_error_text(l.s));
        CHECK(after == (pyf_ssl_version(l.s) != NULL));
        if (strcmp(r->label, "truncated") == 0) CHECK(strcmp(text, "half of it") == 0);
        close_link(&l);
    }
    pyf_ssl_context_free(ctx);
}
