/* pyfeat_ssl.h against Mbed TLS by hand, client and server in one thread, memory between them.
 *
 *     ssl FOLDER handshakes ours|raw|defaults chain|anchor N   nothing else: to count instructions
 *     ssl FOLDER times ROUNDS                        handshakes and bulk, ratios within a round
 *     ssl FOLDER memory                              what a connection keeps
 *
 * "raw" has the settings of pyfeat_ssl.h, "defaults" those of Mbed TLS. "chain": the server's
 * certificate is issued by a CA that the client trusts; "anchor": it is what the client trusts, and
 * there is one signature less to verify. Random numbers and time are
 * the same in every run (the linker wraps both), so that instructions can be compared. */
#define PYFEAT_SSL_IMPLEMENTATION
#include "../pyfeat_ssl.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define HOST "good.example.com"
enum way { OURS, RAW, DEFAULTS };
struct shown {
    const char *cert, *ca;
};
static const struct shown chain = { "ecdsa.pem", "ca.pem" }, anchor = { "own.pem", "own-ca.pem" };
enum { RECORD = 16384 };

int __wrap_mbedtls_entropy_func(void *data, unsigned char *out, size_t size);
time_t __wrap_time(time_t *t);
void *__wrap_calloc(size_t n, size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);
void __wrap_free(void *p);
void __real_free(void *p);

static time_t started;
static long kept, calls;

int __wrap_mbedtls_entropy_func(void *data, unsigned char *out, size_t size)
{
    (void)data;
    memset(out, 7, size);
    return 0;
}
time_t __wrap_time(time_t *t)
{
    if (t != NULL) *t = started;
    return started;
}
void *__wrap_calloc(size_t n, size_t size)
{
    void *p = __real_calloc(n, size);
    kept += (long)malloc_usable_size(p);
    calls++;
    return p;
}
void *__wrap_malloc(size_t size)
{
    void *p = __real_malloc(size);
    kept += (long)malloc_usable_size(p);
    calls++;
    return p;
}
void __wrap_free(void *p)
{
    kept -= (long)malloc_usable_size(p);
    __real_free(p);
}

static const char *folder;
static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void must(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "ssl: %s\n", what);
    exit(1);
}

/* ---- Mbed TLS by hand ---- */

struct raw {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    mbedtls_ssl_config conf;
    mbedtls_x509_crt crt;
    mbedtls_pk_context key;
};

