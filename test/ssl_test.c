/* Tests of pyfeat_ssl.h, against servers and clients of Python's ssl (ssl_peers.py) and against
 * itself. Without Python and the openssl command only a few that need no certificates are run.
 *
 *     SSL_FOLDER=build/certs ssl_test            where ssl_certs.py puts its certificates
 *     SSL_EVERY=1 ssl_test -k fault              every allocation and every call of the transport,
 *                                                SSL_EVERY=5 every fifth
 *
 * With SSL_WRAP, calloc, malloc, free and getaddrinfo go through the __wrap_ functions below. */
#define PYFEAT_SSL_ALLOW_INSECURE 1
#define PYFEAT_SSL_IMPLEMENTATION
#define PYFEAT_FUTURES_IMPLEMENTATION
#include "../pyfeat_ssl.h"
#include "check.h"
#ifdef CHECK_COVERAGE
extern void __gcov_dump(void);
#endif

#define HOST "good.example.com"
#define LONG (INT64_C(30000) * (int64_t)check_slowness()) /* only a fault can reach it */

enum mode { BLOCKING, BYTES, MEMORY, MODES };
static const char *const mode_names[] = { "blocking", "by bytes", "memory" };
static const char *folder;
static pid_t peers;

static long countdown = -1; /* allocations to go until one fails, in this process */

static void check_context_error(pyf_ssl_context *ctx, const char *words)
{
    pyf_ssl_error error;
    pyf_ssl_context_error(ctx, &error);
    if (strstr(error.text, words) == NULL) printf("not '%s' but: %s\n", words, error.text);
    CHECK(strstr(error.text, words) != NULL);
}

/* ---- the caller's allocator ---- */

static size_t lent;
static int lend_until = -1; /* how many blocks there are; -1: enough */
static int lend_not = -1;   /* how many there are until one is refused, and only that */
static bool refused;

static void *lend(void *arg, size_t size)
{
    void *block = NULL;
    CHECK(arg == &lent);
    if (lend_until != 0 && lend_not != 0) block = malloc(size);
    if (lend_not >= 0) lend_not--;
    if (lend_until > 0) lend_until--;
    refused = refused || block == NULL;
    if (block == NULL) return NULL;
    (void)__atomic_fetch_add(&lent, size, __ATOMIC_RELAXED);
    return memset(block, 0xa5, size); /* nobody may count on zeros */
}

static void take_back(void *arg, void *block, size_t size)
{
    CHECK(arg == &lent && lent >= size);
    free(block);
    (void)__atomic_fetch_sub(&lent, size, __ATOMIC_RELEASE);
}

static const pyf_allocator lender = { lend, take_back, &lent };

/* ---- rows: what ssl_peers.py serves ---- */

static struct row {
    char kind[8], label[32], host[32], reason[64], ca[32], client[16], name[96];
    int port;
} rows[400];
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
        strcat(strcat(strcpy(r->name, r->kind), "/"), r->label);
        strcat(strcat(r->name, "/"), strcmp(r->client, "-") != 0 ? r->client : r->host);
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
static int64_t in_ten_days(void *arg) { (void)arg; return (int64_t)time(NULL) + 10 * 86400; }
static int64_t yesterday(void *arg) { (void)arg; return (int64_t)time(NULL) - 18 * 3600; }
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

/* The first certificate of a PEM file, until the next call. */
static pyf_ssl_certificate certificate_of(const char *name)
{
    static unsigned char der[2048];
    static char text[2048];
    pyf_ssl_certificate cert = { 0 };
    mbedtls_x509_crt crt;
#if PYFI_SSL_PSA
    CHECK(psa_crypto_init() == PSA_SUCCESS);
#endif
    mbedtls_x509_crt_init(&crt);
    CHECK(mbedtls_x509_crt_parse_file(&crt, path_of(name)) >= 0);
    CHECK(crt.raw.len <= sizeof der);
    memcpy(der, crt.raw.p, crt.raw.len);
    CHECK_EQ(pyf_ssl_certificate_parse(&cert, der, crt.raw.len, text, sizeof text), PYF_OK);
    mbedtls_x509_crt_free(&crt);
    return cert;
}

/* The SHA-256 of the public key in a PEM file. */
static void public_key_of(const char *name, unsigned char out[32])
{
    memcpy(out, certificate_of(name).public_key, 32);
}

static void set_up(pyf_ssl_context *ctx, const char *what)
{
    unsigned char pin[32] = { 1, 2, 3 };
    pyf_status st = PYF_OK;
    unsigned flags = 0;
    if (strcmp(what, "crl") == 0 || strcmp(what, "crl-leaf") == 0) {
        flags = PYF_SSL_VERIFY_CRL_CHECK_LEAF;
        st = pyf_ssl_context_load_crls(ctx, path_of("crl.pem"), NULL, 0);
    } else if (strlen(what) > 4 && strcmp(what + strlen(what) - 4, "-crl") == 0) {
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
    } else if (strcmp(what, "client") == 0) {
        st = pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of("client.pem"));
    } else if (strcmp(what, "alpn") == 0) {
        st = pyf_ssl_context_set_alpn_protocols(ctx, "http/1.1");
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
    else if (strcmp(r->client, "short-crl") == 0 || strcmp(r->client, "later-crl") == 0)
        ctx = pyf_ssl_create_default_context(.cafile = ca, .clock = in_ten_days);
    else if (strcmp(r->client, "new-crl") == 0)
        ctx = pyf_ssl_create_default_context(.cafile = ca, .clock = yesterday);
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
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
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

/* openssl s_server -rev: a line there and from its end to its beginning back, and goodbye to each
 * other; where there are sessions, the second time with one. */
static void openssl_server(void)
{
    const struct row *r = this_row();
    pyf_ssl_context *ctx = row_context(r);
    pyf_ssl_session *session = NULL;
    for (int mode = 0; mode < MODES; mode++) {
        struct link l = { .fd = dial(r->port) };
        char text[8] = "";
        pyf_status st;
        int n = 0, used = 0;
        open_link(&l, ctx, r->host, (enum mode)mode, session);
        AGAIN(&l, st, pyf_ssl_sendall(l.s, "hello\n", 6));
        CHECK_EQ(st, PYF_OK);
        while (st == PYF_OK && used < 6) {
            AGAIN(&l, n, pyf_ssl_recv(l.s, text + used, sizeof text - 1 - (size_t)used));
            if (n <= 0) break;
            used += n;
        }
        CHECK(strcmp(text, "olleh\n") == 0);
        if (n <= 0) printf("%s: %s\n", mode_names[mode], pyf_ssl_error_text(l.s));
        CHECK_EQ(pyf_ssl_session_reused(l.s), session != NULL);
        if (strcmp(r->client, "alpn") == 0)
            CHECK(strcmp(pyf_ssl_selected_alpn_protocol(l.s), "http/1.1") == 0);
        pyf_ssl_session_free(session);
        session = pyf_ssl_get_session(l.s);
        AGAIN(&l, st, pyf_ssl_unwrap(l.s));
        CHECK_EQ(st, PYF_OK);
        close_link(&l);
    }
    pyf_ssl_session_free(session);
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
        pyf_status st = PYF_OK;
        open_link(&l, ctx, r->host, (enum mode)mode, NULL);
        CHECK_EQ(pyf_ssl_set_deadline(l.s, LONG), PYF_OK);
        if (mode == BLOCKING) AGAIN(&l, st, pyf_ssl_do_handshake(l.s));
        if (mode == BYTES) AGAIN(&l, st, pyf_ssl_sendall(l.s, "secret", 6));
        if (mode == MEMORY) AGAIN(&l, st, pyf_ssl_recv(l.s, &byte, 1));
        CHECK(st < 0);
        if (st >= 0) { /* accepted: the calls below would wait */
            close_link(&l);
            break;
        }
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
        if (mode == MEMORY) carry(&l, PYF_SSL_WANT_WRITE); /* the alert */
        CHECK_EQ(pyf_ssl_sendall(l.s, "secret", 6), st);
        CHECK_EQ(pyf_ssl_send(l.s, "secret", 6), st);
        CHECK_EQ(pyf_ssl_recv(l.s, &byte, 1), st);
        CHECK_EQ(pyf_ssl_do_handshake(l.s), st);
        CHECK_EQ(pyf_ssl_unwrap(l.s), st);
        CHECK(pyf_ssl_get_session(l.s) == NULL && pyf_ssl_pending(l.s) == 0);
        CHECK_EQ(pyf_memory_bio_pending(&l.out), 0); /* not a byte */
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
    bool after = strcmp(r->label, "truncated") == 0 || strcmp(r->label, "silent-after") == 0 ||
                 strcmp(r->label, "s_server-renegotiates") == 0;
    for (int mode = 0; mode < MODES; mode++) {
        struct link l = { .fd = dial(r->port) };
        char text[64] = "";
        pyf_status st;
        if (strcmp(r->label, "closed-port") == 0) {
            pyf_ssl_error error = { 0 };
            CHECK(pyf_ssl_connect(ctx, "127.0.0.1", (uint16_t)r->port, LONG, .error = &error) ==
                  NULL);
            CHECK_EQ(error.status, PYF_OS_ERROR);
            CHECK(strstr(error.text, "refused") != NULL);
            continue;
        }
        open_link(&l, ctx, r->host, (enum mode)mode, NULL);
        if (after) {
            AGAIN(&l, st, pyf_ssl_do_handshake(l.s));
            CHECK_EQ(st, PYF_OK);
        }
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

/* ---- our client and our server in one thread, memory between them ---- */

struct pair {
    pyf_ssl_context *client_ctx, *server_ctx;
    pyf_ssl_socket *client, *server;
    pyf_memory_bio up, down;
    unsigned char up_buffer[3000], down_buffer[3000];
};

static void open_pair(struct pair *p, const char *host, pyf_ssl_session *session)
{
    pyf_memory_bio_init(&p->up, p->up_buffer, sizeof p->up_buffer);
    pyf_memory_bio_init(&p->down, p->down_buffer, sizeof p->down_buffer);
    p->client = pyf_ssl_wrap_bio(p->client_ctx, &p->down, &p->up, .server_hostname = host,
                                 .session = session);
    p->server = pyf_ssl_wrap_bio_with(p->server_ctx, &p->up, &p->down, NULL);
}

static bool wants(pyf_status st) { return st == PYF_SSL_WANT_READ || st == PYF_SSL_WANT_WRITE; }

/* Both handshakes, until one of them is over and the other cannot go on. */
static pyf_status shake(struct pair *p, pyf_status *server)
{
    pyf_status a = PYF_SSL_WANT_READ, b = PYF_SSL_WANT_READ;
    for (int round = 0; round < 2000 && (wants(a) || wants(b)); round++) {
        if (wants(a)) a = pyf_ssl_do_handshake(p->client);
        if (a < 0 && !wants(a)) pyf_memory_bio_write_eof(&p->up);
        if (wants(b)) b = pyf_ssl_do_handshake(p->server);
        if (b < 0 && !wants(b)) pyf_memory_bio_write_eof(&p->down);
    }
    if (server != NULL) *server = b;
    return a;
}

static void close_pair(struct pair *p)
{
    pyf_ssl_close(p->client);
    pyf_ssl_close(p->server);
}

static void free_pair(struct pair *p)
{
    pyf_ssl_context_free(p->client_ctx);
    pyf_ssl_context_free(p->server_ctx);
}

/* Both handshakes, and a byte to the client, as TLS 1.3 tells it of a refusal only then: what the
 * server says, if the client is content. */
static pyf_status meet(struct pair *p, const char *host, pyf_ssl_session *session)
{
    pyf_status server, client;
    char byte;
    open_pair(p, host, session);
    client = shake(p, &server);
    if (client != PYF_OK || server != PYF_OK) return server < 0 ? server : client;
    CHECK_EQ(pyf_ssl_send(p->server, "x", 1), 1);
    CHECK_EQ(pyf_ssl_recv(p->client, &byte, 1), 1);
    return PYF_OK;
}

/* One line from client to server. */
static void say(struct pair *p, const char *line)
{
    char text[64] = "";
    int n;
    CHECK_EQ(pyf_ssl_sendall(p->client, line, strlen(line)), PYF_OK);
    n = pyf_ssl_recv(p->server, text, sizeof text - 1);
    CHECK_EQ(n, (int)strlen(line));
    CHECK(strcmp(text, line) == 0);
}

static void converse(void)
{
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("ecdsa.pem", NULL) };
    char byte;
    open_pair(&p, HOST, NULL);
    CHECK_EQ(pyf_ssl_recv(p.client, &byte, 1), PYF_SSL_WANT_READ);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    CHECK(pyf_ssl_error_text(p.client)[0] == '\0');
    say(&p, "from the client");
    CHECK_EQ(pyf_ssl_send(p.server, "xyz", 3), 3);
    CHECK_EQ(pyf_ssl_recv(p.client, &byte, 1), 1);
    CHECK_EQ(byte, 'x');
    CHECK_EQ(pyf_ssl_pending(p.client), 2);
    CHECK_EQ(pyf_ssl_recv(p.client, &byte, 0), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_recv(p.client, &byte, 1), 1);
    CHECK_EQ(pyf_ssl_recv(p.client, &byte, 1), 1);
    CHECK_EQ(pyf_ssl_recv(p.client, &byte, 1), PYF_SSL_WANT_READ);
    CHECK_EQ(pyf_ssl_send(p.client, &byte, 0), 0);
    CHECK_EQ(pyf_ssl_send(p.client, NULL, 0), 0);
    CHECK_EQ(pyf_ssl_sendall(p.client, NULL, 0), PYF_OK);
    CHECK_EQ(pyf_ssl_send(p.client, NULL, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_sendall(p.client, NULL, 1), PYF_VALUE_ERROR);
    pyf_ssl_context_error(p.client_ctx, NULL);
    /* goodbye from both sides */
    CHECK_EQ(pyf_ssl_unwrap(p.client), PYF_SSL_WANT_READ);
    CHECK_EQ(pyf_ssl_recv(p.server, &byte, 1), 0);
    CHECK_EQ(pyf_ssl_recv(p.server, &byte, 1), 0);
    CHECK_EQ(pyf_ssl_unwrap(p.server), PYF_OK);
    CHECK_EQ(pyf_ssl_unwrap(p.client), PYF_OK);
    CHECK_EQ(pyf_ssl_sendall(p.client, "more", 4), PYF_INVALID_STATE_ERROR);
    close_pair(&p);
    /* goodbye where there is no room for it */
    open_pair(&p, HOST, NULL);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    CHECK_EQ(pyf_ssl_recv(p.client, NULL, 1), PYF_VALUE_ERROR);
    {
        unsigned char parts[100], small[10];
        size_t used = 0;
        pyf_status st = PYF_SSL_WANT_WRITE;
        pyf_memory_bio_init(&p.up, small, sizeof small);
        for (int i = 0; i < 10 && st == PYF_SSL_WANT_WRITE; i++) {
            st = pyf_ssl_unwrap(p.client);
            used += pyf_memory_bio_read(&p.up, parts + used, sizeof parts - used);
        }
        CHECK_EQ(st, PYF_SSL_WANT_READ);
        CHECK(used > sizeof small);
        pyf_memory_bio_init(&p.up, p.up_buffer, sizeof p.up_buffer);
        CHECK_EQ(pyf_memory_bio_write(&p.up, parts, used), used);
        CHECK_EQ(pyf_ssl_recv(p.server, &byte, 1), 0);
    }
    close_pair(&p);
    /* data that nobody reads is no clean end */
    open_pair(&p, HOST, NULL);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    CHECK_EQ(pyf_ssl_sendall(p.client, "unread", 6), PYF_OK);
    CHECK_EQ(pyf_ssl_unwrap(p.server), PYF_SSL_ERROR);
    close_pair(&p);
    free_pair(&p);
}

/* Truncation is an error, in each direction, after any number of bytes. */
static void truncation(void)
{
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("ecdsa.pem", NULL) };
    for (int cut = 0; cut < 2; cut++) {
        char text[16];
        open_pair(&p, HOST, NULL);
        CHECK_EQ(shake(&p, NULL), PYF_OK);
        CHECK_EQ(pyf_ssl_sendall(p.server, "whole", 5), PYF_OK);
        if (cut > 0) { /* a second record, half of it */
            CHECK_EQ(pyf_ssl_sendall(p.server, "second", 6), PYF_OK);
            p.down.pyfi_used -= 5;
        }
        pyf_memory_bio_write_eof(&p.down);
        CHECK_EQ(pyf_ssl_recv(p.client, text, sizeof text), 5);
        CHECK_EQ(pyf_ssl_recv(p.client, text, sizeof text), PYF_SSL_EOF_ERROR);
        CHECK_EQ(pyf_ssl_error_reason(p.client), PYF_SSL_REASON_TRUNCATED);
        CHECK_EQ(pyf_ssl_recv(p.client, text, sizeof text), PYF_SSL_EOF_ERROR);
        CHECK_EQ(pyf_ssl_pending(p.client), 0);
        close_pair(&p);
    }
    /* a record with a bit flipped */
    open_pair(&p, HOST, NULL);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    CHECK_EQ(pyf_ssl_sendall(p.server, "whole", 5), PYF_OK);
    p.down_buffer[(p.down.pyfi_begin + p.down.pyfi_used - 1) % sizeof p.down_buffer] ^= 1;
    CHECK_EQ(pyf_ssl_recv(p.client, p.up_buffer, 1), PYF_SSL_ERROR);
    CHECK_EQ(pyf_ssl_error_reason(p.client), PYF_SSL_REASON_PROTOCOL);
    close_pair(&p);
    free_pair(&p);
}

/* A megabyte through buffers that hold a fraction of a record. */
static void bulk(void)
{
    enum { SIZE = 1 << 20 };
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("rsa.pem", NULL) };
    unsigned char *sent = malloc(SIZE), *got = malloc(SIZE);
    uint64_t rng = check_rng(1);
    size_t have = 0;
    pyf_status st = PYF_SSL_WANT_READ;
    for (size_t i = 0; i < SIZE; i++) sent[i] = (unsigned char)check_random(&rng);
    open_pair(&p, HOST, NULL);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    while (have < SIZE && check_failures == 0) {
        int n;
        if (wants(st)) st = pyf_ssl_sendall(p.client, sent, SIZE);
        CHECK(st == PYF_OK || wants(st));
        n = pyf_ssl_recv(p.server, got + have, SIZE - have);
        CHECK(n > 0 || wants(n));
        if (n > 0) have += (size_t)n;
        if (have < SIZE / 2 && st == PYF_SSL_WANT_WRITE) {
            CHECK_EQ(pyf_ssl_sendall(p.client, sent, 1), PYF_VALUE_ERROR);
            CHECK(pyf_ssl_send(p.client, sent, SIZE) < 0);
            CHECK_EQ(pyf_ssl_unwrap(p.client), PYF_INVALID_STATE_ERROR);
        }
    }
    CHECK_EQ(st, PYF_OK);
    CHECK(memcmp(sent, got, SIZE) == 0);
    CHECK(wants(pyf_ssl_send(p.client, sent, SIZE))); /* closed in the middle of a record */
    close_pair(&p);
    free_pair(&p);
    free(sent);
    free(got);
}

static void application_protocols(void)
{
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("ecdsa.pem", NULL) };
    char name[300];
    memset(name, 'a', sizeof name);
    name[256] = '\0';
    CHECK_EQ(pyf_ssl_context_set_alpn_protocols(p.client_ctx, ""), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_alpn_protocols(p.client_ctx, name), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_alpn_protocols_with(p.client_ctx, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_alpn_protocols(p.client_ctx, "h2", ""), PYF_VALUE_ERROR);
    {
        const char *many[301] = { NULL };
        name[255] = '\0';
        for (int i = 0; i < 255; i++) many[i] = name;
        CHECK_EQ(pyf_ssl_context_set_alpn_protocols_with(p.client_ctx, many), PYF_OK);
        for (int i = 255; i < 300; i++) many[i] = name; /* more than a hello has room for */
        CHECK_EQ(pyf_ssl_context_set_alpn_protocols_with(p.client_ctx, many), PYF_VALUE_ERROR);
    }
    strcpy(name, "http/1.1");
    CHECK_EQ(pyf_ssl_context_set_alpn_protocols(p.client_ctx, "x"), PYF_OK);
    CHECK_EQ(pyf_ssl_context_set_alpn_protocols(p.client_ctx, "h2", name), PYF_OK);
    CHECK_EQ(pyf_ssl_context_set_alpn_protocols(p.server_ctx, name, "h3"), PYF_OK);
    memset(name, 'z', sizeof name); /* it is copied */
    open_pair(&p, HOST, NULL);
    CHECK(pyf_ssl_selected_alpn_protocol(p.client) == NULL);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    CHECK(strcmp(pyf_ssl_selected_alpn_protocol(p.client), "http/1.1") == 0);
    CHECK(strcmp(pyf_ssl_selected_alpn_protocol(p.server), "http/1.1") == 0);
    close_pair(&p);
    pyf_ssl_context_free(p.client_ctx);
    p.client_ctx = client_context("ca.pem");
    CHECK_EQ(pyf_ssl_context_set_alpn_protocols(p.client_ctx, "smtp"), PYF_OK);
    open_pair(&p, HOST, NULL);
    CHECK(shake(&p, NULL) < 0);
    close_pair(&p);
    free_pair(&p);
}

static void client_certificates(void)
{
    static const struct {
        const char *cert;
        enum pyf_ssl_verify_mode mode;
        bool good;
        pyf_ssl_reason reason;
    } cases[] = {
        { "client.pem", PYF_SSL_CERT_REQUIRED, true, PYF_SSL_REASON_NONE },
        { NULL, PYF_SSL_CERT_REQUIRED, false, PYF_SSL_REASON_NO_CERTIFICATE },
        { "stranger.pem", PYF_SSL_CERT_REQUIRED, false, PYF_SSL_REASON_UNKNOWN_CA },
        { "for-code.pem", PYF_SSL_CERT_REQUIRED, false, PYF_SSL_REASON_KEY_USAGE },
        { "expired.pem", PYF_SSL_CERT_REQUIRED, false, PYF_SSL_REASON_EXPIRED },
        { "ber-client.pem", PYF_SSL_CERT_REQUIRED, false, PYF_SSL_REASON_KEY_USAGE },
        { "late-client.pem", PYF_SSL_CERT_REQUIRED, false, PYF_SSL_REASON_EXPIRED },
        { "late-client.pem", PYF_SSL_CERT_OPTIONAL, false, PYF_SSL_REASON_EXPIRED },
        { "client.pem", PYF_SSL_CERT_OPTIONAL, true, PYF_SSL_REASON_NONE },
        { NULL, PYF_SSL_CERT_OPTIONAL, true, PYF_SSL_REASON_NONE },
        { "stranger.pem", PYF_SSL_CERT_OPTIONAL, false, PYF_SSL_REASON_UNKNOWN_CA },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = server_context("ecdsa.pem", "ca.pem") };
        static char text[2048];
        pyf_ssl_certificate cert = { 0 };
        pyf_status st, server;
        char byte;
        if (cases[i].cert != NULL)
            CHECK_EQ(pyf_ssl_context_load_cert_chain(p.client_ctx,
                                                     .certfile = path_of(cases[i].cert)),
                     PYF_OK);
        CHECK_EQ(pyf_ssl_context_set_verify_mode(p.server_ctx, PYF_SSL_CERT_NONE), PYF_VALUE_ERROR);
        CHECK_EQ(pyf_ssl_context_set_verify_mode(p.server_ctx, cases[i].mode), PYF_OK);
        open_pair(&p, HOST, NULL);
        st = shake(&p, &server);
        if (!cases[i].good && st == PYF_OK) st = pyf_ssl_recv(p.client, &byte, 1); /* TLS 1.3 */
        CHECK((server == PYF_OK) == cases[i].good);
        CHECK((st == PYF_OK) == cases[i].good);
        CHECK_EQ(pyf_ssl_error_reason(p.server), cases[i].reason);
        st = pyf_ssl_getpeercert(p.server, &cert, text, sizeof text);
        if (server != PYF_OK) CHECK_EQ(st, PYF_VALUE_ERROR);
        else if (cases[i].cert == NULL) CHECK_EQ(st, PYF_SSL_ERROR);
        else CHECK(st == PYF_OK && strcmp(cert.subject, "CN=client") == 0);
        close_pair(&p);
        free_pair(&p);
    }
}

static unsigned asked;
static pyf_ssl_context *choose(pyf_ssl_socket *s, const char *name, pyf_ssl_context *ctx, void *arg)
{
    CHECK(s != NULL);
    asked++;
    if (strcmp(name, "second.example.com") == 0) return arg;
    return strcmp(name, HOST) == 0 ? ctx : NULL;
}

/* The context arg for the first to ask, and ctx for the others. */
static pyf_ssl_context *choose_once(pyf_ssl_socket *s, const char *name, pyf_ssl_context *ctx,
                                    void *arg)
{
    CHECK(s != NULL && name != NULL);
    return asked++ == 0 ? arg : ctx;
}