static int raw_send(void *arg, const unsigned char *p, size_t n)
{
    size_t put = pyf_memory_bio_write(((pyf_memory_bio **)arg)[1], p, n);
    return put > 0 ? (int)put : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int raw_recv(void *arg, unsigned char *p, size_t n)
{
    size_t got = pyf_memory_bio_read(((pyf_memory_bio **)arg)[0], p, n);
    return got > 0 ? (int)got : MBEDTLS_ERR_SSL_WANT_READ;
}

static void raw_setup(struct raw *r, bool server, enum way way, const struct shown *shown)
{
    static const int suites[] = { 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0 };
    mbedtls_entropy_init(&r->entropy);
    mbedtls_ctr_drbg_init(&r->drbg);
    mbedtls_ssl_config_init(&r->conf);
    mbedtls_x509_crt_init(&r->crt);
    mbedtls_pk_init(&r->key);
    must(mbedtls_ctr_drbg_seed(&r->drbg, mbedtls_entropy_func, &r->entropy,
                               (const unsigned char *)"pyfeat_ssl", 10) == 0, "seed");
    must(mbedtls_ssl_config_defaults(&r->conf, server, MBEDTLS_SSL_TRANSPORT_STREAM,
                                     MBEDTLS_SSL_PRESET_DEFAULT) == 0, "defaults");
    mbedtls_ssl_conf_rng(&r->conf, mbedtls_ctr_drbg_random, &r->drbg);
    if (server) {
        must(mbedtls_x509_crt_parse_file(&r->crt, path_of(shown->cert)) == 0, "certificate");
#if MBEDTLS_VERSION_MAJOR < 3
        must(mbedtls_pk_parse_keyfile(&r->key, path_of(shown->cert), NULL) == 0, "key");
#else
        must(mbedtls_pk_parse_keyfile(&r->key, path_of(shown->cert), NULL, mbedtls_ctr_drbg_random,
                                      &r->drbg) == 0, "key");
#endif
        must(mbedtls_ssl_conf_own_cert(&r->conf, &r->crt, &r->key) == 0, "own certificate");
    } else {
        must(mbedtls_x509_crt_parse_file(&r->crt, path_of(shown->ca)) == 0, "CA");
        mbedtls_ssl_conf_ca_chain(&r->conf, &r->crt, NULL);
        mbedtls_ssl_conf_authmode(&r->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    }
#if MBEDTLS_VERSION_MAJOR >= 3 /* the figures are for TLS 1.2, which both have */
    mbedtls_ssl_conf_max_tls_version(&r->conf, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
    if (way == DEFAULTS) return;
    mbedtls_ssl_conf_ciphersuites(&r->conf, suites);
    pyfi_ssl_set_groups(&r->conf);
}

/* ---- a client and a server, each either way ---- */

struct side {
    enum way way;
    mbedtls_ssl_context raw;
    pyf_ssl_socket *ours;
    pyf_memory_bio *bio[2]; /* in, out */
};

struct world {
    enum way way;
    struct raw client, server;
    pyf_ssl_context *client_ctx, *server_ctx;
    pyf_ssl_session *session; /* for the client, if not NULL */
    struct side c, s;
    pyf_memory_bio up, down;
    unsigned char up_buffer[2 * RECORD], down_buffer[2 * RECORD];
};

/* The raw server serves both raw and our client; our server only when both are ours. */
static void world_init(struct world *w, enum way way, bool our_server, const struct shown *shown)
{
    w->way = way;
    w->c.way = way;
    w->s.way = our_server ? OURS : way == OURS ? RAW : way;
    if (way == OURS) {
        w->client_ctx = pyf_ssl_create_default_context(.cafile = path_of(shown->ca));
        must(w->client_ctx != NULL, "our client");
        must(pyf_ssl_context_set_maximum_version(w->client_ctx, PYF_SSL_TLSV1_2) == PYF_OK, "1.2");
    } else {
        raw_setup(&w->client, false, way, shown);
    }
    if (w->s.way == OURS) {
        w->server_ctx = pyf_ssl_create_default_context(.purpose = PYF_SSL_CLIENT_AUTH);
        must(pyf_ssl_context_load_cert_chain(w->server_ctx, .certfile = path_of(shown->cert)) ==
                 PYF_OK, "our server");
    } else {
        raw_setup(&w->server, true, w->s.way, shown);
    }
}

static void side_open(struct side *side, struct raw *raw, pyf_ssl_context *ctx, bool client,
                      pyf_ssl_session *session)
{
    if (side->way == OURS) {
        side->ours = pyf_ssl_wrap_bio(ctx, side->bio[0], side->bio[1],
                                      .server_hostname = client ? HOST : NULL,
                                      .session = session);
        must(side->ours != NULL, "wrap");
        return;
    }
    mbedtls_ssl_init(&side->raw);
    must(mbedtls_ssl_setup(&side->raw, &raw->conf) == 0, "setup");
    if (client) must(mbedtls_ssl_set_hostname(&side->raw, HOST) == 0, "hostname");
    mbedtls_ssl_set_bio(&side->raw, side->bio, raw_send, raw_recv, NULL);
}

static bool side_shake(struct side *side)
{
    int ret = side->way == OURS ? pyf_ssl_do_handshake(side->ours)
                                : mbedtls_ssl_handshake(&side->raw);
    must(ret == 0 || ret == PYF_SSL_WANT_READ || ret == PYF_SSL_WANT_WRITE ||
             ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE, "handshake");
    return ret == 0;
}

static void side_close(struct side *side)
{
    if (side->way == OURS) {
        pyf_ssl_close(side->ours);
    } else {
        (void)mbedtls_ssl_close_notify(&side->raw);
        mbedtls_ssl_free(&side->raw);
    }
}

static void world_open(struct world *w)
{
    bool a = false, b = false;
    pyf_memory_bio_init(&w->up, w->up_buffer, sizeof w->up_buffer);
    pyf_memory_bio_init(&w->down, w->down_buffer, sizeof w->down_buffer);
    w->c.bio[0] = w->s.bio[1] = &w->down;
    w->c.bio[1] = w->s.bio[0] = &w->up;
    side_open(&w->c, &w->client, w->client_ctx, true, w->session);
    side_open(&w->s, &w->server, w->server_ctx, false, NULL);
    while (!a || !b) {
        if (!a) a = side_shake(&w->c);
        if (!b) b = side_shake(&w->s);
    }
}

static void world_close(struct world *w)
{
    side_close(&w->c);
    side_close(&w->s);
}

/* ---- measurements ---- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double handshakes(struct world *w, int n)
{
    double begun = now();
    for (int i = 0; i < n; i++) {
        world_open(w);
        world_close(w);
    }
    return (now() - begun) / n;
}

/* Seconds a record, from the server to the client. */
static double bulk(struct world *w, int records)
{
    static unsigned char data[RECORD], got[RECORD];
    double begun;
    world_open(w);
    begun = now();
    for (int i = 0; i < records; i++) {
        int n = w->s.way == OURS ? pyf_ssl_sendall(w->s.ours, data, RECORD)
                                 : mbedtls_ssl_write(&w->s.raw, data, RECORD);
        must(n == PYF_OK || n == RECORD, "write");
        n = w->c.way == OURS ? pyf_ssl_recv(w->c.ours, got, RECORD)
                             : mbedtls_ssl_read(&w->c.raw, got, RECORD);
        must(n == RECORD, "read");
    }
    begun = now() - begun;
    world_close(w);
    return begun / records;
}

static int compare(const void *a, const void *b)
{
    double d = *(const double *)a - *(const double *)b;
    return d < 0 ? -1 : d > 0;
}

static void line(const char *what, double unit, double *ours, double *theirs, int rounds)
{
    static double ratio[1000];
    for (int i = 0; i < rounds; i++) ratio[i] = theirs[i] / ours[i];
    qsort(ratio, (size_t)rounds, sizeof *ratio, compare);
    qsort(ours, (size_t)rounds, sizeof *ours, compare);
    qsort(theirs, (size_t)rounds, sizeof *theirs, compare);
    printf("| %s | %.1f us | %.1f us | %.3fx | %.3f..%.3f |\n", what, ours[rounds / 2] * unit,
           theirs[rounds / 2] * unit, ratio[rounds / 2], ratio[0], ratio[rounds - 1]);
}

static void times(int rounds)
{
    static struct world ours, raw, both, defaults, again, both_anchor, defaults_anchor;
    static double a[1000], b[1000], c[1000], d[1000], e[1000], f[1000], g[1000], h[1000], k[1000],
        l[1000];
    if (rounds > 1000) rounds = 1000;
    world_init(&ours, OURS, false, &chain);
    world_init(&raw, RAW, false, &chain);
    world_init(&both, OURS, true, &chain);
    world_init(&defaults, DEFAULTS, false, &chain);
    world_init(&both_anchor, OURS, true, &anchor);
    world_init(&defaults_anchor, DEFAULTS, false, &anchor);
    world_init(&again, OURS, true, &chain);
    world_open(&again);
    again.session = pyf_ssl_get_session(again.c.ours);
    must(again.session != NULL, "session");
    world_close(&again);
    for (int i = 0; i < rounds; i++) {
        a[i] = handshakes(&ours, 5);
        b[i] = handshakes(&raw, 5);
        c[i] = handshakes(&both, 5);
        d[i] = h[i] = handshakes(&defaults, 5);
        k[i] = handshakes(&both_anchor, 5);
        l[i] = handshakes(&defaults_anchor, 5);
        g[i] = handshakes(&again, 5);
        e[i] = bulk(&ours, 200);
        f[i] = bulk(&raw, 200);
    }
    printf("| workload | pyfeat | Mbed TLS | speed | min..max |\n|---|---|---|---|---|\n");
    line("handshake, same settings", 1e6, a, b, rounds);
    line("handshake, each with its defaults", 1e6, c, d, rounds);
    line("the same, the certificate is the trust anchor", 1e6, k, l, rounds);
    line("handshake with a session, and a full one with its defaults", 1e6, g, h, rounds);
    line("record of 16 KiB, sent and received", 1e6, e, f, rounds);
}

static void memory(void)
{
    static struct world w[2];
    long bytes[2], blocks[2], records[2];
    for (int i = 0; i < 2; i++) {
        world_init(&w[i], i == 0 ? OURS : RAW, false, &chain);
        handshakes(&w[i], 1);
        kept = calls = 0;
        world_open(&w[i]);
        bytes[i] = kept + (i == 1 ? (long)sizeof w[i].c.raw : 0);
        blocks[i] = calls;
        world_close(&w[i]);
        calls = 0;
        bulk(&w[i], 1);
        records[i] = -calls;
        calls = 0;
        bulk(&w[i], 101);
        records[i] += calls;
    }
    printf("kept by a connection: %ld bytes more than Mbed TLS alone\n", bytes[0] - bytes[1]);
    printf("allocations in a handshake: %ld more\n", blocks[0] - blocks[1]);
    printf("allocations in 100 records: %ld, Mbed TLS alone %ld\n", records[0], records[1]);
}

int main(int argc, char **argv)
{
    static struct world w;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    started = t.tv_sec;
    if (argc < 3) return 2;
    folder = argv[1];
    if (strcmp(argv[2], "memory") == 0) memory();
    if (strcmp(argv[2], "times") == 0) times(argc > 3 ? atoi(argv[3]) : 9);
    if (strcmp(argv[2], "handshakes") == 0 && argc > 5) {
        started = 1800000000; /* also in the hello messages */
        world_init(&w, argv[3][0] == 'o' ? OURS : argv[3][0] == 'r' ? RAW : DEFAULTS, false,
                   argv[4][0] == 'c' ? &chain : &anchor);
        handshakes(&w, atoi(argv[5]));
    }
    return 0;
}