/* The hello of p's client with another name of the server's in it, as no client of the tests would
 * send it; the name may have any size. */
static size_t hello_with_name(struct pair *p, size_t n, unsigned char *out)
{
    static const size_t lengths[] = { 3, 7 }; /* of the record; of the message, its lower bytes */
    unsigned char hello[2000];
    size_t size = pyf_memory_bio_read(&p->up, hello, sizeof hello), host = strlen(HOST), at = 0;
    size_t extensions = 9 + 34; /* behind the random number: session, suites, compression */
    while (at + host <= size && memcmp(hello + at, HOST, host) != 0) at++;
    CHECK(at + host <= size);
    extensions += 1u + hello[extensions];
    extensions += 2u + hello[extensions] * 256u + hello[extensions + 1];
    extensions += 1u + hello[extensions];
    memcpy(out, hello, at);
    memset(out + at, 'a', n);
    memcpy(out + at + n, hello + at + host, size - at - host);
    for (int i = 0; i < 6; i++) { /* all lengths: also of extensions, this one, its list, name */
        size_t where = i < 2    ? lengths[i]
                       : i == 2 ? extensions
                       : i == 3 ? at - 7
                       : i == 4 ? at - 5
                                : at - 2;
        size_t value = out[where] * 256u + out[where + 1] + n - host;
        out[where] = (unsigned char)(value >> 8);
        out[where + 1] = (unsigned char)value;
    }
    return size + n - host;
}

/* Names that are none, or too long for one, are not even asked about. */
static void no_names_of_hosts(void)
{
    static const size_t sizes[] = { 0, 1, 64, 255, 256, 300 };
    for (int i = 0; i < 6; i++) {
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = server_context("ecdsa.pem", NULL) };
        unsigned char hello[2400];
        size_t n;
        CHECK_EQ(pyf_ssl_context_set_sni_callback(p.server_ctx, choose_once, p.server_ctx), PYF_OK);
        asked = 0;
        open_pair(&p, HOST, NULL);
        CHECK(wants(pyf_ssl_do_handshake(p.client)));
        n = hello_with_name(&p, sizes[i], hello);
        CHECK_EQ(pyf_memory_bio_write(&p.up, hello, n), n);
        CHECK_EQ(wants(pyf_ssl_do_handshake(p.server)), i == 1);
        CHECK_EQ(asked, i == 1);
        close_pair(&p);
        free_pair(&p);
    }
}

static void hosts_by_name(void)
{
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("ecdsa.pem", NULL) };
    pyf_ssl_context *second = server_context("second.pem", NULL);
    static const char *const hosts[] = { HOST, "second.example.com", "third.example.com" };
    CHECK_EQ(pyf_ssl_context_set_sni_callback(p.client_ctx, choose, second), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_sni_callback(p.server_ctx, choose, second), PYF_OK);
    for (unsigned i = 0; i < 3; i++) {
        open_pair(&p, hosts[i], NULL);
        CHECK((shake(&p, NULL) == PYF_OK) == (i < 2));
        CHECK_EQ(asked, i + 1);
        if (i < 2) say(&p, "hello");
        if (i == 1) pyf_ssl_context_free(second); /* the connection keeps it alive */
        if (i == 1) pyf_ssl_session_free(pyf_ssl_get_session(p.client));
        close_pair(&p);
    }
    free_pair(&p);
}

/* The session of a new connection; where memory can be made to run out, had in spite of that. */
static pyf_ssl_session *session_of(struct pair *p, const char *host)
{
    pyf_ssl_session *session = NULL;
    CHECK_EQ(meet(p, host, NULL), PYF_OK);
    for (long k = 0; session == NULL && k < 50; k++) {
#ifdef SSL_WRAP
        countdown = k;
#endif
        session = pyf_ssl_get_session(p->client);
        countdown = -1;
    }
    CHECK(session != NULL);
    close_pair(p);
    return session;
}

/* Sessions: used, counted out, tied to context and name, checked again. */
static void sessions(void)
{
    enum pyf_ssl_version versions[] = { PYF_SSL_TLSV1_2, PYF_SSL_TLSV1_3 };
    for (unsigned i = 0; i < 1u + pyf_ssl_library().tls13; i++) {
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = server_context("many.pem", NULL) };
        pyf_ssl_context *stranger = client_context("ca.pem");
        pyf_ssl_session *session;
        pyf_ssl_error error = { 0 };
        static char text[2048];
        pyf_ssl_certificate cert;
        char byte;
        if (pyf_ssl_library().tls13)
            CHECK_EQ(pyf_ssl_context_set_minimum_version(p.client_ctx, versions[i]), PYF_OK);
        CHECK_EQ(pyf_ssl_context_set_maximum_version(p.client_ctx, versions[i]), PYF_OK);
        open_pair(&p, HOST, NULL);
        CHECK(pyf_ssl_get_session(p.client) == NULL);
        CHECK_EQ(shake(&p, NULL), PYF_OK);
        CHECK(!pyf_ssl_session_reused(p.client));
        say(&p, "first");
        CHECK_EQ(pyf_ssl_send(p.server, "x", 1), 1);
        CHECK_EQ(pyf_ssl_recv(p.client, &byte, 1), 1);
        session = pyf_ssl_get_session(p.client);
        CHECK(session != NULL);
        CHECK(pyf_ssl_get_session(p.server) == NULL);
        close_pair(&p);
        open_pair(&p, HOST ".", session);
        CHECK_EQ(shake(&p, NULL), PYF_OK);
        CHECK(pyf_ssl_session_reused(p.client));
        say(&p, "second");
        if (i == 0) CHECK_EQ(pyf_ssl_getpeercert(p.client, &cert, text, sizeof text), PYF_OK);
        close_pair(&p);
        CHECK(pyf_ssl_wrap_bio(p.client_ctx, &p.up, &p.down, .server_hostname = "a.example.com",
                               .session = session, .error = &error) == NULL);
        CHECK_EQ(error.status, PYF_VALUE_ERROR);
        CHECK(strstr(error.text, "another server") != NULL);
        CHECK(pyf_ssl_wrap_bio(stranger, &p.up, &p.down, .server_hostname = HOST,
                               .session = session) == NULL);
        pyf_ssl_context_free(stranger);
        CHECK(pyf_ssl_wrap_bio(p.server_ctx, &p.up, &p.down, .session = session) == NULL);
        check_context_error(p.server_ctx, "a server cannot be given a session");
        pyf_ssl_session_free(session);
        session = session_of(&p, "10.0.0.1");
        CHECK(pyf_ssl_wrap_bio(p.client_ctx, &p.up, &p.down, .server_hostname = "10.0.0.2",
                               .session = session) == NULL);
        CHECK(pyf_ssl_wrap_bio(p.client_ctx, &p.up, &p.down, .server_hostname = "::10.0.0.1",
                               .session = session) == NULL);
        pyf_ssl_session_free(session);
        free_pair(&p);
    }
}

static void peer_certificate(void)
{
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("many.pem", NULL) };
    static char text[2048];
    pyf_ssl_certificate c = { 0 };
    unsigned char key[32];
    pyf_ssl_cipher_info cipher;
    open_pair(&p, HOST, NULL);
    CHECK_EQ(pyf_ssl_getpeercert(p.client, &c, text, sizeof text), PYF_VALUE_ERROR);
    CHECK(pyf_ssl_version(p.client) == NULL);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    CHECK_EQ(pyf_ssl_getpeercert(p.client, &c, text, 20), PYF_OVERFLOW_ERROR);
    CHECK(c.subject == NULL);
    CHECK_EQ(pyf_ssl_getpeercert(p.client, &c, text, sizeof text), PYF_OK);
    CHECK(strcmp(c.subject, "CN=leaf") == 0);
    CHECK(strcmp(c.issuer, "O=Pyfeat tests, CN=Test root") == 0);
    CHECK(strcmp(c.subject_alt_name,
                 "DNS:a.example.com, DNS:b.example.com, IP Address:10.0.0.1, DNS:" HOST
                 ", email:me@example.com, DirName:CN=a\\2C b") == 0);
    CHECK_EQ(c.version, 3);
    CHECK(pyf_datetime_le(c.not_before, pyf_datetime_now(pyf_timezone_utc())));
    CHECK(pyf_timedelta_total_seconds(pyf_datetime_diff(c.not_after, c.not_before)) > 9 * 365 * 86400.0);
    CHECK(strspn(c.serial_number, "0123456789ABCDEF") == strlen(c.serial_number));
    public_key_of("many.pem", key);
    CHECK(memcmp(key, c.public_key, 32) == 0);
    CHECK_EQ(pyf_ssl_match_hostname(&c, "10.0.0.1", NULL), PYF_OK);
    CHECK_EQ(pyf_ssl_match_hostname(&c, "10.0.0.2", NULL), PYF_SSL_CERT_VERIFICATION_ERROR);
    cipher = pyf_ssl_cipher(p.client);
    CHECK(strncmp(cipher.name, "TLS_", 4) == 0 && strchr(cipher.name, '-') == NULL);
    CHECK(cipher.secret_bits == 128 || cipher.secret_bits == 256);
    CHECK(strcmp(cipher.protocol, pyf_ssl_version(p.client)) == 0);
    CHECK(strcmp(cipher.protocol, pyf_ssl_library().tls13 ? "TLSv1.3" : "TLSv1.2") == 0);
    close_pair(&p);
    free_pair(&p);
}

/* A certificate that says nothing but dates, and one alternative name if name is not NULL. */
static pyf_status made(unsigned char tag, const char *before, const char *after,
                       unsigned char name_tag, const char *name, pyf_ssl_certificate *cert)
{
    static unsigned char der[120];
    static const unsigned char head[] = { 0x02, 1, 1, 0x30, 0, 0x30, 0 }; /* serial to issuer */
    static const unsigned char tail[] = { 0x30, 0, 0x30, 0 };             /* subject, key */
    static char text[128];
    unsigned char *p = der + 4;
    size_t n = strlen(before), m = strlen(after);
    memcpy(p, head, sizeof head);
    p += sizeof head;
    *p++ = 0x30;
    *p++ = (unsigned char)(n + m + 4);
    *p++ = tag;
    *p++ = (unsigned char)n;
    memcpy(p, before, n);
    p += n;
    *p++ = tag;
    *p++ = (unsigned char)m;
    memcpy(p, after, m);
    p += m;
    memcpy(p, tail, sizeof tail);
    p += sizeof tail;
    if (name != NULL) { /* [3] { { { 2.5.29.17, '{ name }' } } } */
        size_t size = strlen(name);
        const unsigned char san[] = { 0xa3, (unsigned char)(size + 15), 0x30,
                                      (unsigned char)(size + 13), 0x30, (unsigned char)(size + 11),
                                      0x06, 3, 0x55, 0x1d, 17, 0x04, (unsigned char)(size + 4),
                                      0x30, (unsigned char)(size + 2), name_tag,
                                      (unsigned char)size };
        memcpy(p, san, sizeof san);
        memcpy(p + sizeof san, name, size);
        p += sizeof san + size;
    }
    der[0] = der[2] = 0x30;
    der[1] = (unsigned char)(p - der - 2);
    der[3] = (unsigned char)(p - der - 4);
    return pyf_ssl_certificate_parse(cert, der, (size_t)(p - der), text, sizeof text);
}

static void dates(void)
{
    static const struct {
        unsigned char tag;
        const char *text, *expected; /* NULL: refused */
    } all[] = {
        { 0x17, "260228235959Z", "2026-02-28T23:59:59+00:00" },
        { 0x17, "240229000000Z", "2024-02-29T00:00:00+00:00" },
        { 0x17, "000229000000Z", "2000-02-29T00:00:00+00:00" },
        { 0x17, "491231235959Z", "2049-12-31T23:59:59+00:00" },
        { 0x17, "500101000000Z", "1950-01-01T00:00:00+00:00" },
        { 0x17, "691231235959Z", "1969-12-31T23:59:59+00:00" },
        { 0x18, "20500101000000Z", "2050-01-01T00:00:00+00:00" },
        { 0x18, "00010101000000Z", "0001-01-01T00:00:00+00:00" },
        { 0x18, "99991231235959Z", "9999-12-31T23:59:59+00:00" },
        { 0x18, "00000101000000Z", NULL }, /* no year 0 */
        { 0x18, "21000229000000Z", NULL }, /* no leap year */
        { 0x17, "250229000000Z", NULL },
        { 0x17, "260230000000Z", NULL },
        { 0x17, "260431000000Z", NULL },
        { 0x17, "260100000000Z", NULL },
        { 0x17, "260001000000Z", NULL },
        { 0x17, "261301000000Z", NULL },
        { 0x17, "260101240000Z", NULL },
        { 0x17, "260101006000Z", NULL },
        { 0x17, "161231235960Z", NULL }, /* a leap second */
        { 0x17, "2601010000Z", NULL },   /* no seconds */
        { 0x17, "260101000000+", NULL },
        { 0x17, "26010100000 Z", NULL },
        { 0x17, "20260101000000Z", NULL }, /* the other kind's */
        { 0x18, "260101000000Z", NULL },
        { 0x18, "20260101000000.5Z", NULL },
        { 0x18, "xx260101000000Z", NULL },
        { 0x16, "260101000000Z", NULL },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const char *good = all[i].tag == 0x18 ? "20300615120000Z" : "300615120000Z";
        pyf_ssl_certificate c = { 0 };
        char text[PYF_TIME_STR_MAX];
        for (int after = 0; after < 2; after++) {
            pyf_status st = made(all[i].tag, after ? good : all[i].text,
                                 after ? all[i].text : good, 0, NULL, &c);
            if (all[i].expected == NULL) {
                if (st != PYF_VALUE_ERROR) printf("%s is taken\n", all[i].text);
                CHECK_EQ(st, PYF_VALUE_ERROR);
                continue;
            }
            CHECK_EQ(st, PYF_OK);
            CHECK_EQ(pyf_datetime_isoformat(after ? c.not_after : c.not_before, text, sizeof text),
                     PYF_OK);
            CHECK(strcmp(text, all[i].expected) == 0);
            CHECK_EQ(pyf_datetime_isoformat(after ? c.not_before : c.not_after, text, sizeof text),
                     PYF_OK);
            CHECK(strcmp(text, "2030-06-15T12:00:00+00:00") == 0);
        }
    }
}

/* A serial number as Python's has it, hexadecimal; and no room for any text. */
static void serial_numbers(void)
{
    static const char *const all[][2] = { { "serial-1-byte.pem", "05" }, { "serial-200.pem", "C8" },
                                          { "serial-0.pem", "00" },
                                          { "serial-negative.pem", "-05" },
                                          { "serial-1.pem", "-01" },
                                          { "serial-129.pem", "-81" },
                                          { "serial-256.pem", "-0100" },
                                          { "serial-8323072.pem", "-7F0000" },
                                          { "strict-serial.pem",
                                            "080000000000000000000000000000000000000000" } };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pyf_ssl_certificate c = certificate_of(all[i][0]), none = { 0 };
        char text[1] = "x";
        if (strcmp(c.serial_number, all[i][1]) != 0) printf("%s\n", c.serial_number);
        CHECK(strcmp(c.serial_number, all[i][1]) == 0);
        for (size_t size = 0; size < 2; size++)
            CHECK_EQ(pyf_ssl_certificate_parse(&none, c.der, c.der_size, text, size),
                     PYF_OVERFLOW_ERROR);
        CHECK(none.subject == NULL);
    }
}

/* Certificates that Python does not read, in the hands of a client: Mbed TLS does not either, or
 * our server refuses them. */
static void unfit_certificates(void)
{
    static const char *const all[][2] = { { "serial-none.pem", "BAD_CERTIFICATE" },
                                          { "strict-two-key-ids.pem", "STRICT" },
                                          { "strict-no-bits.pem", "STRICT" },
                                          { "no-usage.pem", "NONE" } };
    for (int i = 0; i < 4; i++) {
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = server_context("ecdsa.pem", "ca.pem") };
        pyf_status st = pyf_ssl_context_load_cert_chain(p.client_ctx,
                                                        .certfile = path_of(all[i][0]));
        CHECK_EQ(pyf_ssl_context_set_maximum_version(p.client_ctx, PYF_SSL_TLSV1_2), PYF_OK);
        CHECK_EQ(pyf_ssl_context_set_verify_flags(p.server_ctx, PYF_SSL_VERIFY_X509_STRICT), 0);
        if (st == PYF_OK) {
            CHECK_EQ(meet(&p, HOST, NULL) == PYF_OK, i == 3);
            if (!expected(all[i][1], pyf_ssl_error_reason(p.server)))
                printf("%s: %s\n", all[i][0], pyf_ssl_error_text(p.server));
            CHECK(expected(all[i][1], pyf_ssl_error_reason(p.server)));
            close_pair(&p);
        } else {
            CHECK(st == PYF_SSL_ERROR && i != 3);
        }
        free_pair(&p);
    }
}

/* What is said of a chain with faults, also where there is no memory to say all of it. */
static void texts_of_faults(void)
{
    enum { ALL, NOT_THE_FIRST, NOTHING };
    static const struct {
        const char *cert;
        int memory, depth;
        pyf_ssl_reason reason;
        const char *begin, *words;
    } all[] = {
        { "expired-upper.pem", ALL, 2, PYF_SSL_REASON_EXPIRED,
          "certificate verify failed: a CA above <O=Pyfeat tests, CN=upper> has expired", "" },
        { "two-faults.pem", ALL, 1, PYF_SSL_REASON_EXPIRED,
          "certificate verify failed: its issuer <", "; the peer's certificate <CN=leaf> is not" },
        { "two-faults.pem", NOT_THE_FIRST, 0, PYF_SSL_REASON_EXPIRED,
          "certificate verify failed: the peer's certificate <CN=leaf> is not valid for ", "" },
        { "two-faults.pem", NOTHING, 0, PYF_SSL_REASON_EXPIRED, "certificate has expired", "" },
        { "ecdsa.pem", ALL, 0, PYF_SSL_REASON_PIN, "certificate verify failed: ", "SHA-256 " },
        { "ecdsa.pem", NOTHING, 0, PYF_SSL_REASON_PIN, "public key is not pinned", "" },
        { "wrong-host.pem", NOT_THE_FIRST, 0, PYF_SSL_REASON_HOSTNAME,
          "certificate verify failed: the peer's certificate <CN=leaf> has a public key", "" },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        static const unsigned char pin[32] = { 1, 2, 3 };
        struct pair p = { .client_ctx = pyf_ssl_create_default_context(
                              .cafile = path_of("ca.pem"), .allocator = &lender),
                          .server_ctx = server_context(all[i].cert, NULL) };
        const char *text;
        if (all[i].reason != PYF_SSL_REASON_EXPIRED)
            CHECK_EQ(pyf_ssl_context_pin_public_key(p.client_ctx, pin), PYF_OK);
        open_pair(&p, HOST, NULL);
        lend_not = all[i].memory == NOT_THE_FIRST ? 0 : -1;
        lend_until = all[i].memory == NOTHING ? 0 : -1;
        CHECK_EQ(shake(&p, NULL), PYF_SSL_CERT_VERIFICATION_ERROR);
        lend_not = lend_until = -1;
        CHECK_EQ(pyf_ssl_error_reason(p.client), all[i].reason);
        text = pyf_ssl_error_text(p.client);
        if (strncmp(text, all[i].begin, strlen(all[i].begin)) != 0) printf("%s\n", text);
        CHECK(strncmp(text, all[i].begin, strlen(all[i].begin)) == 0);
        CHECK(strstr(text, all[i].words) != NULL);
        if (p.client->error != NULL) CHECK_EQ(p.client->error->depth, all[i].depth);
        close_pair(&p);
        free_pair(&p);
        CHECK_EQ(lent, 0);
    }
}

/* The caller's error is the caller's: emptied, it is missed by nobody. What is over is no error. */
static void emptied_error(void)
{
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("wrong-host.pem", NULL) };
    pyf_ssl_error error = { 0 };
    open_pair(&p, HOST, NULL);
    pyf_ssl_close(p.client);
    pyf_memory_bio_init(&p.up, p.up_buffer, sizeof p.up_buffer);
    p.client = pyf_ssl_wrap_bio(p.client_ctx, &p.down, &p.up, .server_hostname = "bad.example.com",
                                .error = &error);
    CHECK_EQ(pyf_ssl_set_deadline(p.client, 0), PYF_OK);
    CHECK_EQ(pyf_ssl_do_handshake(p.client), PYF_TIMEOUT_ERROR);
    CHECK(strcmp(pyf_ssl_error_text(p.client), "the handshake timed out") == 0);
    CHECK_EQ(pyf_ssl_set_deadline(p.client, PYF_FOREVER), PYF_OK);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    CHECK(pyf_ssl_error_text(p.client)[0] == '\0');
    CHECK_EQ(pyf_ssl_error_reason(p.client), PYF_SSL_REASON_NONE);
    close_pair(&p);
    open_pair(&p, HOST, NULL);
    pyf_ssl_close(p.client);
    pyf_memory_bio_init(&p.up, p.up_buffer, sizeof p.up_buffer);
    p.client = pyf_ssl_wrap_bio(p.client_ctx, &p.down, &p.up, .server_hostname = HOST,
                                .error = &error);
    CHECK_EQ(shake(&p, NULL), PYF_SSL_CERT_VERIFICATION_ERROR);
    CHECK(pyf_ssl_error_text(p.client) == error.text && error.depth == 0);
    memset(&error, 0, sizeof error);
    CHECK(strcmp(pyf_ssl_error_text(p.client), "hostname mismatch") == 0);
    CHECK_EQ(pyf_ssl_error_reason(p.client), PYF_SSL_REASON_HOSTNAME);
    CHECK_EQ(pyf_ssl_do_handshake(p.client), PYF_SSL_CERT_VERIFICATION_ERROR);
    close_pair(&p);
    free_pair(&p);
}

static int64_t given_clock(void *arg) { return *(int64_t *)arg; }

/* A chain is valid in all the seconds that all of it is valid in, and in no other. */
static void first_and_last_second(void)
{
    pyf_ssl_certificate ca = certificate_of("ca.pem"), leaf = certificate_of("ecdsa.pem");
    pyf_datetime first = pyf_datetime_lt(ca.not_before, leaf.not_before) ? leaf.not_before
                                                                         : ca.not_before;
    pyf_datetime last = pyf_datetime_lt(ca.not_after, leaf.not_after) ? ca.not_after
                                                                      : leaf.not_after;
    int64_t from = (int64_t)pyf_datetime_timestamp(first), to = (int64_t)pyf_datetime_timestamp(last);
    const int64_t clocks[] = { from - 1, from, to, to + 1, INT64_MAX };
    const pyf_ssl_reason reasons_then[] = { PYF_SSL_REASON_NOT_YET_VALID, PYF_SSL_REASON_NONE,
                                            PYF_SSL_REASON_NONE, PYF_SSL_REASON_EXPIRED,
                                            PYF_SSL_REASON_EXPIRED };
    for (int i = 0; i < 5; i++) {
        int64_t now = clocks[i];
        struct pair p = { .client_ctx = pyf_ssl_create_default_context(
                              .cafile = path_of("ca.pem"), .clock = given_clock, .clock_arg = &now),
                          .server_ctx = server_context("ecdsa.pem", NULL) };
        bool good = reasons_then[i] == PYF_SSL_REASON_NONE;
        char date[PYF_TIME_STR_MAX];
        CHECK_EQ(pyf_datetime_strftime(i == 0 ? first : last, "%Y-%m-%d %H:%M:%S UTC", date,
                                       sizeof date), PYF_OK);
        open_pair(&p, HOST, NULL);
        CHECK_EQ(shake(&p, NULL), good ? PYF_OK : PYF_SSL_CERT_VERIFICATION_ERROR);
        CHECK_EQ(pyf_ssl_error_reason(p.client), reasons_then[i]);
        CHECK(good || strstr(pyf_ssl_error_text(p.client), date) != NULL);
        close_pair(&p);
        free_pair(&p);
    }
}

/* A revocation list that does not say how long it holds is none, whichever clock there is; nor does
 * any list replace a clock. */
static void lists_and_clocks(void)
{
    static int64_t (*const clocks[])(void *) = { NULL, in_ten_days, no_clock };
    static const char *const lists[] = { "crl.pem", "undated-crl.pem" };
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++) {
            struct pair p = { .client_ctx = pyf_ssl_create_default_context(
                                  .cafile = path_of("ca.pem"), .clock = clocks[i]),
                              .server_ctx = server_context("ecdsa.pem", NULL) };
            pyf_ssl_reason reason = i == 2   ? PYF_SSL_REASON_TIME_UNKNOWN
                                    : j == 1 ? PYF_SSL_REASON_CRL
                                             : PYF_SSL_REASON_NONE;
            CHECK_EQ(pyf_ssl_context_load_crls(p.client_ctx, path_of(lists[j]), NULL, 0), PYF_OK);
            open_pair(&p, HOST, NULL);
            CHECK_EQ(shake(&p, NULL), reason == PYF_SSL_REASON_NONE
                                          ? PYF_OK
                                          : PYF_SSL_CERT_VERIFICATION_ERROR);
            CHECK_EQ(pyf_ssl_error_reason(p.client), reason);
            if (j == 1) CHECK(strstr(pyf_ssl_error_text(p.client), "not say how long") != NULL);
            else CHECK(strstr(pyf_ssl_error_text(p.client), "revocation list") == NULL);
            close_pair(&p);
            free_pair(&p);
        }
}

/* A list that spells its issuer in another way counts: what it revokes, how long it holds. One of
 * another issuer does not. */
static void spelt_list(void)
{
    static int64_t (*const clocks[])(void *) = { NULL, NULL, in_ten_days, in_ten_days };
    static const pyf_ssl_reason reasons_then[] = { PYF_SSL_REASON_NONE, PYF_SSL_REASON_REVOKED,
                                                   PYF_SSL_REASON_CRL, PYF_SSL_REASON_NONE };
    for (int i = 0; i < 4; i++) {
        struct pair p = { .client_ctx = pyf_ssl_create_default_context(
                              .cafile = path_of("ca.pem"), .clock = clocks[i]),
                          .server_ctx =
                              server_context(i == 1 ? "revoked.pem" : "ecdsa.pem", NULL) };
        const char *list = path_of(i == 3 ? "longer-crl.pem" : "spelt-crl.pem");
        CHECK_EQ(pyf_ssl_context_load_crls(p.client_ctx, list, NULL, 0), PYF_OK);
        open_pair(&p, HOST, NULL);
        CHECK_EQ(shake(&p, NULL) == PYF_OK, i == 0 || i == 3);
        CHECK_EQ(pyf_ssl_error_reason(p.client), reasons_then[i]);
        close_pair(&p);
        free_pair(&p);
    }
}

/* A list whose issuer is no DER could be overlooked, so none of its file is taken. */
static void unfit_list(void)
{
    pyf_ssl_context *ctx = client_context("ca.pem");
    pyf_ssl_error error;
    CHECK_EQ(pyf_ssl_context_load_crls(ctx, path_of("ber-crl.pem"), NULL, 0), PYF_SSL_ERROR);
    pyf_ssl_context_error(ctx, &error);
    CHECK_EQ(error.reason, PYF_SSL_REASON_CRL);
    CHECK(!ctx->has_crl);
    pyf_ssl_context_free(ctx);
}

/* Any number of lists, of PEM and DER, from files and memory: the last counts like the first. */
static void many_lists(void)
{
    for (int way = 0; way < 4; way++) {
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = server_context("revoked.pem", NULL) };
        const char *last = way < 2 ? "crl.pem" : "crl.der";
        char bytes[4096];
        FILE *file = fopen(path_of(last), "rb");
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        CHECK_EQ(pyf_ssl_context_load_crls(p.client_ctx, path_of("short-crl.pem"), NULL, 0), 0);
        CHECK_EQ(pyf_ssl_context_load_crls(p.client_ctx, path_of("new-crl.pem"), NULL, 0), 0);
        CHECK_EQ(pyf_ssl_context_load_crls(p.client_ctx, way % 2 ? NULL : path_of(last), bytes,
                                           size),
                 PYF_OK);
        open_pair(&p, HOST, NULL);
        CHECK_EQ(shake(&p, NULL), PYF_SSL_CERT_VERIFICATION_ERROR);
        CHECK_EQ(pyf_ssl_error_reason(p.client), PYF_SSL_REASON_REVOKED);
        close_pair(&p);
        free_pair(&p);
    }
}

/* ---- settings ---- */

static int give_password(void *arg, char *buffer, size_t size)
{
    CHECK(size >= 64);
    if (arg == NULL) return -1;
    if (strcmp(arg, "long") == 0) return (int)size + 1;
    strcpy(buffer, arg);
    return (int)strlen(arg);
}

static void own_certificates(void)
{
    pyf_ssl_context *ctx = pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH);
    char rsa[512], locked[512];
    pyf_ssl_error error = { 0 };
    snprintf(rsa, sizeof rsa, "%s", path_of("rsa.pem"));
    snprintf(locked, sizeof locked, "%s", path_of("locked.key"));
    CHECK(pyf_ssl_wrap_socket(ctx, 0, .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .keyfile = rsa), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = "/nonexistent"), PYF_OS_ERROR);
    check_context_error(ctx, "/nonexistent");
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = rsa, .keyfile = path_of("ec.key")),
             PYF_SSL_ERROR);
    check_context_error(ctx, "not that of the certificate");
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = rsa, .keyfile = path_of("ca.pem")),
             PYF_SSL_ERROR);
    check_context_error(ctx, "cannot be read");
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of("ec.key")), PYF_SSL_ERROR);
    check_context_error(ctx, "no certificate");
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = rsa, .keyfile = locked),
             PYF_SSL_ERROR);
    check_context_error(ctx, "password");
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = rsa, .keyfile = locked,
                                             .password = give_password),
             PYF_SSL_ERROR);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = rsa, .keyfile = locked,
                                             .password = give_password,
                                             .password_arg = (void *)"wrong"),
             PYF_SSL_ERROR);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = rsa, .keyfile = locked,
                                             .password = give_password,
                                             .password_arg = (void *)"long"),
             PYF_SSL_ERROR);
    check_context_error(ctx, "none was given");
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = rsa, .keyfile = path_of("ca.pem"),
                                             .password = give_password),
             PYF_SSL_ERROR); /* that is no key, so nobody asks for its password */
    check_context_error(ctx, "cannot be read");
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = rsa, .keyfile = locked,
                                             .password = give_password,
                                             .password_arg = (void *)"secret"),
             PYF_OK);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = rsa,
                                             .keyfile = path_of("rsa-key.der")),
             PYF_OK);
    pyf_ssl_context_free(ctx);
}

static unsigned passwords_asked;
static int ask_password(void *arg, char *buffer, size_t size)
{
    passwords_asked++;
    return give_password(arg, buffer, size);
}

/* PKCS #8, PEM and DER: a PEM tells that it has a password, a DER does not. */
static void locked_keys(void)
{
    static const char *const forms[] = { "pem", "der" }, *const passwords[] = { "secret", "wrong" };
    const char *cipher = MBEDTLS_VERSION_MAJOR < 4 ? "des3" : "aes256";
    pyf_ssl_context *ctx = pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH);
    for (int i = 0; i < 2; i++) {
        char key[32];
        snprintf(key, sizeof key, "locked-%s.%s", cipher, forms[i]);
        for (int wrong = 0; wrong < 2; wrong++) {
            passwords_asked = 0;
            CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of("rsa.pem"),
                                                     .keyfile = path_of(key),
                                                     .password = ask_password,
                                                     .password_arg = (void *)(uintptr_t)
                                                         passwords[wrong]),
                     wrong ? PYF_SSL_ERROR : PYF_OK);
            CHECK_EQ(passwords_asked, 1);
            if (wrong) check_context_error(ctx, "cannot be read");
        }
        CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of("rsa.pem"),
                                                 .keyfile = path_of(key)),
                 PYF_SSL_ERROR);
        check_context_error(ctx, i == 0 ? "give .password" : "cannot be read");
    }
    passwords_asked = 0; /* one without is not asked about */
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of("rsa.pem"),
                                             .keyfile = path_of("rsa-key.der"),
                                             .password = ask_password),
             PYF_OK);
    CHECK_EQ(passwords_asked, 0);
    pyf_ssl_context_free(ctx);
}

/* A server with keys of two types serves clients that accept only one. */
static void two_keys(void)
{
    static const char *const suites[] = { "ECDHE-ECDSA-AES128-GCM-SHA256",
                                          "TLS-ECDHE-RSA-WITH-AES-256-GCM-SHA384",
                                          "ECDHE-ECDSA-CHACHA20-POLY1305" };
    static const int bits[] = { 128, 256, 256 };
    for (int i = 0; i < 3; i++) {
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = server_context("ecdsa.pem", NULL) };
        CHECK_EQ(pyf_ssl_context_load_cert_chain(p.server_ctx, .certfile = path_of("rsa.pem")),
                 PYF_OK);
        CHECK_EQ(pyf_ssl_context_set_maximum_version(p.client_ctx, PYF_SSL_TLSV1_2), PYF_OK);
        CHECK_EQ(pyf_ssl_context_set_ciphers(p.client_ctx, suites[i]), PYF_OK);
        open_pair(&p, HOST, NULL);
        CHECK_EQ(shake(&p, NULL), PYF_OK);
        CHECK_EQ(pyf_ssl_cipher(p.client).secret_bits, bits[i]);
        close_pair(&p);
        free_pair(&p);
    }
}

static void ciphers(void)
{
    static const char *const good[] = {
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256", "ecdhe-rsa-aes128-gcm-sha256", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM8",
#if MBEDTLS_VERSION_MAJOR < 4
        "AES128-GCM-SHA256",
#endif
        "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA, TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
        ":ECDHE-RSA-AES128-GCM-SHA256: :", "ECDHE-RSA-CAMELLIA128-SHA256",
    };
    static const char *const bad[] = {
        "", ":", "nonsense", "ECDHE-RSA-AES128-GCM-SHA256:nonsense", "HIGH:!aNULL", "PSK-AES128-CBC-SHA",
        "TLS_RSA_WITH_NULL_SHA", "NULL-SHA256", "RC4-SHA", "DES-CBC3-SHA",
        "TLS-ECDHE-PSK-WITH-AES-128-CBC-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256_AND_A_NAME_"
        "THAT_IS_LONGER_THAN_ANY_NAME_CAN_BE_AND_STILL_GOES_ON", "AES128", "TLS", "WITH",
        "TLS_ARIA_128_GCM"
    };
    pyf_ssl_context *ctx = client_context("ca.pem");
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (pyf_ssl_context_set_ciphers(ctx, good[i]) != PYF_OK) printf("%s\n", good[i]);
        CHECK_EQ(pyf_ssl_context_set_ciphers(ctx, good[i]), PYF_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (pyf_ssl_context_set_ciphers(ctx, bad[i]) == PYF_OK) printf("%s\n", bad[i]);
        CHECK_EQ(pyf_ssl_context_set_ciphers(ctx, bad[i]), PYF_VALUE_ERROR);
    }
    for (int i = 0; i < 4; i++) { /* OpenSSL leaves the RSA of ARIA out */
        static const char *const left_out[] = { "ECDHE-ARIA128-GCM-SHA256",
                                                "ECDH-RSA-AES128-GCM-SHA256",
                                                "RSA-WITH-AES-128-GCM-SHA256",
                                                "DHE-RSA-AES128-GCM-SHA256" };
        static const char *const in_full[] = { "TLS-ECDHE-RSA-WITH-ARIA-128-GCM-SHA256",
                                               "TLS-ECDH-RSA-WITH-AES-128-GCM-SHA256",
                                               "TLS-RSA-WITH-AES-128-GCM-SHA256",
                                               "TLS-DHE-RSA-WITH-AES-128-GCM-SHA256" };
        CHECK_EQ(pyfi_ssl_suite(left_out[i], strlen(left_out[i])),
                 mbedtls_ssl_get_ciphersuite_id(in_full[i]));
    }
    CHECK_EQ(pyf_ssl_context_set_ciphers(ctx, "13AES-128-GCM-SHA256"), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_ciphers(ctx, "ECDHE-ECDSA-AES128{GCM}SHA256"), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_ciphers(ctx, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_ciphers(ctx, "TLS_AES_128_GCM_SHA256"),
             pyf_ssl_library().tls13 ? PYF_OK : PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_ciphers(ctx, "TLS1-3-AES-128-GCM-SHA256"),
             pyf_ssl_library().tls13 ? PYF_OK : PYF_VALUE_ERROR);
    pyf_ssl_context_free(ctx);
}

/* The three spellings of every suite of the library lead to the same one. */
static void cipher_spellings(void)
{
    const int *suite = mbedtls_ssl_list_ciphersuites();
    for (; *suite != 0; suite++) {
        const char *name = mbedtls_ssl_get_ciphersuite_name(*suite);
        char iana[80], *out = iana;
        bool fit = strstr(name, "PSK") == NULL && strstr(name, "NULL") == NULL &&
                   strstr(name, "DES") == NULL && strstr(name, "RC4") == NULL &&
                   strstr(name, "ECJPAKE") == NULL;
        strcpy(iana, strncmp(name, "TLS1-3-", 7) == 0 ? "TLS_" : "");
        strcat(iana, strncmp(name, "TLS1-3-", 7) == 0 ? name + 7 : name);
        for (; *out != '\0'; out++)
            if (*out == '-') *out = '_';
        CHECK_EQ(pyfi_ssl_suite(name, strlen(name)), fit ? *suite : 0);
        CHECK_EQ(pyfi_ssl_suite(iana, strlen(iana)), fit ? *suite : 0);
    }
}

static void settings(void)
{
    pyf_ssl_context *ctx = client_context("ca.pem");
    unsigned char pin[32] = { 0 };
    pyf_ssl_error error = { 0 };
    struct pair p = { .client_ctx = ctx, .server_ctx = server_context("ecdsa.pem", NULL) };
    bool tls13 = pyf_ssl_library().tls13;
    CHECK_EQ(pyf_ssl_context_set_minimum_version(ctx, (enum pyf_ssl_version)0x0302),
             PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_minimum_version(ctx, PYF_SSL_TLSV1_3),
             tls13 ? PYF_OK : PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_maximum_version(ctx, PYF_SSL_TLSV1_2),
             tls13 ? PYF_VALUE_ERROR : PYF_OK);
    CHECK_EQ(pyf_ssl_context_set_minimum_version(ctx, PYF_SSL_TLSV1_2), PYF_OK);
    CHECK_EQ(pyf_ssl_context_set_verify_mode(ctx, PYF_SSL_CERT_NONE), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_verify_mode(ctx, PYF_SSL_CERT_OPTIONAL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_verify_mode(ctx, PYF_SSL_CERT_REQUIRED), PYF_OK);
    CHECK_EQ(pyf_ssl_context_set_verify_mode(p.server_ctx, (enum pyf_ssl_verify_mode)3),
             PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_verify_mode(p.server_ctx, PYF_SSL_CERT_NONE), PYF_OK);
    CHECK_EQ(pyf_ssl_context_set_maximum_version(ctx, (enum pyf_ssl_version)0x0305),
             PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_verify_mode(p.server_ctx, PYF_SSL_CERT_OPTIONAL), PYF_OK);
    CHECK_EQ(pyf_ssl_context_load_verify_locations(p.server_ctx, .cafile = path_of("ca.pem")),
             PYF_OK); /* it stays optional: the client below has no certificate */
    CHECK_EQ(pyf_ssl_context_set_verify_flags(ctx, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_pin_public_key(ctx, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_verify_locations(ctx, .cafile = NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_verify_locations_with(ctx, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_cert_chain_with(ctx, NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_crls(ctx, NULL, NULL, 0), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_crls(ctx, path_of("ca.pem"), NULL, 0), PYF_SSL_ERROR);
    open_pair(&p, HOST, NULL);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    /* from now on it stays as it is */
    CHECK_EQ(pyf_ssl_context_set_minimum_version(ctx, PYF_SSL_TLSV1_2), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_maximum_version(ctx, PYF_SSL_TLSV1_2), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_verify_mode(ctx, PYF_SSL_CERT_REQUIRED), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_verify_flags(ctx, 0), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_ciphers(ctx, "x"), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_alpn_protocols(ctx, "h2"), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_pin_public_key(ctx, pin), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_verify_locations(ctx, .cafile = path_of("ca.pem")),
             PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_default_certs(ctx), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of("ecdsa.pem")),
             PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_crls(ctx, path_of("crl.pem"), NULL, 0), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_context_set_sni_callback(p.server_ctx, choose, NULL), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_insecure_skip_verification(ctx), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_insecure_skip_hostname(ctx), PYF_INVALID_STATE_ERROR);
    check_context_error(ctx, "after its first connection");
    say(&p, "and still works");
    close_pair(&p);
    CHECK(pyf_ssl_wrap_bio(p.server_ctx, NULL, &p.up, .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_VALUE_ERROR);
    CHECK(pyf_ssl_wrap_bio(p.server_ctx, &p.up, NULL, .error = &error) == NULL);
    for (int i = 0; i < 3; i++) {
        pyf_ssl_io io = { i == 1 ? NULL : send_byte, i == 2 ? NULL : recv_byte, NULL, NULL, NULL };
        error.status = PYF_OK;
        CHECK(pyf_ssl_wrap_io(p.server_ctx, i == 0 ? NULL : &io, .error = &error) == NULL);
        CHECK_EQ(error.status, PYF_VALUE_ERROR);
    }
    CHECK(pyf_ssl_wrap_socket(p.server_ctx, -1, .error = &error) == NULL);
    open_pair(&p, HOST, NULL);
    CHECK(pyf_ssl_fileno(p.client) == -1 && pyf_ssl_detach(p.client) == -1);
    CHECK_EQ(pyf_ssl_set_deadline(p.server, -5), PYF_OK); /* it is over */
    CHECK_EQ(pyf_ssl_do_handshake(p.server), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_ssl_unwrap(p.server), PYF_INVALID_STATE_ERROR);
    CHECK_EQ(pyf_ssl_set_deadline(p.server, PYF_FOREVER), PYF_OK);
    CHECK(wants(pyf_ssl_do_handshake(p.server)));
    pyf_ssl_close(p.server);
    free_pair(&p);
}

/* NULL handles are errors everywhere, and nothing else. */
static void null_handles(void)
{
    pyf_ssl_error error = { 0 };
    unsigned char pin[32] = { 0 };
    char byte;
    pyf_ssl_certificate cert;
    CHECK(pyf_ssl_connect(NULL, "localhost", 1, 1, .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_VALUE_ERROR);
    strcpy(error.text, "kept");
    CHECK(pyf_ssl_wrap_socket(NULL, 0, .error = &error) == NULL);
    CHECK(strcmp(error.text, "kept") == 0); /* the first cause is the interesting one */
    CHECK(pyf_ssl_connect_with(NULL, NULL) == NULL);
    CHECK(pyf_ssl_wrap_bio_with(NULL, NULL, NULL, NULL) == NULL);
    CHECK(pyf_ssl_wrap_io_with(NULL, NULL, NULL) == NULL);
    CHECK_EQ(pyf_ssl_do_handshake(NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_sendall(NULL, "x", 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_send(NULL, "x", 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_recv(NULL, &byte, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_unwrap(NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_settimeout(NULL, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_set_deadline(NULL, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_getpeercert(NULL, &cert, &byte, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_match_hostname(NULL, "x", &error), PYF_VALUE_ERROR);
    memset(&cert, 0, sizeof cert);
    CHECK_EQ(pyf_ssl_match_hostname(&cert, "x", &error), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_certificate_parse(NULL, "0", 1, &byte, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_certificate_parse(&cert, NULL, 1, &byte, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_certificate_parse(&cert, "0", 1, NULL, 1), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_certificate_parse(&cert, "0", 1, &byte, 1), PYF_VALUE_ERROR);
    CHECK(pyf_ssl_version(NULL) == NULL && pyf_ssl_selected_alpn_protocol(NULL) == NULL);
    CHECK(pyf_ssl_cipher(NULL).name[0] == '\0' && pyf_ssl_get_session(NULL) == NULL);
    CHECK(!pyf_ssl_session_reused(NULL) && pyf_ssl_pending(NULL) == 0);
    CHECK(pyf_ssl_fileno(NULL) == -1 && pyf_ssl_detach(NULL) == -1);
    CHECK(pyf_ssl_error_text(NULL)[0] != '\0');
    CHECK_EQ(pyf_ssl_error_reason(NULL), PYF_SSL_REASON_ARGUMENT);
    CHECK_EQ(pyf_ssl_context_set_ciphers(NULL, "x"), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_pin_public_key(NULL, pin), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_context_load_default_certs(NULL), PYF_VALUE_ERROR);
    CHECK_EQ(pyf_ssl_insecure_skip_verification(NULL), PYF_VALUE_ERROR);
    pyf_ssl_context_error(NULL, &error);
    CHECK_EQ(error.status, PYF_VALUE_ERROR);
    pyf_ssl_context_error(NULL, NULL);
    pyf_memory_bio_init(NULL, &byte, 1);
    CHECK_EQ(pyf_memory_bio_write(NULL, "x", 1), 0);
    CHECK_EQ(pyf_memory_bio_read(NULL, &byte, 1), 0);
    CHECK_EQ(pyf_memory_bio_pending(NULL), 0);
    pyf_memory_bio_write_eof(NULL);
    CHECK(pyf_memory_bio_eof(NULL));
    pyf_ssl_close(NULL);
    pyf_ssl_context_free(NULL);
    pyf_ssl_session_free(NULL);
}

static bool takes_host(pyf_ssl_context *ctx, const char *host)
{
    pyf_memory_bio bio;
    pyf_ssl_socket *s;
    pyf_memory_bio_init(&bio, NULL, 0);
    s = pyf_ssl_wrap_bio(ctx, &bio, &bio, .server_hostname = host);
    pyf_ssl_close(s);
    return s != NULL;
}

/* Names that no client may ask for; nothing is sent. */
static void bad_hosts(void)
{
    static const char *const bad[] = {
        "", ".", "..", "a..b", ".a", "a b", "*.example.com", "a/b", "b\303\274cher.example",
        "127.1", "0x7f.1", "2130706433", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "::1::", "1:2:3",
        ":1",
        "12345::", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:", "1:::2", ":", "::1.2.3.4.5",
        "1:2:3:4:5:6:7:1.2.3.4", "1::g", "::1.2.3", "x.0X1f", "x.9", "x.0x", "1.2.3.0x4", "[::1]",
        "a:443", "https://a", "user@a", "a,b", "1.2.3.4.", "fe80::1%",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example"
    };
    static const char *const good[] = { "a", "a-b.example", "_x.example", "1a.example", "::", "::1",
                                        "fe80::1%eth0", "::ffff:1.2.3.4", "A.EXAMPLE.",
                                        "1:2:3:4:5:6:7:8", "1::8", "3com.com", "0x.example",
                                        "1:2:3:4:5:6:1.2.3.4", "aB::CdeF", "x.9a", "x.0xfg",
                                        "x.0y1", "x.1x1", "x._y", "x.1-1", "x.-y" };
    pyf_ssl_context *ctx = client_context("ca.pem");
    pyf_memory_bio in, out;
    unsigned char buffer[64];
    pyf_memory_bio_init(&in, buffer, sizeof buffer);
    pyf_memory_bio_init(&out, buffer, sizeof buffer);
    CHECK(pyf_ssl_wrap_bio_with(ctx, &in, &out, NULL) == NULL);
    check_context_error(ctx, "server_hostname");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        pyf_ssl_socket *s = pyf_ssl_wrap_bio(ctx, &in, &out, .server_hostname = bad[i]);
        if (s != NULL) printf("%s\n", bad[i]);
        CHECK(s == NULL);
        pyf_ssl_close(s);
        CHECK(pyf_ssl_connect(ctx, bad[i], 1, 100) == NULL);
        check_context_error(ctx, "cannot be the name");
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        pyf_ssl_socket *s = pyf_ssl_wrap_bio(ctx, &in, &out, .server_hostname = good[i]);
        if (s == NULL) printf("%s\n", good[i]);
        CHECK(s != NULL);
        pyf_ssl_close(s);
    }
    for (size_t n = 62; n <= 64; n++) { /* the longest label; the longest name */
        char name[300];
        memset(name, 'a', sizeof name);
        strcpy(name + n, ".example");
        CHECK_EQ(takes_host(ctx, name), n <= 63);
        memset(name, 'a', sizeof name);
        for (size_t i = 50; i < sizeof name; i += 50) name[i] = '.';
        name[190 + n] = '\0';
        CHECK_EQ(takes_host(ctx, name), n <= 63);
    }
    pyf_ssl_context_free(ctx);
}

static void bad_stores(void)
{
    pyf_ssl_error error = { 0 };
    static const char *const files[] = { "/nonexistent", "ecdsa.key", "ec.key", "crl.pem" };
    static const char broken[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    static const char twice[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
                                "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n";
    unsigned char der[] = { 0x30, 0x82, 0x10, 0x00, 1, 2, 3 };
    CHECK(pyf_ssl_create_default_context(.cafile = files[0], .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_OS_ERROR);
    for (size_t i = 1; i < 4; i++) {
        memset(&error, 0, sizeof error);
        CHECK(pyf_ssl_create_default_context(.cafile = path_of(files[i]), .error = &error) == NULL);
        CHECK(error.status < 0);
    }
    CHECK(pyf_ssl_create_default_context(.cafile = folder, .error = &error) == NULL);
    CHECK(pyf_ssl_create_default_context(.capath = "/nonexistent", .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_OS_ERROR);
    CHECK(pyf_ssl_create_default_context(.capath = "/proc/self/fdinfo", .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_SSL_ERROR);
    CHECK(pyf_ssl_create_default_context(.cafile = "/dev/zero", .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_MEMORY_ERROR); /* it takes no end */
    CHECK(pyf_ssl_create_default_context(.cadata = "", .error = &error) == NULL);
    CHECK(pyf_ssl_create_default_context(.cadata = broken, .error = &error) == NULL);
    CHECK_EQ(error.reason, PYF_SSL_REASON_BAD_CERTIFICATE);
    {
        int library = error.library; /* what was wrong with the first one */
        CHECK(pyf_ssl_create_default_context(.cadata = twice, .error = &error) == NULL);
        CHECK_EQ(error.reason, PYF_SSL_REASON_BAD_CERTIFICATE);
        CHECK_EQ(error.library, library);
    }
    CHECK(pyf_ssl_create_default_context(.cadata = der, .cadata_size = sizeof der,
                                         .error = &error) == NULL);
    CHECK(pyf_ssl_create_default_context(.cadata = broken, .cadata_size = 40, .error = &error) ==
          NULL);
    /* a bad certificate in a file spoils all of it, and the context stays as it was */
    {
        pyf_ssl_context *ctx = pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH);
        char both[4096];
        FILE *file = fopen(path_of("ca.pem"), "r");
        size_t n = fread(both, 1, sizeof both - sizeof broken, file);
        fclose(file);
        memcpy(both + n, broken, sizeof broken);
        CHECK_EQ(pyf_ssl_context_load_verify_locations(ctx, .cadata = both), PYF_SSL_ERROR);
        CHECK_EQ(pyf_ssl_context_set_verify_mode(ctx, PYF_SSL_CERT_NONE), PYF_OK); /* no CAs */
        both[n] = '\0';
        CHECK_EQ(pyf_ssl_context_load_verify_locations(ctx, .cadata = both, .cadata_size = n),
                 PYF_OK);
        CHECK_EQ(pyf_ssl_context_load_verify_locations(ctx, .cadata = both), PYF_OK);
        CHECK_EQ(pyf_ssl_context_set_verify_mode(ctx, PYF_SSL_CERT_NONE), PYF_VALUE_ERROR);
        pyf_ssl_context_free(ctx);
    }
}

/* Bad certificates in folders: passed over if there is a good one, by itself or beside others; in a
 * file that is named, and as the only ones, they are not. */
static void bad_folders(void)
{
    pyf_ssl_error error = { 0 };
    char mixed[512], bad[512];
    size_t size;
    static char ca[4096];
    FILE *file = fopen(path_of("ca.pem"), "r");
    pyf_ssl_context *ctx;
    size = fread(ca, 1, sizeof ca - 1, file);
    fclose(file);
    CHECK(size > 0);
    snprintf(mixed, sizeof mixed, "%s", path_of("mixed-cas"));
    snprintf(bad, sizeof bad, "%s", path_of("bad-cas"));
    CHECK(pyf_ssl_create_default_context(.capath = bad, .error = &error) == NULL);
    CHECK(error.status == PYF_SSL_ERROR && error.reason == PYF_SSL_REASON_BAD_CERTIFICATE);
    CHECK(error.library != 0 && strstr(error.text, "bad-cas") != NULL);
    CHECK(pyf_ssl_create_default_context(.capath = bad, .cadata = ca, .error = &error) == NULL);
    CHECK_EQ(error.reason, PYF_SSL_REASON_BAD_CERTIFICATE);
    CHECK(pyf_ssl_create_default_context(.capath = mixed, .cafile = path_of("mixed-cas/b.pem"),
                                         .error = &error) == NULL);
    CHECK_EQ(error.reason, PYF_SSL_REASON_BAD_CERTIFICATE);
    for (int i = 0; i < 3; i++) {
        struct pair p = { .server_ctx = server_context("ecdsa.pem", NULL) };
        ctx = i == 0   ? pyf_ssl_create_default_context(.capath = mixed)
              : i == 1 ? pyf_ssl_create_default_context(.capath = mixed, .cadata = ca)
                       : pyf_ssl_create_default_context(.capath = mixed,
                                                        .cafile = path_of("other-ca.pem"));
        p.client_ctx = ctx;
        CHECK(ctx != NULL);
        CHECK_EQ(meet(&p, HOST, NULL), PYF_OK);
        close_pair(&p);
        free_pair(&p);
    }
}

/* A file so deep that its name has no room in the text of the error, which is cut off. */
static void long_names(void)
{
    char deep[2000];
    pyf_ssl_error error = { 0 };
    snprintf(deep, sizeof deep, "%s", folder);
    while (strlen(deep) < 1000) strcat(deep, "/.");
    strcat(deep, "/odd-ca.pem");
    CHECK(pyf_ssl_create_default_context(.cafile = deep, .error = &error) == NULL);
    CHECK_EQ(error.reason, PYF_SSL_REASON_BAD_CERTIFICATE);
    CHECK(error.library != 0);
    CHECK_EQ(strlen(error.text), sizeof error.text - 1);
    CHECK(strncmp(error.text, "a certificate cannot be read: ", 30) == 0);
}

/* A folder with more than certificates in it: what is no file is passed over. */
static void odd_folders(void)
{
    static const char *const names[] = { "pipe", "nothing", "folder" };
    char path[600], deep[1200];
    pyf_ssl_error error = { 0 };
    pyf_ssl_context *ctx;
    snprintf(path, sizeof path, "%s", path_of("odd"));
    (void)mkdir(path, 0700);
    for (int i = 0; i < 3; i++) {
        char name[700];
        snprintf(name, sizeof name, "%s/%s", path, names[i]);
        if (i == 0) (void)mkfifo(name, 0600); /* to read it would take forever */
        if (i == 1) (void)symlink("nowhere", name);
        if (i == 2) (void)mkdir(name, 0700);
    }
    CHECK(pyf_ssl_create_default_context(.capath = path, .error = &error) == NULL);
    CHECK(strstr(error.text, "there is no certificate in ") != NULL);
    /* a path so long that one of a file in it has no room */
    snprintf(deep, sizeof deep, "%s", path_of("cas"));
    while (strlen(deep) < 1022) strcat(deep, "/");
    CHECK(pyf_ssl_create_default_context(.capath = deep, .error = &error) == NULL);
    deep[strlen(deep) - 20] = '\0';
    ctx = pyf_ssl_create_default_context(.capath = deep, .error = &error);
    CHECK(ctx != NULL);
    pyf_ssl_context_free(ctx);
}

/* Certificates that stay where they are, as in flash. */
static void in_place(void)
{
    static unsigned char der[4096], copy[4096];
    struct pair p = { .server_ctx = server_context("rsa.pem", NULL) };
    FILE *file = fopen(path_of("ca.der"), "rb");
    size_t n = fread(der, 1, sizeof der, file);
    fclose(file);
    memcpy(copy, der, sizeof der);
    p.client_ctx =
        pyf_ssl_create_default_context(.cadata = der, .cadata_size = n, .in_place = true);
    CHECK(p.client_ctx != NULL);
    open_pair(&p, HOST, NULL);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    close_pair(&p);
    CHECK(memcmp(der, copy, sizeof der) == 0);
    CHECK(p.client_ctx->ca.raw.p == der);
    free_pair(&p);
}

static void system_store(void)
{
    pyf_ssl_context *ctx;
    pyf_memory_bio bio;
    pyf_memory_bio_init(&bio, NULL, 0);
    setenv("SSL_CERT_FILE", path_of("ca.pem"), 1);
    ctx = pyf_ssl_create_default_context_with(NULL);
    CHECK(ctx != NULL && ctx->has_ca);
    pyf_ssl_context_free(ctx);
    setenv("SSL_CERT_FILE", "/nonexistent", 1);
    ctx = pyf_ssl_create_default_context_with(NULL); /* may be filled later */
    CHECK(ctx != NULL && !ctx->has_ca);
    CHECK(pyf_ssl_wrap_bio(ctx, &bio, &bio, .server_hostname = HOST) == NULL);
    check_context_error(ctx, "no CA certificates to trust");
    CHECK_EQ(pyf_ssl_context_load_default_certs(ctx), PYF_OS_ERROR);
    pyf_ssl_context_free(ctx);
    unsetenv("SSL_CERT_FILE");
    setenv("SSL_CERT_DIR", path_of("cas"), 1);
    ctx = pyf_ssl_create_default_context_with(NULL);
    CHECK(ctx != NULL && ctx->has_ca && ctx->ca.next != NULL);
    pyf_ssl_context_free(ctx);
    unsetenv("SSL_CERT_DIR");
    ctx = pyf_ssl_create_default_context_with(NULL);
    CHECK(ctx != NULL);
    pyf_ssl_context_free(ctx);
}

#ifdef SSL_WRAP
static bool no_stores, another_user, another_group;
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode)
{
    bool store = strncmp(path, "/etc/", 5) == 0 || strncmp(path, "/usr/", 5) == 0;
    return no_stores && store ? NULL : __real_fopen(path, mode);
}

uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);
uid_t __wrap_geteuid(void) { return __real_geteuid() + (another_user ? 1 : 0); }
gid_t __real_getegid(void);
gid_t __wrap_getegid(void);
gid_t __wrap_getegid(void) { return __real_getegid() + (another_group ? 1 : 0); }
#endif

/* A system without a store; and a program that runs for another user or group than those of who has
 * set its environment, and so its own CAs perhaps. */
static void no_system_store(void)
{
#ifndef SSL_WRAP
    CHECK_SKIP("fopen cannot be wrapped in this build");
#else
    pyf_ssl_error error = { 0 };
    pyf_memory_bio bio;
    pyf_ssl_context *ctx;
    pyf_memory_bio_init(&bio, NULL, 0);
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    no_stores = true;
    for (int i = 0; i < 4; i++) {
        if (i == 1) setenv("SSL_CERT_FILE", path_of("ca.pem"), 1);
        another_user = i == 1;
        another_group = i == 2;
        ctx = pyf_ssl_create_default_context_with(NULL);
        CHECK(ctx != NULL);
        CHECK_EQ(pyf_ssl_context_load_default_certs(ctx), i < 3 ? PYF_OS_ERROR : PYF_OK);
        if (i < 3) {
            check_context_error(ctx, "this system has no CA certificates");
            CHECK(pyf_ssl_wrap_bio(ctx, &bio, &bio, .server_hostname = HOST, .error = &error) ==
                  NULL);
            CHECK_EQ(error.status, PYF_INVALID_STATE_ERROR);
        }
        pyf_ssl_context_free(ctx);
    }
    no_stores = false;
#endif
}

/* The five lines of the head, and what can go wrong in them. */
static void connects(void)
{
    const struct row *r = row_named("other", "localhost");
    uint16_t port = (uint16_t)r->port;
    pyf_ssl_error error = { 0 };
    char text[16];
    pyf_ssl_context *ctx = client_context("ca.pem");
    static const char *const hosts[] = { "localhost", "127.0.0.1" };
    for (int i = 0; i < 2; i++) {
        pyf_ssl_socket *s = pyf_ssl_connect(ctx, hosts[i], port, i == 0 ? LONG : 2000000);
        CHECK(s != NULL);
        CHECK(pyf_ssl_fileno(s) >= 0);
        CHECK_EQ(pyf_ssl_sendall(s, "hello\n", 6), PYF_OK);
        CHECK_EQ(pyf_ssl_recv(s, text, sizeof text), 6);
        CHECK_EQ(pyf_ssl_recv(s, text, sizeof text), 0);
        CHECK_EQ(pyf_ssl_unwrap(s), PYF_OK);
        if (i == 0) CHECK(close(pyf_ssl_detach(s)) == 0);
        else pyf_ssl_close(s);
    }
    {
        pyf_ssl_context *poor = pyf_ssl_create_default_context(.cafile = path_of("ca.pem"),
                                                               .allocator = &lender);
        pyf_ssl_socket *s = NULL;
        for (lend_until = 0; s == NULL && lend_until < 10;) {
            int until = lend_until;
            s = pyf_ssl_connect(poor, "localhost", port, 60000, .error = &error);
            if (s == NULL) CHECK_EQ(error.status, PYF_MEMORY_ERROR);
            lend_until = until + 1;
        }
        CHECK(s != NULL);
        lend_until = -1;
        pyf_ssl_close(s);
        pyf_ssl_context_free(poor);
        CHECK_EQ(lent, 0);
    }
    /* without .error the context has it */
    CHECK(pyf_ssl_connect(ctx, "localhost", (uint16_t)row_named("good", "ecdsa")->port, LONG) ==
          NULL);
    check_context_error(ctx, "is not valid for 'localhost', but for: DNS:good.example.com");
    CHECK(pyf_ssl_connect(ctx, "no-such-host.invalid", port, LONG, .error = &error) == NULL);
    CHECK(error.status == PYF_OS_ERROR || error.status == PYF_TIMEOUT_ERROR);
    CHECK(strstr(error.text, "no-such-host.invalid") != NULL);
    CHECK(pyf_ssl_connect(ctx, "127.0.0.1", port, PYF_NOW, .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_TIMEOUT_ERROR);
    CHECK(pyf_ssl_connect(ctx, "localhost", port, PYF_NOW, .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_TIMEOUT_ERROR);
    pyf_ssl_context_free(ctx);
    ctx = server_context("ecdsa.pem", NULL);
    CHECK(pyf_ssl_connect(ctx, "127.0.0.1", port, LONG, .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_VALUE_ERROR);
    pyf_ssl_context_free(ctx);
}

/* A silent server and a deadline: the calls end in time, and can be made again. */
static void deadlines(void)
{
    pyf_ssl_context *ctx = client_context("ca.pem");
    int ends[2];
    int64_t begun = pyf_now_ms();
    pyf_ssl_error error = { 0 };
    pyf_ssl_socket *s;
    CHECK(pyf_ssl_connect(ctx, "127.0.0.1", (uint16_t)row_named("odd", "silent")->port, 200,
                          .error = &error) == NULL);
    CHECK(pyf_now_ms() - begun >= 195); /* the server is silent for ten minutes */
    CHECK_EQ(error.status, PYF_TIMEOUT_ERROR);
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    s = pyf_ssl_wrap_socket(ctx, ends[0], .server_hostname = HOST, .timeout_ms = 50);
    for (int i = 0; i < 3; i++) {
        begun = pyf_now_ms();
        CHECK_EQ(pyf_ssl_do_handshake(s), PYF_TIMEOUT_ERROR);
        CHECK(pyf_now_ms() - begun >= 45);
    }
    CHECK(strstr(pyf_ssl_error_text(s), "timed out") != NULL);
    CHECK_EQ(pyf_ssl_settimeout(s, PYF_NOW), PYF_OK);
    CHECK_EQ(pyf_ssl_do_handshake(s), PYF_SSL_WANT_READ);
    CHECK_EQ(pyf_ssl_settimeout(s, PYF_FOREVER), PYF_OK);
    CHECK_EQ(pyf_ssl_set_deadline(s, 50), PYF_OK);
    CHECK_EQ(pyf_ssl_sendall(s, "x", 1), PYF_TIMEOUT_ERROR);
    pyf_ssl_close(s);
    close(ends[1]);
    pyf_ssl_context_free(ctx);
}

/* Connections of one context in many threads; a peer that hangs up in the middle of a sendall. */
static pyf_status fetch_one(void *arg)
{
    static const char *const hosts[] = { "localhost", "127.0.0.1" };
    const struct row *r = row_named("other", "localhost");
    char text[16];
    int n;
    pyf_ssl_socket *s = pyf_ssl_connect(arg, hosts[0], (uint16_t)r->port, 60000);
    if (s == NULL) return 1;
    if (pyf_ssl_sendall(s, "hello\n", 6) != PYF_OK) return 2;
    n = pyf_ssl_recv(s, text, sizeof text);
    pyf_ssl_close(s);
    return n == 6 ? PYF_OK : 3;
}

static void shared_context(void)
{
    pyf_ssl_context *ctx = client_context("ca.pem");
    pyf_executor *ex = pyf_thread_pool_executor(.max_workers = 4, .workers_only = true);
    pyf_future f[12];
    memset(f, 0, sizeof f);
    for (int i = 0; i < 12; i++) CHECK_EQ(pyf_executor_submit(ex, &f[i], fetch_one, ctx), PYF_OK);
    pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT);
    for (int i = 0; i < 12; i++) CHECK_EQ(pyf_future_result(&f[i], PYF_NOW), PYF_OK);
    pyf_ssl_context_free(ctx);
}

/* What insecure functions turn off, and what they do not. */
static void insecure(void)
{
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("ecdsa.pem", NULL) };
    CHECK_EQ(pyf_ssl_insecure_skip_hostname(p.client_ctx), PYF_OK);
    {
        pyf_ssl_session *session = session_of(&p, "other.example");
        CHECK_EQ(meet(&p, "other.example", session), PYF_OK);
        CHECK(pyf_ssl_session_reused(p.client));
        pyf_ssl_session_free(session);
        close_pair(&p);
    }
    free_pair(&p);
    p.client_ctx = client_context("other-ca.pem");
    p.server_ctx = server_context("ecdsa.pem", NULL);
    CHECK_EQ(pyf_ssl_insecure_skip_hostname(p.client_ctx), PYF_OK);
    open_pair(&p, HOST, NULL);
    CHECK_EQ(shake(&p, NULL), PYF_SSL_CERT_VERIFICATION_ERROR);
    close_pair(&p);
    pyf_ssl_context_free(p.client_ctx);
    p.client_ctx = client_context("other-ca.pem");
    CHECK_EQ(pyf_ssl_insecure_skip_verification(p.client_ctx), PYF_OK);
    CHECK_EQ(pyf_ssl_context_load_verify_locations(p.client_ctx, .cafile = path_of("own-ca.pem")),
             PYF_OK); /* more to trust does not turn it on again */
    open_pair(&p, "other.example", NULL);
    CHECK_EQ(shake(&p, NULL), PYF_OK);
    close_pair(&p);
    free_pair(&p);
}

/* A key that is pinned is asked for even where nothing else is, also with a session. */
static void insecure_but_pinned(void)
{
    static const char *const certs[] = { "self-signed.pem", "rsa.pem" };
    for (int version = 0; version < 1 + pyf_ssl_library().tls13; version++) {
        struct pair p = { .client_ctx = client_context("other-ca.pem") };
        pyf_ssl_session *session = NULL;
        unsigned char pin[32];
        public_key_of(certs[0], pin);
        CHECK_EQ(pyf_ssl_context_pin_public_key(p.client_ctx, pin), PYF_OK);
        CHECK_EQ(pyf_ssl_insecure_skip_verification(p.client_ctx), PYF_OK);
        if (version == 1)
            CHECK_EQ(pyf_ssl_context_set_maximum_version(p.client_ctx, PYF_SSL_TLSV1_2), PYF_OK);
        for (int i = 0; i < 3; i++) { /* the right one, the same with a session, a wrong one */
            if (i != 1) p.server_ctx = server_context(certs[i / 2], NULL);
            CHECK_EQ(meet(&p, HOST, session), i < 2 ? PYF_OK : PYF_SSL_CERT_VERIFICATION_ERROR);
            CHECK_EQ(pyf_ssl_session_reused(p.client), i == 1);
            CHECK_EQ(pyf_ssl_error_reason(p.client),
                     i < 2 ? PYF_SSL_REASON_NONE : PYF_SSL_REASON_PIN);
            pyf_ssl_session_free(session);
            session = pyf_ssl_get_session(p.client);
            close_pair(&p);
            if (i > 0) pyf_ssl_context_free(p.server_ctx);
        }
        CHECK(session == NULL);
        pyf_ssl_context_free(p.client_ctx);
    }
}

/* Entropy and clock of the caller's. */
static unsigned entropy_asked;
static int give_entropy(void *arg, unsigned char *out, size_t size)
{
    entropy_asked++;
    for (size_t i = 0; i < size; i++) out[i] = (unsigned char)(i * 37 + entropy_asked);
    return arg != NULL;
}

static void hooks(void)
{
#if MBEDTLS_VERSION_MAJOR < 4
    pyf_ssl_error error = { 0 };
    pyf_ssl_context *ctx = pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH,
                                                          .entropy = give_entropy);
    CHECK(ctx != NULL && entropy_asked > 0);
    pyf_ssl_context_free(ctx);
    ctx = pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH, .entropy = give_entropy,
                                         .entropy_arg = &error, .error = &error);
    CHECK(ctx == NULL);
    CHECK_EQ(error.reason, PYF_SSL_REASON_ENTROPY);
#else
    pyf_ssl_error error = { 0 };
    CHECK(pyf_ssl_create_default_context(.entropy = give_entropy, .error = &error) == NULL);
    CHECK(error.status == PYF_VALUE_ERROR && error.reason == PYF_SSL_REASON_ENTROPY);
    CHECK_EQ(entropy_asked, 0);
#endif
}

static void library(void)
{
    pyf_ssl_library_info info = pyf_ssl_library();
    CHECK(strncmp(info.version, "Mbed TLS ", 9) == 0);
    CHECK_EQ(info.number, MBEDTLS_VERSION_NUMBER);
    CHECK(strcmp(pyf_ssl_status_name(PYF_SSL_WANT_READ), "SSLWantReadError") == 0);
    CHECK(strcmp(pyf_ssl_status_name(PYF_SSL_EOF_ERROR), "SSLEOFError") == 0);
    CHECK(strcmp(pyf_ssl_status_name(PYF_TIMEOUT_ERROR), "TimeoutError") == 0);
    CHECK(strcmp(pyf_ssl_status_name(-99), "UnknownError") == 0);
    /* what a connection costs on top of Mbed TLS's own */
    CHECK(sizeof(struct pyf_ssl_socket) - sizeof(mbedtls_ssl_context) <= 256);
}

/* What Mbed TLS's codes are taken for. */
static void codes(void)
{
    static const int memory[] = { MBEDTLS_ERR_SSL_ALLOC_FAILED, MBEDTLS_ERR_X509_ALLOC_FAILED,
                                  MBEDTLS_ERR_PK_ALLOC_FAILED, MBEDTLS_ERR_PEM_ALLOC_FAILED,
                                  MBEDTLS_ERR_ASN1_ALLOC_FAILED,
                                  MBEDTLS_ERR_X509_INVALID_EXTENSIONS +
                                      MBEDTLS_ERR_ASN1_ALLOC_FAILED,
#if MBEDTLS_VERSION_MAJOR < 4
                                  MBEDTLS_ERR_MD_ALLOC_FAILED, MBEDTLS_ERR_CIPHER_ALLOC_FAILED,
                                  MBEDTLS_ERR_ECP_ALLOC_FAILED, MBEDTLS_ERR_MPI_ALLOC_FAILED,
                                  MBEDTLS_ERR_RSA_PUBLIC_FAILED + MBEDTLS_ERR_MPI_ALLOC_FAILED
#else
                                  PSA_ERROR_INSUFFICIENT_MEMORY
#endif
    };
    static const int certificate[] = { MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE,
                                       MBEDTLS_ERR_X509_CERT_VERIFY_FAILED,
                                       MBEDTLS_ERR_X509_FATAL_ERROR,
                                       MBEDTLS_ERR_X509_INVALID_DATE +
                                           MBEDTLS_ERR_ASN1_UNEXPECTED_TAG,
                                       MBEDTLS_ERR_ASN1_OUT_OF_DATA };
    static const int neither[] = { 0, MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_SSL_CONN_EOF,
                                   MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, MBEDTLS_ERR_SSL_INVALID_MAC,
                                   MBEDTLS_ERR_SSL_INTERNAL_ERROR, MBEDTLS_ERR_PEM_BAD_INPUT_DATA,
                                   -0x5f, -0x6e };
    for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
        if (!pyfi_ssl_is_memory(memory[i])) printf("-0x%x\n", (unsigned)-memory[i]);
        CHECK(pyfi_ssl_is_memory(memory[i]));
    }
    for (size_t i = 0; i < sizeof certificate / sizeof certificate[0]; i++) {
        bool so = pyfi_ssl_is_of_certificate(certificate[i]);
        if (!so) printf("-0x%x\n", (unsigned)-certificate[i]);
        CHECK(so);
        CHECK(!pyfi_ssl_is_memory(certificate[i]));
    }
    for (size_t i = 0; i < sizeof neither / sizeof neither[0]; i++)
        CHECK(!pyfi_ssl_is_memory(neither[i]) && !pyfi_ssl_is_of_certificate(neither[i]));
}

/* A memory BIO against a plain model. */
static void memory_bio(void)
{
    unsigned char buffer[37], model[1000], got[64];
    uint64_t rng = check_rng(2);
    size_t written = 0, read = 0;
    pyf_memory_bio bio;
    pyf_memory_bio_init(&bio, buffer, sizeof buffer);
    for (size_t i = 0; i < sizeof model; i++) model[i] = (unsigned char)check_random(&rng);
    while (read < sizeof model) {
        size_t n = check_below(&rng, 50), put, room = sizeof buffer - (written - read);
        if (n > sizeof model - written) n = sizeof model - written;
        put = pyf_memory_bio_write(&bio, model + written, n);
        CHECK_EQ(put, n < room ? n : room);
        written += put;
        CHECK_EQ(pyf_memory_bio_pending(&bio), written - read);
        n = check_below(&rng, 50);
        put = pyf_memory_bio_read(&bio, got, n);
        CHECK_EQ(put, n < written - read ? n : written - read);
        CHECK(memcmp(got, model + read, put) == 0);
        read += put;
    }
    CHECK(!pyf_memory_bio_eof(&bio));
    CHECK_EQ(pyf_memory_bio_write(&bio, "x", 1), 1);
    pyf_memory_bio_write_eof(&bio);
    CHECK(!pyf_memory_bio_eof(&bio));
    CHECK_EQ(pyf_memory_bio_write(&bio, "x", 1), 0);
    CHECK_EQ(pyf_memory_bio_read(&bio, got, 9), 1);
    CHECK(pyf_memory_bio_eof(&bio));
}

/* ---- names, as CPython's own tests have them ---- */

static size_t from_hex(const char *hex, char *out, size_t room)
{
    size_t n = strlen(hex) / 2;
    CHECK(n < room);
    for (size_t i = 0; i < n && n < room; i++) {
        unsigned byte = 0;
        (void)sscanf(hex + 2 * i, "%2x", &byte);
        out[i] = (char)byte;
    }
    out[n] = '\0';
    return n;
}

/* FOLDER/names has lines of: what CPython says, what we are to say, the host, the certificate. */
static void python_names(void)
{
    static char line[65536], name[1024], der[32768], host[512], text[65536];
    FILE *file = fopen(path_of("names"), "r");
    unsigned count = 0;
    int python, ours;
    if (file == NULL) CHECK_SKIP("this Python has no test_match_hostname");
    while (fscanf(file, "%d %d %1023s %65535s", &python, &ours, name, line) == 4) {
        size_t n = from_hex(line, der, sizeof der);
        pyf_ssl_certificate cert;
        pyf_status st;
        (void)from_hex(name, host, sizeof host);
        CHECK_EQ(pyf_ssl_certificate_parse(&cert, der, n, text, sizeof text), PYF_OK);
        st = pyf_ssl_match_hostname(&cert, host, NULL);
        if ((st == PYF_OK) != ours) printf("%s, %s\n", host, cert.subject_alt_name);
        CHECK_EQ(st == PYF_OK, ours);
        count++;
    }
    fclose(file);
    CHECK(count > 40);
}

/* Our own matcher, without the second vote of Mbed TLS. */
static void wildcard(void)
{
    static const char *const others[] = { "example.com", "a.b.example.com", ".example.com",
                                          "a.example.com.example.net", "a.example.co",
                                          "a.example.comm", "aexample.com", "a.fxample.com",
                                          "10.0.0.1", "localhost", NULL };
    pyf_ssl_certificate cert = certificate_of("wildcard.pem");
    pyf_ssl_error error;
    CHECK(strcmp(cert.subject_alt_name, "DNS:*.Example.com") == 0);
    CHECK_EQ(pyf_ssl_match_hostname(&cert, "a.example.com", NULL), PYF_OK);
    CHECK_EQ(pyf_ssl_match_hostname(&cert, "A.EXAMPLE.com.", NULL), PYF_OK);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        pyf_status st = pyf_ssl_match_hostname(&cert, others[i], &error);
        if (st == PYF_OK) printf("row %d\n", (int)i);
        CHECK(st == PYF_VALUE_ERROR || st == PYF_SSL_CERT_VERIFICATION_ERROR);
        CHECK_EQ(st, error.status);
    }
    cert.subject_alt_name = NULL; /* as in a certificate that was filled by hand */
    CHECK_EQ(pyf_ssl_match_hostname(&cert, "b.a.example.com", &error),
             PYF_SSL_CERT_VERIFICATION_ERROR);
    CHECK(strstr(error.text, "but for: nothing") != NULL);
    cert.der_size = 3;
    CHECK_EQ(pyf_ssl_match_hostname(&cert, "a.example.com", &error), PYF_VALUE_ERROR);
}

/* A name counts only as what it is tagged as. */
static void kinds_of_names(void)
{
    enum { EMAIL = 0x81, DNS = 0x82, URI = 0x86, IP = 0x87 };
    static const struct {
        unsigned char tag;
        const char *name, *host;
        bool good;
    } all[] = {
        { DNS, "a.example.com", "a.example.com", true }, { IP, "abcd", "97.98.99.100", true },
        { URI, "a.example.com", "a.example.com", false },
        { EMAIL, "a.example.com", "a.example.com", false },
        { IP, "a.example.com", "a.example.com", false }, { DNS, "abcd", "97.98.99.100", false },
        { URI, "abcd", "97.98.99.100", false }, { DNS, "97.98.99.100", "97.98.99.100", false },
        { IP, "abcdefghijklmnop", "97.98.99.100", false },
        { IP, "abcd", "::97.98.99.100", false },
        { IP, "abcdefghijklmnop", "6162:6364:6566:6768:696a:6b6c:6d6e:6f70", true },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pyf_ssl_certificate cert;
        CHECK_EQ(made(0x17, "260101000000Z", "300101000000Z", all[i].tag, all[i].name, &cert),
                 PYF_OK);
        if ((pyf_ssl_match_hostname(&cert, all[i].host, NULL) == PYF_OK) != all[i].good)
            printf("%s, %s\n", cert.subject_alt_name, all[i].host);
        CHECK_EQ(pyf_ssl_match_hostname(&cert, all[i].host, NULL) == PYF_OK, all[i].good);
    }
}

/* Names of all kinds as text: Python's words for them, and what could be mistaken escaped. */
static void names_as_text(void)
{
    static const struct {
        unsigned char tag;
        const char *name, *expected;
    } all[] = {
        { 0x81, "me@a.b", "email:me@a.b" }, { 0x82, "a,b", "DNS:a\\2Cb" },
        { 0x86, "https://a", "URI:https://a" }, { 0x87, "abc", "IP Address:abc" },
        { 0x88, "*\3", "other:*\\03" }, { 0xa4, "xy", "other:xy" },
        { 0x87, "\1\2\3\4", "IP Address:1.2.3.4" },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pyf_ssl_certificate cert;
        CHECK_EQ(made(0x17, "260101000000Z", "300101000000Z", all[i].tag, all[i].name, &cert),
                 PYF_OK);
        if (strcmp(cert.subject_alt_name, all[i].expected) != 0)
            printf("%s\n", cert.subject_alt_name);
        CHECK(strcmp(cert.subject_alt_name, all[i].expected) == 0);
    }
}

/* How names stand to constraints, where the certificates of the peers do not go: OUTSIDE, INSIDE or
 * not clear. As text: a DN is its DER. */
#define O(tag, text) "\x31\x0e\x30\x0c\x06\x03\x55\x04\x0a" tag "\x05" text
#define DN(rdn) "\x30\x10" rdn

static void relations(void)
{
    enum { EMAIL = 0x81, DNS = 0x82, DIR = 0xa4, IP = 0x87, OTHER = 0xa0 };
    static const struct {
        unsigned tag;
        const char *name, *base;
        enum pyfi_ssl_relation expected;
        size_t name_size, base_size; /* 0: as the text is */
    } all[] = {
        { DNS, "a.example.com", "", PYFI_SSL_INSIDE, 0, 0 },
        { DNS, "a.example.com", ".", PYFI_SSL_UNCLEAR, 0, 0 },
        { DNS, "a.example.com", ".example.com", PYFI_SSL_INSIDE, 0, 0 },
        { DNS, "example.com", ".example.com", PYFI_SSL_OUTSIDE, 0, 0 },
        { DNS, "*.example.com", "a.example.com", PYFI_SSL_UNCLEAR, 0, 0 },
        { DNS, "*.example.com", ".a.example.com", PYFI_SSL_UNCLEAR, 0, 0 },
        { DNS, "*.example.com", "example.com", PYFI_SSL_INSIDE, 0, 0 },
        { DNS, "*.example.com", "a.example.org", PYFI_SSL_OUTSIDE, 0, 0 },
        { DNS, "*.example.com", "*.example.com", PYFI_SSL_UNCLEAR, 0, 0 },
        { DNS, "a b", "example.com", PYFI_SSL_UNCLEAR, 0, 0 },
        { DNS, "", "example.com", PYFI_SSL_UNCLEAR, 0, 0 },
        { DNS, "*.", "example.com", PYFI_SSL_UNCLEAR, 0, 0 },
        { DNS, "*", "example.com", PYFI_SSL_UNCLEAR, 0, 0 },
        { DNS, "*a.example.com", "example.com", PYFI_SSL_UNCLEAR, 0, 0 },
        { IP, "abcd", "ab\0\0\377\377\0\0", PYFI_SSL_INSIDE, 4, 8 },
        { IP, "abcd", "ax\0\0\377\377\0\0", PYFI_SSL_OUTSIDE, 4, 8 },
        { IP, "abcd", "ab\0\0\377\360\377\0", PYFI_SSL_UNCLEAR, 4, 8 },
        { IP, "abcd", "ab\0\0\377\017\0\0", PYFI_SSL_UNCLEAR, 4, 8 },
        { IP, "abcd", "", PYFI_SSL_UNCLEAR, 4, 0 },
        { IP, "abcd", "ab\0\0\0\0\0\0\0\0\0\0\0\0\0\0\377\377\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
          PYFI_SSL_OUTSIDE, 4, 32 },
        { IP, "abcdefghijklmnop",
          "ab\0\0\0\0\0\0\0\0\0\0\0\0\0\0\377\377\0\0\0\0\0\0\0\0\0\0\0\0\0\0", PYFI_SSL_INSIDE, 16,
          32 },
        { EMAIL, "@example.org", "example.org", PYFI_SSL_UNCLEAR, 0, 0 },
        { EMAIL, "me@", "example.org", PYFI_SSL_UNCLEAR, 0, 0 },
        { EMAIL, "me@a.org", "me@b.org", PYFI_SSL_OUTSIDE, 0, 0 },
        { EMAIL, "me@a.org", "ME@a.org", PYFI_SSL_UNCLEAR, 0, 0 },
        { EMAIL, "me@a.org", "ma@a.org", PYFI_SSL_OUTSIDE, 0, 0 },
        { EMAIL, "me@a.b.org", ".b.org", PYFI_SSL_INSIDE, 0, 0 },
        { EMAIL, "me@b.org", ".b.org", PYFI_SSL_OUTSIDE, 0, 0 },
        { EMAIL, "me@a.c.org", ".b.org", PYFI_SSL_OUTSIDE, 0, 0 },
        { EMAIL, "me@b.org", "c.org", PYFI_SSL_OUTSIDE, 0, 0 },
        { DIR, DN(O("\x0c", "Gnome")), DN(O("\x0c", "Gnome")), PYFI_SSL_INSIDE, 0, 0 },
        { DIR, DN(O("\x0c", "Gnome")), DN(O("\x13", "gNOME")), PYFI_SSL_INSIDE, 0, 0 },
        { DIR, DN(O("\x0c", "Gnome")), DN(O("\x16", "gNOME")), PYFI_SSL_INSIDE, 0, 0 },
        { DIR, DN(O("\x16", "Gnome")), DN(O("\x0c", "gNOME")), PYFI_SSL_INSIDE, 0, 0 },
        { DIR, DN(O("\x0c", "Gnome")), DN(O("\x1e", "gNOME")), PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, DN(O("\x1e", "Gnome")), DN(O("\x13", "gNOME")), PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, DN(O("\x0c", "Gnome")), DN(O("\x0c", "Gnom\351")), PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, DN(O("\x0c", "Gnom\351")), DN(O("\x13", "Gnom\351")), PYFI_SSL_INSIDE, 0, 0 },
        { DIR, DN(O("\x0c", "Gn me")), DN(O("\x13", "gn ME")), PYFI_SSL_INSIDE, 0, 0 },
        { DIR, DN(O("\x0c", "Gnome")), DN(O("\x13", "Gn me")), PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, DN(O("\x0c", "Gnome")), DN(O("\x13", "Gnomi")), PYFI_SSL_OUTSIDE, 0, 0 },
        { DIR, DN(O("\x0c", "Gnome")), "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x0a\x0c\x02Gn",
          PYFI_SSL_OUTSIDE, 0, 0 },
        { DIR, "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x0a\x0c\x02Gn", DN(O("\x0c", "Gnome")),
          PYFI_SSL_OUTSIDE, 0, 0 },
        { DIR, "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x0a\x0c\x02Gn", DN(O("\x0c", "Gn   ")),
          PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, DN(O("\x0c", "Gn   ")), "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x0a\x0c\x02Gn",
          PYFI_SSL_UNCLEAR, 0, 0 },
        /* malformed: a number for the name, no name, no value, a set of two, of none, no set */
        { DIR, DN(O("\x0c", "Gnome")), "\x30\x07\x31\x05\x30\x03\x02\x01\x05",
          PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, "\x30\x07\x31\x05\x30\x03\x02\x01\x05", DN(O("\x0c", "Gnome")),
          PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, DN(O("\x0c", "Gnome")), "\x30\x09\x31\x07\x30\x05\x06\x03\x55\x04\x0a",
          PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, "\x30\x09\x31\x07\x30\x05\x06\x03\x55\x04\x0a", DN(O("\x0c", "Gnome")),
          PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, DN(O("\x0c", "Gnome")), "\x30\x06\x31\x04\x30\0\x30\0", PYFI_SSL_UNCLEAR, 0, 8 },
        { DIR, DN(O("\x0c", "Gnome")), "\x30\x02\x31\0", PYFI_SSL_UNCLEAR, 0, 4 },
        { DIR, "\x30\x02\x31\0", DN(O("\x0c", "Gnome")), PYFI_SSL_UNCLEAR, 4, 0 },
        { DIR, "\x30\x06\x31\x04\x30\0\x30\0", DN(O("\x0c", "Gnome")), PYFI_SSL_UNCLEAR, 8, 0 },
        { DIR, DN(O("\x0c", "Gnome")), "\x30\x02\x30\0", PYFI_SSL_UNCLEAR, 0, 4 },
        { DIR, "\x30\x02\x30\0", DN(O("\x0c", "Gnome")), PYFI_SSL_UNCLEAR, 4, 0 },
        { DIR, DN(O("\x0c", "Gnome")), "", PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, "", DN(O("\x0c", "Gnome")), PYFI_SSL_UNCLEAR, 0, 0 },
        { DIR, "\x30\0", DN(O("\x0c", "Gnome")), PYFI_SSL_OUTSIDE, 2, 0 },
        { OTHER, "x", "x", PYFI_SSL_UNCLEAR, 0, 0 },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const unsigned char *n = (const unsigned char *)all[i].name;
        const unsigned char *b = (const unsigned char *)all[i].base;
        struct pyfi_ssl_der name = { n, n + (all[i].name_size > 0 ? all[i].name_size
                                                                  : strlen(all[i].name)) };
        struct pyfi_ssl_der base = { b, b + (all[i].base_size > 0 ? all[i].base_size
                                                                  : strlen(all[i].base)) };
        enum pyfi_ssl_relation got = pyfi_ssl_relate(all[i].tag, name, base);
        if (got != all[i].expected) printf("row %d: %s, %s\n", (int)i, all[i].name, all[i].base);
        CHECK_EQ(got, all[i].expected);
    }
}

/* Extensions that say CA, and that do not. */
static void constraints_of_a_ca(void)
{
#define BASIC(size, value_size, value) \
    "\x30" size "\x06\x03\x55\x1d\x13\x04" value_size value
    static const struct {
        const char *bytes;
        size_t size;
        bool ca;
    } all[] = {
        { BASIC("\x0c", "\x05", "\x30\x03\x01\x01\xff"), 14, true },
        { BASIC("\x0c", "\x05", "\x30\x03\x01\x01\x00"), 14, false },
        { BASIC("\x0c", "\x05", "\x30\x03\x02\x01\xff"), 14, false },
        { BASIC("\x0d", "\x06", "\x30\x04\x01\x02\xff\xff"), 15, false },
        { BASIC("\x0c", "\x05", "\x31\x03\x01\x01\xff"), 14, false },
        { BASIC("\x09", "\x02", "\x30\x00"), 11, false },
        { BASIC("\x09", "\x02", "\x30\x05"), 11, false },
        { BASIC("\x0c", "\x05", "\x30\x03\x01\x01\xff")
              BASIC("\x0c", "\x05", "\x30\x03\x01\x01\xff"), 28, false }, /* twice */
        { "\x30\x0f\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff", 17, true },
        { "\x30\x10\x06\x03\x55\x1d\x13\x01\x02\xff\xff\x04\x05\x30\x03\x01\x01\xff", 18, true },
        { "\x30\x10\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff\x05", 18, false },
        { "\x30\x00", 2, false }, { "\x31\x00", 2, false }, { "", 0, false },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct pyfi_ssl_x509 x;
        memset(&x, 0, sizeof x);
        x.extensions.p = (const unsigned char *)all[i].bytes;
        x.extensions.end = x.extensions.p + all[i].size;
        if (pyfi_ssl_is_ca(&x) != all[i].ca) printf("row %d\n", (int)i);
        CHECK_EQ(pyfi_ssl_is_ca(&x), all[i].ca);
    }
}

/* FOLDER/malformed has certificates with one thing odd each; the first, that has none, is cut off
 * anywhere too. */
static void malformed(void)
{
    static char line[8192], der[4096], odd[64], subject[64], text[1024];
    FILE *file = fopen(path_of("malformed"), "r");
    pyf_ssl_error error = { 0 };
    unsigned count = 0;
    CHECK(file != NULL);
    while (fscanf(file, "%63[^\t]\t%63[^\t]\t%8191s\n", odd, subject, line) == 3) {
        size_t n = from_hex(line, der, sizeof der);
        pyf_ssl_certificate cert = { 0 };
        pyf_status st = pyf_ssl_certificate_parse(&cert, der, n, text, sizeof text);
        bool good = subject[0] != '-';
        if ((st == PYF_OK) != good) printf("%s\n", odd);
        CHECK_EQ(st, good ? PYF_OK : PYF_VALUE_ERROR);
        CHECK(!good || strcmp(cert.subject, subject[0] == '*' ? "" : subject) == 0);
        if (strncmp(odd, "names", 5) == 0)
            CHECK_EQ(pyf_ssl_match_hostname(&cert, HOST, &error),
                     strcmp(odd + 6, "good") == 0 ? PYF_OK : PYF_SSL_CERT_VERIFICATION_ERROR);
        while (n-- > 0 && count == 0)
            CHECK_EQ(pyf_ssl_certificate_parse(&cert, der, n, text, sizeof text), PYF_VALUE_ERROR);
        count++;
    }
    fclose(file);
    CHECK(count > 60);
    CHECK_EQ(error.reason, PYF_SSL_REASON_BAD_NAME);
}

/* Certificates with bytes changed, cut off, put in: parsed or refused, never more. */
static void mutations(void)
{
    static const char *const names[] = { "many.pem", "nc-good-middle.pem", "ip6.pem", "rsa.pem" };
    unsigned rounds = getenv("SSL_EVERY") ? 200000 : 3000;
    uint64_t rng = check_rng(3);
    pyf_ssl_context_free(client_context("ca.pem")); /* Mbed TLS 4 must be initialized */
    for (unsigned k = 0; k < sizeof names / sizeof names[0]; k++) {
        mbedtls_x509_crt crt;
        mbedtls_x509_crt_init(&crt);
        CHECK(mbedtls_x509_crt_parse_file(&crt, path_of(names[k])) >= 0);
        for (const mbedtls_x509_crt *c = &crt; c != NULL; c = c->next)
            for (unsigned i = 0; i < rounds; i++) {
                size_t n = c->raw.len, cut = check_below(&rng, 8) ? n : check_below(&rng, (unsigned)n);
                unsigned char *copy = malloc(cut + 1);
                static char text[4096];
                pyf_ssl_certificate cert;
                struct pyfi_ssl_x509 x;
                memcpy(copy, c->raw.p, cut);
                for (unsigned j = check_below(&rng, 4); j > 0 && cut > 0; j--)
                    copy[check_below(&rng, (unsigned)cut)] =
                        (unsigned char)(check_below(&rng, 2) ? check_random(&rng)
                                                             : 0x80 + check_below(&rng, 5));
                if (pyf_ssl_certificate_parse(&cert, copy, cut, text, sizeof text) == PYF_OK)
                    CHECK(pyf_ssl_match_hostname(&cert, "x.example.com", NULL) <= 0);
                if (pyfi_ssl_x509_view(&x, copy, cut)) (void)pyfi_ssl_constrain(&x, &x);
                free(copy);
            }
        mbedtls_x509_crt_free(&crt);
    }
}

/* ---- our server, and a client of Python's ---- */

struct serving {
    pyf_ssl_context *ctx;
    int fd;
    unsigned count;
};

static pyf_status serve_lines(void *arg)
{
    struct serving *s = arg;
    for (unsigned i = 0; i < s->count; i++) {
        int fd = accept(s->fd, NULL, NULL);
        char text[100];
        pyf_ssl_socket *c = pyf_ssl_wrap_socket(s->ctx, fd, .timeout_ms = LONG);
        int n = pyf_ssl_recv(c, text, sizeof text);
        if (n > 0) (void)pyf_ssl_sendall(c, text, (size_t)n);
        pyf_ssl_close(c);
    }
    return PYF_OK;
}

/* What a client says that a command of the shell starts, all of it; $P is our server's port and $F
 * the folder. The server serves count connections. */
static void foreign_client(pyf_ssl_context *ctx, unsigned count, const char *command, char *out,
                           size_t size)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;
    struct serving serving = { ctx, socket(AF_INET, SOCK_STREAM, 0), count };
    pyf_executor *ex = pyf_thread_pool_executor(.max_workers = 1, .workers_only = true);
    pyf_future f = { 0 };
    char port[16];
    size_t used;
    FILE *client;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(serving.fd, (struct sockaddr *)&address, length) == 0);
    CHECK(listen(serving.fd, 8) == 0);
    CHECK(getsockname(serving.fd, (struct sockaddr *)&address, &length) == 0);
    CHECK_EQ(pyf_executor_submit(ex, &f, serve_lines, &serving), PYF_OK);
    snprintf(port, sizeof port, "%u", (unsigned)ntohs(address.sin_port));
    setenv("P", port, 1);
    setenv("F", folder, 1);
    client = popen(command, "r");
    used = fread(out, 1, size - 1, client);
    out[used] = '\0';
    pclose(client);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT);
    close(serving.fd);
    pyf_ssl_context_free(ctx);
}

static void python_client(pyf_ssl_context *ctx, unsigned count, const char *arguments, char *out,
                          size_t size)
{
    char command[512];
    snprintf(command, sizeof command, "python3 -B ssl_peers.py client \"$F\" $P %s", arguments);
    foreign_client(ctx, count, command, out, size);
}

/* openssl s_client: a line to our server and back. */
static void openssl_clients(void)
{
    static const struct {
        const char *options, *cert, *ca, *alpn;
        bool good;
        const char *words; /* said by s_client too */
    } all[] = {
        { "-tls1_2", "ecdsa.pem", NULL, NULL, true, "" },
        { "", "rsa.pem", NULL, NULL, true, "" },
        { "-alpn h2,http/1.1 -no_ticket", "chain.pem", NULL, "http/1.1", true, "" },
        { "-cipher ECDHE-RSA-CHACHA20-POLY1305 -tls1_2", "rsa.pem", NULL, NULL, true, "" },
        { "-groups P-521 -tls1_2", "rsa.pem", NULL, NULL, true, "" },
        { "-cert $F/client.pem -key $F/client.pem", "rsa.pem", "ca.pem", NULL, true, "" },
        { "-cert $F/client.pem -key $F/client.pem -tls1_2", "rsa.pem", "ca.pem", NULL, true, "" },
        { "-max_send_frag 512 -split_send_frag 512", "rsa.pem", NULL, NULL, true, "" },
        { "", "rsa.pem", "ca.pem", NULL, false, "" }, /* TLS 1.3: no word of why in the clear */
        { "-tls1_2", "rsa.pem", "ca.pem", NULL, false, "" }, /* Mbed TLS just hangs up */
        { "-cert $F/stranger.pem -key $F/stranger.pem", "rsa.pem", "ca.pem", NULL, false, "" },
        { "-cert $F/for-code.pem -key $F/for-code.pem", "rsa.pem", "ca.pem", NULL, false, "" },
        { "-cert $F/stranger.pem -key $F/stranger.pem -tls1_2", "rsa.pem", "ca.pem", NULL, false,
          "alert" },
        { "-tls1_1 -cipher ALL:@SECLEVEL=0", "rsa.pem", NULL, NULL, false, "alert" },
        { "-tls1 -cipher ALL:@SECLEVEL=0", "rsa.pem", NULL, NULL, false, "alert" },
        { "-tls1_2 -cipher AES128-GCM-SHA256", "rsa.pem", NULL, NULL, false, "alert" },
        { "-tls1_2 -cipher ECDHE-RSA-AES128-SHA", "rsa.pem", NULL, NULL, false, "alert" },
        { "-tls1_2 -cipher eNULL:aNULL:@SECLEVEL=0", "rsa.pem", NULL, NULL, false, "alert" },
        { "-tls1_2 -psk 0102 -cipher PSK", "rsa.pem", NULL, NULL, false, "alert" },
        { "-alpn smtp -tls1_2", "rsa.pem", NULL, "h2", false, "alert" },
        { "", "wrong-host.pem", NULL, NULL, false, "mismatch" },
        { "", "unknown-ca.pem", NULL, NULL, false, "unable to get local issuer" },
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        pyf_ssl_context *ctx = server_context(all[i].cert, all[i].ca);
        static char out[4096];
        char command[512];
        if (all[i].alpn != NULL)
            CHECK_EQ(pyf_ssl_context_set_alpn_protocols(ctx, all[i].alpn), PYF_OK);
        snprintf(command, sizeof command,
                 "echo hello | openssl s_client -quiet -connect 127.0.0.1:$P -servername " HOST
                 " -verify_hostname " HOST " -verify_return_error -verify_quiet -CAfile $F/ca.pem "
                 "%s 2>&1", all[i].options);
        foreign_client(ctx, 1, command, out, sizeof out);
        if ((strcmp(out, "hello\n") == 0) != all[i].good || strstr(out, all[i].words) == NULL) {
            printf("%s: %s\n", all[i].options, out);
            CHECK(!"as expected");
        }
    }
}

/* What s_client does after the handshake: again with a session; a renegotiation, refused. */
static void openssl_goes_on(void)
{
    static char out[65536];
    pyf_ssl_context *ctx = server_context("ecdsa.pem", NULL);
    CHECK_EQ(pyf_ssl_context_set_maximum_version(ctx, PYF_SSL_TLSV1_2), PYF_OK);
    foreign_client(ctx, 6, "openssl s_client -connect 127.0.0.1:$P -CAfile $F/ca.pem -reconnect "
                   "2>&1 < /dev/null | grep -c '^Reused, TLSv1.2'", out, sizeof out);
    CHECK(strcmp(out, "5\n") == 0);
    ctx = server_context("ecdsa.pem", NULL);
    CHECK_EQ(pyf_ssl_context_set_maximum_version(ctx, PYF_SSL_TLSV1_2), PYF_OK);
    foreign_client(ctx, 1, "(echo R; sleep 0.2; echo hello 2> /dev/null) | openssl s_client "
                   "-tls1_2 -CAfile $F/ca.pem -connect 127.0.0.1:$P 2>&1", out, sizeof out);
    CHECK(strstr(out, "RENEGOTIATING") != NULL && strstr(out, "\nhello\n") == NULL);
    CHECK(strstr(out, "no renegotiation") != NULL || strstr(out, "alert") != NULL);
    ctx = server_context("ecdsa.pem", NULL); /* what is no name is not even asked about */
    CHECK_EQ(pyf_ssl_context_set_sni_callback(ctx, choose, NULL), PYF_OK);
    asked = 0;
    foreign_client(ctx, 1, "echo hello | openssl s_client -connect 127.0.0.1:$P -servername 'a b' "
                   "-CAfile $F/ca.pem -quiet 2>&1", out, sizeof out);
    CHECK(strstr(out, "hello\n") == NULL);
    CHECK_EQ(asked, 0);
    if (pyf_ssl_library().tls13) { /* two hellos, as the first has no key share for us */
        pyf_ssl_context *second = server_context("second.pem", NULL);
        ctx = server_context("ecdsa.pem", NULL);
        CHECK_EQ(pyf_ssl_context_set_sni_callback(ctx, choose, second), PYF_OK);
        asked = 0;
        foreign_client(ctx, 1, "echo hello | openssl s_client -tls1_3 -CAfile $F/ca.pem -quiet "
                       "-groups X448:P-256 -connect 127.0.0.1:$P -servername second.example.com "
                       "-verify_hostname second.example.com -verify_return_error -verify_quiet "
                       "2>&1", out, sizeof out);
        CHECK(strcmp(out, "hello\n") == 0);
        CHECK_EQ(asked, 2);
        ctx = server_context("ecdsa.pem", NULL); /* another choice the second time: neither */
        CHECK_EQ(pyf_ssl_context_set_sni_callback(ctx, choose_once, second), PYF_OK);
        asked = 0;
        foreign_client(ctx, 1, "echo hello | openssl s_client -tls1_3 -CAfile $F/ca.pem -quiet "
                       "-groups X448:P-256 -connect 127.0.0.1:$P -servername second.example.com "
                       "2>&1", out, sizeof out);
        CHECK(strstr(out, "hello\n") == NULL);
        CHECK_EQ(asked, 2);
        pyf_ssl_context_free(second);
    }
}

static void python_clients(void)
{
    static char out[1024];
    pyf_ssl_context *ctx = server_context("ecdsa.pem", NULL);
    CHECK_EQ(pyf_ssl_context_set_alpn_protocols(ctx, "http/1.1", "h2"), PYF_OK);
    python_client(ctx, 1, "ca.pem - h2,http/1.1 " HOST, out, sizeof out);
    CHECK(strcmp(out, HOST " hello  " HOST " http/1.1 False\n") == 0);
    ctx = server_context("ecdsa.pem", NULL);
    CHECK_EQ(pyf_ssl_context_set_maximum_version(ctx, PYF_SSL_TLSV1_2), PYF_OK);
    python_client(ctx, 2, "ca.pem - - " HOST " " HOST, out, sizeof out);
    CHECK(strcmp(out, HOST " hello  " HOST " None False\n" HOST " hello  " HOST " None True\n") ==
          0);
    python_client(server_context("ecdsa.pem", NULL), 1, "other-ca.pem - - " HOST, out, sizeof out);
    CHECK(strcmp(out, HOST " SSLCertVerificationError\n") == 0);
    python_client(server_context("chain.pem", "ca.pem"), 1, "ca.pem client.pem - " HOST, out,
                  sizeof out);
    CHECK(strcmp(out, HOST " hello  " HOST " None False\n") == 0);
    python_client(server_context("chain.pem", "ca.pem"), 1, "ca.pem - - " HOST, out, sizeof out);
    CHECK(strncmp(out, HOST " hello", strlen(HOST) + 6) != 0);
    {
        pyf_ssl_context *second = server_context("second.pem", NULL);
        ctx = server_context("ecdsa.pem", NULL);
        CHECK_EQ(pyf_ssl_context_set_sni_callback(ctx, choose, second), PYF_OK);
        python_client(ctx, 3, "ca.pem - - second.example.com " HOST " third.example.com", out,
                      sizeof out);
        CHECK(strstr(out, "second.example.com hello  second.example.com None False\n" HOST
                          " hello  " HOST " None False\nthird.example.com SSL") == out);
        pyf_ssl_context_free(second);
    }
}

/* ---- servers of Python's that do more than answer ---- */

static void other_servers(void)
{
    static const char *const labels[] = { "alpn", "mtls", "TLSv1_2", "TLSv1_3", "hosts" };
    for (int i = 0; i < 5; i++) {
        const struct row *r = row_named("other", labels[i]);
        pyf_ssl_context *ctx = client_context("ca.pem");
        pyf_ssl_session *session = NULL;
        if (i == 3 && !pyf_ssl_library().tls13) {
            pyf_ssl_context_free(ctx);
            continue;
        }
        if (i == 0) CHECK_EQ(pyf_ssl_context_set_alpn_protocols(ctx, "http/1.1"), PYF_OK);
        if (i == 1)
            CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of("client.pem")), 0);
        for (int round = 0; round < 2; round++) {
            struct link l = { .fd = dial(r->port) };
            char text[64] = "";
            const char *host = i == 4 && round == 1 ? "second.example.com" : HOST;
            open_link(&l, ctx, host, BLOCKING, i == 4 ? NULL : session);
            CHECK_EQ(exchange(&l, text, sizeof text), 0);
            CHECK(strcmp(text, "hello\n") == 0);
            if (text[0] == '\0') printf("%s: %s\n", labels[i], pyf_ssl_error_text(l.s));
            if (i == 0) CHECK(strcmp(pyf_ssl_selected_alpn_protocol(l.s), "http/1.1") == 0);
            if (i == 2 || i == 3) CHECK_EQ(pyf_ssl_session_reused(l.s), round == 1);
            pyf_ssl_session_free(session);
            session = pyf_ssl_get_session(l.s);
            close_link(&l);
        }
        pyf_ssl_session_free(session);
        pyf_ssl_context_free(ctx);
    }
}

/* ---- faults: the k-th allocation, the k-th call of the transport ---- */

enum { ALLOCATION, TRANSPORT };

/* At each call that is to be tried the process forks: in the child the call fails, and the child
 * goes on from there to the end and says what came of it; the parent goes on to the next. So each
 * of a hundred thousand allocations costs a fork, and none a handshake. */
static struct {
    int what;       /* ALLOCATION or TRANSPORT */
    bool on, child; /* fork; this is the child of a fork */
    bool end;       /* of the transport: the end of the stream instead of an error */
    long count;     /* of such calls; in a child the one that failed */
    long next, step, tried;
    int running;
    struct {
        pid_t pid;
        long call;
    } children[2];
    const char *life;
    bool contexts;       /* they stand: what fails now belongs to a connection */
    bool late;           /* so it was in this child */
    pyf_ssl_socket *hit; /* whose transport failed */
    long lost;           /* children in which Mbed TLS itself lost memory */
} fault;

enum { CHILD_GOOD, CHILD_BAD, CHILD_LOST };

/* Wait for a child to end; its failure is one of this case. */
static void fault_reap(void)
{
    int ws = 0, i = 0;
    pid_t pid = waitpid(-1, &ws, 0);
    while (i < fault.running && fault.children[i].pid != pid) i++;
    CHECK(pid > 0 && i < fault.running);
    if (i == fault.running) return;
    if (WIFEXITED(ws) && WEXITSTATUS(ws) == CHILD_LOST) {
        fault.lost++;
    } else if (!WIFEXITED(ws) || WEXITSTATUS(ws) != CHILD_GOOD) {
        printf("%s: with call %ld failing: %s %d\n", fault.life, fault.children[i].call,
               WIFSIGNALED(ws) ? "signal" : "status",
               WIFSIGNALED(ws) ? WTERMSIG(ws) : WEXITSTATUS(ws));
        CHECK(!"survives the fault");
    }
    fault.children[i] = fault.children[--fault.running];
}

/* Whether this call fails: in the child of a fork it does. */
static bool fault_fork(void)
{
    long call = fault.count;
    pid_t pid;
    if (fault.child) return false;
    fault.count++;
    if (!fault.on || call != fault.next) return false;
    fault.next += fault.step;
    fault.tried++;
    if (fault.running == 2) fault_reap();
    (void)fflush(NULL);
    pid = fork();
    CHECK(pid >= 0);
    if (pid > 0) {
        fault.children[fault.running].pid = pid;
        fault.children[fault.running++].call = call;
    }
    if (pid != 0) return false;
    (void)alarm(CHECK_SECONDS * check_slowness());
    fault.child = true;
    fault.late = fault.contexts;
    fault.count = call;
    check_failures = 0;
    return true;
}

static bool fails(int what)
{
    static bool busy; /* what the harness itself allocates does not count */
    bool yes;
    if (what == ALLOCATION && countdown >= 0) return countdown-- == 0;
    if (busy || what != fault.what) return false;
    busy = true;
    yes = fault_fork();
    busy = false;
    return yes;
}

static long blocks; /* of calloc and malloc that were not freed */

#ifdef SSL_WRAP
void *__real_calloc(size_t n, size_t size);
void *__real_malloc(size_t size);
void __real_free(void *block);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void __wrap_free(void *block);

static void *counted(void *block)
{
    if (block != NULL) (void)__atomic_fetch_add(&blocks, 1, __ATOMIC_RELAXED);
    return block;
}
void *__wrap_calloc(size_t n, size_t size)
{
    return fails(ALLOCATION) ? NULL : counted(__real_calloc(n, size));
}
void *__wrap_malloc(size_t size) { return fails(ALLOCATION) ? NULL : counted(__real_malloc(size)); }
void __wrap_free(void *block)
{
    if (block != NULL) (void)__atomic_fetch_sub(&blocks, 1, __ATOMIC_RELAXED);
    __real_free(block);
}
#endif

struct leaky {
    pyf_ssl_socket **side;
    pyf_memory_bio *in, *out;
};

static int leaky_send(void *arg, const unsigned char *data, size_t size)
{
    struct leaky *l = arg;
    size_t n;
    if (!fault.end && fails(TRANSPORT)) {
        fault.hit = *l->side;
        return PYF_OS_ERROR;
    }
    n = pyf_memory_bio_write(l->out, data, size);
    return n > 0 ? (int)n : PYF_SSL_WANT_WRITE;
}

static int leaky_recv(void *arg, unsigned char *buffer, size_t size)
{
    struct leaky *l = arg;
    size_t n;
    if (fails(TRANSPORT)) {
        fault.hit = *l->side;
        return fault.end ? 0 : PYF_OS_ERROR;
    }
    n = pyf_memory_bio_read(l->in, buffer, size < 50 ? size : 50);
    if (n > 0) return (int)n;
    return pyf_memory_bio_eof(l->in) ? 0 : PYF_SSL_WANT_READ;
}

/* Whom two sides show; the side that refuses the other's certificate, if one does. */
struct life {
    const char *name, *server_cert, *client_cert;
    bool client_refuses, server_refuses, tls13;
    bool chosen; /* the SNI callback of the server chooses another context */
};

static const struct life lives[] = {
    { "good", "ecdsa.pem", NULL, false, false, false, false },
    { "wrong host", "wrong-host.pem", NULL, true, false, false, false },
    { "stranger", "ecdsa.pem", "stranger.pem", false, true, false, false },
    { "chosen, stranger", "ecdsa.pem", "stranger.pem", false, true, false, true },
    { "good, TLS 1.3", "ecdsa.pem", NULL, false, false, true, false },
    { "client, TLS 1.3", "ecdsa.pem", "client.pem", false, false, true, false },
    { "wrong host, TLS 1.3", "wrong-host.pem", NULL, true, false, true, false },
    { "chosen, stranger, TLS 1.3", "ecdsa.pem", "stranger.pem", false, true, true, true },
};
enum { LIVES = sizeof lives / sizeof lives[0], LIVES_OF_TLS12 = 4 };

static pyf_ssl_context *choose_that(pyf_ssl_socket *s, const char *name, pyf_ssl_context *ctx,
                                    void *arg);

static pyf_ssl_context *lent_server(const char *cert)
{
    pyf_ssl_context *ctx = pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH,
                                                          .allocator = &lender);
    (void)pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of(cert));
    return ctx;
}

/* The contexts. False if there will be no test: a server whose CAs could not be loaded does not ask
 * for certificates, a client without one sends none. */
static bool prepare(const struct life *life, struct pair *p, pyf_ssl_context **chosen)
{
    pyf_ssl_context *asks;
    p->client_ctx = pyf_ssl_create_default_context(.cafile = path_of("ca.pem"),
                                                   .allocator = &lender);
    p->server_ctx = asks = lent_server(life->server_cert);
    (void)pyf_ssl_context_set_alpn_protocols(p->client_ctx, "h2");
    if (!life->tls13) {
        (void)pyf_ssl_context_set_ciphers(p->client_ctx, "ECDHE-ECDSA-AES128-GCM-SHA256");
        (void)pyf_ssl_context_set_maximum_version(p->client_ctx, PYF_SSL_TLSV1_2);
    }
    if (pyf_ssl_context_load_crls(p->client_ctx, path_of("crl.pem"), NULL, 0) != PYF_OK)
        return false;
    if (life->chosen) {
        *chosen = asks = lent_server(life->server_cert);
        if (pyf_ssl_context_set_sni_callback(p->server_ctx, choose_that, asks) != PYF_OK)
            return false;
    }
    return life->client_cert == NULL ||
           (pyf_ssl_context_load_verify_locations(asks, .cafile = path_of("ca.pem")) == PYF_OK &&
            pyf_ssl_context_load_cert_chain(p->client_ctx,
                                            .certfile = path_of(life->client_cert)) == PYF_OK);
}

/* The two sides over a transport that may fail. */
static void open_leaky(struct pair *p, const struct leaky *client, const struct leaky *server,
                       pyf_ssl_session *session)
{
    pyf_ssl_io up = { leaky_send, leaky_recv, NULL, NULL, (void *)(uintptr_t)client };
    pyf_ssl_io down = { leaky_send, leaky_recv, NULL, NULL, (void *)(uintptr_t)server };
    pyf_memory_bio_init(&p->up, p->up_buffer, sizeof p->up_buffer);
    pyf_memory_bio_init(&p->down, p->down_buffer, sizeof p->down_buffer);
    p->client = pyf_ssl_wrap_io(p->client_ctx, &up, .server_hostname = HOST, .session = session);
    p->server = pyf_ssl_wrap_io_with(p->server_ctx, &down, NULL);
}

/* The side whose transport has failed is of no use any more, and says why. */
static void check_hit(const struct pair *p, bool refuses)
{
    pyf_status st = pyf_ssl_do_handshake(fault.hit);
    CHECK(fault.hit == p->client || fault.hit == p->server);
    if (!refuses || st != PYF_SSL_CERT_VERIFICATION_ERROR)
        CHECK_EQ(st, fault.end ? PYF_SSL_EOF_ERROR : PYF_OS_ERROR);
    CHECK(pyf_ssl_error_text(fault.hit)[0] != '\0');
    CHECK_EQ(pyf_ssl_send(fault.hit, "x", 1), st);
    fault.hit = NULL;
}

/* A connection from the first byte to the last goodbye: whether a line came through. accepted: the
 * side that is to refuse took the other for good. */
static bool live(const struct life *life, struct pair *p, pyf_ssl_session **session, bool *accepted)
{
    struct leaky c = { &p->client, &p->down, &p->up }, s = { &p->server, &p->up, &p->down };
    pyf_status client, server = PYF_SSL_ERROR;
    pyf_ssl_session *old = *session;
    bool good = false;
    char text[8] = "";
    if (fault.what == TRANSPORT) open_leaky(p, &c, &s, old);
    else open_pair(p, HOST, old);
    (void)pyf_ssl_settimeout(p->client, PYF_FOREVER); /* forking takes its time */
    (void)pyf_ssl_settimeout(p->server, PYF_FOREVER);
    client = shake(p, &server);
    if (client == PYF_OK && server == PYF_OK) {
        good = pyf_ssl_sendall(p->client, "hello", 5) == PYF_OK &&
               pyf_ssl_recv(p->server, text, sizeof text) == 5 && strcmp(text, "hello") == 0 &&
               pyf_ssl_send(p->server, "x", 1) == 1 && pyf_ssl_recv(p->client, text, 8) == 1;
        *session = pyf_ssl_get_session(p->client);
        CHECK(old == NULL || !good || fault.child || pyf_ssl_session_reused(p->client));
        pyf_ssl_session_free(old);
    }
    *accepted = *accepted || (life->client_refuses && client == PYF_OK) ||
                (life->server_refuses && server == PYF_OK);
    if (fault.hit != NULL) check_hit(p, life->client_refuses || life->server_refuses);
    close_pair(p);
    fault.hit = NULL;
    return good;
}

/* From nothing to nothing: contexts, a connection, a second one with the session of the first. */
static bool live_through(const struct life *life, bool *accepted)
{
    struct pair p = { .client_ctx = NULL };
    pyf_ssl_context *chosen = NULL;
    pyf_ssl_session *session = NULL;
    bool good;
    *accepted = fault.contexts = false;
    good = prepare(life, &p, &chosen);
    fault.contexts = true;
    good = good && live(life, &p, &session, accepted);
    if (session != NULL) good = live(life, &p, &session, accepted) && good;
    pyf_ssl_session_free(session);
    pyf_ssl_context_free(chosen);
    free_pair(&p);
    return good;
}

/* Where to fail: each of count calls with SSL_EVERY=1, each fifth with 5, else a few. */
static void fault_plan(long count)
{
    const char *every = getenv("SSL_EVERY");
    uint64_t rng = check_rng(4);
    fault.step = every != NULL ? strtol(every, NULL, 10)
                                : count / (fault.what == TRANSPORT ? 6 : 12);
    if (fault.step < 1) fault.step = 1;
    fault.next = check_below(&rng, (unsigned)fault.step);
    fault.count = fault.tried = 0;
}

/* The child of a fault goes no further. Mbed TLS 3.6 and 4.0 lose up to three blocks themselves if
 * memory runs out in the key agreement or in a signature of TLS 1.3. */
static void fault_leave(const struct life *life, bool good, long lost)
{
    bool theirs = life->tls13 && fault.late && lost > 0 && lost <= 3;
    CHECK(good == false || !(life->client_refuses || life->server_refuses));
    if (!theirs) CHECK_EQ(lost, 0);
    if (check_failures > 0) printf("%s: with call %ld failing\n", life->name, fault.count);
    (void)fflush(NULL);
#ifdef CHECK_COVERAGE
    __gcov_dump();
#endif
    _exit(check_failures > 0 ? CHILD_BAD : theirs ? CHILD_LOST : CHILD_GOOD);
}

/* A life, each call of which fails in its turn. */
static void fault_each(const struct life *life, int what, bool end)
{
    bool bad = life->client_refuses || life->server_refuses, accepted, good;
    long before;
    fault.what = what;
    fault.end = end;
    fault.life = life->name;
    fault.count = fault.lost = 0;
    CHECK_EQ(live_through(life, &accepted), !bad); /* also what is allocated once and for all */
    CHECK(!accepted);
    fault_plan(fault.count);
    before = blocks;
    fault.on = true;
    good = live_through(life, &accepted);
    fault.on = false;
    CHECK(!accepted);
    CHECK_EQ(lent, 0);
    if (fault.child) fault_leave(life, good, blocks - before);
    CHECK_EQ(good, !bad);
    CHECK_EQ(blocks, before);
    while (fault.running > 0) fault_reap();
    CHECK(fault.tried > 0 && fault.lost * 20 <= fault.tried);
    if (getenv("SSL_EVERY") != NULL)
        printf("%s: %ld faults, Mbed TLS lost memory in %ld\n", life->name, fault.tried,
               fault.lost);
}

static void fault_memory(void)
{
#ifndef SSL_WRAP
    CHECK_SKIP("calloc cannot be wrapped in this build");
#else
    for (int i = 0; i < (pyf_ssl_library().tls13 ? LIVES : LIVES_OF_TLS12); i++)
        fault_each(&lives[i], ALLOCATION, false);
#endif
}

static void fault_transport(void)
{
    for (int i = 0; i < (pyf_ssl_library().tls13 ? LIVES : LIVES_OF_TLS12); i++)
        for (int end = 0; end < 2; end++) fault_each(&lives[i], TRANSPORT, end == 1);
}

/* ---- sequences of calls that an attacker would hope for ---- */

static pyf_ssl_context *choose_that(pyf_ssl_socket *s, const char *name, pyf_ssl_context *ctx,
                                    void *arg)
{
    CHECK(s != NULL && ctx != arg && strcmp(name, HOST) == 0);
    return arg;
}

/* A server, in front of one that its SNI callback chooses perhaps, meets three clients. */
static void check_chosen(pyf_ssl_context *front, const pyf_ssl_reason expected_reasons[3])
{
    static const char *const certs[] = { NULL, "stranger.pem", "client.pem" };
    for (int i = 0; i < 3; i++) {
        for (int version = 0; version < 1 + pyf_ssl_library().tls13; version++) {
            struct pair p = { .client_ctx = client_context("ca.pem"), .server_ctx = front };
            pyf_status st;
            if (version == 1)
                CHECK_EQ(pyf_ssl_context_set_maximum_version(p.client_ctx, PYF_SSL_TLSV1_2), 0);
            if (certs[i] != NULL)
                CHECK_EQ(pyf_ssl_context_load_cert_chain(p.client_ctx,
                                                         .certfile = path_of(certs[i])),
                         PYF_OK);
            st = meet(&p, HOST, NULL);
            CHECK_EQ(st == PYF_OK, expected_reasons[i] == PYF_SSL_REASON_NONE);
            CHECK_EQ(pyf_ssl_error_reason(p.server), expected_reasons[i]);
            close_pair(&p);
            pyf_ssl_context_free(p.client_ctx);
        }
    }
}

/* Whom a context admits that an SNI callback chose, and whom when it is used by itself after that:
 * the same clients. */
static void chosen_contexts(void)
{
    static const pyf_ssl_reason all[3] = { PYF_SSL_REASON_NONE };
    static const pyf_ssl_reason required[3] = { PYF_SSL_REASON_NO_CERTIFICATE,
                                                PYF_SSL_REASON_UNKNOWN_CA, PYF_SSL_REASON_NONE };
    static const pyf_ssl_reason optional[3] = { PYF_SSL_REASON_NONE, PYF_SSL_REASON_UNKNOWN_CA,
                                                PYF_SSL_REASON_NONE };
    for (int mode = PYF_SSL_CERT_NONE; mode <= PYF_SSL_CERT_REQUIRED; mode++) {
        const pyf_ssl_reason *expected_reasons = mode == PYF_SSL_CERT_NONE       ? all
                                                 : mode == PYF_SSL_CERT_OPTIONAL ? optional
                                                                                 : required;
        for (int front_ca = 0; front_ca < 2; front_ca++) {
            pyf_ssl_context *front = server_context("ecdsa.pem", front_ca ? "other-ca.pem" : NULL);
            pyf_ssl_context *chosen = server_context("rsa.pem", mode == 0 ? NULL : "ca.pem");
            CHECK_EQ(pyf_ssl_context_set_verify_mode(chosen, (enum pyf_ssl_verify_mode)mode), 0);
            if (front_ca == 1)
                CHECK_EQ(pyf_ssl_context_load_crls(chosen, path_of("crl.pem"), NULL, 0), PYF_OK);
            CHECK_EQ(pyf_ssl_context_set_sni_callback(front, choose_that, chosen), PYF_OK);
            check_chosen(front, expected_reasons);
            CHECK_EQ(pyf_ssl_context_set_verify_flags(chosen, 0), PYF_INVALID_STATE_ERROR);
            check_chosen(chosen, expected_reasons);
            pyf_ssl_context_free(front);
            pyf_ssl_context_free(chosen);
        }
    }
}

/* One that requires certificates and trusts nobody does not trust those whom the front trusts. */
static void chosen_without_cas(void)
{
    for (int mode = PYF_SSL_CERT_OPTIONAL; mode <= PYF_SSL_CERT_REQUIRED; mode++) {
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = server_context("ecdsa.pem", "ca.pem") };
        pyf_ssl_context *chosen = server_context("rsa.pem", NULL);
        CHECK_EQ(pyf_ssl_context_load_cert_chain(p.client_ctx, .certfile = path_of("client.pem")),
                 PYF_OK);
        CHECK_EQ(pyf_ssl_context_set_verify_mode(chosen, (enum pyf_ssl_verify_mode)mode), PYF_OK);
        CHECK_EQ(pyf_ssl_context_set_sni_callback(p.server_ctx, choose_that, chosen), PYF_OK);
        CHECK(meet(&p, HOST, NULL) < 0);
        CHECK(pyf_ssl_version(p.server) == NULL);
        close_pair(&p);
        free_pair(&p);
        pyf_ssl_context_free(chosen);
    }
}

/* Nor does one serve that is none of a server, or has no certificate; the third one does. */
static void chosen_in_vain(void)
{
    for (int i = 0; i < 4; i++) {
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = server_context("ecdsa.pem", NULL) };
        pyf_ssl_context *chosen =
            i == 0   ? client_context("ca.pem")
            : i == 1 ? pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH)
            : i == 2 ? server_context("ecdsa.pem", NULL)
                     : NULL;
        if (i == 0)
            CHECK_EQ(pyf_ssl_context_load_cert_chain(chosen, .certfile = path_of("rsa.pem")), 0);
        CHECK_EQ(pyf_ssl_context_set_sni_callback(p.server_ctx, choose_that, chosen), PYF_OK);
        CHECK_EQ(meet(&p, HOST, NULL) == PYF_OK, i == 2);
        CHECK((pyf_ssl_version(p.server) != NULL) == (i == 2));
        close_pair(&p);
        pyf_ssl_context_free(chosen);
        free_pair(&p);
    }
}

#ifdef SSL_WRAP
static long chosen_countdown;
static pyf_ssl_context *choose_poorly(pyf_ssl_socket *s, const char *name, pyf_ssl_context *ctx,
                                      void *arg)
{
    countdown = chosen_countdown; /* from here on memory is short */
    return choose_that(s, name, ctx, arg);
}
#endif

/* No memory for what the choice needs, for each allocation: nobody is served, by neither context;
 * the next client is. */
static void chosen_without_memory(void)
{
#ifndef SSL_WRAP
    CHECK_SKIP("calloc cannot be wrapped in this build");
#else
    unsigned in_vain = 0;
    for (long k = 0; k < 8; k++) {
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = server_context("ecdsa.pem", NULL) };
        pyf_ssl_context *fresh = server_context("ecdsa.pem", NULL);
        CHECK_EQ(pyf_ssl_context_load_cert_chain(fresh, .certfile = path_of("ecdsa.pem")), PYF_OK);
        CHECK_EQ(pyf_ssl_context_set_sni_callback(p.server_ctx, choose_poorly, fresh), PYF_OK);
        chosen_countdown = k;
        open_pair(&p, HOST, NULL);
        if (shake(&p, NULL) != PYF_OK) {
            in_vain++;
            CHECK(pyf_ssl_version(p.server) == NULL);
        } else {
            CHECK(countdown >= 0); /* no allocation has failed */
            CHECK_EQ(pyf_ssl_context_set_verify_flags(fresh, 0), PYF_INVALID_STATE_ERROR);
        }
        countdown = chosen_countdown = -1;
        close_pair(&p);
        CHECK_EQ(meet(&p, HOST, NULL), PYF_OK);
        close_pair(&p);
        free_pair(&p);
        pyf_ssl_context_free(fresh);
    }
    CHECK(in_vain >= 3);
#endif
}

/* A session does not outlive the certificate, nor stand in for that of a client. */
static void sessions_expire(void)
{
    pyf_ssl_certificate leaf = certificate_of("ecdsa.pem");
    int64_t end = (int64_t)pyf_datetime_timestamp(leaf.not_after);
    for (int version = 0; version < 1 + pyf_ssl_library().tls13; version++) {
        int64_t now = end - 10;
        struct pair p = { .client_ctx = pyf_ssl_create_default_context(
                              .cafile = path_of("ca.pem"), .clock = given_clock, .clock_arg = &now),
                          .server_ctx = server_context("ecdsa.pem", NULL) };
        unsigned char pin[32];
        pyf_ssl_session *session;
        public_key_of("ecdsa.pem", pin);
        CHECK_EQ(pyf_ssl_context_pin_public_key(p.client_ctx, pin), PYF_OK);
        if (version == 1)
            CHECK_EQ(pyf_ssl_context_set_maximum_version(p.client_ctx, PYF_SSL_TLSV1_2), PYF_OK);
        CHECK_EQ(meet(&p, HOST, NULL), PYF_OK);
        session = pyf_ssl_get_session(p.client);
        CHECK(session != NULL);
        close_pair(&p);
        CHECK_EQ(meet(&p, "GOOD.example.COM.", session), PYF_OK); /* the same host */
        CHECK(pyf_ssl_session_reused(p.client));
        close_pair(&p);
        now = end + 1;
        CHECK(meet(&p, HOST, session) < 0);
        CHECK_EQ(pyf_ssl_error_reason(p.client), PYF_SSL_REASON_EXPIRED);
        CHECK_EQ(pyf_ssl_sendall(p.client, "secret", 6), PYF_SSL_CERT_VERIFICATION_ERROR);
        close_pair(&p);
        now = -1;
        CHECK(meet(&p, HOST, session) < 0);
        CHECK_EQ(pyf_ssl_error_reason(p.client), PYF_SSL_REASON_TIME_UNKNOWN);
        close_pair(&p);
        pyf_ssl_session_free(session);
        free_pair(&p);
    }
}

static void sessions_of_clients(void)
{
    pyf_ssl_certificate leaf = certificate_of("client.pem");
    int64_t end = (int64_t)pyf_datetime_timestamp(leaf.not_after);
    for (int version = 0; version < 1 + pyf_ssl_library().tls13; version++) {
        static char text[2048];
        int64_t now = end - 10;
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = pyf_ssl_create_default_context(
                              .purpose = PYF_SSL_CLIENT_AUTH, .cafile = path_of("ca.pem"),
                              .clock = given_clock, .clock_arg = &now) };
        pyf_ssl_certificate cert;
        pyf_ssl_session *session;
        CHECK_EQ(pyf_ssl_context_load_cert_chain(p.server_ctx, .certfile = path_of("rsa.pem")), 0);
        CHECK_EQ(pyf_ssl_context_load_cert_chain(p.client_ctx, .certfile = path_of("client.pem")),
                 PYF_OK);
        if (version == 1)
            CHECK_EQ(pyf_ssl_context_set_maximum_version(p.client_ctx, PYF_SSL_TLSV1_2), PYF_OK);
        CHECK_EQ(meet(&p, HOST, NULL), PYF_OK);
        session = pyf_ssl_get_session(p.client);
        close_pair(&p);
        CHECK_EQ(meet(&p, HOST, session), PYF_OK);
        CHECK(!pyf_ssl_session_reused(p.client));
        CHECK_EQ(pyf_ssl_getpeercert(p.server, &cert, text, sizeof text), PYF_OK);
        CHECK(strcmp(cert.subject, "CN=client") == 0);
        close_pair(&p);
        now = end + 1;
        CHECK(meet(&p, HOST, session) < 0);
        CHECK_EQ(pyf_ssl_error_reason(p.server), PYF_SSL_REASON_EXPIRED);
        close_pair(&p);
        pyf_ssl_session_free(session);
        free_pair(&p);
    }
}

/* The name that was asked for counts, whatever becomes of the caller's memory after that. */
static void host_is_copied(void)
{
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("wrong-host.pem", NULL) };
    char host[] = HOST, address[] = "10.0.0.1";
    open_pair(&p, host, NULL);
    memcpy(host, "bad", 3); /* what the server is called */
    CHECK_EQ(shake(&p, NULL), PYF_SSL_CERT_VERIFICATION_ERROR);
    CHECK(strstr(pyf_ssl_error_text(p.client), "'" HOST "'") != NULL);
    close_pair(&p);
    open_pair(&p, address, NULL);
    strcpy(address, "bad");
    CHECK_EQ(shake(&p, NULL), PYF_SSL_CERT_VERIFICATION_ERROR);
    close_pair(&p);
    free_pair(&p);
}

/* The first connection fails for want of memory, for each allocation: the settings can be changed
 * and the connection be made then, and nothing is lost. */
static void first_connection_fails(void)
{
#ifndef SSL_WRAP
    CHECK_SKIP("calloc cannot be wrapped in this build");
#else
    bool done = false;
    for (long k = 0; !done && k < 200; k++) {
        struct pair p = { .client_ctx = client_context("ca.pem"),
                          .server_ctx = server_context("ecdsa.pem", NULL) };
        CHECK_EQ(pyf_ssl_context_set_alpn_protocols(p.server_ctx, "h2"), PYF_OK);
        CHECK_EQ(pyf_ssl_context_set_sni_callback(p.server_ctx, k % 2 ? choose : NULL, NULL), 0);
        countdown = k;
        open_pair(&p, HOST, NULL);
        done = countdown >= 0;
        countdown = -1;
        if (p.server == NULL) {
            check_context_error(p.server_ctx, "out of memory");
            if (pyf_ssl_context_set_sni_callback(p.server_ctx, NULL, NULL) == PYF_OK)
                CHECK_EQ(pyf_ssl_context_set_alpn_protocols(p.server_ctx, "http/1.1"), PYF_OK);
        }
        close_pair(&p);
        CHECK_EQ(meet(&p, HOST, NULL), PYF_OK);
        close_pair(&p);
        free_pair(&p);
    }
    CHECK(done);
#endif
}

/* ---- memory, allocators, callbacks, hosts that do not answer ---- */

/* The bytes of a file, with a zero behind them; the caller frees them. */
static char *bytes_of(const char *name, size_t *size)
{
    FILE *file = fopen(path_of(name), "rb");
    char *bytes = calloc(1, 100000);
    *size = fread(bytes, 1, 99999, file);
    fclose(file);
    return bytes;
}

/* Everything that can come from a file, from memory: as a string, as bytes, and cut short. */
static void from_memory(void)
{
    size_t cert_size, key_size, crl_size, old_size, der_size;
    char *cert = bytes_of("rsa.pem", &cert_size), *key = bytes_of("locked.key", &key_size);
    char *crl = bytes_of("crl.pem", &crl_size), *old = bytes_of("old-crl.pem", &old_size);
    char *der = bytes_of("rsa-key.der", &der_size);
    pyf_ssl_context *ctx = pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH);
    struct pair p = { .client_ctx = client_context("ca.pem"), .server_ctx = ctx };
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .cert = cert), PYF_OK);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .cert = cert, .cert_size = cert_size), PYF_OK);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .cert = cert, .cert_size = cert_size + 1,
                                             .key = key, .password = give_password,
                                             .password_arg = (void *)"secret"), PYF_OK);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .cert = cert, .key = der, .key_size = der_size),
             PYF_OK);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .cert = cert, .key = der, .key_size = 100),
             PYF_SSL_ERROR);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .cert = cert, .cert_size = 100), PYF_SSL_ERROR);
    CHECK_EQ(pyf_ssl_context_load_cert_chain(ctx, .cert = ""), PYF_SSL_ERROR);
    CHECK_EQ(pyf_ssl_context_load_crls(ctx, NULL, crl, 100), PYF_SSL_ERROR);
    CHECK_EQ(pyf_ssl_context_load_crls(ctx, NULL, "", 0), PYF_SSL_ERROR);
    CHECK_EQ(pyf_ssl_context_load_crls(ctx, "/nonexistent", NULL, 0), PYF_OS_ERROR);
    CHECK_EQ(meet(&p, HOST, NULL), PYF_OK);
    close_pair(&p);
    free_pair(&p);
    /* two lists of one issuer: the older one counts too */
    p.client_ctx = client_context("ca.pem");
    p.server_ctx = server_context("ecdsa.pem", NULL);
    CHECK_EQ(pyf_ssl_context_load_crls(p.client_ctx, NULL, crl, crl_size), PYF_OK);
    CHECK_EQ(pyf_ssl_context_load_crls(p.client_ctx, NULL, old, 0), PYF_OK);
    CHECK(meet(&p, HOST, NULL) < 0);
    CHECK_EQ(pyf_ssl_error_reason(p.client), PYF_SSL_REASON_CRL);
    close_pair(&p);
    free_pair(&p);
    free(cert);
    free(key);
    free(crl);
    free(old);
    free(der);
}

/* CAs that could be misunderstood are refused. */
static void odd_stores(void)
{
    static const char *const bad[] = { "trusted.pem", "odd-ca.pem", "policy-ca.pem" };
    for (int i = 0; i < 3; i++) {
        pyf_ssl_error error = { 0 };
        CHECK(pyf_ssl_create_default_context(.cafile = path_of(bad[i]), .error = &error) == NULL);
        CHECK_EQ(error.reason, PYF_SSL_REASON_BAD_CERTIFICATE);
    }
    for (int i = 0; i < 3; i++) { /* behind or before others; a zero behind DER is none of it */
        size_t a, b;
        char *first = bytes_of(i == 2 ? "ca.der" : i == 0 ? "ca.pem" : "trusted.pem", &a);
        char *second = bytes_of(i == 0 ? "trusted.pem" : "ca.pem", &b);
        pyf_ssl_error error = { 0 };
        if (i == 2) b = 1;
        if (i < 2) memcpy(first + a, second, b);
        CHECK(pyf_ssl_create_default_context(.cadata = first, .cadata_size = a + b,
                                             .error = &error) == NULL);
        CHECK_EQ(error.reason, PYF_SSL_REASON_BAD_CERTIFICATE);
        free(first);
        free(second);
    }
}

/* All that allocates, in a context of this allocator: whether all of it went well. */
static bool borrow(const pyf_allocator *allocator)
{
    struct pair p = { .server_ctx = server_context("chain.pem", NULL) };
    pyf_ssl_session *session = NULL;
    unsigned char pin[32];
    char key[512];
    bool good;
    public_key_of("chain.pem", pin);
    snprintf(key, sizeof key, "%s", path_of("rsa.pem"));
    p.client_ctx = pyf_ssl_create_default_context(.cafile = path_of("ca.pem"),
                                                  .allocator = allocator);
    good = p.client_ctx != NULL &&
           pyf_ssl_context_load_verify_locations(p.client_ctx, .capath = path_of("cas")) == 0 &&
           pyf_ssl_context_load_cert_chain(p.client_ctx, .certfile = key) == 0 &&
           pyf_ssl_context_pin_public_key(p.client_ctx, pin) == 0 &&
           pyf_ssl_context_set_alpn_protocols(p.client_ctx, "h2") == 0 &&
           pyf_ssl_context_set_ciphers(p.client_ctx, "ECDHE-ECDSA-AES128-GCM-SHA256") == 0 &&
           pyf_ssl_context_set_maximum_version(p.client_ctx, PYF_SSL_TLSV1_2) == 0;
    if (good) {
        good = meet(&p, HOST, NULL) == PYF_OK;
        if (good) session = pyf_ssl_get_session(p.client);
        if (session == NULL) good = false;
        close_pair(&p);
    }
    if (good) { /* one that fails, with its text */
        good = meet(&p, "bad.example.com", NULL) < 0 && p.client != NULL &&
               strstr(pyf_ssl_error_text(p.client), "bad.example.com") != NULL;
        CHECK(p.client == NULL || pyf_ssl_version(p.client) == NULL);
        close_pair(&p);
    }
    free_pair(&p);
    pyf_ssl_session_free(session);
    return good;
}

/* Every block goes back, with its size, whichever of them was refused. */
static void allocators(void)
{
    CHECK(borrow(&lender));
    CHECK_EQ(lent, 0);
    {
        size_t size;
        char *ca = bytes_of("ca.pem", &size);
        pyf_ssl_context *ctx = pyf_ssl_create_default_context(.cafile = path_of("ca.pem"),
                                                              .allocator = &lender);
        lend_until = 0; /* bytes that are no string are copied */
        CHECK_EQ(pyf_ssl_context_load_verify_locations(ctx, .cadata = ca, .cadata_size = size),
                 PYF_MEMORY_ERROR);
        lend_until = -1;
        CHECK_EQ(pyf_ssl_context_load_verify_locations(ctx, .cadata = ca, .cadata_size = size),
                 PYF_OK);
        CHECK_EQ(pyf_ssl_context_load_verify_locations(ctx, .cadata = ca, .cadata_size = size + 1,
                                                       .cafile = path_of("other-ca.pem"),
                                                       .capath = path_of("cas")),
                 PYF_OK);
        pyf_ssl_context_free(ctx);
        CHECK_EQ(lent, 0);
        free(ca);
    }
    setenv("SSL_CERT_FILE", path_of("ca.pem"), 1);
    for (int k = 0; k < 3; k++) { /* a client without CAs, and no memory for the system's */
        pyf_ssl_error error = { 0 };
        pyf_ssl_context *ctx;
        lend_until = k;
        ctx = pyf_ssl_create_default_context(.allocator = &lender, .error = &error);
        CHECK_EQ(ctx != NULL, k == 2);
        if (ctx == NULL) CHECK_EQ(error.status, PYF_MEMORY_ERROR);
        pyf_ssl_context_free(ctx);
        CHECK_EQ(lent, 0);
    }
    refused = true;
    for (int k = 0; refused && k < 100; k++) {
        bool good;
        lend_until = k;
        refused = false;
        good = borrow(&lender);
        CHECK_EQ(good, !refused);
        CHECK_EQ(lent, 0);
    }
    CHECK(!refused);
}

/* A certificate whose hash cannot be computed for want of memory is not half described. */
static void hash_fails(void)
{
#ifndef SSL_WRAP
    CHECK_SKIP("calloc cannot be wrapped in this build");
#else
    pyf_ssl_certificate whole, cert;
    char text[1024];
    pyf_status st = PYF_MEMORY_ERROR;
    for (long k = 0; st != PYF_OK && k < 100; k++) { /* as the first call of all */
        memset(&cert, 0, sizeof cert);
        countdown = k;
        st = made(0x17, "260101000000Z", "300101000000Z", 0, NULL, &cert);
        countdown = -1;
        if (st != PYF_OK) CHECK(st == PYF_MEMORY_ERROR && cert.subject == NULL);
    }
    CHECK_EQ(st, PYF_OK);
    whole = certificate_of("many.pem");
    st = PYF_MEMORY_ERROR;
    for (long k = 0; st != PYF_OK && k < 10; k++) {
        memset(&cert, 0, sizeof cert);
        countdown = k;
        st = pyf_ssl_certificate_parse(&cert, whole.der, whole.der_size, text, sizeof text);
        countdown = -1;
        if (st != PYF_OK) CHECK(st == PYF_MEMORY_ERROR && cert.subject == NULL);
    }
    CHECK_EQ(st, PYF_OK);
#endif
}

#ifdef SSL_WRAP
static pyf_status load_ecdsa(pyf_ssl_context *ctx)
{
    return pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of("ecdsa.pem"));
}
#endif
/* The first context of a program, with each allocation failing: Mbed TLS is not left half set up. */
static void first_context_fails(void)
{
#ifndef SSL_WRAP
    CHECK_SKIP("calloc cannot be wrapped in this build");
#else
    pyf_ssl_context *ctx = NULL;
    bool enough = false;
    for (long k = 0; !enough && k < 1000; k++) {
        pyf_ssl_error error = { 0 };
        countdown = k;
        ctx = pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH, .error = &error);
        enough = countdown >= 0;
        countdown = -1;
        if (ctx == NULL)
            CHECK(error.reason == PYF_SSL_REASON_MEMORY || error.reason == PYF_SSL_REASON_ENTROPY);
        else CHECK_EQ(load_ecdsa(ctx), PYF_OK); /* it works all the same */
        pyf_ssl_context_free(ctx);
    }
    CHECK(enough && ctx != NULL);
#endif
}

/* ---- loading, with no memory for it ---- */

#ifdef SSL_WRAP
static pyf_status load_cas(pyf_ssl_context *ctx)
{
    return pyf_ssl_context_load_verify_locations(ctx, .cafile = path_of("ca.pem"));
}
static pyf_status load_ca_folder(pyf_ssl_context *ctx)
{
    return pyf_ssl_context_load_verify_locations(ctx, .capath = path_of("cas"));
}
static pyf_status load_defaults(pyf_ssl_context *ctx)
{
    return pyf_ssl_context_load_default_certs(ctx);
}
static pyf_status load_lists(pyf_ssl_context *ctx)
{
    return pyf_ssl_context_load_crls(ctx, path_of("crl.pem"), NULL, 0);
}
static pyf_status load_rsa(pyf_ssl_context *ctx)
{
    return pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of("rsa.pem"));
}
static pyf_status load_many(pyf_ssl_context *ctx)
{
    return pyf_ssl_context_load_verify_locations(ctx, .cafile = path_of("many.pem"));
}
static pyf_status load_locked(pyf_ssl_context *ctx)
{
    return pyf_ssl_context_load_cert_chain(ctx, .certfile = path_of("rsa.pem"),
                                           .keyfile = path_of("locked.key"),
                                           .password = give_password,
                                           .password_arg = (void *)"secret");
}
#endif

#ifdef SSL_WRAP
/* One call with allocation k failing: whether it needs as many. If so it says so, and nothing has
 * changed. */
static bool load_fails(pyf_status (*load)(pyf_ssl_context *), pyf_ssl_context *ctx, long k)
{
    long before = blocks, left;
    pyf_status st;
    countdown = k;
    st = load(ctx);
    left = countdown;
    countdown = -1;
    CHECK(left < 0 || st == PYF_OK);
    if (left >= 0 || st == PYF_OK) return left < 0;
    CHECK_EQ(blocks, before);
    if (st == PYF_MEMORY_ERROR) check_context_error(ctx, "out of memory");
    else CHECK_EQ(st, PYF_SSL_ERROR); /* Mbed TLS makes others of it, with keys above all */
    return true;
}
#endif

/* What is loaded a second time, with each allocation failing, or those at intervals and the last
 * ones where there are many. */
static void loads_fail(void)
{
#ifndef SSL_WRAP
    CHECK_SKIP("calloc cannot be wrapped in this build");
#else
    static pyf_status (*const loads[])(pyf_ssl_context *) = {
        load_cas,   load_ca_folder, load_defaults, load_lists,
        load_many,  load_rsa,       load_ecdsa,    load_locked
    };
    setenv("SSL_CERT_FILE", path_of("ca.pem"), 1);
    for (size_t i = 0; i < sizeof loads / sizeof loads[0]; i++) {
        pyf_ssl_context *ctx = server_context("chain.pem", "other-ca.pem");
        long k = 0, needed = 0;
        CHECK_EQ(load_lists(ctx), PYF_OK);
        while (load_fails(loads[i], ctx, k)) k += 1 + k / 16;
        countdown = 1000000;
        CHECK_EQ(loads[i](ctx), PYF_OK);
        needed = 1000000 - countdown;
        countdown = -1;
        CHECK(needed > 1 && needed < 1000000);
        for (k = needed - 5; k < needed - 1; k++)
            if (k >= 0) (void)load_fails(loads[i], ctx, k);
        countdown = needed - 1; /* the last one is what it is all for; they vary with blinding */
        CHECK(loads[i](ctx) != PYF_OK || countdown >= 0);
        countdown = -1;
        pyf_ssl_context_free(ctx);
    }
#endif
}

/* ---- transport callbacks that wait, close and lie ---- */

static struct {
    struct pair *p;
    int waits, closes, blocked; /* blocked: how often send wants to wait */
    int full;                   /* how often it takes nothing */
    pyf_status say;             /* of wait */
    int lie;                    /* bytes more than there was room for */
    bool server_ends;           /* whoever waits for the server gets its goodbye */
} transport;

static int transport_send(void *arg, const unsigned char *data, size_t size)
{
    struct pair *p = arg;
    size_t n;
    if (transport.blocked > 0 && transport.blocked-- % 2 == 0)
        return transport.blocked > 2 ? PYF_SSL_WANT_WRITE : PYF_SSL_WANT_READ; /* the same */
    if (transport.full > 0) {
        transport.full--;
        return 0;
    }
    n = pyf_memory_bio_write(&p->up, data, size);
    if (transport.lie > 0) return (int)size + transport.lie;
    return (int)n; /* 0: wants to wait */
}

static int transport_recv(void *arg, unsigned char *buffer, size_t size)
{
    struct pair *p = arg;
    size_t n = pyf_memory_bio_read(&p->down, buffer, size);
    if (transport.lie < 0) return (int)size - transport.lie;
    return n > 0 ? (int)n : transport.waits % 2 == 0 ? PYF_SSL_WANT_READ : PYF_SSL_WANT_WRITE;
}

static pyf_status transport_wait(void *arg, pyf_status want, int64_t timeout_ms)
{
    struct pair *p = arg;
    CHECK(want == PYF_SSL_WANT_READ || want == PYF_SSL_WANT_WRITE);
    CHECK(timeout_ms > 0 && timeout_ms <= 30000);
    transport.waits++;
    if (transport.say != PYF_OK) return transport.say;
    CHECK_EQ(want == PYF_SSL_WANT_WRITE, pyf_memory_bio_pending(&p->up) == 0);
    CHECK(pyf_ssl_do_handshake(p->server) != PYF_VALUE_ERROR);
    if (transport.server_ends && want == PYF_SSL_WANT_READ)
        CHECK_EQ(pyf_ssl_unwrap(p->server), PYF_OK);
    return PYF_OK;
}

static void transport_close(void *arg)
{
    CHECK(arg == transport.p);
    transport.closes++;
}

static void open_transport(struct pair *p, bool keep_open)
{
    pyf_ssl_io io = { transport_send, transport_recv, transport_wait, transport_close, p };
    open_pair(p, HOST, NULL);
    pyf_ssl_close(p->client);
    pyf_memory_bio_init(&p->up, p->up_buffer, sizeof p->up_buffer);
    p->client = pyf_ssl_wrap_io(p->client_ctx, &io, .server_hostname = HOST,
                                .keep_open = keep_open);
    memset(&transport, 0, sizeof transport);
    transport.p = p;
}

static void callbacks(void)
{
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("ecdsa.pem", NULL) };
    open_transport(&p, false);
    transport.blocked = 4;
    CHECK_EQ(pyf_ssl_sendall(p.client, "x", 1), PYF_OK);
    CHECK(transport.waits > 2);
    close_pair(&p);
    CHECK_EQ(transport.closes, 1);
    open_transport(&p, true);
    transport.say = PYF_TIMEOUT_ERROR;
    CHECK_EQ(pyf_ssl_do_handshake(p.client), PYF_TIMEOUT_ERROR);
    CHECK_EQ(pyf_ssl_error_reason(p.client), PYF_SSL_REASON_TIMEOUT);
    transport.say = PYF_OK; /* it goes on */
    CHECK_EQ(pyf_ssl_do_handshake(p.client), PYF_OK);
    CHECK_EQ(pyf_ssl_error_reason(p.client), PYF_SSL_REASON_NONE);
    transport.say = PYF_OS_ERROR;
    CHECK_EQ(pyf_ssl_unwrap(p.client), PYF_OS_ERROR);
    transport.say = PYF_OK; /* that was for good */
    CHECK_EQ(pyf_ssl_sendall(p.client, "x", 1), PYF_OS_ERROR);
    close_pair(&p);
    CHECK_EQ(transport.closes, 0);
    /* a goodbye that has to wait, as bytes do, where send takes none at first */
    open_transport(&p, false);
    transport.full = 1;
    CHECK_EQ(pyf_ssl_do_handshake(p.client), PYF_OK);
    CHECK_EQ(transport.full, 0);
    CHECK_EQ(pyf_ssl_do_handshake(p.server), PYF_OK); /* it takes in all that was sent */
    transport.full = 2;
    transport.server_ends = true;
    transport.waits = 0;
    CHECK_EQ(pyf_ssl_unwrap(p.client), PYF_OK);
    CHECK_EQ(transport.full, 0);
    CHECK_EQ(transport.waits, 3);
    close_pair(&p);
    for (int lie = -1; lie <= 1; lie += 2) { /* more bytes than there were */
        open_transport(&p, false);
        transport.lie = lie;
        CHECK_EQ(pyf_ssl_do_handshake(p.client), PYF_VALUE_ERROR);
        CHECK_EQ(pyf_ssl_recv(p.client, &p, 1), PYF_VALUE_ERROR);
        close_pair(&p);
        CHECK_EQ(transport.closes, 1);
    }
    free_pair(&p);
}

/* ---- alerts ---- */

/* Every fatal alert that answers a hello: it is named, and nothing is sent after it. */
static void alerts(void)
{
    static const struct {
        int code;
        const char *name;
        pyf_ssl_reason reason;
    } known[] = { { 40, "handshake_failure", PYF_SSL_REASON_NO_SHARED_CIPHER },
                  { 70, "protocol_version", PYF_SSL_REASON_PROTOCOL_VERSION },
                  { 71, "insufficient_security", PYF_SSL_REASON_NO_SHARED_CIPHER },
                  { 80, "internal_error", PYF_SSL_REASON_ALERT },
                  { 112, "unrecognized_name", PYF_SSL_REASON_ALERT },
                  { 99, "unknown", PYF_SSL_REASON_ALERT } };
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("ecdsa.pem", NULL) };
    for (int code = 0; code < 256; code++) {
        const unsigned char alert[] = { 21, 3, 3, 0, 2, 2, (unsigned char)code };
        const char *text;
        char number[8];
        open_pair(&p, HOST, NULL);
        CHECK(wants(pyf_ssl_do_handshake(p.client)));
        CHECK_EQ(pyf_memory_bio_write(&p.down, alert, sizeof alert), sizeof alert);
        CHECK_EQ(pyf_ssl_do_handshake(p.client), PYF_SSL_ERROR);
        text = pyf_ssl_error_text(p.client);
        snprintf(number, sizeof number, "(%d)", code);
        CHECK(strncmp(text, "the peer has refused: alert ", 28) == 0);
        CHECK(strstr(text, number) != NULL);
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            if (known[i].code == code) {
                CHECK(strstr(text, known[i].name) != NULL);
                CHECK_EQ(pyf_ssl_error_reason(p.client), known[i].reason);
            }
        close_pair(&p);
    }
    free_pair(&p);
}

/* What a peer said before it hung up is named if it was an alert, and only then: each byte of one
 * is another in its turn. */
static void last_words(void)
{
    static const unsigned char alert[] = { 21, 3, 3, 0, 2, 2, 112 };
    pyf_ssl_context *ctx = client_context("ca.pem");
    for (int i = 0; i < 8; i++) {
        unsigned char bytes[sizeof alert];
        bool named = i == 2 || i >= 6; /* the lower version, the code; i 7: as it is */
        int ends[2];
        pyf_ssl_socket *s;
        memcpy(bytes, alert, sizeof alert);
        if (i < 7) bytes[i] ^= 1;
        CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        CHECK_EQ(send(ends[1], bytes, sizeof bytes, 0), sizeof bytes);
        close(ends[1]);
        s = pyf_ssl_wrap_socket(ctx, ends[0], .server_hostname = HOST, .timeout_ms = LONG);
        CHECK_EQ(pyf_ssl_do_handshake(s), named ? PYF_SSL_ERROR : PYF_OS_ERROR);
        CHECK_EQ(pyf_ssl_error_reason(s), named ? PYF_SSL_REASON_ALERT : PYF_SSL_REASON_SYSTEM);
        CHECK(strstr(pyf_ssl_error_text(s), named ? "has refused: alert" : "has cut") != NULL);
        pyf_ssl_close(s);
    }
    pyf_ssl_context_free(ctx);
}

/* Nor is there any end to what it may have said. */
static void many_last_words(void)
{
    enum { SIZE = 2 * PYFEAT_SSL_HANDSHAKE_MAX };
    pyf_ssl_context *ctx = client_context("ca.pem");
    unsigned char *bytes = calloc(1, SIZE);
    int ends[2], large = 4 * SIZE;
    pyf_ssl_socket *s;
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    (void)setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
    (void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (send(ends[1], bytes, SIZE, 0) > 0) {}
    close(ends[1]);
    s = pyf_ssl_wrap_socket(ctx, ends[0], .server_hostname = HOST, .timeout_ms = LONG);
    CHECK_EQ(pyf_ssl_do_handshake(s), PYF_OS_ERROR);
    CHECK(s->received <= PYFEAT_SSL_HANDSHAKE_MAX + 64);
    pyf_ssl_close(s);
    free(bytes);
    pyf_ssl_context_free(ctx);
}

/* ---- sockets: what does not fit, and system calls that fail ---- */

enum { MUCH = 3000000 };

static pyf_status serve_much(void *arg)
{
    static unsigned char block[5000];
    pyf_ssl_socket *s = arg;
    int got = 0, n;
    while ((n = pyf_ssl_recv(s, block, sizeof block)) > 0) got += n;
    if (n != 0 || got != MUCH) return 1;
    return pyf_ssl_unwrap(s);
}

/* More than the buffers of the system hold, from one thread to another, and a goodbye that both
 * wait for. */
static void blocking_sockets(void)
{
    struct pair p = { .client_ctx = client_context("ca.pem"),
                      .server_ctx = server_context("ecdsa.pem", NULL) };
    pyf_executor *ex = pyf_thread_pool_executor(.max_workers = 1, .workers_only = true);
    pyf_future f = { 0 };
    unsigned char *bytes = calloc(1, MUCH);
    int ends[2], small = 8192;
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    CHECK_EQ(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    p.client = pyf_ssl_wrap_socket(p.client_ctx, ends[0], .server_hostname = HOST,
                                   .timeout_ms = PYF_FOREVER);
    p.server = pyf_ssl_wrap_socket(p.server_ctx, ends[1], .timeout_ms = 2000000);
    CHECK_EQ(pyf_executor_submit(ex, &f, serve_much, p.server), PYF_OK);
    CHECK_EQ(pyf_ssl_sendall(p.client, bytes, MUCH), PYF_OK);
    CHECK_EQ(pyf_ssl_unwrap(p.client), PYF_OK);
    CHECK_EQ(pyf_future_result(&f, PYF_FOREVER), PYF_OK);
    pyf_executor_shutdown(ex, PYF_SHUTDOWN_WAIT);
    close_pair(&p);
    free_pair(&p);
    free(bytes);
}

#ifdef SSL_WRAP
static long system_countdown = -1; /* system calls to go until one fails */
static int system_errno;

static bool system_fails(bool interruptible)
{
    if (system_countdown < 0 || (system_errno == EINTR && !interruptible)) return false;
    if (system_countdown-- != 0) return false;
    errno = system_errno;
    return true;
}

#define WRAPPED(type, name, interruptible, parameters, arguments) \
    type __real_##name parameters; \
    type __wrap_##name parameters; \
    type __wrap_##name parameters \
    { \
        return system_fails(interruptible) ? -1 : __real_##name arguments; \
    }
WRAPPED(int, socket, false, (int a, int b, int c), (a, b, c))
WRAPPED(int, fcntl, false, (int fd, int what, long value), (fd, what, value))
WRAPPED(int, poll, true, (struct pollfd *p, nfds_t n, int timeout), (p, n, timeout))
WRAPPED(int, getsockopt, false, (int fd, int a, int b, void *p, socklen_t *n), (fd, a, b, p, n))
WRAPPED(ssize_t, send, true, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags))
WRAPPED(ssize_t, recv, true, (int fd, void *p, size_t n, int flags), (fd, p, n, flags))

int __real_connect(int fd, const struct sockaddr *a, socklen_t n);
int __wrap_connect(int fd, const struct sockaddr *a, socklen_t n);
int __wrap_connect(int fd, const struct sockaddr *a, socklen_t n)
{
    int ret = system_countdown == 0 && system_errno != EINTR ? 0 : __real_connect(fd, a, n);
    return system_fails(true) ? -1 : ret; /* interrupted, it goes on all the same */
}
#endif

/* A connection over the network, each system call of which fails in its turn: with an error that
 * ends it, or with an interruption that does not. */
static void fault_system(void)
{
#ifndef SSL_WRAP
    CHECK_SKIP("system calls cannot be wrapped in this build");
#else
    static const int errors[] = { EIO, EINTR, EPIPE };
    uint16_t port = (uint16_t)row_named("other", "localhost")->port;
    pyf_ssl_context *ctx = client_context("ca.pem");
    for (int i = 0; i < 3; i++) {
        bool more = true;
        for (long k = 0; more && k < 1000; k++) {
            pyf_ssl_error error = { 0 };
            pyf_ssl_socket *s;
            char text[8];
            int n = -1;
            system_countdown = k;
            system_errno = errors[i];
            s = pyf_ssl_connect(ctx, "127.0.0.1", port, 60000, .error = &error);
            if (s != NULL && pyf_ssl_sendall(s, "hello\n", 6) == PYF_OK)
                n = pyf_ssl_recv(s, text, sizeof text);
            more = system_countdown < 0;
            system_countdown = -1;
            CHECK(n == 6 || (n < 0 && i != 1));
            if (n != 6) {
                CHECK_EQ(error.status, PYF_OS_ERROR);
                CHECK_EQ(error.reason, PYF_SSL_REASON_SYSTEM);
                CHECK(s == NULL || pyf_ssl_do_handshake(s) == PYF_OS_ERROR);
            }
            pyf_ssl_close(s);
        }
        CHECK(!more);
    }
    pyf_ssl_context_free(ctx);
#endif
}

/* ---- hosts that do not answer ---- */

#ifdef SSL_WRAP
static bool no_threads;
int __real_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*main)(void *), void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*main)(void *), void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*main)(void *), void *arg)
{
    return no_threads ? EAGAIN : __real_pthread_create(t, a, main, arg);
}

static int lookup_takes_ms;
static const char *lookup_first; /* a port of the loopback that is put before what is found */
static uint32_t lookup_blocked; /* it takes until this is 0 */
int __real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **out);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **out);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **out)
{
    if (lookup_takes_ms > 0 && !(hints->ai_flags & AI_NUMERICHOST)) {
        struct timespec t = { lookup_takes_ms / 1000, lookup_takes_ms % 1000 * 1000000L };
        nanosleep(&t, NULL);
        while (__atomic_load_n(&lookup_blocked, __ATOMIC_ACQUIRE) != 0) nanosleep(&t, NULL);
    }
    if (lookup_first != NULL && !(hints->ai_flags & AI_NUMERICHOST)) {
        struct addrinfo *first = NULL;
        int code = __real_getaddrinfo("127.0.0.1", lookup_first, hints, &first);
        CHECK(code == 0 && first->ai_next == NULL);
        *out = first;
        return __real_getaddrinfo("127.0.0.1", port, hints, &first->ai_next);
    }
    return __real_getaddrinfo(host, port, hints, out);
}
#endif

/* A name with two addresses, the first of which answers or does not. */
static void two_addresses(void)
{
#ifndef SSL_WRAP
    CHECK_SKIP("getaddrinfo cannot be wrapped in this build");
#else
    pyf_ssl_context *ctx = client_context("ca.pem");
    const int good = row_named("other", "localhost")->port;
    const int closed = row_named("odd", "closed-port")->port;
    for (int i = 0; i < 4; i++) {
        pyf_ssl_error error = { 0 };
        char first[16];
        pyf_ssl_socket *s;
        snprintf(first, sizeof first, "%d", i % 2 ? good : closed);
        lookup_first = first;
        s = pyf_ssl_connect(ctx, "localhost", (uint16_t)(i < 2 ? good : closed),
                            i < 2 ? LONG : PYF_FOREVER, .error = &error);
        lookup_first = NULL;
        CHECK_EQ(s != NULL, i != 2);
        if (s == NULL) CHECK(error.status == PYF_OS_ERROR && strstr(error.text, "refused") != NULL);
        pyf_ssl_close(s);
    }
    pyf_ssl_context_free(ctx);
#endif
}

/* A name service that takes its time, within the deadline and beyond it. */
static void slow_lookup(void)
{
#ifndef SSL_WRAP
    CHECK_SKIP("getaddrinfo cannot be wrapped in this build");
#else
    uint16_t port = (uint16_t)row_named("other", "localhost")->port;
    pyf_ssl_context *ctx = pyf_ssl_create_default_context(.cafile = path_of("ca.pem"),
                                                          .allocator = &lender);
    pyf_ssl_error error = { 0 };
    struct timespec t = { 0, 5000000 };
    pyf_ssl_socket *s;
    lookup_takes_ms = 20;
    s = pyf_ssl_connect(ctx, "localhost", port, LONG, .error = &error);
    CHECK(s != NULL);
    pyf_ssl_close(s);
    s = pyf_ssl_connect(ctx, "localhost", port, PYF_FOREVER, .error = &error);
    CHECK(s != NULL);
    pyf_ssl_close(s);
    no_threads = true;
    CHECK(pyf_ssl_connect(ctx, "localhost", port, LONG, .error = &error) == NULL);
    no_threads = false;
    CHECK_EQ(error.status, PYF_OS_ERROR);
    CHECK(strstr(error.text, "cannot find localhost") != NULL);
    lookup_blocked = 1;
    CHECK(pyf_ssl_connect(ctx, "localhost", port, 30, .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_TIMEOUT_ERROR);
    CHECK(strstr(error.text, "looking for localhost") != NULL);
    pyf_ssl_context_free(ctx); /* the lookup goes on, and then releases what it holds */
    CHECK(__atomic_load_n(&lent, __ATOMIC_ACQUIRE) > 0);
    __atomic_store_n(&lookup_blocked, 0, __ATOMIC_RELEASE);
    while (__atomic_load_n(&lent, __ATOMIC_ACQUIRE) > 0) nanosleep(&t, NULL);
#endif
}

/* A host that takes no connection: its queue is full. */
static void full_queue(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0), more[4];
    pyf_ssl_context *ctx = client_context("ca.pem");
    pyf_ssl_error error = { 0 };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(fd, (struct sockaddr *)&address, length) == 0 && listen(fd, 0) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
    for (int i = 0; i < 4; i++) {
        more[i] = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(fcntl(more[i], F_SETFL, O_NONBLOCK) == 0);
        (void)connect(more[i], (struct sockaddr *)&address, length);
    }
    CHECK(pyf_ssl_connect(ctx, "127.0.0.1", ntohs(address.sin_port), 150, .error = &error) == NULL);
    CHECK_EQ(error.status, PYF_TIMEOUT_ERROR);
    CHECK_EQ(error.reason, PYF_SSL_REASON_TIMEOUT);
    for (int i = 0; i < 4; i++) close(more[i]);
    close(fd);
    pyf_ssl_context_free(ctx);
}

static const struct check_case cases[] = {
    { "converse", converse },
    { "truncation", truncation },
    { "bulk", bulk },
    { "application_protocols", application_protocols },
    { "client_certificates", client_certificates },
    { "hosts_by_name", hosts_by_name },
    { "no_names_of_hosts", no_names_of_hosts },
    { "sessions", sessions },
    { "peer_certificate", peer_certificate },
    { "dates", dates },
    { "serial_numbers", serial_numbers },
    { "unfit_certificates", unfit_certificates },
    { "texts_of_faults", texts_of_faults },
    { "emptied_error", emptied_error },
    { "first_and_last_second", first_and_last_second },
    { "lists_and_clocks", lists_and_clocks },
    { "unfit_list", unfit_list },
    { "spelt_list", spelt_list },
    { "many_lists", many_lists },
    { "own_certificates", own_certificates },
    { "locked_keys", locked_keys },
    { "two_keys", two_keys },
    { "ciphers", ciphers },
    { "cipher_spellings", cipher_spellings },
    { "settings", settings },
    { "null_handles", null_handles },
    { "bad_hosts", bad_hosts },
    { "bad_stores", bad_stores },
    { "bad_folders", bad_folders },
    { "long_names", long_names },
    { "odd_folders", odd_folders },
    { "in_place", in_place },
    { "system_store", system_store },
    { "no_system_store", no_system_store },
    { "connects", connects },
    { "deadlines", deadlines },
    { "shared_context", shared_context },
    { "insecure", insecure },
    { "insecure_but_pinned", insecure_but_pinned },
    { "hooks", hooks },
    { "library", library },
    { "codes", codes },
    { "memory_bio", memory_bio },
    { "python_names", python_names },
    { "wildcard", wildcard },
    { "kinds_of_names", kinds_of_names },
    { "names_as_text", names_as_text },
    { "relations", relations },
    { "constraints_of_a_ca", constraints_of_a_ca },
    { "malformed", malformed },
    { "mutations", mutations },
    { "python_clients", python_clients },
    { "openssl_clients", openssl_clients },
    { "openssl_goes_on", openssl_goes_on },
    { "other_servers", other_servers },
    { "fault_memory", fault_memory },
    { "fault_transport", fault_transport },
    { "chosen_contexts", chosen_contexts },
    { "chosen_without_cas", chosen_without_cas },
    { "chosen_in_vain", chosen_in_vain },
    { "chosen_without_memory", chosen_without_memory },
    { "sessions_expire", sessions_expire },
    { "sessions_of_clients", sessions_of_clients },
    { "host_is_copied", host_is_copied },
    { "first_connection_fails", first_connection_fails },
    { "from_memory", from_memory },
    { "odd_stores", odd_stores },
    { "allocators", allocators },
    { "first_context_fails", first_context_fails },
    { "hash_fails", hash_fails },
    { "loads_fail", loads_fail },
    { "callbacks", callbacks },
    { "alerts", alerts },
    { "last_words", last_words },
    { "many_last_words", many_last_words },
    { "blocking_sockets", blocking_sockets },
    { "fault_system", fault_system },
    { "slow_lookup", slow_lookup },
    { "two_addresses", two_addresses },
    { "full_queue", full_queue },
};

/* ---- main ---- */

/* Start the servers and wait until they listen. */
static void start_peers(const char **why)
{
    int in[2], out[2];
    char line[16] = "";
    if (pipe(in) != 0 || pipe(out) != 0) return;
    peers = fork();
    if (peers == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execlp("python3", "python3", "-B", "ssl_peers.py", "serve", folder, (char *)NULL);
        _exit(1);
    }
    close(in[0]);
    close(out[1]);
    for (size_t n = 0; n + 1 < sizeof line && read(out[0], line + n, 1) == 1; n++)
        if (line[n] == '\n') break;
    if (strncmp(line, "ready", 5) == 0) read_rows();
    else *why = "python3 or openssl cannot serve the peers";
    fcntl(in[1], F_SETFD, FD_CLOEXEC);
}

static const char *missing;
static void no_peers(void) { CHECK_SKIP(missing); }

int main(int argc, char **argv)
{
    static struct check_case all[512];
    size_t count = 0;
    folder = getenv("SSL_FOLDER");
    if (folder == NULL) folder = "build/certs";
    signal(SIGPIPE, SIG_IGN);
    start_peers(&missing);
    if (row_count == 0) {
        static const struct check_case none[] = { { "peers", no_peers },
                                                  { "dates", dates },
                                                  { "null_handles", null_handles },
                                                  { "library", library },
                                                  { "memory_bio", memory_bio } };
        if (missing == NULL) missing = "the peers serve nothing";
        return check_main(argc, argv, none, sizeof none / sizeof none[0]);
    }
    for (size_t i = 0; i < row_count; i++) {
        const char *kind = rows[i].kind;
        if (strcmp(kind, "other") == 0) continue;
        all[count].name = rows[i].name;
        all[count++].fn = strcmp(kind, "good") == 0      ? good_server
                          : strcmp(kind, "openssl") == 0 ? openssl_server
                          : strcmp(kind, "bad") == 0     ? bad_server
                                                         : odd_server;
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) all[count++] = cases[i];
    return check_main(argc, argv, all, count);
}
