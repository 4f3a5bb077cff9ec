/* pyfeat_ssl.h - v0.1.0 - a TLS context that verifies by default, after Python's ssl, for C over
 * Mbed TLS 2.28, 3.6 and 4. Public domain, see @licence.
 *
 *     #define PYFEAT_SSL_IMPLEMENTATION  // in exactly one C or C++ file, the one that also builds
 *     #include "pyfeat_ssl.h"            // what you use of pyfeat.h; elsewhere only this line
 *
 *     pyf_ssl_context *ctx = pyf_ssl_create_default_context(.cafile = "ca.pem");
 *     pyf_ssl_socket *s = pyf_ssl_connect(ctx, "example.org", 443, 5000);
 *     pyf_ssl_sendall(s, request, length);
 *     while ((n = pyf_ssl_recv(s, buffer, sizeof buffer)) > 0) use(buffer, n);
 *     pyf_ssl_close(s);
 *     pyf_ssl_context_free(ctx);
 *
 * Needs pyfeat.h and Mbed TLS. Nothing has to be turned on: a client checks the chain, the dates,
 * the name and the key of its server, speaks TLS 1.2 and up, and takes an end without goodbye for
 * an error. A NULL handle is an error everywhere, so code that checks nothing fails closed. What
 * weakens a check is called pyf_ssl_insecure_..., and must be asked for.
 *
 * CONTENTS (search for the tag)
 *
 *     @config         every option
 *     @ssl.api        contexts, connections, certificates     needs base, port, time, Mbed TLS
 *     @closure        which room pulls in which
 *     @ssl.impl
 *     @history
 *     @licence
 *
 * Each declaration says, in this order: what it does; Errors; Threads (any: from any thread at any
 * time; one: one thread at a time; blocks: may wait); Memory; Python (its counterpart there).
 *
 * Threads: a context may be used by any number of threads once it is set up, if Mbed TLS was built
 * with MBEDTLS_THREADING_C, and by one otherwise. A connection belongs to one thread at a time.
 *
 * Memory: the objects of this header come from the context's .allocator, or malloc; what Mbed TLS
 * itself needs (most of it: two record buffers for each connection) comes from its own
 * mbedtls_calloc. Sending and receiving allocate nothing and copy nothing on top of Mbed TLS.
 *
 * Where this differs from Python: an end of the stream without close_notify is an error; a client
 * cannot be had without the check of the name, and the name is matched against the subject
 * alternative names only, "*" needs two labels behind it ("*.com" matches nothing); a server that
 * is given CA certificates requires one of its clients; a CA certificate, or one of X.509 version
 * 1, is not accepted as that of a server; calls have a deadline of 30 seconds unless you set
 * another; names of ciphers are exact, there is no "HIGH:!aNULL", and none is skipped silently.
 */

/* ==== @config ====================================================================================
 *
 * Every option is a macro; 0/1 options default to 0. "impl" must be defined where the
 * implementation is built, "all" in every file that includes the header. An option may remove a
 * declaration, never change one. The options of pyfeat.h hold here too.
 *
 *   name                           where effect
 *   PYFEAT_SSL_IMPLEMENTATION      impl  build this room and what it needs of pyfeat.h
 *   PYFEAT_SSL_ALLOW_INSECURE      all   1: declare the pyf_ssl_insecure_... functions
 *   PYFEAT_SSL_NO_SOCKETS          all   1: no sockets and no name service, only memory BIOs and
 *                                        callbacks. Default where the system is not a Unix
 *   PYFEAT_SSL_NO_FILES            impl  1: no files, certificates come from memory, and naming a
 *                                        file is an error. Default where Mbed TLS has none.
 *                                        PYFEAT_NO_ZONEINFO takes away the time room's as well
 *   PYFEAT_SSL_NO_CLOCK            impl  1: there is no time() here, contexts need .clock. Must be
 *                                        set where Mbed TLS has no MBEDTLS_HAVE_TIME_DATE
 *   PYFEAT_SSL_HANDSHAKE_MAX       impl  how many bytes a handshake may receive; default 262144
 */

#include "pyfeat.h"

#ifndef PYFEAT_SSL_ALLOW_INSECURE
#define PYFEAT_SSL_ALLOW_INSECURE 0
#endif
#ifndef PYFEAT_SSL_NO_SOCKETS
#if defined(__unix__) || defined(__unix) || defined(__APPLE__)
#define PYFEAT_SSL_NO_SOCKETS 0
#else
#define PYFEAT_SSL_NO_SOCKETS 1
#endif
#endif

/* ==== @ssl.api ================================================================================ */

#if !defined(PYFI_SSL_API) && (!PYFI_STATIC || defined(PYFEAT_SSL_IMPLEMENTATION))
#define PYFI_SSL_API

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ---- */

/* More statuses, beside those of pyfeat.h. */
enum {
    PYF_SSL_ERROR = -64,                   /* SSLError: the handshake or the connection failed */
    PYF_SSL_WANT_READ = -65,               /* SSLWantReadError: again when there is input */
    PYF_SSL_WANT_WRITE = -66,              /* SSLWantWriteError: again when there is room */
    PYF_SSL_CERT_VERIFICATION_ERROR = -67, /* SSLCertVerificationError: see the reason */
    PYF_SSL_EOF_ERROR = -68 /* SSLEOFError: the stream ended without goodbye, it may be cut short */
};

/* Why a call failed. */
typedef enum pyf_ssl_reason {
    PYF_SSL_REASON_NONE,
    PYF_SSL_REASON_ARGUMENT,            /* a wrong argument, or a call at a wrong time */
    PYF_SSL_REASON_MEMORY,              /* no memory */
    PYF_SSL_REASON_SYSTEM,              /* the name service, the network or a file failed */
    PYF_SSL_REASON_TIMEOUT,             /* the deadline has passed */
    PYF_SSL_REASON_TRUNCATED,           /* the stream ended without close_notify */
    PYF_SSL_REASON_UNKNOWN_CA,          /* the chain ends in no CA that is trusted here */
    PYF_SSL_REASON_SELF_SIGNED,         /* the same, and the certificate is signed by itself */
    PYF_SSL_REASON_EXPIRED,             /* a certificate is no longer valid */
    PYF_SSL_REASON_NOT_YET_VALID,       /* a certificate is not yet valid */
    PYF_SSL_REASON_TIME_UNKNOWN,        /* the clock is not set: nothing can be said of dates */
    PYF_SSL_REASON_REVOKED,             /* a certificate stands in a revocation list */
    PYF_SSL_REASON_CRL,                 /* a revocation list is missing, outdated or not genuine */
    PYF_SSL_REASON_HOSTNAME,            /* the certificate is for other names */
    PYF_SSL_REASON_NO_NAMES,            /* the certificate has no subject alternative names */
    PYF_SSL_REASON_BAD_NAME,            /* a name in the certificate is malformed */
    PYF_SSL_REASON_WEAK_KEY,            /* a key is too short, or of a kind that is not accepted */
    PYF_SSL_REASON_WEAK_SIGNATURE,      /* a certificate is signed with MD5, SHA-1 or the like */
    PYF_SSL_REASON_KEY_USAGE,           /* a certificate is not made for this use */
    PYF_SSL_REASON_CA_AS_LEAF,          /* the certificate of the peer is a CA's */
    PYF_SSL_REASON_CERTIFICATE_VERSION, /* the certificate of the peer is not of X.509 version 3 */
    PYF_SSL_REASON_NAME_CONSTRAINTS,    /* a CA may not issue certificates for this name */
    PYF_SSL_REASON_STRICT,              /* PYF_SSL_VERIFY_X509_STRICT finds fault with it */
    PYF_SSL_REASON_PIN,                 /* the public key is none of those that were pinned */
    PYF_SSL_REASON_BAD_CERTIFICATE,     /* malformed, or with a critical extension not known here */
    PYF_SSL_REASON_CERTIFICATE_TYPE,    /* rejected by Mbed TLS for a cause it does not tell */
    PYF_SSL_REASON_NO_CERTIFICATE,      /* the client has sent none */
    PYF_SSL_REASON_PROTOCOL_VERSION,    /* no common version of TLS */
    PYF_SSL_REASON_NO_SHARED_CIPHER,    /* no common cipher suite or other parameter */
    PYF_SSL_REASON_ALERT,               /* the peer has ended the connection, the text says why */
    PYF_SSL_REASON_TOO_LONG,            /* the handshake takes no end */
    PYF_SSL_REASON_KEY,     /* a private key cannot be read, or is not the certificate's */
    PYF_SSL_REASON_ENTROPY, /* no source of random numbers */
    PYF_SSL_REASON_PROTOCOL /* the peer broke the protocol */
} pyf_ssl_reason;

/* What went wrong, in full. Yours, all-zero to begin with; give it to a call as .error = &error. */
typedef struct pyf_ssl_error {
    pyf_status status;     /* PYF_OK: nothing yet */
    pyf_ssl_reason reason; /* why */
    int library;           /* Mbed TLS's own code, 0 if it has none */
    int depth;             /* the certificate meant: 0 the peer's, 1 its issuer ...; -1 none */
    char text[496];        /* a sentence with names, dates and numbers */
} pyf_ssl_error;

/* The name of the exception that a status stands for, those of pyfeat.h included: "SSLEOFError".
 * Errors: none. Threads: any. Memory: a constant string. Python: type(e).__name__. */
PYF_API const char *pyf_ssl_status_name(pyf_status st);

/* ---- the context ---- */

typedef struct pyf_ssl_context pyf_ssl_context;
typedef struct pyf_ssl_socket pyf_ssl_socket;
typedef struct pyf_ssl_session pyf_ssl_session;

enum pyf_ssl_purpose {
    PYF_SSL_SERVER_AUTH, /* Purpose.SERVER_AUTH: a client, that checks servers; the default */
    PYF_SSL_CLIENT_AUTH  /* Purpose.CLIENT_AUTH: a server */
};

typedef struct pyf_ssl_context_options {
    int pyfi_zero;
    enum pyf_ssl_purpose purpose;
    const char *cafile; /* trusted CA certificates: PEM, or one in DER */
    const char *capath; /* the same, every file of a folder */
    const void *cadata; /* the same, in memory: PEM, or any number in DER one after the other */
    size_t cadata_size; /* its bytes; 0: it is a string */
    bool in_place;      /* cadata is DER, and stays where it is (in flash) and as it is */
    int64_t (*clock)(void *arg); /* seconds since 1970 in UTC, below 0 where that is not known;
                                    NULL: the system's time() */
    void *clock_arg;
    int (*entropy)(void *arg, unsigned char *out, size_t size); /* fill out with random bytes from
                      hardware, 0 if that went well; besides what Mbed TLS knows. Not in 4.x */
    void *entropy_arg;
    const pyf_allocator *allocator; /* must live as long as the context; NULL: malloc and free */
    pyf_ssl_error *error;           /* says what went wrong */
} pyf_ssl_context_options;

/* A new context: pyf_ssl_create_default_context(.cafile = "ca.pem"). A client trusts the CAs that
 * are named, and if none is, those of the system. Free it with pyf_ssl_context_free. Errors: NULL,
 * and what it was in .error: files that cannot be read or hold no certificate, no memory, no source
 * of random numbers or of time. Threads: any; blocks on files. Memory: one block through
 * .allocator, and Mbed TLS's. Python: ssl.create_default_context(purpose, cafile, capath, cadata).
 */
PYF_API pyf_ssl_context *
pyf_ssl_create_default_context_with(const pyf_ssl_context_options *options);
#ifndef __cplusplus
#define pyf_ssl_create_default_context(...) \
    pyf_ssl_create_default_context_with(&(pyf_ssl_context_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* Give the context up; connections and sessions that use it keep it alive. NULL does nothing.
 * Errors: none. Threads: any. Memory: releases the context's. Python: del context. */
PYF_API void pyf_ssl_context_free(pyf_ssl_context *ctx);

/* Copy what went wrong in the last call on this context that failed, a connection that could not be
 * made included. Where several threads connect give each its own .error. *out is all-zero if
 * nothing did. Errors: none; for NULL *out says so. Threads: any. Memory: allocates nothing.
 * Python: the text of the exception. */
PYF_API void pyf_ssl_context_error(pyf_ssl_context *ctx, pyf_ssl_error *out);

typedef struct pyf_ssl_locations {
    int pyfi_zero;
    const char *cafile, *capath; /* as in pyf_ssl_context_options */
    const void *cadata;
    size_t cadata_size;
    bool in_place;
} pyf_ssl_locations;

/* Trust more CAs: pyf_ssl_context_load_verify_locations(ctx, .cafile = "ca.pem"). A server that has
 * any requires a certificate of its clients. Errors: PYF_VALUE_ERROR for no location;
 * PYF_OS_ERROR for a file that cannot be read; PYF_SSL_ERROR for one without a certificate or with
 * a bad one (then none of this call is trusted; in a folder, bad ones and files without any are
 * passed over, if there is a good one); PYF_MEMORY_ERROR; PYF_INVALID_STATE_ERROR after the first
 * connection. Threads: one; blocks on files. Memory: Mbed TLS's; with .in_place the certificates
 * are not copied. Python: SSLContext.load_verify_locations(cafile, capath, cadata). */
PYF_API pyf_status pyf_ssl_context_load_verify_locations_with(pyf_ssl_context *ctx,
                                                              const pyf_ssl_locations *from);
#ifndef __cplusplus
#define pyf_ssl_context_load_verify_locations(ctx, ...) \
    pyf_ssl_context_load_verify_locations_with( \
        (ctx), &(pyf_ssl_locations){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* Trust the CAs that the system trusts: the file SSL_CERT_FILE or the folder SSL_CERT_DIR of the
 * environment if set, or else the first known bundle that is there; certificates in it that Mbed
 * TLS cannot parse are passed over. Errors: PYF_OS_ERROR if there is none; those of
 * pyf_ssl_context_load_verify_locations. Threads: one; blocks on files. Memory: Mbed TLS's. Python:
 * SSLContext.load_default_certs(). */
PYF_API pyf_status pyf_ssl_context_load_default_certs(pyf_ssl_context *ctx);

typedef struct pyf_ssl_cert_chain {
    int pyfi_zero;
    const char *certfile;   /* the own certificate first, then its issuers: PEM */
    const char *keyfile;    /* its private key; NULL: it stands in certfile too */
    const void *cert, *key; /* the same, in memory, PEM or DER; key NULL: it stands in cert too */
    size_t cert_size, key_size;                            /* their bytes; 0: a string */
    int (*password)(void *arg, char *buffer, size_t size); /* the key's password: its length, or
                                                              negative; called only if it has one */
    void *password_arg;
} pyf_ssl_cert_chain;

/* What this side shows: pyf_ssl_context_load_cert_chain(ctx, .certfile = "chain.pem", .keyfile =
 * "key.pem"). May be called again for another type of key. Errors: as for
 * pyf_ssl_context_load_verify_locations; PYF_SSL_ERROR if the key cannot be read or decrypted, or
 * is not that of the certificate. Threads: one; blocks on files. Memory: a block through the
 * allocator, and Mbed TLS's. Python: SSLContext.load_cert_chain(certfile, keyfile, password). */
PYF_API pyf_status pyf_ssl_context_load_cert_chain_with(pyf_ssl_context *ctx,
                                                        const pyf_ssl_cert_chain *chain);
#ifndef __cplusplus
#define pyf_ssl_context_load_cert_chain(ctx, ...) \
    pyf_ssl_context_load_cert_chain_with((ctx), \
                                         &(pyf_ssl_cert_chain){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

/* Know certificates that were revoked: one or more lists, PEM or DER, from a file, or from memory
 * if file is NULL (size 0: data is a string). A list that is loaded is always heeded, whatever the
 * flags: while it is not genuine, not yet or no longer valid, or does not say how long it is, all
 * certificates of its issuer are refused. Errors: as for pyf_ssl_context_load_verify_locations.
 * Threads: one; blocks on files. Memory: Mbed TLS's. Python: SSLContext.load_verify_locations of a
 * file with CRLs. */
PYF_API pyf_status pyf_ssl_context_load_crls(pyf_ssl_context *ctx, const char *file,
                                             const void *data, size_t size);

/* The cipher suites, best first, separated by colons, commas or blanks, each by its name as IANA,
 * OpenSSL or Mbed TLS spell it: "ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256". The default
 * is ECDHE with AES-GCM or ChaCha20-Poly1305. Errors: PYF_VALUE_ERROR for a name that is not known
 * here, or for suites that do without certificates or encryption or are broken (PSK, NULL, RC4,
 * DES, 3DES); PYF_MEMORY_ERROR; PYF_INVALID_STATE_ERROR after the first connection. Threads: one.
 * Memory: a block through the allocator. Python: SSLContext.set_ciphers(ciphers). */
PYF_API pyf_status pyf_ssl_context_set_ciphers(pyf_ssl_context *ctx, const char *ciphers);

enum pyf_ssl_version {
    PYF_SSL_TLSV1_2 = 0x0303, /* TLSVersion.TLSv1_2: the lowest there is */
    PYF_SSL_TLSV1_3 = 0x0304  /* TLSVersion.TLSv1_3: not in Mbed TLS 2.28 */
};

/* The lowest version of TLS to speak. Errors: PYF_VALUE_ERROR for one that Mbed TLS does not have
 * here, or above the highest; PYF_INVALID_STATE_ERROR after the first connection. Threads: one.
 * Memory: allocates nothing. Python: SSLContext.minimum_version. */
PYF_API pyf_status pyf_ssl_context_set_minimum_version(pyf_ssl_context *ctx,
                                                       enum pyf_ssl_version version);

/* The highest version of TLS to speak. Errors: PYF_VALUE_ERROR for one that Mbed TLS does not have
 * here, or below the lowest; PYF_INVALID_STATE_ERROR after the first connection. Threads: one.
 * Memory: allocates nothing. Python: SSLContext.maximum_version. */
PYF_API pyf_status pyf_ssl_context_set_maximum_version(pyf_ssl_context *ctx,
                                                       enum pyf_ssl_version version);

/* The application protocols, best first: pyf_ssl_context_set_alpn_protocols(ctx, "h2", "http/1.1");
 * for the plain function an array that ends in NULL. A server that shares none with a client that
 * has some refuses it. Errors: PYF_VALUE_ERROR for none, or one that is empty or longer than 255
 * bytes; PYF_MEMORY_ERROR; PYF_INVALID_STATE_ERROR after the first connection. Threads: one.
 * Memory: a block through the allocator. Python: SSLContext.set_alpn_protocols(protocols). */
PYF_API pyf_status pyf_ssl_context_set_alpn_protocols_with(pyf_ssl_context *ctx,
                                                           const char *const *protocols);
#ifndef __cplusplus
#define pyf_ssl_context_set_alpn_protocols(ctx, ...) \
    pyf_ssl_context_set_alpn_protocols_with((ctx), (const char *const[]){ __VA_ARGS__, NULL })
#endif

/* Called in a server when a client names its host: returns the context to go on with, ctx itself or
 * another server context (of another host), or NULL to refuse. One that verifies clients and has no
 * CAs of its own refuses them all. */
typedef pyf_ssl_context *(*pyf_ssl_sni_callback)(pyf_ssl_socket *s, const char *server_name,
                                                 pyf_ssl_context *ctx, void *arg);

/* Let callback choose the context, and with it the certificate and whether and by which CAs clients
 * are verified; versions, ciphers and protocols stay those of ctx. A context with a callback issues
 * no session tickets, so that no client enters one host with a ticket of another. Errors:
 * PYF_VALUE_ERROR for a client's context; PYF_INVALID_STATE_ERROR after the first connection.
 * Threads: one; the callback runs in the thread of the handshake. Memory: allocates nothing.
 * Python: SSLContext.sni_callback. */
PYF_API pyf_status pyf_ssl_context_set_sni_callback(pyf_ssl_context *ctx,
                                                    pyf_ssl_sni_callback callback, void *arg);

enum pyf_ssl_verify_mode {
    PYF_SSL_CERT_NONE,     /* ssl.CERT_NONE */
    PYF_SSL_CERT_OPTIONAL, /* ssl.CERT_OPTIONAL: a client may send no certificate, but no bad one */
    PYF_SSL_CERT_REQUIRED  /* ssl.CERT_REQUIRED */
};

/* Whether a server wants certificates of its clients. A client's context is always REQUIRED.
 * Errors: PYF_VALUE_ERROR for another mode than REQUIRED in a client's, and for NONE in a server's
 * that has CAs; PYF_INVALID_STATE_ERROR after the first connection. Threads: one. Memory: allocates
 * nothing. Python: SSLContext.verify_mode. */
PYF_API pyf_status pyf_ssl_context_set_verify_mode(pyf_ssl_context *ctx,
                                                   enum pyf_ssl_verify_mode mode);

enum {
    PYF_SSL_VERIFY_CRL_CHECK_LEAF = 4,   /* the peer's issuer must have a revocation list here */
    PYF_SSL_VERIFY_CRL_CHECK_CHAIN = 12, /* every issuer of the chain must */
    PYF_SSL_VERIFY_X509_STRICT = 32      /* RFC 5280 to the letter, as Python 3.13 has it: key
                                            identifiers, serial numbers, constraints, usages */
};

/* Check more. Flags add up, none can be taken back. Errors: PYF_VALUE_ERROR for unknown ones;
 * PYF_INVALID_STATE_ERROR after the first connection. Threads: one. Memory: allocates nothing.
 * Python: SSLContext.verify_flags. */
PYF_API pyf_status pyf_ssl_context_set_verify_flags(pyf_ssl_context *ctx, unsigned flags);

/* Accept this public key of the peer, and of all others only those that are pinned too: the SHA-256
 * of the SubjectPublicKeyInfo, which a pyf_ssl_certificate has. Comes on top of every other check.
 * Errors: PYF_MEMORY_ERROR; PYF_INVALID_STATE_ERROR after the first connection. Threads: one.
 * Memory: a block through the allocator. Python: no counterpart. */
PYF_API pyf_status pyf_ssl_context_pin_public_key(pyf_ssl_context *ctx,
                                                  const unsigned char sha256[32]);

#if PYFEAT_SSL_ALLOW_INSECURE
/* Accept any certificate: whoever is in between reads and writes everything. Keys that are pinned
 * still count: with them, and without CAs, this is for peers that signed for themselves. Errors:
 * PYF_INVALID_STATE_ERROR after the first connection. Threads: one. Memory: allocates nothing.
 * Python: SSLContext.verify_mode = CERT_NONE. */
PYF_API pyf_status pyf_ssl_insecure_skip_verification(pyf_ssl_context *ctx);

/* Accept a certificate for any name: whoever has one of his own may be in between. Errors:
 * PYF_INVALID_STATE_ERROR after the first connection. Threads: one. Memory: allocates nothing.
 * Python: SSLContext.check_hostname = False. */
PYF_API pyf_status pyf_ssl_insecure_skip_hostname(pyf_ssl_context *ctx);
#endif

/* ---- memory BIO ---- */

/* A queue of bytes in memory of yours. */
typedef struct pyf_memory_bio {
    unsigned char *pyfi_data;
    size_t pyfi_size, pyfi_begin, pyfi_used;
    bool pyfi_eof;
} pyf_memory_bio;

/* Make bio an empty queue for at most size bytes; two of 17 KiB hold a record each.
 * Errors: none; NULL for bio does nothing, and is an empty queue at its end for those below.
 * Threads: one. Memory: uses buffer, which must live as long. Python: ssl.MemoryBIO(). */
PYF_API void pyf_memory_bio_init(pyf_memory_bio *bio, void *buffer, size_t size);

/* Put bytes in; returns how many there was room for.
 * Errors: 0 after pyf_memory_bio_write_eof. Threads: one. Memory: allocates nothing. Python:
 * MemoryBIO.write(buf). */
PYF_API size_t pyf_memory_bio_write(pyf_memory_bio *bio, const void *data, size_t size);

/* Take at most size bytes out; returns how many there were.
 * Errors: none. Threads: one. Memory: allocates nothing. Python: MemoryBIO.read(n). */
PYF_API size_t pyf_memory_bio_read(pyf_memory_bio *bio, void *buffer, size_t size);

/* How many bytes are in it.
 * Errors: none. Threads: one. Memory: allocates nothing. Python: MemoryBIO.pending. */
PYF_API size_t pyf_memory_bio_pending(const pyf_memory_bio *bio);

/* No more will be written: the connection ends when what is in it has been read.
 * Errors: none. Threads: one. Memory: allocates nothing. Python: MemoryBIO.write_eof(). */
PYF_API void pyf_memory_bio_write_eof(pyf_memory_bio *bio);

/* Whether the end was written and everything before it was read.
 * Errors: none. Threads: one. Memory: allocates nothing. Python: MemoryBIO.eof. */
PYF_API bool pyf_memory_bio_eof(const pyf_memory_bio *bio);

/* ---- connections ---- */

typedef struct pyf_ssl_wrap_options {
    int pyfi_zero;
    const char *server_hostname; /* a client must say whom it wants to talk to: a name in ASCII
                                    (xn--... for others) or an IP address */
    pyf_ssl_session *session;    /* of an earlier connection to the same name, to begin faster */
    int64_t timeout_ms;          /* for each call; 0: 30 seconds; see pyf_ssl_settimeout */
    pyf_ssl_error *error;        /* says what went wrong; must live as long as the connection */
    bool keep_open;              /* pyf_ssl_close leaves the transport open */
} pyf_ssl_wrap_options;

/* Bytes to and from the peer, your way: pyf_ssl_wrap_io. */
typedef struct pyf_ssl_io {
    int (*send)(void *arg, const unsigned char *data, size_t size); /* how many were taken, or
                                              PYF_SSL_WANT_WRITE, or another negative status */
    int (*recv)(void *arg, unsigned char *buffer, size_t size); /* how many came; 0: no more ever;
                                              or PYF_SSL_WANT_READ, or another negative status */
    pyf_status (*wait)(void *arg, pyf_status want, int64_t timeout_ms); /* until what is wanted may
                          be possible: PYF_OK; or PYF_TIMEOUT_ERROR; NULL: calls never wait */
    void (*close)(void *arg); /* called once by pyf_ssl_close; may be NULL */
    void *arg;
} pyf_ssl_io;

/* A connection over transport callbacks; *io is copied. The handshake is made by the first call
 * that needs it. Errors: NULL, and what it was in .error and pyf_ssl_context_error: PYF_VALUE_ERROR
 * for a client without a server_hostname, a name that cannot be one, a session of another context
 * or name; PYF_INVALID_STATE_ERROR for a client without CAs, a server without a certificate;
 * PYF_MEMORY_ERROR. Threads: any. Memory: a block through the context's allocator, and Mbed TLS's.
 * Python: no counterpart. */
PYF_API pyf_ssl_socket *pyf_ssl_wrap_io_with(pyf_ssl_context *ctx, const pyf_ssl_io *io,
                                             const pyf_ssl_wrap_options *options);

/* A connection without any input or output of its own: you carry what is in outgoing to the peer,
 * and what comes from it into incoming. Calls never wait. Errors: as for pyf_ssl_wrap_io. Threads:
 * any. Memory: as for pyf_ssl_wrap_io; the two must live as long as the connection. Python:
 * SSLContext.wrap_bio(incoming, outgoing, server_side, server_hostname, session). */
PYF_API pyf_ssl_socket *pyf_ssl_wrap_bio_with(pyf_ssl_context *ctx, pyf_memory_bio *incoming,
                                              pyf_memory_bio *outgoing,
                                              const pyf_ssl_wrap_options *options);
#ifndef __cplusplus
#define pyf_ssl_wrap_io(ctx, io, ...) \
    pyf_ssl_wrap_io_with((ctx), (io), &(pyf_ssl_wrap_options){ .pyfi_zero = 0, __VA_ARGS__ })
#define pyf_ssl_wrap_bio(ctx, incoming, outgoing, ...) \
    pyf_ssl_wrap_bio_with((ctx), (incoming), (outgoing), \
                          &(pyf_ssl_wrap_options){ .pyfi_zero = 0, __VA_ARGS__ })
#endif

#if !PYFEAT_SSL_NO_SOCKETS
/* A connection over a stream socket that is connected: a client's after connect, a server's after
 * accept; the context says which. It need not be non-blocking, and stays as it is. The handshake is
 * made by the first call that needs it. pyf_ssl_close closes the socket. Errors: as for
 * pyf_ssl_wrap_io; the socket is still yours then. Threads: any. Memory: as for pyf_ssl_wrap_io.
 * Python: SSLContext.wrap_socket(sock, server_side, server_hostname, session). */
PYF_API pyf_ssl_socket *pyf_ssl_wrap_socket_with(pyf_ssl_context *ctx, int fd,
                                                 const pyf_ssl_wrap_options *options);

typedef struct pyf_ssl_connect_options {
    const char *host; /* a name or an IP address, which is also what the certificate must be for */
    uint16_t port;
    int64_t timeout_ms; /* for all of it, the name service included, and later for each call */
    pyf_ssl_session *session; /* as in pyf_ssl_wrap_options */
    pyf_ssl_error *error;
    int pyfi_zero;
} pyf_ssl_connect_options;

/* Connect to a server and make the handshake: pyf_ssl_connect(ctx, "example.org", 443, 5000), and
 * behind that .session = session, .error = &error. The addresses of the host are tried one after
 * the other, each for its share of the time. Errors: NULL, and what it was in .error and
 * pyf_ssl_context_error: those of pyf_ssl_wrap_io and pyf_ssl_do_handshake; PYF_OS_ERROR if the
 * host is not found or does not answer. Threads: any; blocks. Memory: as for pyf_ssl_wrap_io, and
 * while the name service is asked, in a thread of its own, a block of about 400 bytes. Python:
 * context.wrap_socket(socket.create_connection((host, port), timeout), server_hostname=host). */
PYF_API pyf_ssl_socket *pyf_ssl_connect_with(pyf_ssl_context *ctx,
                                             const pyf_ssl_connect_options *options);
#ifndef __cplusplus
#define pyf_ssl_wrap_socket(ctx, fd, ...) \
    pyf_ssl_wrap_socket_with((ctx), (fd), &(pyf_ssl_wrap_options){ .pyfi_zero = 0, __VA_ARGS__ })
#define pyf_ssl_connect(ctx, ...) \
    pyf_ssl_connect_with((ctx), &(pyf_ssl_connect_options){ __VA_ARGS__, .pyfi_zero = 0 })
#endif

/* The socket's descriptor. Errors: -1 for NULL and for connections without a socket. Threads: one.
 * Memory: allocates nothing. Python: SSLSocket.fileno(). */
PYF_API int pyf_ssl_fileno(const pyf_ssl_socket *s);

/* Release the connection and leave its socket open, and yours. Errors: -1 for NULL and for
 * connections without a socket, which are released too. Threads: one. Memory: releases the
 * connection's. Python: SSLSocket.detach(). */
PYF_API int pyf_ssl_detach(pyf_ssl_socket *s);
#endif

/* How long each further call may take, all of it, however slowly the peer drips: PYF_FOREVER for no
 * limit; PYF_NOW never waits but returns PYF_SSL_WANT_READ or _WRITE. A call that ran out of time
 * may be made again. Errors: PYF_VALUE_ERROR for NULL. Threads: one. Memory: allocates nothing.
 * Python: SSLSocket.settimeout(seconds). */
PYF_API pyf_status pyf_ssl_settimeout(pyf_ssl_socket *s, int64_t timeout_ms);

/* The end of all calls together, timeout_ms from now: the limit for a peer that sends a little in
 * every call and never stops. PYF_FOREVER, as in the beginning: none. Errors: PYF_VALUE_ERROR for
 * NULL. Threads: one. Memory: allocates nothing. Python: no counterpart. */
PYF_API pyf_status pyf_ssl_set_deadline(pyf_ssl_socket *s, int64_t timeout_ms);

/* Make the handshake now, and verify the peer. Errors: PYF_SSL_CERT_VERIFICATION_ERROR,
 * PYF_SSL_ERROR, PYF_SSL_EOF_ERROR, PYF_OS_ERROR, PYF_MEMORY_ERROR, with the cause in
 * pyf_ssl_error_text: the connection is of no use then, and every further call returns the same;
 * PYF_TIMEOUT_ERROR, PYF_SSL_WANT_READ, PYF_SSL_WANT_WRITE: go on by calling again; PYF_VALUE_ERROR
 * for NULL. Threads: one; blocks. Memory: Mbed TLS's. Python: SSLSocket.do_handshake(). */
PYF_NODISCARD PYF_API pyf_status pyf_ssl_do_handshake(pyf_ssl_socket *s);

/* Send all of size bytes, after the handshake if there was none. Errors: those of
 * pyf_ssl_do_handshake. After PYF_TIMEOUT_ERROR, PYF_SSL_WANT_READ or _WRITE some bytes may have
 * been sent: call again with the same bytes, it goes on behind them. Threads: one; blocks. Memory:
 * allocates nothing. Python: SSLSocket.sendall(data). */
PYF_API pyf_status pyf_ssl_sendall(pyf_ssl_socket *s, const void *data, size_t size);

/* Send some bytes, at most one record (16,384); returns how many, at least 1, or 0 for none.
 * Errors: negative, those of pyf_ssl_do_handshake. After PYF_TIMEOUT_ERROR, PYF_SSL_WANT_READ or
 * _WRITE call again with the same bytes. Threads: one; blocks. Memory: allocates nothing. Python:
 * SSLSocket.send(data). */
PYF_API int pyf_ssl_send(pyf_ssl_socket *s, const void *data, size_t size);

/* Receive at most size bytes, after the handshake if there was none; returns how many, or 0 at the
 * clean end of the stream. Errors: negative, those of pyf_ssl_do_handshake; PYF_SSL_EOF_ERROR if
 * the stream was cut off, whatever came before may be incomplete; PYF_VALUE_ERROR for size 0.
 * Threads: one; blocks. Memory: allocates nothing. Python: SSLSocket.recv(bufsize). */
PYF_API int pyf_ssl_recv(pyf_ssl_socket *s, void *buffer, size_t size);

/* How many bytes can be received without waiting for the transport.
 * Errors: 0 for NULL. Threads: one. Memory: allocates nothing. Python: SSLSocket.pending(). */
PYF_API size_t pyf_ssl_pending(const pyf_ssl_socket *s);

/* Say goodbye, and wait for the peer's: PYF_OK is the proof that both saw everything. The transport
 * stays open. Errors: those of pyf_ssl_do_handshake; PYF_SSL_ERROR if there is data that was not
 * received. Threads: one; blocks. Memory: allocates nothing. Python: SSLSocket.unwrap(). */
PYF_API pyf_status pyf_ssl_unwrap(pyf_ssl_socket *s);

/* Say goodbye without waiting, close the transport, release the connection. NULL does nothing.
 * Errors: none. Threads: one. Memory: releases the connection's. Python: SSLSocket.close(). */
PYF_API void pyf_ssl_close(pyf_ssl_socket *s);

/* What went wrong, as a sentence: "certificate verify failed: ..."; "" if nothing did. Errors: for
 * NULL a text that says so. Threads: one. Memory: lives as long as the connection. Python: str(e).
 */
PYF_API const char *pyf_ssl_error_text(const pyf_ssl_socket *s);

/* What went wrong, as a number. Errors: PYF_SSL_REASON_ARGUMENT for NULL. Threads: one. Memory:
 * allocates nothing. Python: SSLError.reason, SSLCertVerificationError.verify_code. */
PYF_API pyf_ssl_reason pyf_ssl_error_reason(const pyf_ssl_socket *s);

/* ---- what was negotiated ---- */

typedef struct pyf_ssl_cipher_info {
    char name[56];        /* as IANA spells it; "" before the handshake */
    const char *protocol; /* "TLSv1.2" or "TLSv1.3" */
    int secret_bits;      /* of the key */
} pyf_ssl_cipher_info;

/* The cipher suite in use. Errors: an empty name for NULL and before the handshake. Threads: one.
 * Memory: allocates nothing. Python: SSLSocket.cipher(). */
PYF_API pyf_ssl_cipher_info pyf_ssl_cipher(const pyf_ssl_socket *s);

/* The version of TLS in use: "TLSv1.2" or "TLSv1.3". Errors: NULL for NULL and before the
 * handshake. Threads: one. Memory: lives as long as the connection. Python: SSLSocket.version(). */
PYF_API const char *pyf_ssl_version(const pyf_ssl_socket *s);

/* The application protocol that both sides know. Errors: NULL for NULL, before the handshake and if
 * there is none. Threads: one. Memory: lives as long as the connection or its context. Python:
 * SSLSocket.selected_alpn_protocol(). */
PYF_API const char *pyf_ssl_selected_alpn_protocol(const pyf_ssl_socket *s);

/* The session, for a later and shorter handshake with the same server by the same context; yours,
 * free it with pyf_ssl_session_free. With TLS 1.3 it comes some time after the handshake, with data
 * that is received; each can be had once. Errors: NULL if there is none (yet), no memory, NULL, or
 * a server's connection. Threads: one. Memory: a block through the context's allocator, and Mbed
 * TLS's. Python: SSLSocket.session. */
PYF_API pyf_ssl_session *pyf_ssl_get_session(pyf_ssl_socket *s);

/* Release a session; it may be in use by connections or not. NULL does nothing.
 * Errors: none. Threads: one. Memory: releases the session's. Python: del session. */
PYF_API void pyf_ssl_session_free(pyf_ssl_session *session);

/* Whether the handshake made use of a session. Errors: false for NULL and before the handshake.
 * Threads: one. Memory: allocates nothing. Python: SSLSocket.session_reused. */
PYF_API bool pyf_ssl_session_reused(const pyf_ssl_socket *s);

/* ---- certificates ---- */

typedef struct pyf_ssl_certificate {
    const char *subject, *issuer;       /* "C=DE, O=Example, CN=example.org" */
    const char *serial_number;          /* hexadecimal, upper case; "-05" for -5 */
    const char *subject_alt_name;       /* "DNS:example.org, IP Address:10.0.0.1"; "" for none */
    pyf_datetime not_before, not_after; /* in UTC, both included */
    int version;                        /* 1 to 3 */
    unsigned char fingerprint[32];      /* SHA-256 of the certificate */
    unsigned char public_key[32];       /* SHA-256 of its public key, see
                                           pyf_ssl_context_pin_public_key */
    const unsigned char *der;           /* the certificate itself */
    size_t der_size;
} pyf_ssl_certificate;

/* The peer's certificate, verified. Its strings are put into text; characters that could be
 * mistaken for something else, as in a name with a comma, stand there as \2C. Errors:
 * PYF_VALUE_ERROR for NULL and before the handshake; PYF_SSL_ERROR if the peer has none;
 * PYF_OVERFLOW_ERROR if size is too small (2,048 is enough for most). Threads: one. Memory: uses
 * text; der lives as long as the connection. Python: SSLSocket.getpeercert(). */
PYF_API pyf_status pyf_ssl_getpeercert(const pyf_ssl_socket *s, pyf_ssl_certificate *cert,
                                       char *text, size_t size);

/* The same for a certificate in DER, verified by nobody. Errors: PYF_VALUE_ERROR if it is
 * malformed, or a date in it is none (30 February, the year 0); PYF_OVERFLOW_ERROR. Threads: any.
 * Memory: uses text and points into der. Python: ssl._ssl._test_decode_cert(path). */
PYF_API pyf_status pyf_ssl_certificate_parse(pyf_ssl_certificate *cert, const void *der,
                                             size_t der_size, char *text, size_t size);

/* Whether a certificate is for this host, by RFC 9525 and RFC 6125: a DNS name must equal a
 * dNSName, or match one that has "*" for its whole first label and two more at least; an IP address
 * must equal an iPAddress. Names of the subject do not count. One dot at the end of hostname is
 * allowed. Each connection of a client does this by itself. Errors: PYF_SSL_CERT_VERIFICATION_ERROR
 * if it is not, and the cause in *error (NULL allowed); PYF_VALUE_ERROR if hostname cannot be a
 * host's. Threads: any. Memory: allocates nothing. Python: ssl.match_hostname(cert, hostname). */
PYF_NODISCARD PYF_API pyf_status pyf_ssl_match_hostname(const pyf_ssl_certificate *cert,
                                                        const char *hostname, pyf_ssl_error *error);

/* ---- the library ---- */

typedef struct pyf_ssl_library_info {
    const char *version;  /* that this was compiled with: "Mbed TLS 3.6.6" */
    unsigned long number; /* that this runs with: 0x03060600; 0: not known */
    bool tls13;           /* speaks TLS 1.3 */
    bool threads;         /* contexts may be shared by threads */
} pyf_ssl_library_info;

/* Which Mbed TLS this is. Errors: none. Threads: any. Memory: allocates nothing. Python:
 * ssl.OPENSSL_VERSION, ssl.OPENSSL_VERSION_INFO, ssl.HAS_TLSv1_3. */
PYF_API pyf_ssl_library_info pyf_ssl_library(void);

#ifdef __cplusplus
}
#endif

#endif /* PYFI_SSL_API */

/* ==== @closure ===================================================================================
 *
 * pyfeat.h builds base, port and time where PYFEAT_SSL_IMPLEMENTATION is defined; see its own
 * @closure.
 */

/* ==== @ssl.impl ===============================================================================
 *
 * From the bottom up: what differs between the versions of Mbed TLS; text without stdio; DER; a
 * view of a certificate; names and their constraints; the check of a chain, which Mbed TLS calls
 * for each certificate of it, root first; errors; memory BIOs; the context; the connection;
 * sockets.
 *
 * The rule for verification: Mbed TLS builds the chain, checks signatures, dates and revocation,
 * and its verdict is final. The checks here can only add a refusal. They read the DER themselves,
 * and so are the same for every version of the library.
 */

#if defined(PYFEAT_SSL_IMPLEMENTATION) && !defined(PYFI_SSL_IMPL)
#define PYFI_SSL_IMPL

#include <mbedtls/version.h>
#if MBEDTLS_VERSION_NUMBER < 0x021C0000 || \
    (MBEDTLS_VERSION_NUMBER >= 0x03000000 && MBEDTLS_VERSION_NUMBER < 0x03060000)
#error "pyfeat_ssl: needs Mbed TLS 2.28, 3.6 or 4.x"
#endif
#define PYFI_SSL_MBEDTLS (MBEDTLS_VERSION_NUMBER >> 24)

#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#if defined(MBEDTLS_SSL_TICKET_C)
#include <mbedtls/ssl_ticket.h>
#endif
#if defined(MBEDTLS_PEM_PARSE_C)
#include <mbedtls/pem.h>
#endif
#if defined(MBEDTLS_ERROR_C)
#include <mbedtls/error.h>
#endif
#if PYFI_SSL_MBEDTLS < 4
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/md.h>
#endif
#if PYFI_SSL_MBEDTLS >= 4 || defined(MBEDTLS_SSL_PROTO_TLS1_3) || defined(MBEDTLS_USE_PSA_CRYPTO)
#include <psa/crypto.h>
#define PYFI_SSL_PSA 1
#else
#define PYFI_SSL_PSA 0
#endif

#ifndef PYFEAT_SSL_NO_FILES
#if defined(MBEDTLS_FS_IO)
#define PYFEAT_SSL_NO_FILES 0
#else
#define PYFEAT_SSL_NO_FILES 1
#endif
#endif
#ifndef PYFEAT_SSL_NO_CLOCK
#define PYFEAT_SSL_NO_CLOCK 0
#endif
#ifndef PYFEAT_SSL_HANDSHAKE_MAX
#define PYFEAT_SSL_HANDSHAKE_MAX 262144
#endif

/* What has to be in Mbed TLS's configuration, and what must not. */
#if !defined(MBEDTLS_SSL_TLS_C)
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_SSL_TLS_C"
#endif
#if !defined(MBEDTLS_SSL_CLI_C) && !defined(MBEDTLS_SSL_SRV_C)
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_SSL_CLI_C and MBEDTLS_SSL_SRV_C"
#endif
#if !defined(MBEDTLS_SSL_PROTO_TLS1_2) && !defined(MBEDTLS_SSL_PROTO_TLS1_3)
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_SSL_PROTO_TLS1_2 and MBEDTLS_SSL_PROTO_TLS1_3"
#endif
#if !defined(MBEDTLS_X509_CRT_PARSE_C)
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_X509_CRT_PARSE_C"
#endif
#if !defined(MBEDTLS_X509_CRL_PARSE_C)
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_X509_CRL_PARSE_C"
#endif
#if !defined(MBEDTLS_SSL_SERVER_NAME_INDICATION)
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_SSL_SERVER_NAME_INDICATION"
#endif
#if !defined(MBEDTLS_SSL_ALPN)
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_SSL_ALPN"
#endif
#if !defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_SSL_KEEP_PEER_CERTIFICATE"
#endif
#if !defined(MBEDTLS_HAVE_TIME_DATE) && !PYFEAT_SSL_NO_CLOCK
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_HAVE_TIME_DATE; or PYFEAT_SSL_NO_CLOCK=1 and .clock"
#endif
#if PYFI_SSL_MBEDTLS < 4 && !defined(MBEDTLS_ENTROPY_C)
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_ENTROPY_C"
#endif
#if PYFI_SSL_MBEDTLS < 4 && !defined(MBEDTLS_CTR_DRBG_C)
#error "pyfeat_ssl: Mbed TLS lacks MBEDTLS_CTR_DRBG_C"
#endif
#if defined(MBEDTLS_TEST_NULL_ENTROPY)
#error "pyfeat_ssl: Mbed TLS is built with MBEDTLS_TEST_NULL_ENTROPY: nothing would be secret"
#endif
#if defined(MBEDTLS_X509_ALLOW_UNSUPPORTED_CRITICAL_EXTENSION)
#error "pyfeat_ssl: Mbed TLS has MBEDTLS_X509_ALLOW_UNSUPPORTED_CRITICAL_EXTENSION: turn it off"
#endif

#include <stdarg.h>
#include <string.h>
#if !PYFEAT_SSL_NO_CLOCK
#include <time.h>
#endif
#if !PYFEAT_SSL_NO_FILES
#include <stdio.h>
#include <stdlib.h>
#if defined(__unix__) || defined(__unix) || defined(__APPLE__)
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>
#define PYFI_SSL_FOLDERS 1
#endif
#endif
#ifndef PYFI_SSL_FOLDERS
#define PYFI_SSL_FOLDERS 0
#endif
#if !PYFEAT_SSL_NO_SOCKETS
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#if !defined(AI_NUMERICHOST)
#error "pyfeat_ssl: define _POSIX_C_SOURCE=200809L in this file, or PYFEAT_SSL_NO_SOCKETS=1"
#endif
#ifndef MSG_NOSIGNAL
#define PYFI_SSL_SEND_FLAGS MSG_DONTWAIT
#else
#define PYFI_SSL_SEND_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL)
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- text without stdio: cut off at the end of the room, always terminated ---- */

struct pyfi_ssl_text {
    char *p;
    size_t size, used; /* used may exceed size: what there would have been */
};

PYFI_FN void pyfi_ssl_text_begin(struct pyfi_ssl_text *t, char *p, size_t size)
{
    t->p = p;
    t->size = size;
    t->used = 0;
    if (size > 0) p[0] = '\0';
}

PYFI_FN void pyfi_ssl_put(struct pyfi_ssl_text *t, char c)
{
    if (t->used + 1 < t->size) {
        t->p[t->used] = c;
        t->p[t->used + 1] = '\0';
    }
    t->used++;
}

PYFI_FN void pyfi_ssl_puts(struct pyfi_ssl_text *t, const char *s)
{
    while (*s != '\0') pyfi_ssl_put(t, *s++);
}

/* In decimal. */
PYFI_FN void pyfi_ssl_put_number(struct pyfi_ssl_text *t, uint64_t n)
{
    char digits[24];
    unsigned count = 0;
    do {
        digits[count++] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    while (count > 0) pyfi_ssl_put(t, digits[--count]);
}

PYFI_FN void pyfi_ssl_put_hex(struct pyfi_ssl_text *t, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    pyfi_ssl_put(t, digits[byte >> 4]);
    pyfi_ssl_put(t, digits[byte & 15]);
}

/* Bytes of somebody else's: what could be mistaken for our own punctuation, or is not printable
 * ASCII, as \XX. */
PYFI_FN void pyfi_ssl_put_escaped(struct pyfi_ssl_text *t, const unsigned char *p, size_t n)
{
    size_t i;
    for (i = 0; i < n; i++) {
        if (p[i] < 0x20 || p[i] >= 0x7f || strchr(",;+\"\\<>'", p[i]) != NULL) {
            pyfi_ssl_put(t, '\\');
            pyfi_ssl_put_hex(t, p[i]);
        } else {
            pyfi_ssl_put(t, (char)p[i]);
        }
    }
}

/* ---- errors ---- */

PYFI_PUBLIC const char *pyf_ssl_status_name(pyf_status st)
{
    static const char *const names[] = { "SSLError", "SSLWantReadError", "SSLWantWriteError",
                                         "SSLCertVerificationError", "SSLEOFError" };
    if (st <= PYF_SSL_ERROR && st >= PYF_SSL_EOF_ERROR) return names[PYF_SSL_ERROR - st];
    return pyf_status_name(st);
}

/* What to say where there was no memory for more. */
PYFI_FN const char *pyfi_ssl_reason_text(pyf_ssl_reason reason)
{
    static const char *const texts[] = { "",
                                         "wrong argument",
                                         "out of memory",
                                         "the system reports an error",
                                         "timed out",
                                         "the stream was cut off",
                                         "unknown CA",
                                         "self-signed certificate",
                                         "certificate has expired",
                                         "certificate is not yet valid",
                                         "the time is not known",
                                         "certificate is revoked",
                                         "no valid revocation list",
                                         "hostname mismatch",
                                         "certificate without names",
                                         "malformed name in the certificate",
                                         "weak key",
                                         "weak signature",
                                         "certificate is not for this use",
                                         "CA certificate as the peer's own",
                                         "certificate is not of version 3",
                                         "name constraints violated",
                                         "not strictly valid",
                                         "public key is not pinned",
                                         "bad certificate",
                                         "certificate is not accepted",
                                         "no certificate",
                                         "no common version of TLS",
                                         "no common cipher suite",
                                         "alert from the peer",
                                         "handshake too long",
                                         "bad private key",
                                         "no entropy",
                                         "protocol error" };
    return texts[reason];
}

/* Write what happened into e, if there is one: the strings one after the other, up to a NULL. */
PYFI_FN pyf_status pyfi_ssl_say(pyf_ssl_error *e, pyf_status st, pyf_ssl_reason reason, int library,
                                ...)
{
    struct pyfi_ssl_text t;
    const char *s;
    va_list args;
    if (e == NULL) return st;
    e->status = st;
    e->reason = reason;
    e->library = library;
    e->depth = -1;
    pyfi_ssl_text_begin(&t, e->text, sizeof e->text);
    va_start(args, library);
    while ((s = va_arg(args, const char *)) != NULL) pyfi_ssl_puts(&t, s);
    va_end(args);
#if defined(MBEDTLS_ERROR_C)
    if (library != 0 && t.used + 4 < t.size) {
        pyfi_ssl_puts(&t, " (");
        mbedtls_strerror(library, e->text + t.used, sizeof e->text - t.used - 1);
        t.used = strlen(e->text);
        pyfi_ssl_put(&t, ')');
    }
#endif
    return st;
}

/* ---- DER ---- */

struct pyfi_ssl_der {
    const unsigned char *p, *end;
};

#define PYFI_SSL_SEQUENCE 0x30u
#define PYFI_SSL_SET 0x31u
#define PYFI_SSL_OID 0x06u
#define PYFI_SSL_INTEGER 0x02u

/* Take the next value off in: its tag and contents; false at the end and for what is not DER. */
PYFI_FN bool pyfi_ssl_der_next(struct pyfi_ssl_der *in, unsigned *tag, struct pyfi_ssl_der *value)
{
    const unsigned char *p = in->p;
    size_t length, left = (size_t)(in->end - p), bytes, i;
    if (left < 2 || (p[0] & 0x1f) == 0x1f) return false;
    *tag = p[0];
    length = p[1];
    p += 2;
    left -= 2;
    if (length >= 0x80) {
        bytes = length & 0x7f;
        if (bytes == 0 || bytes > 3 || bytes > left || p[0] == 0) return false;
        for (length = 0, i = 0; i < bytes; i++) length = length << 8 | p[i];
        if (length < 0x80) return false;
        p += bytes;
        left -= bytes;
    }
    if (length > left) return false;
    value->p = p;
    value->end = in->p = p + length;
    return true;
}

/* The same for a value that must have this tag. */
PYFI_FN bool pyfi_ssl_der_take(struct pyfi_ssl_der *in, unsigned tag, struct pyfi_ssl_der *value)
{
    struct pyfi_ssl_der rest = *in;
    unsigned got;
    if (!pyfi_ssl_der_next(&rest, &got, value) || got != tag) return false;
    *in = rest;
    return true;
}

PYFI_FN size_t pyfi_ssl_der_size(struct pyfi_ssl_der d) { return (size_t)(d.end - d.p); }

PYFI_FN bool pyfi_ssl_der_is(struct pyfi_ssl_der d, const void *bytes, size_t n)
{
    return pyfi_ssl_der_size(d) == n && memcmp(d.p, bytes, n) == 0;
}

PYFI_FN bool pyfi_ssl_der_same(struct pyfi_ssl_der a, struct pyfi_ssl_der b)
{
    return pyfi_ssl_der_is(a, b.p, pyfi_ssl_der_size(b));
}

/* ---- a view of a certificate ---- */

struct pyfi_ssl_x509 {
    struct pyfi_ssl_der der, serial, issuer, subject, key, extensions; /* key: tag and length too */
    pyf_datetime not_before, not_after;                                /* carry no error */
    int version;                                                       /* 1 to 3 */
};

PYFI_FN bool pyfi_ssl_two_digits(const unsigned char **p, int32_t *n)
{
    if ((*p)[0] < '0' || (*p)[0] > '9' || (*p)[1] < '0' || (*p)[1] > '9') return false;
    *n = ((*p)[0] - '0') * 10 + ((*p)[1] - '0');
    *p += 2;
    return true;
}

PYFI_FN pyf_datetime pyfi_ssl_utc(int32_t year, int32_t month, int32_t day, int32_t hour,
                                  int32_t minute, int32_t second)
{
    pyf_datetime_fields f;
    memset(&f, 0, sizeof f);
    f.year = year;
    f.month = month;
    f.day = day;
    f.hour = hour;
    f.minute = minute;
    f.second = second;
    f.tz = pyf_timezone_utc();
    return pyf_datetime_of_with(&f);
}

/* A UTCTime, YYMMDDHHMMSSZ, or a GeneralizedTime with a year of four digits. */
PYFI_FN bool pyfi_ssl_time(struct pyfi_ssl_der *in, pyf_datetime *t)
{
    struct pyfi_ssl_der v;
    unsigned tag, i;
    int32_t century = 0, part[6];
    const unsigned char *p;
    if (!pyfi_ssl_der_next(in, &tag, &v) || (tag != 0x17 && tag != 0x18)) return false;
    if (pyfi_ssl_der_size(v) != (tag == 0x17 ? 13u : 15u) || v.end[-1] != 'Z') return false;
    p = v.p;
    if (tag == 0x18 && !pyfi_ssl_two_digits(&p, &century)) return false;
    for (i = 0; i < 6; i++)
        if (!pyfi_ssl_two_digits(&p, &part[i])) return false;
    if (tag == 0x17) century = part[0] < 50 ? 20 : 19;
    *t = pyfi_ssl_utc(century * 100 + part[0], part[1], part[2], part[3], part[4], part[5]);
    return pyf_datetime_status(*t) == PYF_OK;
}

/* Seconds since 1970; before all time if t carries an error. */
PYFI_FN int64_t pyfi_ssl_seconds(pyf_datetime t)
{
    int64_t us = 0;
    return pyf_datetime_timestamp_us(t, &us) == PYF_OK ? us / 1000000 : INT64_MIN;
}

/* "2026-11-21 14:30:00 UTC" */
PYFI_FN void pyfi_ssl_put_time(struct pyfi_ssl_text *out, pyf_datetime t)
{
    pyf_timezone none;
    char text[PYF_TIME_STR_MAX];
    memset(&none, 0, sizeof none);
    (void)pyf_datetime_isoformat_with(pyf_datetime_replace_tz(t, none), ' ', PYF_TIMESPEC_SECONDS,
                                      text, sizeof text);
    pyfi_ssl_puts(out, text);
    pyfi_ssl_puts(out, " UTC");
}

/* From subjectPublicKeyInfo on: the key, unique identifiers, extensions. */
PYFI_FN bool pyfi_ssl_x509_rest(struct pyfi_ssl_x509 *x, struct pyfi_ssl_der *tbs)
{
    struct pyfi_ssl_der v;
    unsigned tag;
    x->key.p = tbs->p;
    if (!pyfi_ssl_der_take(tbs, PYFI_SSL_SEQUENCE, &v)) return false;
    x->key.end = tbs->p;
    x->extensions.p = x->extensions.end = tbs->end;
    while (tbs->p < tbs->end) {
        if (!pyfi_ssl_der_next(tbs, &tag, &v)) return false;
        if (tag != 0xa3) continue;
        if (!pyfi_ssl_der_take(&v, PYFI_SSL_SEQUENCE, &x->extensions) || v.p != v.end) return false;
    }
    return true;
}

PYFI_FN bool pyfi_ssl_x509_view(struct pyfi_ssl_x509 *x, const unsigned char *der, size_t size)
{
    struct pyfi_ssl_der in, whole, tbs, v, dates;
    in.p = der;
    in.end = der + size;
    x->version = 1;
    if (!pyfi_ssl_der_take(&in, PYFI_SSL_SEQUENCE, &whole)) return false;
    x->der.p = der;
    x->der.end = in.p;
    if (!pyfi_ssl_der_take(&whole, PYFI_SSL_SEQUENCE, &tbs)) return false;
    if (pyfi_ssl_der_take(&tbs, 0xa0, &v)) {
        struct pyfi_ssl_der number;
        if (!pyfi_ssl_der_take(&v, PYFI_SSL_INTEGER, &number) || pyfi_ssl_der_size(number) != 1 ||
            number.p[0] > 2)
            return false;
        x->version = number.p[0] + 1;
    }
    return pyfi_ssl_der_take(&tbs, PYFI_SSL_INTEGER, &x->serial) &&
           pyfi_ssl_der_size(x->serial) > 0 && pyfi_ssl_der_take(&tbs, PYFI_SSL_SEQUENCE, &v) &&
           pyfi_ssl_der_take(&tbs, PYFI_SSL_SEQUENCE, &x->issuer) &&
           pyfi_ssl_der_take(&tbs, PYFI_SSL_SEQUENCE, &dates) &&
           pyfi_ssl_time(&dates, &x->not_before) && pyfi_ssl_time(&dates, &x->not_after) &&
           pyfi_ssl_der_take(&tbs, PYFI_SSL_SEQUENCE, &x->subject) && pyfi_ssl_x509_rest(x, &tbs);
}

/* The extensions that are read here, by the last byte of their identifier 2.5.29.n. */
enum {
    PYFI_SSL_SUBJECT_KEY_ID = 14,
    PYFI_SSL_KEY_USAGE = 15,
    PYFI_SSL_SAN = 17,
    PYFI_SSL_BASIC_CONSTRAINTS = 19,
    PYFI_SSL_NAME_CONSTRAINTS = 30,
    PYFI_SSL_AUTHORITY_KEY_ID = 35,
    PYFI_SSL_POLICY_CONSTRAINTS = 36,
    PYFI_SSL_EXTENDED_KEY_USAGE = 37
};

/* Find an extension: 1 and what is in it; 0: there is none; -1: malformed, or there are two. */
PYFI_FN int pyfi_ssl_extension(const struct pyfi_ssl_x509 *x, unsigned char which, bool *critical,
                               struct pyfi_ssl_der *value)
{
    const unsigned char id[3] = { 0x55, 0x1d, which };
    struct pyfi_ssl_der all = x->extensions, one, v;
    int found = 0;
    while (all.p < all.end) {
        bool is_critical = false;
        struct pyfi_ssl_der oid;
        if (!pyfi_ssl_der_take(&all, PYFI_SSL_SEQUENCE, &one) ||
            !pyfi_ssl_der_take(&one, PYFI_SSL_OID, &oid))
            return -1;
        if (pyfi_ssl_der_take(&one, 0x01, &v)) is_critical = pyfi_ssl_der_size(v) == 1 && v.p[0];
        if (!pyfi_ssl_der_take(&one, 0x04, &v) || one.p != one.end) return -1;
        if (!pyfi_ssl_der_is(oid, id, sizeof id)) continue;
        if (found) return -1;
        found = 1;
        *value = v;
        if (critical != NULL) *critical = is_critical;
    }
    return found;
}

/* Whether the basic constraints say CA. False if malformed. */
PYFI_FN bool pyfi_ssl_is_ca(const struct pyfi_ssl_x509 *x)
{
    struct pyfi_ssl_der value, sequence, v;
    if (pyfi_ssl_extension(x, PYFI_SSL_BASIC_CONSTRAINTS, NULL, &value) != 1) return false;
    return pyfi_ssl_der_take(&value, PYFI_SSL_SEQUENCE, &sequence) &&
           pyfi_ssl_der_take(&sequence, 0x01, &v) && pyfi_ssl_der_size(v) == 1 && v.p[0] != 0;
}

/* ---- names of the directory, as text ---- */

PYFI_FN const char *pyfi_ssl_attribute(struct pyfi_ssl_der oid)
{
    static const struct {
        const char *name;
        unsigned char bytes[10], size;
    } known[] = {
        { "CN", { 0x55, 4, 3 }, 3 },
        { "SN", { 0x55, 4, 4 }, 3 },
        { "serialNumber", { 0x55, 4, 5 }, 3 },
        { "C", { 0x55, 4, 6 }, 3 },
        { "L", { 0x55, 4, 7 }, 3 },
        { "ST", { 0x55, 4, 8 }, 3 },
        { "street", { 0x55, 4, 9 }, 3 },
        { "O", { 0x55, 4, 10 }, 3 },
        { "OU", { 0x55, 4, 11 }, 3 },
        { "title", { 0x55, 4, 12 }, 3 },
        { "postalCode", { 0x55, 4, 17 }, 3 },
        { "GN", { 0x55, 4, 42 }, 3 },
        { "organizationIdentifier", { 0x55, 4, 97 }, 3 },
        { "emailAddress", { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 }, 9 },
        { "UID", { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1 }, 10 },
        { "DC", { 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25 }, 10 },
    };
    size_t i;
    for (i = 0; i < sizeof known / sizeof known[0]; i++)
        if (pyfi_ssl_der_is(oid, known[i].bytes, known[i].size)) return known[i].name;
    return NULL;
}

PYFI_FN void pyfi_ssl_put_oid(struct pyfi_ssl_text *t, struct pyfi_ssl_der oid)
{
    uint64_t part = 0;
    bool first = true;
    for (; oid.p < oid.end; oid.p++) {
        part = part << 7 | (*oid.p & 0x7fu);
        if (*oid.p & 0x80u) continue;
        if (first) {
            unsigned top = part < 40 ? 0 : part < 80 ? 1 : 2;
            pyfi_ssl_put_number(t, top);
            part -= top * 40u;
        }
        pyfi_ssl_put(t, '.');
        pyfi_ssl_put_number(t, part);
        first = false;
        part = 0;
    }
}

PYFI_FN void pyfi_ssl_put_dn(struct pyfi_ssl_text *t, struct pyfi_ssl_der dn)
{
    struct pyfi_ssl_der set, pair, oid, value;
    bool first = true;
    unsigned tag;
    while (pyfi_ssl_der_take(&dn, PYFI_SSL_SET, &set)) {
        const char *separator = first ? "" : ", ";
        while (pyfi_ssl_der_take(&set, PYFI_SSL_SEQUENCE, &pair)) {
            const char *name;
            if (!pyfi_ssl_der_take(&pair, PYFI_SSL_OID, &oid) ||
                !pyfi_ssl_der_next(&pair, &tag, &value))
                break;
            pyfi_ssl_puts(t, separator);
            name = pyfi_ssl_attribute(oid);
            if (name != NULL) pyfi_ssl_puts(t, name);
            else pyfi_ssl_put_oid(t, oid);
            pyfi_ssl_put(t, '=');
            pyfi_ssl_put_escaped(t, value.p, pyfi_ssl_der_size(value));
            separator = " + ";
        }
        first = false;
    }
}

PYFI_FN void pyfi_ssl_put_ip(struct pyfi_ssl_text *t, const unsigned char *p, size_t n)
{
    size_t i;
    for (i = 0; i < n; i += n == 16 ? 2 : 1) {
        if (i > 0) pyfi_ssl_put(t, n == 16 ? ':' : '.');
        if (n == 16) {
            static const char digits[] = "0123456789ABCDEF";
            unsigned group = (unsigned)p[i] << 8 | p[i + 1], shift = 12;
            while (shift > 0 && group >> shift == 0) shift -= 4;
            for (;; shift -= 4) {
                pyfi_ssl_put(t, digits[group >> shift & 15]);
                if (shift == 0) break;
            }
        } else {
            pyfi_ssl_put_number(t, p[i]);
        }
    }
}

/* The kinds of a GeneralName, as they are tagged. */
enum {
    PYFI_SSL_NAME_EMAIL = 0x81,
    PYFI_SSL_NAME_DNS = 0x82,
    PYFI_SSL_NAME_DIRECTORY = 0xa4,
    PYFI_SSL_NAME_URI = 0x86,
    PYFI_SSL_NAME_IP = 0x87
};

PYFI_FN void pyfi_ssl_put_general_name(struct pyfi_ssl_text *t, unsigned tag,
                                       struct pyfi_ssl_der name)
{
    size_t n = pyfi_ssl_der_size(name);
    struct pyfi_ssl_der dn;
    if (tag == PYFI_SSL_NAME_IP && (n == 4 || n == 16)) {
        pyfi_ssl_puts(t, "IP Address:");
        pyfi_ssl_put_ip(t, name.p, n);
    } else if (tag == PYFI_SSL_NAME_DIRECTORY && pyfi_ssl_der_take(&name, PYFI_SSL_SEQUENCE, &dn)) {
        pyfi_ssl_puts(t, "DirName:");
        pyfi_ssl_put_dn(t, dn);
    } else {
        pyfi_ssl_puts(t, tag == PYFI_SSL_NAME_DNS     ? "DNS:"
                         : tag == PYFI_SSL_NAME_EMAIL ? "email:"
                         : tag == PYFI_SSL_NAME_URI   ? "URI:"
                         : tag == PYFI_SSL_NAME_IP    ? "IP Address:"
                                                      : "other:");
        pyfi_ssl_put_escaped(t, name.p, n);
    }
}

/* The subject alternative names of x: 1 and the list of them, 0 for none, -1 for malformed. */
PYFI_FN int pyfi_ssl_names(const struct pyfi_ssl_x509 *x, struct pyfi_ssl_der *names)
{
    struct pyfi_ssl_der value, walk, v;
    unsigned tag;
    int found = pyfi_ssl_extension(x, PYFI_SSL_SAN, NULL, &value);
    if (found != 1) return found;
    if (!pyfi_ssl_der_take(&value, PYFI_SSL_SEQUENCE, names) || value.p != value.end) return -1;
    walk = *names;
    if (walk.p == walk.end) return 0;
    while (walk.p < walk.end)
        if (!pyfi_ssl_der_next(&walk, &tag, &v)) return -1;
    return 1;
}

PYFI_FN void pyfi_ssl_put_names(struct pyfi_ssl_text *t, struct pyfi_ssl_der names)
{
    struct pyfi_ssl_der v;
    unsigned tag;
    bool first = true;
    while (pyfi_ssl_der_next(&names, &tag, &v)) {
        if (!first) pyfi_ssl_puts(t, ", ");
        pyfi_ssl_put_general_name(t, tag, v);
        first = false;
    }
}

/* ---- names of hosts ---- */

PYFI_FN unsigned char pyfi_ssl_lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

PYFI_FN bool pyfi_ssl_same_letters(const unsigned char *a, const unsigned char *b, size_t n)
{
    size_t i;
    for (i = 0; i < n; i++)
        if (pyfi_ssl_lower(a[i]) != pyfi_ssl_lower(b[i])) return false;
    return true;
}

/* Labels of 1 to 63 letters, digits, hyphens and underscores, at most 253 bytes, no dot at the end;
 * where a star is allowed, the first may be "*" if two more follow. */
PYFI_FN bool pyfi_ssl_is_name(const unsigned char *p, size_t n, bool star)
{
    size_t i, label = 0, labels = 1;
    bool starred = star && n > 2 && p[0] == '*' && p[1] == '.';
    if (n == 0 || n > 253) return false;
    for (i = starred ? 2 : 0; i < n; i++) {
        unsigned char c = pyfi_ssl_lower(p[i]);
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
            labels++;
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
            if (++label > 63) return false;
        } else {
            return false;
        }
    }
    return label > 0 && (!starred || labels >= 2);
}

/* An IPv4 address in four decimal numbers. */
PYFI_FN bool pyfi_ssl_ipv4(const char *s, size_t n, unsigned char out[4])
{
    size_t i, part = 0, digits = 0;
    unsigned value = 0;
    for (i = 0; i <= n; i++) {
        if (i == n || s[i] == '.') {
            if (digits == 0 || part > 3) return false;
            out[part++] = (unsigned char)value;
            digits = 0;
            value = 0;
        } else {
            if (s[i] < '0' || s[i] > '9' || (digits > 0 && value == 0)) return false;
            value = value * 10 + (unsigned)(s[i] - '0');
            if (++digits > 3 || value > 255) return false;
        }
    }
    return part == 4;
}

PYFI_FN int pyfi_ssl_hex_digit(char c)
{
    unsigned char l = pyfi_ssl_lower((unsigned char)c);
    if (l >= '0' && l <= '9') return l - '0';
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* An IPv6 address: groups, at most one "::", perhaps an IPv4 address at the end. */
PYFI_FN bool pyfi_ssl_ipv6(const char *s, size_t n, unsigned char out[16])
{
    unsigned char bytes[16];
    size_t i = 0, used = 0, gap = 17;
    memset(out, 0, 16);
    if (n < 2 || (s[0] == ':' && s[1] != ':')) return false;
    while (i < n) {
        size_t digits = 0;
        unsigned value = 0;
        if (s[i] == ':' && i + 1 < n && s[i + 1] == ':') {
            if (gap != 17) return false;
            gap = used;
            i += 2;
            continue;
        }
        if (s[i] == ':' && i > 0 && s[i - 1] != ':') i++;
        if (used <= 12 && pyfi_ssl_ipv4(s + i, n - i, bytes + used)) {
            used += 4;
            i = n;
            break;
        }
        for (; i < n && pyfi_ssl_hex_digit(s[i]) >= 0; i++, digits++)
            value = value << 4 | (unsigned)pyfi_ssl_hex_digit(s[i]);
        if (digits == 0 || digits > 4 || used > 14) return false;
        if (i < n && s[i] != ':') return false;
        if (i + 1 == n) return false;
        bytes[used++] = (unsigned char)(value >> 8);
        bytes[used++] = (unsigned char)(value & 255);
    }
    if (gap == 17 ? used != 16 : used > 14) return false;
    if (gap == 17) gap = used;
    memcpy(out, bytes, gap);
    memcpy(out + 16 - (used - gap), bytes + gap, used - gap);
    return true;
}

/* Whom a client wants to talk to. */
struct pyfi_ssl_host {
    char name[254];            /* in lower case, no dot at the end; "" for an address */
    unsigned char address[16]; /* of address_size bytes, 4, 16, or 0 for a name */
    unsigned char address_size;
};

/* Read a host's name or address. What a resolver might take for an address and we do not ("127.1",
 * "0x7f.1") is refused: its last label begins with a digit and is a number. */
PYFI_FN bool pyfi_ssl_host_read(struct pyfi_ssl_host *host, const char *s)
{
    size_t n = s == NULL ? 0 : strlen(s), last, zone = 0;
    memset(host, 0, sizeof *host);
    if (n == 0) return false;
    while (zone < n && s[zone] != '%') zone++;
    if (zone < n && zone + 1 == n) return false;
    if (memchr(s, ':', n) != NULL) {
        host->address_size = 16;
        return pyfi_ssl_ipv6(s, zone, host->address);
    }
    if (pyfi_ssl_ipv4(s, n, host->address)) {
        host->address_size = 4;
        return true;
    }
    memset(host->address, 0, sizeof host->address);
    if (s[n - 1] == '.') n--;
    if (!pyfi_ssl_is_name((const unsigned char *)s, n, false)) return false;
    for (last = n; last > 0 && s[last - 1] != '.'; last--) {}
    if (s[last] >= '0' && s[last] <= '9') {
        bool hex = n - last > 1 && s[last] == '0' && (s[last + 1] == 'x' || s[last + 1] == 'X');
        size_t i = hex ? last + 2 : last;
        while (i < n && (hex ? pyfi_ssl_hex_digit(s[i]) >= 0 : s[i] >= '0' && s[i] <= '9')) i++;
        if (i == n) return false;
    }
    while (n-- > 0) host->name[n] = (char)pyfi_ssl_lower((unsigned char)s[n]);
    return true;
}

/* Whether one name of a certificate is that of the host. */
PYFI_FN bool pyfi_ssl_name_matches(unsigned tag, struct pyfi_ssl_der name, const char *host,
                                   const unsigned char *address, size_t address_size)
{
    const unsigned char *wanted = (const unsigned char *)host;
    size_t n = pyfi_ssl_der_size(name), length, first;
    if (address_size > 0)
        return tag == PYFI_SSL_NAME_IP && pyfi_ssl_der_is(name, address, address_size);
    if (tag != PYFI_SSL_NAME_DNS || !pyfi_ssl_is_name(name.p, n, true)) return false;
    length = strlen(host);
    if (name.p[0] != '*') return n == length && pyfi_ssl_same_letters(name.p, wanted, n);
    for (first = 0; first < length && host[first] != '.'; first++) {}
    return first > 0 && length - first == n - 1 &&
           pyfi_ssl_same_letters(name.p + 1, wanted + first, n - 1);
}

/* Whether x is for this host: PYF_SSL_REASON_NONE, _HOSTNAME, _NO_NAMES or _BAD_NAME. A dNSName
 * with a byte in it that is no printable ASCII (a zero, say) spoils the whole certificate. */
PYFI_FN pyf_ssl_reason pyfi_ssl_match(const struct pyfi_ssl_x509 *x, const char *host,
                                      const unsigned char *address, size_t address_size)
{
    struct pyfi_ssl_der names, v;
    unsigned tag;
    bool matched = false;
    int found = pyfi_ssl_names(x, &names);
    if (found < 0) return PYF_SSL_REASON_BAD_NAME;
    if (found == 0) return PYF_SSL_REASON_NO_NAMES;
    while (pyfi_ssl_der_next(&names, &tag, &v)) {
        const unsigned char *p = v.p;
        if (tag == PYFI_SSL_NAME_DNS)
            for (; p < v.end; p++)
                if (*p <= 0x20 || *p >= 0x7f) return PYF_SSL_REASON_BAD_NAME;
        if (pyfi_ssl_name_matches(tag, v, host, address, address_size)) matched = true;
    }
    return matched ? PYF_SSL_REASON_NONE : PYF_SSL_REASON_HOSTNAME;
}

/* ---- name constraints (RFC 5280, 4.2.1.10) ---- */

/* How a name stands to a constraint. What is not understood is OUTSIDE of what is permitted and
 * INSIDE of what is excluded: that errs on the safe side, see pyfi_ssl_constraint. */
enum pyfi_ssl_relation { PYFI_SSL_OUTSIDE, PYFI_SSL_INSIDE, PYFI_SSL_UNCLEAR };

/* "host.example.org" is within "example.org" and within ".example.org", the former also itself. */
PYFI_FN bool pyfi_ssl_within(const unsigned char *p, size_t n, struct pyfi_ssl_der domain)
{
    size_t d = pyfi_ssl_der_size(domain);
    if (d == 0) return true;
    if (n < d || !pyfi_ssl_same_letters(p + n - d, domain.p, d)) return false;
    return n == d || domain.p[0] == '.' || p[n - d - 1] == '.';
}

PYFI_FN enum pyfi_ssl_relation pyfi_ssl_relate_dns(struct pyfi_ssl_der name,
                                                   struct pyfi_ssl_der domain)
{
    const unsigned char *p = name.p;
    size_t n = pyfi_ssl_der_size(name);
    struct pyfi_ssl_der parent = name, bare = domain;
    if (bare.p < bare.end && bare.p[0] == '.') bare.p++;
    if (!pyfi_ssl_is_name(p, n, true)) return PYFI_SSL_UNCLEAR;
    if (domain.p < domain.end && !pyfi_ssl_is_name(bare.p, pyfi_ssl_der_size(bare), false))
        return PYFI_SSL_UNCLEAR;
    if (pyfi_ssl_within(p, n, domain)) return PYFI_SSL_INSIDE;
    if (p[0] != '*') return PYFI_SSL_OUTSIDE;
    /* "*.example.org" also stands for names inside "a.example.org". */
    parent.p += 2;
    if (pyfi_ssl_within(bare.p, pyfi_ssl_der_size(bare), parent)) return PYFI_SSL_UNCLEAR;
    return PYFI_SSL_OUTSIDE;
}

PYFI_FN enum pyfi_ssl_relation pyfi_ssl_relate_ip(struct pyfi_ssl_der name,
                                                  struct pyfi_ssl_der range)
{
    size_t n = pyfi_ssl_der_size(name), i;
    bool ended = false;
    if (n != 4 && n != 16) return PYFI_SSL_UNCLEAR;
    if (pyfi_ssl_der_size(range) != 8 && pyfi_ssl_der_size(range) != 32) return PYFI_SSL_UNCLEAR;
    for (i = 0; i < pyfi_ssl_der_size(range) / 2; i++) { /* the mask: ones, then zeros */
        unsigned mask = range.p[pyfi_ssl_der_size(range) / 2 + i], gap = 255u - mask;
        if ((gap & (gap + 1)) != 0 || (ended && mask != 0)) return PYFI_SSL_UNCLEAR;
        ended = ended || mask != 255;
    }
    if (pyfi_ssl_der_size(range) != 2 * n) return PYFI_SSL_OUTSIDE;
    for (i = 0; i < n; i++)
        if (((name.p[i] ^ range.p[i]) & range.p[n + i]) != 0) return PYFI_SSL_OUTSIDE;
    return PYFI_SSL_INSIDE;
}

/* "a@b" against "a@b", the host "b", or the domain ".b". */
PYFI_FN enum pyfi_ssl_relation pyfi_ssl_relate_email(struct pyfi_ssl_der name,
                                                     struct pyfi_ssl_der base)
{
    size_t n = pyfi_ssl_der_size(name), b = pyfi_ssl_der_size(base), at = n;
    while (at > 0 && name.p[at - 1] != '@') at--;
    if (at < 2 || at == n) return PYFI_SSL_UNCLEAR;
    if (b == 0) return PYFI_SSL_INSIDE;
    if (memchr(base.p, '@', b) != NULL) {
        if (b != n) return PYFI_SSL_OUTSIDE;
        if (memcmp(base.p, name.p, at) != 0)
            return pyfi_ssl_same_letters(base.p, name.p, at) ? PYFI_SSL_UNCLEAR : PYFI_SSL_OUTSIDE;
        return pyfi_ssl_same_letters(base.p, name.p, n) ? PYFI_SSL_INSIDE : PYFI_SSL_OUTSIDE;
    }
    if (base.p[0] == '.')
        return n - at > b && pyfi_ssl_within(name.p + at, n - at, base) ? PYFI_SSL_INSIDE
                                                                        : PYFI_SSL_OUTSIDE;
    return n - at == b && pyfi_ssl_same_letters(name.p + at, base.p, b) ? PYFI_SSL_INSIDE
                                                                        : PYFI_SSL_OUTSIDE;
}

/* Two attributes of a distinguished name, strings of one byte a character without regard to case
 * and to the type of string. */
PYFI_FN enum pyfi_ssl_relation pyfi_ssl_relate_attribute(struct pyfi_ssl_der a,
                                                         struct pyfi_ssl_der b)
{
    struct pyfi_ssl_der a_oid, b_oid, a_value, b_value;
    unsigned a_tag, b_tag;
    if (!pyfi_ssl_der_take(&a, PYFI_SSL_OID, &a_oid) ||
        !pyfi_ssl_der_take(&b, PYFI_SSL_OID, &b_oid) || !pyfi_ssl_der_next(&a, &a_tag, &a_value) ||
        !pyfi_ssl_der_next(&b, &b_tag, &b_value))
        return PYFI_SSL_UNCLEAR;
    if (!pyfi_ssl_der_same(a_oid, b_oid)) return PYFI_SSL_OUTSIDE;
    if ((a_tag != 0x0c && a_tag != 0x13 && a_tag != 0x16) ||
        (b_tag != 0x0c && b_tag != 0x13 && b_tag != 0x16))
        return PYFI_SSL_UNCLEAR;
    while (a_value.p < a_value.end && b_value.p < b_value.end) {
        if (*a_value.p >= 0x80 || *b_value.p >= 0x80 || *a_value.p == ' ' || *b_value.p == ' ') {
            /* letters beyond ASCII and blanks may be folded: equal, or not certain */
            if (*a_value.p != *b_value.p) return PYFI_SSL_UNCLEAR;
        } else if (pyfi_ssl_lower(*a_value.p) != pyfi_ssl_lower(*b_value.p)) {
            return PYFI_SSL_OUTSIDE;
        }
        a_value.p++;
        b_value.p++;
    }
    if (a_value.p == a_value.end && b_value.p == b_value.end) return PYFI_SSL_INSIDE;
    if (a_value.p < a_value.end && *a_value.p == ' ') return PYFI_SSL_UNCLEAR;
    if (b_value.p < b_value.end && *b_value.p == ' ') return PYFI_SSL_UNCLEAR;
    return PYFI_SSL_OUTSIDE;
}

/* A distinguished name is within another if that is what it begins with. */
PYFI_FN enum pyfi_ssl_relation pyfi_ssl_relate_dn(struct pyfi_ssl_der dn, struct pyfi_ssl_der base)
{
    struct pyfi_ssl_der a, b, x, y;
    enum pyfi_ssl_relation all = PYFI_SSL_INSIDE;
    while (base.p < base.end) {
        enum pyfi_ssl_relation one;
        if (dn.p == dn.end) return PYFI_SSL_OUTSIDE;
        if (!pyfi_ssl_der_take(&dn, PYFI_SSL_SET, &a) ||
            !pyfi_ssl_der_take(&base, PYFI_SSL_SET, &b))
            return PYFI_SSL_UNCLEAR;
        if (pyfi_ssl_der_same(a, b)) continue;
        if (!pyfi_ssl_der_take(&a, PYFI_SSL_SEQUENCE, &x) ||
            !pyfi_ssl_der_take(&b, PYFI_SSL_SEQUENCE, &y) || a.p != a.end || b.p != b.end)
            return PYFI_SSL_UNCLEAR;
        one = pyfi_ssl_relate_attribute(x, y);
        if (one == PYFI_SSL_OUTSIDE) return PYFI_SSL_OUTSIDE;
        if (one == PYFI_SSL_UNCLEAR) all = PYFI_SSL_UNCLEAR;
    }
    return all;
}

PYFI_FN enum pyfi_ssl_relation pyfi_ssl_relate(unsigned tag, struct pyfi_ssl_der name,
                                               struct pyfi_ssl_der base)
{
    struct pyfi_ssl_der a, b;
    switch (tag) {
    case PYFI_SSL_NAME_DNS:
        return pyfi_ssl_relate_dns(name, base);
    case PYFI_SSL_NAME_IP:
        return pyfi_ssl_relate_ip(name, base);
    case PYFI_SSL_NAME_EMAIL:
        return pyfi_ssl_relate_email(name, base);
    case PYFI_SSL_NAME_DIRECTORY:
        if (pyfi_ssl_der_take(&name, PYFI_SSL_SEQUENCE, &a) &&
            pyfi_ssl_der_take(&base, PYFI_SSL_SEQUENCE, &b))
            return pyfi_ssl_relate_dn(a, b);
        return PYFI_SSL_UNCLEAR;
    default:
        return PYFI_SSL_UNCLEAR;
    }
}

/* Whether one list of subtrees lets a name through. permitted: it must be inside one of those of
 * its kind, if there are any; else: it must be outside of all of them. */
PYFI_FN bool pyfi_ssl_subtrees(struct pyfi_ssl_der list, bool permitted, unsigned tag,
                               struct pyfi_ssl_der name)
{
    bool any = false, inside = false;
    while (list.p < list.end) {
        struct pyfi_ssl_der subtree, base;
        unsigned kind;
        enum pyfi_ssl_relation relation;
        if (!pyfi_ssl_der_take(&list, PYFI_SSL_SEQUENCE, &subtree) ||
            !pyfi_ssl_der_next(&subtree, &kind, &base) || subtree.p != subtree.end)
            return false; /* malformed, or with a minimum or maximum */
        if (kind != tag) continue;
        relation = pyfi_ssl_relate(tag, name, base);
        if (!permitted && relation != PYFI_SSL_OUTSIDE) return false;
        any = true;
        inside = inside || relation == PYFI_SSL_INSIDE;
    }
    return !permitted || !any || inside;
}

/* Whether the constraints of one CA let a name through. */
PYFI_FN bool pyfi_ssl_constraint(struct pyfi_ssl_der value, unsigned tag, struct pyfi_ssl_der name)
{
    struct pyfi_ssl_der all, list;
    unsigned kind;
    if (!pyfi_ssl_der_take(&value, PYFI_SSL_SEQUENCE, &all)) return false;
    while (all.p < all.end) {
        if (!pyfi_ssl_der_next(&all, &kind, &list) || (kind != 0xa0 && kind != 0xa1)) return false;
        if (!pyfi_ssl_subtrees(list, kind == 0xa0, tag, name)) return false;
    }
    return true;
}

/* The e-mail addresses that old certificates carry in their subject. False if it is malformed. */
PYFI_FN bool pyfi_ssl_constrain_subject_email(struct pyfi_ssl_der value, struct pyfi_ssl_der dn)
{
    static const unsigned char email[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1 };
    struct pyfi_ssl_der set, pair, oid, text;
    unsigned tag;
    while (dn.p < dn.end) {
        if (!pyfi_ssl_der_take(&dn, PYFI_SSL_SET, &set)) return false;
        while (set.p < set.end) {
            if (!pyfi_ssl_der_take(&set, PYFI_SSL_SEQUENCE, &pair) ||
                !pyfi_ssl_der_take(&pair, PYFI_SSL_OID, &oid) ||
                !pyfi_ssl_der_next(&pair, &tag, &text))
                return false;
            if (pyfi_ssl_der_is(oid, email, sizeof email) &&
                !pyfi_ssl_constraint(value, PYFI_SSL_NAME_EMAIL, text))
                return false;
        }
    }
    return true;
}

/* Whether the constraints of ca, which has some, let all names of x through. The subject counts as
 * a directory name unless it is empty. */
PYFI_FN bool pyfi_ssl_constrain(const struct pyfi_ssl_x509 *ca, const struct pyfi_ssl_x509 *x)
{
    struct pyfi_ssl_der value, names, v, subject = x->subject, whole;
    unsigned tag;
    int found = pyfi_ssl_extension(ca, PYFI_SSL_NAME_CONSTRAINTS, NULL, &value);
    if (found != 1) return false;
    if (subject.p < subject.end) {
        size_t size = pyfi_ssl_der_size(subject);
        whole.end = subject.end; /* back to its tag: the length has a byte, or is longer */
        whole.p = subject.p - (size < 0x80 ? 2 : size < 0x100 ? 3 : size < 0x10000 ? 4 : 5);
        if (!pyfi_ssl_constraint(value, PYFI_SSL_NAME_DIRECTORY, whole)) return false;
        if (!pyfi_ssl_constrain_subject_email(value, subject)) return false;
    }
    found = pyfi_ssl_names(x, &names);
    if (found < 0) return false;
    while (found == 1 && pyfi_ssl_der_next(&names, &tag, &v))
        if (!pyfi_ssl_constraint(value, tag, v)) return false;
    /* even for a certificate without names, the constraints must be in order */
    whole.p = whole.end = value.p;
    return pyfi_ssl_constraint(value, 0, whole);
}

/* ---- the objects ---- */

/* A certificate of our own and its key. */
struct pyfi_ssl_own {
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;
    struct pyfi_ssl_own *next;
};

struct pyfi_ssl_pin {
    unsigned char sha256[32];
    struct pyfi_ssl_pin *next;
};

struct pyf_ssl_context {
    mbedtls_ssl_config conf;
    mbedtls_x509_crt ca;
    mbedtls_x509_crl crl;
#if PYFI_SSL_MBEDTLS < 4
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    int (*source)(void *arg, unsigned char *out, size_t size); /* .entropy */
    void *source_arg;
#endif
#if defined(MBEDTLS_SSL_TICKET_C) && defined(MBEDTLS_SSL_SRV_C) && \
    defined(MBEDTLS_SSL_SESSION_TICKETS)
#define PYFI_SSL_TICKETS 1
    mbedtls_ssl_ticket_context tickets;
#else
#define PYFI_SSL_TICKETS 0
#endif
    pyf_allocator allocator;
    struct pyfi_ssl_own *own;
    struct pyfi_ssl_pin *pins;
    int default_suites[10], *suites; /* suites: those of set_ciphers */
    size_t suites_size;
    const char **alpn; /* and behind the array its strings */
    size_t alpn_size;
    pyf_ssl_sni_callback sni;
    void *sni_arg;
    int64_t (*clock)(void *arg);
    void *clock_arg;
    uintptr_t lock;  /* for what follows while connections are made */
    uint32_t refs;   /* the owner, connections, sessions */
    uint32_t frozen; /* the first connection was made */
    pyf_ssl_error error;
    unsigned verify_flags;
    uint16_t minimum, maximum;
    bool server, has_ca, has_crl, no_hostname;
    unsigned char mode; /* enum pyf_ssl_verify_mode */
};

/* How many CAs with name constraints a chain may have. */
#define PYFI_SSL_CONSTRAINED_MAX 4

struct pyf_ssl_socket {
    mbedtls_ssl_context ssl;       /* first: the SNI callback gets here from it */
    pyf_ssl_context *ctx, *served; /* served: the one that the SNI callback chose, else ctx */
    pyf_ssl_error *error;
    union {
        pyf_ssl_io io;
        struct {
            pyf_memory_bio *in, *out;
        } bio;
        int fd;
    } via;
    int64_t timeout_ms, limit, deadline; /* the latter two as pyf_now_ms has it */
    size_t sent;                         /* how much of an interrupted sendall */
    size_t held;                         /* an interrupted write to repeat, its size */
    const mbedtls_x509_crt *constrained[PYFI_SSL_CONSTRAINED_MAX];
    pyf_status status; /* not PYF_OK: of no use any more */
    uint32_t received; /* in the handshake */
    int system_error;
    pyf_status io_status;
    unsigned char address[16];
    unsigned char tail[7]; /* the last bytes received in the handshake: perhaps an alert */
    unsigned char address_size, constrained_count;
    unsigned char reason;
    unsigned char kind; /* enum pyfi_ssl_kind */
    bool own_error, keep_open, shaken, verified, resuming, problem, ended, goodbye, ticket;
    bool starved; /* there was no input, since the last wait */
    bool sendall; /* what is held belongs to one */
};

enum pyfi_ssl_kind { PYFI_SSL_SOCKET, PYFI_SSL_BIO, PYFI_SSL_IO };

struct pyf_ssl_session {
    mbedtls_ssl_session session;
    pyf_ssl_context *ctx;
    struct pyfi_ssl_host host;
};

PYFI_FN void *pyfi_ssl_alloc(const pyf_ssl_context *ctx, size_t size)
{
    void *block = pyfi_base_alloc(&ctx->allocator, size);
    if (block != NULL) memset(block, 0, size);
    return block;
}

PYFI_FN void pyfi_ssl_release(const pyf_ssl_context *ctx, void *block, size_t size)
{
    if (block != NULL) pyfi_base_release(&ctx->allocator, block, size);
}

/* Where a connection's errors are written: the caller's place, or one of its own made now. NULL if
 * there is no memory; the reason alone is kept then. */
PYFI_FN pyf_ssl_error *pyfi_ssl_error_of(pyf_ssl_socket *s)
{
    if (s->error == NULL) {
        s->error = (pyf_ssl_error *)pyfi_ssl_alloc(s->ctx, sizeof *s->error);
        s->own_error = s->error != NULL;
    }
    return s->error;
}

/* The connection is of no use any more. */
PYFI_FN void pyfi_ssl_break(pyf_ssl_socket *s, pyf_status st, pyf_ssl_reason reason)
{
    s->status = st;
    s->reason = (unsigned char)reason;
}

/* The host that the client of s talks to; "" for an address. */
PYFI_FN const char *pyfi_ssl_host_of(const pyf_ssl_socket *s)
{
    const char *name;
#if PYFI_SSL_MBEDTLS < 3
    name = s->ssl.hostname;
#else
    mbedtls_ssl_context *ssl = (mbedtls_ssl_context *)(uintptr_t)&s->ssl;
    name = mbedtls_ssl_get_hostname(ssl);
#endif
    return name == NULL ? "" : name;
}

/* ---- the check of a chain ---- */

/* What goes on while Mbed TLS shows one certificate. */
struct pyfi_ssl_check {
    pyf_ssl_socket *s;
    const pyf_ssl_context *ctx;
    struct pyfi_ssl_x509 x;
    struct pyfi_ssl_text text; /* a NULL p: nobody wants to know */
    int depth;
    bool problem;
};

/* Note a fault of the certificate; the first of a chain gives the reason, all stand in the text. */
PYFI_FN void pyfi_ssl_fault(struct pyfi_ssl_check *c, pyf_ssl_reason reason, const char *text)
{
    pyf_ssl_socket *s = c->s;
    pyf_ssl_error *e = pyfi_ssl_error_of(s);
    bool begin = !s->problem || (e != NULL && e->text[0] == '\0'); /* at the first, no memory */
    if (!s->problem) s->reason = (unsigned char)reason;
    s->problem = true;
    if (e != NULL) {
        size_t used;
        if (begin) {
            (void)pyfi_ssl_say(e, PYF_SSL_CERT_VERIFICATION_ERROR, (pyf_ssl_reason)s->reason, 0,
                               "certificate verify failed: ", (char *)NULL);
            e->depth = c->depth;
        }
        used = strlen(e->text);
        pyfi_ssl_text_begin(&c->text, e->text + used, sizeof e->text - used);
        if (c->problem && !begin) {
            pyfi_ssl_puts(&c->text, "; it ");
        } else {
            if (!begin) pyfi_ssl_puts(&c->text, "; ");
            pyfi_ssl_puts(&c->text, c->depth == 0   ? "the peer's certificate <"
                                    : c->depth == 1 ? "its issuer <"
                                                    : "a CA above <");
            pyfi_ssl_put_dn(&c->text, c->x.subject);
            pyfi_ssl_puts(&c->text, "> ");
        }
        pyfi_ssl_puts(&c->text, text);
    }
    c->problem = true;
}

/* Seconds since 1970, or negative: not known. A clock that shows a time before this header was
 * written has not been set. */
PYFI_FN int64_t pyfi_ssl_clock(const pyf_ssl_context *ctx)
{
    const int64_t written = INT64_C(1704067200); /* 2024 */
    int64_t now = -1;
    if (ctx->clock != NULL) now = ctx->clock(ctx->clock_arg);
#if !PYFEAT_SSL_NO_CLOCK
    else now = (int64_t)time(NULL);
#endif
    return now < written ? -1 : now;
}

PYFI_FN void pyfi_ssl_check_dates(struct pyfi_ssl_check *c)
{
    int64_t now = pyfi_ssl_clock(c->ctx);
    if (now < 0) {
        if (c->depth == 0)
            pyfi_ssl_fault(c, PYF_SSL_REASON_TIME_UNKNOWN,
                           "cannot be checked: the clock of this machine is not set");
    } else if (now > pyfi_ssl_seconds(c->x.not_after)) {
        pyfi_ssl_fault(c, PYF_SSL_REASON_EXPIRED, "has expired: it was valid until ");
        pyfi_ssl_put_time(&c->text, c->x.not_after);
    } else if (now < pyfi_ssl_seconds(c->x.not_before)) {
        pyfi_ssl_fault(c, PYF_SSL_REASON_NOT_YET_VALID, "is not yet valid, but from ");
        pyfi_ssl_put_time(&c->text, c->x.not_before);
    }
}

/* What Mbed TLS found, except for the dates of certificates and revocation lists. */
PYFI_FN void pyfi_ssl_check_flags(struct pyfi_ssl_check *c, uint32_t flags)
{
    if (flags & MBEDTLS_X509_BADCERT_REVOKED)
        pyfi_ssl_fault(c, PYF_SSL_REASON_REVOKED, "has been revoked");
    if (flags & (MBEDTLS_X509_BADCRL_NOT_TRUSTED | MBEDTLS_X509_BADCRL_BAD_MD |
                 MBEDTLS_X509_BADCRL_BAD_PK | MBEDTLS_X509_BADCRL_BAD_KEY))
        pyfi_ssl_fault(c, PYF_SSL_REASON_CRL, "has an issuer whose revocation list is not genuine");
    if (flags & (MBEDTLS_X509_BADCERT_BAD_MD))
        pyfi_ssl_fault(c, PYF_SSL_REASON_WEAK_SIGNATURE, "is signed with a hash that is too weak");
    if (flags & (MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY))
        pyfi_ssl_fault(c, PYF_SSL_REASON_WEAK_KEY,
                       "has, or is signed with, a key that is too short or of a kind not accepted");
    if (flags & (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
                 MBEDTLS_X509_BADCERT_NS_CERT_TYPE))
        pyfi_ssl_fault(c, PYF_SSL_REASON_KEY_USAGE, "is not made for this use");
    if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) {
        if (pyfi_ssl_der_same(c->x.subject, c->x.issuer)) {
            pyfi_ssl_fault(c, PYF_SSL_REASON_SELF_SIGNED, "is self-signed, and not trusted here");
        } else {
            pyfi_ssl_fault(c, PYF_SSL_REASON_UNKNOWN_CA,
                           "is issued by a CA that is not trusted here, or not correctly: <");
            pyfi_ssl_put_dn(&c->text, c->x.issuer);
            pyfi_ssl_put(&c->text, '>');
        }
    }
}

/* Whether the extended key usage, if there is one, allows what the peer does. */
PYFI_FN bool pyfi_ssl_usage_fits(const struct pyfi_ssl_check *c)
{
    static const unsigned char any[] = { 0x55, 0x1d, 0x25, 0 };
    unsigned char wanted[] = { 0x2b, 6, 1, 5, 5, 7, 3, 1 }; /* serverAuth; clientAuth is 2 */
    struct pyfi_ssl_der value, list, oid;
    int found = pyfi_ssl_extension(&c->x, PYFI_SSL_EXTENDED_KEY_USAGE, NULL, &value);
    if (found <= 0) return found == 0;
    if (c->ctx->server) wanted[7] = 2;
    if (!pyfi_ssl_der_take(&value, PYFI_SSL_SEQUENCE, &list)) return false;
    while (pyfi_ssl_der_take(&list, PYFI_SSL_OID, &oid))
        if (pyfi_ssl_der_is(oid, wanted, sizeof wanted) || pyfi_ssl_der_is(oid, any, sizeof any))
            return true;
    return false;
}

/* What holds for the peer's own certificate. */
PYFI_FN void pyfi_ssl_check_leaf(struct pyfi_ssl_check *c)
{
    if (c->x.version != 3) {
        pyfi_ssl_fault(c, PYF_SSL_REASON_CERTIFICATE_VERSION, "is not of X.509 version 3");
        return;
    }
    if (pyfi_ssl_is_ca(&c->x))
        pyfi_ssl_fault(c, PYF_SSL_REASON_CA_AS_LEAF, "is that of a CA, not of a peer");
}

PYFI_FN void pyfi_ssl_check_host(struct pyfi_ssl_check *c)
{
    pyf_ssl_socket *s = c->s;
    struct pyfi_ssl_der names;
    const char *host = pyfi_ssl_host_of(s);
    pyf_ssl_reason reason = pyfi_ssl_match(&c->x, host, s->address, s->address_size);
    if (reason == PYF_SSL_REASON_NONE) return;
    pyfi_ssl_fault(c, reason,
                   reason == PYF_SSL_REASON_BAD_NAME   ? "has a malformed name, and is not for '"
                   : reason == PYF_SSL_REASON_NO_NAMES ? "has no subject alternative names, not '"
                                                       : "is not valid for '");
    if (s->address_size > 0) pyfi_ssl_put_ip(&c->text, s->address, s->address_size);
    else pyfi_ssl_puts(&c->text, host);
    pyfi_ssl_puts(&c->text, "'");
    if (reason != PYF_SSL_REASON_NO_NAMES && pyfi_ssl_names(&c->x, &names) == 1) {
        pyfi_ssl_puts(&c->text, ", but for: ");
        pyfi_ssl_put_names(&c->text, names);
    }
}

PYFI_FN int pyfi_ssl_sha256(const unsigned char *p, size_t n, unsigned char out[32])
{
#if PYFI_SSL_MBEDTLS < 4
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    return md == NULL ? -1 : mbedtls_md(md, p, n, out);
#else
    size_t length;
    if (psa_crypto_init() != PSA_SUCCESS) return -1;
    return psa_hash_compute(PSA_ALG_SHA_256, p, n, out, 32, &length) == PSA_SUCCESS ? 0 : -1;
#endif
}

PYFI_FN void pyfi_ssl_check_pins(struct pyfi_ssl_check *c)
{
    const struct pyfi_ssl_pin *pin = c->ctx->pins;
    unsigned char sha256[32] = { 0 };
    size_t i;
    if (pin == NULL) return;
    if (pyfi_ssl_sha256(c->x.key.p, pyfi_ssl_der_size(c->x.key), sha256) == 0)
        for (; pin != NULL; pin = pin->next)
            if (memcmp(pin->sha256, sha256, 32) == 0) return;
    pyfi_ssl_fault(c, PYF_SSL_REASON_PIN, "has a public key that is not pinned, SHA-256 ");
    for (i = 0; i < 32; i++) pyfi_ssl_put_hex(&c->text, sha256[i]);
}

/* Before all time for a date that there is not. */
PYFI_FN int64_t pyfi_ssl_library_seconds(const mbedtls_x509_time *t)
{
    return pyfi_ssl_seconds(pyfi_ssl_utc(t->year, t->mon, t->day, t->hour, t->min, t->sec));
}

/* Whether two distinguished names are, or may be, one that is spelt in two ways. */
PYFI_FN bool pyfi_ssl_may_be_same(struct pyfi_ssl_der a, struct pyfi_ssl_der b)
{
    return pyfi_ssl_relate_dn(a, b) != PYFI_SSL_OUTSIDE &&
           pyfi_ssl_relate_dn(b, a) != PYFI_SSL_OUTSIDE;
}

/* The first revocation list of this certificate's issuer, from crl on; or that may be its, where it
 * need not be sure. Mbed TLS does not mind how a name is spelt. */
PYFI_FN const mbedtls_x509_crl *pyfi_ssl_list_of(const struct pyfi_ssl_check *c,
                                                 const mbedtls_x509_crl *crl, bool sure)
{
    for (; crl != NULL && crl->version != 0; crl = crl->next) {
        struct pyfi_ssl_der issuer = { crl->issuer_raw.p, crl->issuer_raw.p + crl->issuer_raw.len };
        struct pyfi_ssl_der name;
        if (pyfi_ssl_der_take(&issuer, PYFI_SSL_SEQUENCE, &name) &&
            (pyfi_ssl_der_same(name, c->x.issuer) ||
             (!sure && pyfi_ssl_may_be_same(name, c->x.issuer))))
            return crl;
    }
    return NULL;
}

/* Whether there must be a revocation list of the issuer, and is none; or one not of today. */
PYFI_FN void pyfi_ssl_check_crl(struct pyfi_ssl_check *c)
{
    const mbedtls_x509_crl *crl = pyfi_ssl_list_of(c, &c->ctx->crl, false);
    int64_t now = pyfi_ssl_clock(c->ctx);
    if ((c->ctx->verify_flags & (c->depth == 0 ? 4u : 8u)) &&
        pyfi_ssl_list_of(c, &c->ctx->crl, true) == NULL)
        pyfi_ssl_fault(c, PYF_SSL_REASON_CRL, "has an issuer without a revocation list here");
    for (; crl != NULL; crl = pyfi_ssl_list_of(c, crl->next, false)) {
        int64_t until = pyfi_ssl_library_seconds(&crl->next_update);
        if (until == INT64_MIN)
            pyfi_ssl_fault(c, PYF_SSL_REASON_CRL,
                           "has an issuer whose revocation list does not say how long it holds");
        else if (now > until)
            pyfi_ssl_fault(c, PYF_SSL_REASON_CRL, "has an issuer whose revocation list is old");
        if (now >= 0 && now < pyfi_ssl_library_seconds(&crl->this_update))
            pyfi_ssl_fault(c, PYF_SSL_REASON_CRL,
                           "has an issuer whose revocation list is not yet valid");
    }
}

/* The rules of VERIFY_X509_STRICT for a key identifier: there, and not critical. */
PYFI_FN void pyfi_ssl_check_key_id(struct pyfi_ssl_check *c, unsigned char which, bool needed,
                                   const char *missing, const char *wrong)
{
    struct pyfi_ssl_der value;
    bool critical = false;
    int found = pyfi_ssl_extension(&c->x, which, &critical, &value);
    if (found < 0 || (found == 1 && critical)) pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, wrong);
    else if (found == 0 && needed) pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, missing);
}

/* The rules for the key usage of a CA and of a leaf. */
PYFI_FN void pyfi_ssl_check_strict_usage(struct pyfi_ssl_check *c, bool ca)
{
    struct pyfi_ssl_der value, bits;
    bool signs = false;
    int found = pyfi_ssl_extension(&c->x, PYFI_SSL_KEY_USAGE, NULL, &value);
    if (found == 1 && (!pyfi_ssl_der_take(&value, 0x03, &bits) || pyfi_ssl_der_size(bits) < 2))
        found = -1;
    if (found == 1) signs = (bits.p[1] & 4) != 0;
    if (found < 0) pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, "has a malformed key usage");
    else if (ca && !signs)
        pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, "is a CA's, and its key usage lacks keyCertSign");
    else if (!ca && signs)
        pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, "is no CA's, and its key usage has keyCertSign");
    if (c->depth == 0 && pyfi_ssl_extension(&c->x, PYFI_SSL_EXTENDED_KEY_USAGE, NULL, &value) < 0)
        pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, "has a malformed extended key usage");
}

PYFI_FN void pyfi_ssl_check_strict(struct pyfi_ssl_check *c)
{
    struct pyfi_ssl_der value;
    bool critical = false, own = pyfi_ssl_der_same(c->x.subject, c->x.issuer);
    bool ca = pyfi_ssl_is_ca(&c->x);
    size_t serial = pyfi_ssl_der_size(c->x.serial);
    int found;
    if (c->x.version != 3) {
        pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, "is not of X.509 version 3");
        return;
    }
    if (serial > 20 || c->x.serial.p[0] >= 0x80 || (serial == 1 && c->x.serial.p[0] == 0))
        pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, "has a serial number out of range");
    pyfi_ssl_check_key_id(c, PYFI_SSL_AUTHORITY_KEY_ID, !own, "has no authority key identifier",
                          "has a critical or malformed authority key identifier");
    pyfi_ssl_check_key_id(c, PYFI_SSL_SUBJECT_KEY_ID, ca, "has no subject key identifier",
                          "has a critical or malformed subject key identifier");
    pyfi_ssl_check_strict_usage(c, ca);
    if (ca && pyfi_ssl_extension(&c->x, PYFI_SSL_BASIC_CONSTRAINTS, &critical, &value) == 1 &&
        !critical)
        pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, "has basic constraints that are not critical");
    if (c->x.subject.p == c->x.subject.end &&
        (pyfi_ssl_extension(&c->x, PYFI_SSL_SAN, &critical, &value) != 1 || !critical))
        pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT,
                       "has no subject, nor critical alternative names in its place");
    found = pyfi_ssl_extension(&c->x, PYFI_SSL_NAME_CONSTRAINTS, &critical, &value);
    if (found < 0 || (found == 1 && (!ca || !critical)))
        pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, "has name constraints, no CA's or not critical");
    if (pyfi_ssl_extension(&c->x, PYFI_SSL_POLICY_CONSTRAINTS, &critical, &value) == 1 && !critical)
        pyfi_ssl_fault(c, PYF_SSL_REASON_STRICT, "has policy constraints that are not critical");
}

/* The names of this certificate against the CAs above it, and its own constraints for those below.
 * A CA that has issued itself another certificate is exempt (RFC 5280, 6.1.3). */
PYFI_FN void pyfi_ssl_check_constraints(struct pyfi_ssl_check *c, const mbedtls_x509_crt *crt)
{
    pyf_ssl_socket *s = c->s;
    struct pyfi_ssl_der value;
    unsigned i;
    if (c->depth == 0 || !pyfi_ssl_der_same(c->x.subject, c->x.issuer)) {
        for (i = 0; i < s->constrained_count; i++) {
            const mbedtls_x509_crt *above = s->constrained[i];
            struct pyfi_ssl_x509 ca;
            if (pyfi_ssl_x509_view(&ca, above->raw.p, above->raw.len) &&
                pyfi_ssl_constrain(&ca, &c->x))
                continue;
            pyfi_ssl_fault(c, PYF_SSL_REASON_NAME_CONSTRAINTS,
                           "has names that are outside of the name constraints of its CA <");
            pyfi_ssl_put_dn(&c->text, ca.subject);
            pyfi_ssl_put(&c->text, '>');
        }
    }
    if (c->depth == 0 || pyfi_ssl_extension(&c->x, PYFI_SSL_NAME_CONSTRAINTS, NULL, &value) == 0)
        return;
    if (s->constrained_count == PYFI_SSL_CONSTRAINED_MAX)
        pyfi_ssl_fault(c, PYF_SSL_REASON_NAME_CONSTRAINTS,
                       "has name constraints, and so have too many CAs of this chain");
    else s->constrained[s->constrained_count++] = crt;
}

/* Whether crt is one of the trust anchors themselves. */
PYFI_FN bool pyfi_ssl_is_anchor(const pyf_ssl_context *ctx, const mbedtls_x509_crt *crt)
{
    const mbedtls_x509_crt *ca = &ctx->ca;
    for (; ca != NULL; ca = ca->next)
        if (ca == crt) return true;
    return false;
}

PYFI_FN void pyfi_ssl_check_certificate(struct pyfi_ssl_check *c, const mbedtls_x509_crt *crt,
                                        uint32_t flags)
{
    bool anchor = pyfi_ssl_is_anchor(c->ctx, crt);
    pyfi_ssl_check_flags(c, flags);
    pyfi_ssl_check_dates(c);
    if (!anchor) pyfi_ssl_check_crl(c);
    if (c->depth == 0) pyfi_ssl_check_leaf(c);
    if (!anchor && !pyfi_ssl_usage_fits(c))
        pyfi_ssl_fault(c, PYF_SSL_REASON_KEY_USAGE,
                       c->ctx->server ? "is not made for clients (extended key usage)"
                                      : "is not made for servers (extended key usage)");
    pyfi_ssl_check_constraints(c, crt);
    if (c->ctx->verify_flags & PYF_SSL_VERIFY_X509_STRICT) pyfi_ssl_check_strict(c);
    if (c->depth > 0) return;
    if (!c->ctx->server && !c->ctx->no_hostname) pyfi_ssl_check_host(c);
    pyfi_ssl_check_pins(c);
    if (!c->s->problem && (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) && !c->ctx->no_hostname)
        pyfi_ssl_fault(c, PYF_SSL_REASON_HOSTNAME, "is for another name, says Mbed TLS");
}

/* Mbed TLS calls this for each certificate of a chain, from the trusted end down to the peer's. */
PYFI_FN int pyfi_ssl_on_certificate(void *arg, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    const uint32_t crl_dates = MBEDTLS_X509_BADCRL_EXPIRED | MBEDTLS_X509_BADCRL_FUTURE;
    struct pyfi_ssl_check c;
    memset(&c, 0, sizeof c);
    c.s = (pyf_ssl_socket *)arg;
    c.ctx = c.s->served;
    c.depth = depth;
    if (c.ctx->clock != NULL) *flags &= ~dates;
    if (c.ctx->no_hostname) *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
    if (pyfi_ssl_x509_view(&c.x, crt->raw.p, crt->raw.len)) {
        if (c.ctx->clock != NULL && pyfi_ssl_list_of(&c, &c.ctx->crl, false) != NULL)
            *flags &= ~crl_dates; /* by the system's clock; ours has the say */
        pyfi_ssl_check_certificate(&c, crt, *flags);
    } else pyfi_ssl_fault(&c, PYF_SSL_REASON_BAD_CERTIFICATE, "is malformed");
    if (c.problem && *flags == 0)
        *flags = c.s->reason == PYF_SSL_REASON_EXPIRED         ? MBEDTLS_X509_BADCERT_EXPIRED
                 : c.s->reason == PYF_SSL_REASON_NOT_YET_VALID ? MBEDTLS_X509_BADCERT_FUTURE
                 : c.s->reason == PYF_SSL_REASON_HOSTNAME      ? MBEDTLS_X509_BADCERT_CN_MISMATCH
                 : c.s->reason == PYF_SSL_REASON_KEY_USAGE     ? MBEDTLS_X509_BADCERT_EXT_KEY_USAGE
                                                               : MBEDTLS_X509_BADCERT_OTHER;
    if (*flags != 0) c.s->problem = true;
    if (depth == 0) c.s->verified = !c.s->problem;
    /* A client's certificate may be missing where it is optional, but not be wrong. */
    if (c.s->problem && c.ctx->mode == PYF_SSL_CERT_OPTIONAL && depth == 0)
        return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    return 0;
}

/* ---- memory BIO ---- */

PYFI_PUBLIC void pyf_memory_bio_init(pyf_memory_bio *bio, void *buffer, size_t size)
{
    if (bio == NULL) return;
    bio->pyfi_data = (unsigned char *)buffer;
    bio->pyfi_size = buffer == NULL ? 0 : size;
    bio->pyfi_begin = bio->pyfi_used = 0;
    bio->pyfi_eof = false;
}

PYFI_PUBLIC size_t pyf_memory_bio_write(pyf_memory_bio *bio, const void *data, size_t size)
{
    size_t at, first;
    if (bio == NULL || bio->pyfi_eof) return 0;
    if (size > bio->pyfi_size - bio->pyfi_used) size = bio->pyfi_size - bio->pyfi_used;
    if (size == 0) return 0;
    at = bio->pyfi_begin + bio->pyfi_used;
    if (at >= bio->pyfi_size) at -= bio->pyfi_size;
    first = bio->pyfi_size - at < size ? bio->pyfi_size - at : size;
    memcpy(bio->pyfi_data + at, data, first);
    if (size > first) memcpy(bio->pyfi_data, (const char *)data + first, size - first);
    bio->pyfi_used += size;
    return size;
}

PYFI_PUBLIC size_t pyf_memory_bio_read(pyf_memory_bio *bio, void *buffer, size_t size)
{
    size_t first;
    if (bio == NULL) return 0;
    if (size > bio->pyfi_used) size = bio->pyfi_used;
    if (size == 0) return 0;
    first = bio->pyfi_size - bio->pyfi_begin < size ? bio->pyfi_size - bio->pyfi_begin : size;
    memcpy(buffer, bio->pyfi_data + bio->pyfi_begin, first);
    if (size > first) memcpy((char *)buffer + first, bio->pyfi_data, size - first);
    bio->pyfi_used -= size;
    bio->pyfi_begin += size;
    if (bio->pyfi_begin >= bio->pyfi_size) bio->pyfi_begin -= bio->pyfi_size;
    if (bio->pyfi_used == 0) bio->pyfi_begin = 0;
    return size;
}

PYFI_PUBLIC size_t pyf_memory_bio_pending(const pyf_memory_bio *bio)
{
    return bio == NULL ? 0 : bio->pyfi_used;
}

PYFI_PUBLIC void pyf_memory_bio_write_eof(pyf_memory_bio *bio)
{
    if (bio != NULL) bio->pyfi_eof = true;
}

PYFI_PUBLIC bool pyf_memory_bio_eof(const pyf_memory_bio *bio)
{
    return bio == NULL || (bio->pyfi_eof && bio->pyfi_used == 0);
}

/* ---- the context ---- */

PYFI_FN pyf_ssl_context *pyfi_ssl_hold(pyf_ssl_context *ctx)
{
    (void)pyfi_port_add_u32(&ctx->refs, 1);
    return ctx;
}

PYFI_FN void pyfi_ssl_own_free(pyf_ssl_context *ctx, struct pyfi_ssl_own *own)
{
    mbedtls_x509_crt_free(&own->chain);
    mbedtls_pk_free(&own->key);
    pyfi_ssl_release(ctx, own, sizeof *own);
}

PYFI_PUBLIC void pyf_ssl_context_free(pyf_ssl_context *ctx)
{
    pyf_allocator allocator;
    if (ctx == NULL || pyfi_port_add_u32(&ctx->refs, (uint32_t)-1) != 1) return;
    mbedtls_ssl_config_free(&ctx->conf);
    while (ctx->own != NULL) {
        struct pyfi_ssl_own *own = ctx->own;
        ctx->own = own->next;
        pyfi_ssl_own_free(ctx, own);
    }
    while (ctx->pins != NULL) {
        struct pyfi_ssl_pin *pin = ctx->pins;
        ctx->pins = pin->next;
        pyfi_ssl_release(ctx, pin, sizeof *pin);
    }
    mbedtls_x509_crt_free(&ctx->ca);
    mbedtls_x509_crl_free(&ctx->crl);
#if PYFI_SSL_TICKETS
    mbedtls_ssl_ticket_free(&ctx->tickets);
#endif
#if PYFI_SSL_MBEDTLS < 4
    mbedtls_ctr_drbg_free(&ctx->drbg);
    mbedtls_entropy_free(&ctx->entropy);
#endif
    pyfi_ssl_release(ctx, ctx->suites, ctx->suites_size);
    pyfi_ssl_release(ctx, (void *)(uintptr_t)ctx->alpn, ctx->alpn_size);
    allocator = ctx->allocator;
    pyfi_base_release(&allocator, ctx, sizeof *ctx);
}

PYFI_PUBLIC void pyf_ssl_context_error(pyf_ssl_context *ctx, pyf_ssl_error *out)
{
    if (ctx == NULL) {
        (void)pyfi_ssl_say(out, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0, "there is no context",
                           (char *)NULL);
        return;
    }
    if (out == NULL) return;
    pyfi_port_lock(&ctx->lock);
    *out = ctx->error;
    pyfi_port_unlock(&ctx->lock);
}

/* Keep an error in the context, and copy it to where the caller wants it. */
PYFI_FN pyf_status pyfi_ssl_keep(pyf_ssl_context *ctx, const pyf_ssl_error *e, pyf_ssl_error *out)
{
    pyfi_port_lock(&ctx->lock);
    ctx->error = *e;
    pyfi_port_unlock(&ctx->lock);
    if (out != NULL) *out = *e;
    return e->status;
}

/* A call on a context that fails. */
PYFI_FN pyf_status pyfi_ssl_refuse(pyf_ssl_context *ctx, pyf_status st, pyf_ssl_reason reason,
                                   int library, const char *a, const char *b)
{
    pyf_ssl_error e;
    (void)pyfi_ssl_say(&e, st, reason, library, a, b, (char *)NULL);
    return pyfi_ssl_keep(ctx, &e, NULL);
}

PYFI_FN pyf_status pyfi_ssl_no_memory(pyf_ssl_context *ctx)
{
    return pyfi_ssl_refuse(ctx, PYF_MEMORY_ERROR, PYF_SSL_REASON_MEMORY, 0, "out of memory", NULL);
}

/* PYF_OK if ctx may still be set up. */
PYFI_FN pyf_status pyfi_ssl_may_set(pyf_ssl_context *ctx)
{
    if (ctx == NULL) return PYF_VALUE_ERROR;
    if (pyfi_port_load_u32(&ctx->frozen) == 0) return PYF_OK;
    return pyfi_ssl_refuse(ctx, PYF_INVALID_STATE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                           "a context cannot be changed after its first connection", NULL);
}

#if PYFI_SSL_MBEDTLS < 4
PYFI_FN int pyfi_ssl_seed(pyf_ssl_context *ctx)
{
    static const unsigned char name[] = "pyfeat_ssl";
    return mbedtls_ctr_drbg_seed(&ctx->drbg, mbedtls_entropy_func, &ctx->entropy, name,
                                 sizeof name - 1);
}

/* The caller's source of entropy, in the shape that Mbed TLS wants. */
PYFI_FN int pyfi_ssl_poll_source(void *data, unsigned char *out, size_t size, size_t *got)
{
    const pyf_ssl_context *ctx = (const pyf_ssl_context *)data;
    if (ctx->source(ctx->source_arg, out, size) != 0) return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
    *got = size;
    return 0;
}
#endif

/* The random numbers: PYF_OK, or what is missing. */
PYFI_FN pyf_status pyfi_ssl_randomize(pyf_ssl_context *ctx, const pyf_ssl_context_options *o)
{
#if PYFI_SSL_PSA
    if (psa_crypto_init() != PSA_SUCCESS)
        return pyfi_ssl_refuse(ctx, PYF_SSL_ERROR, PYF_SSL_REASON_ENTROPY, 0,
                               "psa_crypto_init fails: no source of random numbers, or no memory",
                               NULL);
#endif
#if PYFI_SSL_MBEDTLS >= 4
    if (o->entropy != NULL)
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ENTROPY, 0,
                               ".entropy: Mbed TLS 4 takes it from mbedtls_platform_get_entropy",
                               NULL);
#else
    int ret = 0;
    ctx->source = o->entropy;
    ctx->source_arg = o->entropy_arg;
#if defined(MBEDTLS_NO_PLATFORM_ENTROPY) && !defined(MBEDTLS_ENTROPY_HARDWARE_ALT)
    if (o->entropy == NULL)
        return pyfi_ssl_refuse(ctx, PYF_SSL_ERROR, PYF_SSL_REASON_ENTROPY, 0,
                               "Mbed TLS has no source of random numbers here: give .entropy",
                               NULL);
#endif
    if (o->entropy != NULL)
        ret = mbedtls_entropy_add_source(&ctx->entropy, pyfi_ssl_poll_source, ctx, 32,
                                         MBEDTLS_ENTROPY_SOURCE_STRONG);
    if (ret == 0) ret = pyfi_ssl_seed(ctx);
    if (ret != 0)
        return pyfi_ssl_refuse(ctx, PYF_SSL_ERROR, PYF_SSL_REASON_ENTROPY, ret, "no random numbers",
                               NULL);
#endif
    return PYF_OK;
}

#if PYFI_SSL_MBEDTLS < 4
/* SHA-2, RSA from 2048 bits, the curves of NIST from 256 bits. */
static const mbedtls_x509_crt_profile pyfi_ssl_profile = {
    MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    0xfffffff,
    MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
    2048
};
#endif

/* Which key exchanges, fastest first. */
PYFI_FN void pyfi_ssl_set_groups(mbedtls_ssl_config *conf)
{
#if PYFI_SSL_MBEDTLS < 3
    static const mbedtls_ecp_group_id groups[] = {
#if defined(MBEDTLS_ECP_DP_CURVE25519_ENABLED)
        MBEDTLS_ECP_DP_CURVE25519,
#endif
#if defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
        MBEDTLS_ECP_DP_SECP256R1,
#endif
#if defined(MBEDTLS_ECP_DP_SECP384R1_ENABLED)
        MBEDTLS_ECP_DP_SECP384R1,
#endif
#if defined(MBEDTLS_ECP_DP_SECP521R1_ENABLED)
        MBEDTLS_ECP_DP_SECP521R1,
#endif
        MBEDTLS_ECP_DP_NONE
    };
    static const int hashes[] = { MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512,
                                  MBEDTLS_MD_NONE };
    mbedtls_ssl_conf_curves(conf, groups);
    mbedtls_ssl_conf_sig_hashes(conf, hashes);
#else
    static const uint16_t groups[] = { MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
                                       MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                       MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
                                       MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
                                       MBEDTLS_SSL_IANA_TLS_GROUP_NONE };
    mbedtls_ssl_conf_groups(conf, groups);
#endif
}

/* ECDHE and authenticated encryption: those of them that the library has, as its server fails on
 * any that it has not. */
PYFI_FN void pyfi_ssl_default_suites(pyf_ssl_context *ctx)
{
    static const int wanted[] = { 0x1301, 0x1302, 0x1303, /* TLS 1.3: AES-GCM, ChaCha20 */
                                  0xc02b, 0xc02f,         /* AES-128-GCM, ECDSA and RSA */
                                  0xc02c, 0xc030,         /* AES-256-GCM */
                                  0xcca9, 0xcca8 };       /* ChaCha20-Poly1305 */
    const int *known;
    size_t i, count = 0;
    for (i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        for (known = mbedtls_ssl_list_ciphersuites(); *known != 0; known++)
            if (*known == wanted[i]) ctx->default_suites[count++] = wanted[i];
    ctx->default_suites[count] = 0;
    mbedtls_ssl_conf_ciphersuites(&ctx->conf, ctx->default_suites);
}

PYFI_FN void pyfi_ssl_set_versions(pyf_ssl_context *ctx)
{
#if PYFI_SSL_MBEDTLS < 3
    mbedtls_ssl_conf_min_version(&ctx->conf, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_max_version(&ctx->conf, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
#else
    mbedtls_ssl_conf_min_tls_version(&ctx->conf, (mbedtls_ssl_protocol_version)ctx->minimum);
    mbedtls_ssl_conf_max_tls_version(&ctx->conf, (mbedtls_ssl_protocol_version)ctx->maximum);
#endif
}

PYFI_FN int pyfi_ssl_on_sni(void *arg, mbedtls_ssl_context *ssl, const unsigned char *name,
                            size_t size);

/* All that does not depend on what the user sets. */
PYFI_FN int pyfi_ssl_configure(pyf_ssl_context *ctx)
{
    int ret = mbedtls_ssl_config_defaults(
        &ctx->conf, ctx->server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
        MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (ret != 0) return ret;
#if PYFI_SSL_MBEDTLS < 4
    mbedtls_ssl_conf_rng(&ctx->conf, mbedtls_ctr_drbg_random, &ctx->drbg);
    mbedtls_ssl_conf_cert_profile(&ctx->conf, &pyfi_ssl_profile);
#else
    mbedtls_ssl_conf_cert_profile(&ctx->conf, &mbedtls_x509_crt_profile_default);
#endif
    pyfi_ssl_default_suites(ctx);
    pyfi_ssl_set_groups(&ctx->conf);
#if PYFI_SSL_MBEDTLS < 4 && defined(MBEDTLS_DHM_C) && defined(MBEDTLS_SSL_CLI_C)
    mbedtls_ssl_conf_dhm_min_bitlen(&ctx->conf, 2048);
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
    mbedtls_ssl_conf_renegotiation(&ctx->conf, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
#if PYFI_SSL_MBEDTLS == 3 && defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_CLI_C) && \
    defined(MBEDTLS_SSL_SESSION_TICKETS) && MBEDTLS_VERSION_NUMBER >= 0x03060100
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        &ctx->conf, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
#if defined(MBEDTLS_SSL_PROTO_TLS1_2)
    ctx->minimum = PYF_SSL_TLSV1_2;
#else
    ctx->minimum = PYF_SSL_TLSV1_3;
#endif
#if PYFI_SSL_MBEDTLS >= 3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
    ctx->maximum = PYF_SSL_TLSV1_3;
#else
    ctx->maximum = PYF_SSL_TLSV1_2;
#endif
    pyfi_ssl_set_versions(ctx);
    return 0;
}

PYFI_FN void pyfi_ssl_context_init(pyf_ssl_context *ctx, const pyf_ssl_context_options *o)
{
    memset(ctx, 0, sizeof *ctx);
    if (o->allocator != NULL) ctx->allocator = *o->allocator;
    ctx->refs = 1;
    ctx->server = o->purpose == PYF_SSL_CLIENT_AUTH;
    ctx->mode = ctx->server ? PYF_SSL_CERT_NONE : PYF_SSL_CERT_REQUIRED;
    ctx->clock = o->clock;
    ctx->clock_arg = o->clock_arg;
    mbedtls_ssl_config_init(&ctx->conf);
    mbedtls_x509_crt_init(&ctx->ca);
    mbedtls_x509_crl_init(&ctx->crl);
#if PYFI_SSL_MBEDTLS < 4
    mbedtls_entropy_init(&ctx->entropy);
    mbedtls_ctr_drbg_init(&ctx->drbg);
#endif
#if PYFI_SSL_TICKETS
    mbedtls_ssl_ticket_init(&ctx->tickets);
#endif
}

PYFI_FN pyf_status pyfi_ssl_context_start(pyf_ssl_context *ctx, const pyf_ssl_context_options *o)
{
    pyf_status st;
    int ret;
#if defined(MBEDTLS_VERSION_C)
    if (mbedtls_version_get_number() >> 16 != MBEDTLS_VERSION_NUMBER >> 16)
        return pyfi_ssl_refuse(ctx, PYF_RUNTIME_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "compiled with another version of Mbed TLS than it runs with: ",
                               MBEDTLS_VERSION_STRING);
#endif
#if PYFEAT_SSL_NO_CLOCK
    if (o->clock == NULL)
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_TIME_UNKNOWN, 0,
                               "there is no clock: give .clock", NULL);
#endif
    st = pyfi_ssl_randomize(ctx, o);
    if (st != PYF_OK) return st;
    ret = pyfi_ssl_configure(ctx);
    if (ret != 0)
        return pyfi_ssl_refuse(ctx, PYF_MEMORY_ERROR, PYF_SSL_REASON_MEMORY, ret,
                               "Mbed TLS cannot be set up", NULL);
    if (o->cafile != NULL || o->capath != NULL || o->cadata != NULL) {
        pyf_ssl_locations from;
        memset(&from, 0, sizeof from);
        from.cafile = o->cafile;
        from.capath = o->capath;
        from.cadata = o->cadata;
        from.cadata_size = o->cadata_size;
        from.in_place = o->in_place;
        return pyf_ssl_context_load_verify_locations_with(ctx, &from);
    }
    /* Without any, CAs may still be loaded; a client that has none by then cannot connect. */
    if (!ctx->server && pyf_ssl_context_load_default_certs(ctx) == PYF_MEMORY_ERROR)
        return PYF_MEMORY_ERROR;
    return PYF_OK;
}

PYFI_PUBLIC pyf_ssl_context *
pyf_ssl_create_default_context_with(const pyf_ssl_context_options *options)
{
    pyf_ssl_context_options defaults;
    const pyf_ssl_context_options *o = options == NULL ? &defaults : options;
    pyf_ssl_context *ctx;
    memset(&defaults, 0, sizeof defaults);
    ctx = (pyf_ssl_context *)pyfi_base_alloc(o->allocator, sizeof *ctx);
    if (ctx == NULL) {
        (void)pyfi_ssl_say(o->error, PYF_MEMORY_ERROR, PYF_SSL_REASON_MEMORY, 0, "out of memory",
                           (char *)NULL);
        return NULL;
    }
    pyfi_ssl_context_init(ctx, o);
    if (pyfi_ssl_context_start(ctx, o) == PYF_OK) return ctx;
    if (o->error != NULL) *o->error = ctx->error;
    pyf_ssl_context_free(ctx);
    return NULL;
}

/* ---- settings ---- */

PYFI_FN bool pyfi_ssl_has_version(enum pyf_ssl_version version)
{
#if defined(MBEDTLS_SSL_PROTO_TLS1_2)
    if (version == PYF_SSL_TLSV1_2) return true;
#endif
#if PYFI_SSL_MBEDTLS >= 3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
    if (version == PYF_SSL_TLSV1_3) return true;
#endif
    (void)version;
    return false;
}

PYFI_FN pyf_status pyfi_ssl_set_range(pyf_ssl_context *ctx, enum pyf_ssl_version minimum,
                                      enum pyf_ssl_version maximum)
{
    if (!pyfi_ssl_has_version(minimum) || !pyfi_ssl_has_version(maximum) || minimum > maximum)
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "no such version of TLS here: there is 1.2, and with Mbed TLS 3 1.3",
                               NULL);
    ctx->minimum = (uint16_t)minimum;
    ctx->maximum = (uint16_t)maximum;
    pyfi_ssl_set_versions(ctx);
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_ssl_context_set_minimum_version(pyf_ssl_context *ctx,
                                                           enum pyf_ssl_version version)
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    if (st != PYF_OK) return st;
    return pyfi_ssl_set_range(ctx, version, (enum pyf_ssl_version)ctx->maximum);
}

PYFI_PUBLIC pyf_status pyf_ssl_context_set_maximum_version(pyf_ssl_context *ctx,
                                                           enum pyf_ssl_version version)
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    if (st != PYF_OK) return st;
    return pyfi_ssl_set_range(ctx, (enum pyf_ssl_version)ctx->minimum, version);
}

PYFI_PUBLIC pyf_status pyf_ssl_context_set_alpn_protocols_with(pyf_ssl_context *ctx,
                                                               const char *const *protocols)
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    size_t count = 0, bytes = 0, size, i;
    const char **list;
    char *at;
    if (st != PYF_OK) return st;
    for (; protocols != NULL && protocols[count] != NULL; count++) {
        size_t n = strlen(protocols[count]);
        if (n == 0 || n > 255) break;
        bytes += n + 1;
    }
    if (count == 0 || protocols[count] != NULL || bytes > 65535)
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "application protocols have 1 to 255 bytes each", NULL);
    size = (count + 1) * sizeof *list + bytes;
    list = (const char **)pyfi_ssl_alloc(ctx, size);
    if (list == NULL) return pyfi_ssl_no_memory(ctx);
    at = (char *)list + (count + 1) * sizeof *list;
    for (i = 0; i < count; i++) {
        size_t n = strlen(protocols[i]) + 1;
        memcpy(at, protocols[i], n);
        list[i] = at;
        at += n;
    }
    pyfi_ssl_release(ctx, (void *)(uintptr_t)ctx->alpn, ctx->alpn_size);
    ctx->alpn = list;
    ctx->alpn_size = size;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_ssl_context_set_sni_callback(pyf_ssl_context *ctx,
                                                        pyf_ssl_sni_callback callback, void *arg)
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    if (st != PYF_OK) return st;
    if (!ctx->server)
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "only a server has an SNI callback", NULL);
    ctx->sni = callback;
    ctx->sni_arg = arg;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_ssl_context_set_verify_mode(pyf_ssl_context *ctx,
                                                       enum pyf_ssl_verify_mode mode)
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    if (st != PYF_OK) return st;
    if (mode != PYF_SSL_CERT_REQUIRED &&
        (!ctx->server || (mode == PYF_SSL_CERT_NONE && ctx->has_ca) ||
         (mode != PYF_SSL_CERT_NONE && mode != PYF_SSL_CERT_OPTIONAL)))
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "certificates are verified; PYFEAT_SSL_ALLOW_INSECURE has functions "
                               "that turn this off",
                               NULL);
    ctx->mode = (unsigned char)mode;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_ssl_context_set_verify_flags(pyf_ssl_context *ctx, unsigned flags)
{
    const unsigned known = PYF_SSL_VERIFY_CRL_CHECK_CHAIN | PYF_SSL_VERIFY_X509_STRICT;
    pyf_status st = pyfi_ssl_may_set(ctx);
    if (st != PYF_OK) return st;
    if (flags & ~known)
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "unknown verify flags", NULL);
    ctx->verify_flags |= flags;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_ssl_context_pin_public_key(pyf_ssl_context *ctx,
                                                      const unsigned char sha256[32])
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    struct pyfi_ssl_pin *pin;
    if (st != PYF_OK) return st;
    if (sha256 == NULL)
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0, "no key to pin",
                               NULL);
    pin = (struct pyfi_ssl_pin *)pyfi_ssl_alloc(ctx, sizeof *pin);
    if (pin == NULL) return pyfi_ssl_no_memory(ctx);
    memcpy(pin->sha256, sha256, 32);
    pin->next = ctx->pins;
    ctx->pins = pin;
    return PYF_OK;
}

#if PYFEAT_SSL_ALLOW_INSECURE
PYFI_PUBLIC pyf_status pyf_ssl_insecure_skip_verification(pyf_ssl_context *ctx)
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    if (st == PYF_OK) ctx->mode = PYF_SSL_CERT_NONE;
    return st;
}

PYFI_PUBLIC pyf_status pyf_ssl_insecure_skip_hostname(pyf_ssl_context *ctx)
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    if (st == PYF_OK) ctx->no_hostname = true;
    return st;
}
#endif

/* ---- names of cipher suites ---- */

/* A name as all spellings have in common: upper case without separators, "TLS", "WITH" and "CBC",
 * what a name leaves out put in. "13" in front marks the suites of TLS 1.3. False if too long. */
PYFI_FN bool pyfi_ssl_spell(const char *name, size_t n, char out[64])
{
    char word[64];
    size_t i, used = 0;
    bool tls = n > 3 && memcmp(name, "TLS", 3) == 0, with = false;
    const char *rest = word;
    struct pyfi_ssl_text t;
    for (i = 0; i < n; i++) {
        if (name[i] == '-' || name[i] == '_') continue;
        if (used + 1 >= sizeof word) return false;
        word[used++] = (char)(name[i] >= 'a' && name[i] <= 'z' ? name[i] - 32 : name[i]);
    }
    word[used] = '\0';
    pyfi_ssl_text_begin(&t, out, 64);
    if (tls) rest += 3;
    if (strncmp(rest, "13", 2) == 0 && tls) rest += 2;
    with = strstr(rest, "WITH") != NULL;
    if (tls && !with) pyfi_ssl_puts(&t, "13");
    if (!tls && strncmp(rest, "ECDHE", 5) != 0 && strncmp(rest, "DHE", 3) != 0 &&
        strncmp(rest, "ECDH", 4) != 0 && strncmp(rest, "RSA", 3) != 0)
        pyfi_ssl_puts(&t, "RSA");
    for (; *rest != '\0'; rest++) {
        if (strncmp(rest, "WITH", 4) == 0) rest += 4;
        if (strncmp(rest, "CBC", 3) == 0) rest += 3;
        if (strncmp(rest, "ARIA", 4) == 0 && t.used >= 3 && strcmp(out + t.used - 3, "DHE") == 0)
            pyfi_ssl_puts(&t, "RSA");
        if (*rest == '\0') break;
        pyfi_ssl_put(&t, *rest);
    }
    if (t.used >= 8 && strcmp(out + t.used - 8, "POLY1305") == 0) pyfi_ssl_puts(&t, "SHA256");
    return t.used < 64;
}

/* Whether a suite does what one expects of TLS: certificates, and encryption that is not broken. */
PYFI_FN bool pyfi_ssl_suite_fit(const char *name)
{
    static const char *const unfit[] = { "PSK",    "NULL", "RC4",     "DES",
                                         "EXPORT", "anon", "ECJPAKE", "MD5" };
    size_t i;
    for (i = 0; i < sizeof unfit / sizeof unfit[0]; i++)
        if (strstr(name, unfit[i]) != NULL) return false;
    return true;
}

/* The suite with this name, 0 if there is none. */
PYFI_FN int pyfi_ssl_suite(const char *name, size_t n)
{
    const int *suite = mbedtls_ssl_list_ciphersuites();
    char wanted[64], have[64];
    if (!pyfi_ssl_spell(name, n, wanted)) return 0;
    for (; *suite != 0; suite++) {
        const char *text = mbedtls_ssl_get_ciphersuite_name(*suite);
        if (!pyfi_ssl_suite_fit(text)) continue;
        if (pyfi_ssl_spell(text, strlen(text), have) && strcmp(wanted, have) == 0) return *suite;
    }
    return 0;
}

PYFI_PUBLIC pyf_status pyf_ssl_context_set_ciphers(pyf_ssl_context *ctx, const char *ciphers)
{
    static const char separators[] = ":, ";
    pyf_status st = pyfi_ssl_may_set(ctx);
    const char *at;
    size_t count = 0, size;
    int *suites;
    if (st != PYF_OK) return st;
    size = ((ciphers == NULL ? 0 : strlen(ciphers)) / 2 + 2) * sizeof *suites;
    suites = (int *)pyfi_ssl_alloc(ctx, size);
    if (suites == NULL) return pyfi_ssl_no_memory(ctx);
    for (at = ciphers; at != NULL && *(at += strspn(at, separators)) != '\0';) {
        size_t n = strcspn(at, separators);
        suites[count] = pyfi_ssl_suite(at, n);
        if (suites[count++] == 0) {
            char text[64];
            struct pyfi_ssl_text t;
            pyfi_ssl_text_begin(&t, text, sizeof text);
            pyfi_ssl_put_escaped(&t, (const unsigned char *)at, n < 60 ? n : 60);
            pyfi_ssl_release(ctx, suites, size);
            return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                                   "no such cipher suite here: ", text);
        }
        at += n;
    }
    if (count == 0) {
        pyfi_ssl_release(ctx, suites, size);
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "no cipher suite is named", NULL);
    }
    mbedtls_ssl_conf_ciphersuites(&ctx->conf, suites);
    pyfi_ssl_release(ctx, ctx->suites, ctx->suites_size);
    ctx->suites = suites;
    ctx->suites_size = size;
    return PYF_OK;
}

/* ---- certificates and keys, from files and memory ---- */

/* What was read: in the caller's memory, or a file in a block of ours. It is DER if it begins so,
 * or else a text, PEM, that a zero follows. */
struct pyfi_ssl_blob {
    const unsigned char *p;
    size_t size;  /* without a zero at the end */
    size_t block; /* the size of our block, 0: the caller's */
};

PYFI_FN void pyfi_ssl_blob_free(pyf_ssl_context *ctx, struct pyfi_ssl_blob *blob)
{
    if (blob->block == 0) return;
    mbedtls_platform_zeroize((void *)(uintptr_t)blob->p, blob->block);
    pyfi_ssl_release(ctx, (void *)(uintptr_t)blob->p, blob->block);
    blob->block = 0;
}

/* The caller's memory: a string if size is 0. PEM must end in a zero for Mbed TLS, so what has none
 * is copied. */
PYFI_FN pyf_status pyfi_ssl_blob_memory(pyf_ssl_context *ctx, struct pyfi_ssl_blob *blob,
                                        const void *data, size_t size)
{
    const unsigned char *p = (const unsigned char *)data;
    unsigned char *copy;
    blob->block = 0;
    blob->p = p;
    blob->size = size == 0 ? strlen((const char *)p) : size;
    if (size == 0 || p[0] == PYFI_SSL_SEQUENCE) return PYF_OK;
    if (p[size - 1] == '\0') {
        blob->size = size - 1;
        return PYF_OK;
    }
    copy = (unsigned char *)pyfi_ssl_alloc(ctx, size + 1);
    if (copy == NULL) return pyfi_ssl_no_memory(ctx);
    memcpy(copy, p, size);
    blob->p = copy;
    blob->block = size + 1;
    return PYF_OK;
}

/* Its size as Mbed TLS counts it: that of a text has the zero. */
PYFI_FN size_t pyfi_ssl_blob_length(const struct pyfi_ssl_blob *blob)
{
    return blob->p[0] == PYFI_SSL_SEQUENCE ? blob->size : blob->size + 1;
}

#if !PYFEAT_SSL_NO_FILES
/* Read an open file into a block that doubles; the file need not tell its size. */
PYFI_FN pyf_status pyfi_ssl_blob_read(pyf_ssl_context *ctx, struct pyfi_ssl_blob *blob, FILE *file,
                                      const char *path)
{
    size_t room = 8192, used = 0, got;
    unsigned char *block = (unsigned char *)pyfi_ssl_alloc(ctx, room), *more;
    if (block == NULL) return pyfi_ssl_no_memory(ctx);
    while ((got = fread(block + used, 1, room - used - 1, file)) > 0) {
        used += got;
        if (room - used > 1) continue;
        more = room > (size_t)1 << 26 ? NULL : (unsigned char *)pyfi_ssl_alloc(ctx, room * 2);
        if (more != NULL) memcpy(more, block, used);
        mbedtls_platform_zeroize(block, room);
        pyfi_ssl_release(ctx, block, room);
        if (more == NULL) return pyfi_ssl_no_memory(ctx);
        block = more;
        room *= 2;
    }
    blob->p = block;
    blob->size = used;
    blob->block = room;
    if (!ferror(file)) return PYF_OK;
    pyfi_ssl_blob_free(ctx, blob);
    return pyfi_ssl_refuse(ctx, PYF_OS_ERROR, PYF_SSL_REASON_SYSTEM, 0, "cannot read ", path);
}
#endif

PYFI_FN pyf_status pyfi_ssl_blob_file(pyf_ssl_context *ctx, struct pyfi_ssl_blob *blob,
                                      const char *path)
{
#if PYFEAT_SSL_NO_FILES
    blob->block = 0;
    return pyfi_ssl_refuse(ctx, PYF_OS_ERROR, PYF_SSL_REASON_SYSTEM, 0,
                           "there are no files: ", path);
#else
    pyf_status st;
    FILE *file = fopen(path, "rb");
    blob->block = 0;
    if (file == NULL)
        return pyfi_ssl_refuse(ctx, PYF_OS_ERROR, PYF_SSL_REASON_SYSTEM, 0, "cannot open ", path);
    (void)setvbuf(file, NULL, _IONBF, 0); /* keys are to lie in no other buffer */
    st = pyfi_ssl_blob_read(ctx, blob, file, path);
    (void)fclose(file);
    return st;
#endif
}

/* Mbed TLS shows an extension of a trust anchor that it does not know: name constraints are
 * enforced here, other critical ones by nobody. */
PYFI_FN int pyfi_ssl_on_extension(void *arg, const mbedtls_x509_crt *crt,
                                  const mbedtls_x509_buf *oid, int critical, const unsigned char *p,
                                  const unsigned char *end)
{
    static const unsigned char constraints[] = { 0x55, 0x1d, PYFI_SSL_NAME_CONSTRAINTS };
    (void)arg;
    (void)crt;
    (void)p;
    (void)end;
    if (!critical || (oid->len == 3 && memcmp(oid->p, constraints, 3) == 0)) return 0;
    return MBEDTLS_ERR_X509_INVALID_EXTENSIONS;
}

/* Whether one of Mbed TLS's codes, from whichever module, means that memory ran out. */
PYFI_FN bool pyfi_ssl_is_memory(int ret)
{
    int high = -ret & 0xff80, low = -ret & 0x7f;
    if (ret >= 0) return false;
#if PYFI_SSL_MBEDTLS >= 4 /* alone, or added to another */
    if (low == (-PSA_ERROR_INSUFFICIENT_MEMORY & 0x7f)) return true;
#endif
    return high == 0x7f00 /* SSL */ || high == 0x2880 /* X509 */ || high == 0x3f80 /* PK */ ||
           high == 0x4d80 /* ECP */ || high == 0x5180 /* MD */ || high == 0x6180 /* cipher */ ||
           high == 0x1180 /* PEM */ || low == 0x10 /* numbers */ || low == 0x6a /* ASN.1 */;
}

/* How an attempt to read certificates went. */
struct pyfi_ssl_count {
    unsigned good, bad;
    int error; /* the first one */
    bool memory;
};

PYFI_FN void pyfi_ssl_counted(struct pyfi_ssl_count *n, int ret)
{
    if (ret == 0) {
        n->good++;
        return;
    }
    if (n->bad++ == 0) n->error = ret;
    if (pyfi_ssl_is_memory(ret)) n->memory = true;
}

PYFI_FN void pyfi_ssl_add_der(mbedtls_x509_crt *chain, const unsigned char *p, size_t size,
                              bool in_place, struct pyfi_ssl_count *n)
{
    int ret = mbedtls_x509_crt_parse_der_with_ext_cb(chain, p, size, in_place ? 0 : 1,
                                                     pyfi_ssl_on_extension, NULL);
    pyfi_ssl_counted(n, ret);
}

#if defined(MBEDTLS_PEM_PARSE_C)
PYFI_FN const char *pyfi_ssl_pem_begin(const char *text, bool *trusted)
{
    const char *plain = strstr(text, "-----BEGIN CERTIFICATE-----");
    const char *marked = strstr(text, "-----BEGIN TRUSTED CERTIFICATE-----");
    *trusted = marked != NULL && (plain == NULL || marked < plain);
    return *trusted ? marked : plain;
}

/* All certificates of a PEM text, one block after the other; what stands between is a comment. */
PYFI_FN void pyfi_ssl_add_pem(mbedtls_x509_crt *chain, const char *text, struct pyfi_ssl_count *n)
{
    bool trusted = false;
    for (;;) {
        mbedtls_pem_context pem;
        size_t used = 0;
        int ret;
        const char *begin = pyfi_ssl_pem_begin(text, &trusted);
        if (begin == NULL) return;
        if (trusted) { /* OpenSSL's own form, with restrictions that would be ignored here */
            pyfi_ssl_counted(n, MBEDTLS_ERR_X509_CERT_UNKNOWN_FORMAT);
            text = begin + 10;
            continue;
        }
        mbedtls_pem_init(&pem);
        ret = mbedtls_pem_read_buffer(&pem, "-----BEGIN CERTIFICATE-----",
                                      "-----END CERTIFICATE-----", (const unsigned char *)begin,
                                      NULL, 0, &used);
        if (ret == 0) {
#if PYFI_SSL_MBEDTLS < 3
            pyfi_ssl_add_der(chain, pem.buf, pem.buflen, false, n);
#else
            size_t size;
            const unsigned char *der = mbedtls_pem_get_buffer(&pem, &size);
            pyfi_ssl_add_der(chain, der, size, false, n);
#endif
        } else {
            pyfi_ssl_counted(n, ret);
        }
        mbedtls_pem_free(&pem);
        text = ret == 0 && used > 0 ? begin + used : begin + 10;
    }
}
#endif

PYFI_FN void pyfi_ssl_add_blob(mbedtls_x509_crt *chain, const struct pyfi_ssl_blob *blob,
                               bool in_place, struct pyfi_ssl_count *n)
{
    struct pyfi_ssl_der in = { blob->p, blob->p + blob->size }, one;
    if (blob->size == 0) return;
    if (blob->p[0] != PYFI_SSL_SEQUENCE) {
#if defined(MBEDTLS_PEM_PARSE_C)
        pyfi_ssl_add_pem(chain, (const char *)blob->p, n);
#endif
        return;
    }
    while (in.p < in.end) {
        const unsigned char *begin = in.p;
        if (!pyfi_ssl_der_take(&in, PYFI_SSL_SEQUENCE, &one)) {
            pyfi_ssl_counted(n, MBEDTLS_ERR_X509_INVALID_FORMAT);
            return;
        }
        pyfi_ssl_add_der(chain, begin, (size_t)(in.p - begin), in_place, n);
    }
}

/* What came of it: every certificate good, and one at least; or why not. */
PYFI_FN pyf_status pyfi_ssl_counted_status(pyf_ssl_context *ctx, const struct pyfi_ssl_count *n,
                                           bool lenient, const char *from)
{
    if (n->memory) return pyfi_ssl_no_memory(ctx);
    if (n->bad > 0 && (!lenient || n->good == 0))
        return pyfi_ssl_refuse(ctx, PYF_SSL_ERROR, PYF_SSL_REASON_BAD_CERTIFICATE, n->error,
                               "a certificate cannot be read: ", from);
    if (n->good == 0)
        return pyfi_ssl_refuse(ctx, PYF_SSL_ERROR, PYF_SSL_REASON_BAD_CERTIFICATE, 0,
                               "there is no certificate in ", from);
    return PYF_OK;
}

/* Append a chain to another one and leave it empty. */
PYFI_FN bool pyfi_ssl_chain_move(pyf_ssl_context *ctx, mbedtls_x509_crt *chain)
{
    mbedtls_x509_crt *last = &ctx->ca;
    if (ctx->ca.raw.p == NULL) { /* the first element is part of the context */
        ctx->ca = *chain;
        mbedtls_x509_crt_init(chain);
        return true;
    }
    while (last->next != NULL) last = last->next;
    last->next = (mbedtls_x509_crt *)mbedtls_calloc(1, sizeof *chain);
    if (last->next == NULL) return false;
    *last->next = *chain;
    mbedtls_x509_crt_init(chain);
    return true;
}

#if PYFI_SSL_FOLDERS
/* One file of a folder; those that hold no certificate are passed over. */
PYFI_FN pyf_status pyfi_ssl_add_file(pyf_ssl_context *ctx, mbedtls_x509_crt *chain,
                                     const char *folder, const char *name, struct pyfi_ssl_count *n)
{
    struct pyfi_ssl_blob blob;
    struct pyfi_ssl_text t;
    struct stat info;
    pyf_status st;
    char path[1024];
    pyfi_ssl_text_begin(&t, path, sizeof path);
    pyfi_ssl_puts(&t, folder);
    pyfi_ssl_put(&t, '/');
    pyfi_ssl_puts(&t, name);
    if (t.used >= t.size || stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return PYF_OK;
    st = pyfi_ssl_blob_file(ctx, &blob, path);
    if (st != PYF_OK) return st;
    pyfi_ssl_add_blob(chain, &blob, false, n);
    pyfi_ssl_blob_free(ctx, &blob);
    return n->memory ? pyfi_ssl_no_memory(ctx) : PYF_OK;
}
#endif

PYFI_FN pyf_status pyfi_ssl_add_folder(pyf_ssl_context *ctx, mbedtls_x509_crt *chain,
                                       const char *folder, struct pyfi_ssl_count *n)
{
#if PYFI_SSL_FOLDERS
    pyf_status st = PYF_OK;
    struct dirent *entry;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return pyfi_ssl_refuse(ctx, PYF_OS_ERROR, PYF_SSL_REASON_SYSTEM, 0, "cannot open ", folder);
    while (st == PYF_OK && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.') st = pyfi_ssl_add_file(ctx, chain, folder, entry->d_name, n);
    (void)closedir(dir);
    return st;
#else
    (void)chain;
    (void)n;
    return pyfi_ssl_refuse(ctx, PYF_OS_ERROR, PYF_SSL_REASON_SYSTEM, 0,
                           "there are no folders: ", folder);
#endif
}

/* Read all that from names into chain. lenient: a bad certificate among good ones is passed over,
 * as in a folder it always is. */
PYFI_FN pyf_status pyfi_ssl_gather(pyf_ssl_context *ctx, const pyf_ssl_locations *from,
                                   bool lenient, mbedtls_x509_crt *chain)
{
    struct pyfi_ssl_blob blob;
    struct pyfi_ssl_count n;
    pyf_status st = PYF_OK;
    if (from->cafile != NULL) {
        memset(&n, 0, sizeof n);
        st = pyfi_ssl_blob_file(ctx, &blob, from->cafile);
        if (st != PYF_OK) return st;
        pyfi_ssl_add_blob(chain, &blob, false, &n);
        pyfi_ssl_blob_free(ctx, &blob);
        st = pyfi_ssl_counted_status(ctx, &n, lenient, from->cafile);
    }
    if (st == PYF_OK && from->cadata != NULL) {
        memset(&n, 0, sizeof n);
        st = pyfi_ssl_blob_memory(ctx, &blob, from->cadata, from->cadata_size);
        if (st != PYF_OK) return st;
        pyfi_ssl_add_blob(chain, &blob, from->in_place, &n);
        pyfi_ssl_blob_free(ctx, &blob);
        st = pyfi_ssl_counted_status(ctx, &n, lenient, "memory");
    }
    if (st == PYF_OK && from->capath != NULL) {
        memset(&n, 0, sizeof n);
        st = pyfi_ssl_add_folder(ctx, chain, from->capath, &n);
        if (st == PYF_OK) st = pyfi_ssl_counted_status(ctx, &n, true, from->capath);
    }
    return st;
}

PYFI_FN pyf_status pyfi_ssl_trust(pyf_ssl_context *ctx, const pyf_ssl_locations *from, bool lenient)
{
    mbedtls_x509_crt chain;
    pyf_status st;
    mbedtls_x509_crt_init(&chain);
    st = pyfi_ssl_gather(ctx, from, lenient, &chain);
    if (st == PYF_OK && !pyfi_ssl_chain_move(ctx, &chain)) st = pyfi_ssl_no_memory(ctx);
    mbedtls_x509_crt_free(&chain);
    if (st != PYF_OK) return st;
    ctx->has_ca = true;
    if (ctx->mode == PYF_SSL_CERT_NONE && ctx->server) ctx->mode = PYF_SSL_CERT_REQUIRED;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_ssl_context_load_verify_locations_with(pyf_ssl_context *ctx,
                                                                  const pyf_ssl_locations *from)
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    if (st != PYF_OK) return st;
    if (from == NULL || (from->cafile == NULL && from->capath == NULL && from->cadata == NULL))
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "cafile, capath and cadata cannot be all omitted", NULL);
    return pyfi_ssl_trust(ctx, from, false);
}

#if !PYFEAT_SSL_NO_FILES
/* The first place that is there of those where systems keep their CAs. */
PYFI_FN bool pyfi_ssl_default_place(pyf_ssl_locations *from)
{
    static const char *const files[] = { "/etc/ssl/certs/ca-certificates.crt",
                                         "/etc/pki/tls/certs/ca-bundle.crt",
                                         "/etc/ssl/ca-bundle.pem",
                                         "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                         "/etc/ssl/cert.pem",
                                         "/usr/local/share/certs/ca-root-nss.crt" };
    size_t i;
    memset(from, 0, sizeof *from);
#if PYFI_SSL_FOLDERS
    if (getuid() == geteuid() && getgid() == getegid()) { /* else the environment is a stranger's */
        from->cafile = getenv("SSL_CERT_FILE");
        if (from->cafile == NULL) from->capath = getenv("SSL_CERT_DIR");
        if (from->cafile != NULL || from->capath != NULL) return true;
    }
#endif
    for (i = 0; i < sizeof files / sizeof files[0]; i++) {
        FILE *file = fopen(files[i], "rb");
        if (file == NULL) continue;
        (void)fclose(file);
        from->cafile = files[i];
        return true;
    }
    return false;
}
#endif

PYFI_PUBLIC pyf_status pyf_ssl_context_load_default_certs(pyf_ssl_context *ctx)
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    if (st != PYF_OK) return st;
#if !PYFEAT_SSL_NO_FILES
    {
        pyf_ssl_locations from;
        if (pyfi_ssl_default_place(&from)) return pyfi_ssl_trust(ctx, &from, true);
    }
#endif
    return pyfi_ssl_refuse(ctx, PYF_OS_ERROR, PYF_SSL_REASON_SYSTEM, 0,
                           "this system has no CA certificates where they are known to be", NULL);
}

/* Parse a key with the password of the callback, if it needs one. */
PYFI_FN int pyfi_ssl_parse_key(pyf_ssl_context *ctx, mbedtls_pk_context *key,
                               const struct pyfi_ssl_blob *blob, const char *password, size_t n)
{
    size_t size = pyfi_ssl_blob_length(blob);
    const unsigned char *p = (const unsigned char *)password;
#if PYFI_SSL_MBEDTLS == 3
    return mbedtls_pk_parse_key(key, blob->p, size, p, n, mbedtls_ctr_drbg_random, &ctx->drbg);
#else
    (void)ctx;
    return mbedtls_pk_parse_key(key, blob->p, size, p, n);
#endif
}

PYFI_FN int pyfi_ssl_check_pair(pyf_ssl_context *ctx, struct pyfi_ssl_own *own)
{
#if PYFI_SSL_MBEDTLS == 3
    return mbedtls_pk_check_pair(&own->chain.pk, &own->key, mbedtls_ctr_drbg_random, &ctx->drbg);
#else
    (void)ctx;
    return mbedtls_pk_check_pair(&own->chain.pk, &own->key);
#endif
}

PYFI_FN pyf_status pyfi_ssl_load_key(pyf_ssl_context *ctx, struct pyfi_ssl_own *own,
                                     const struct pyfi_ssl_blob *blob,
                                     const pyf_ssl_cert_chain *from)
{
    const char *text = (const char *)blob->p;
    bool der = blob->p[0] == PYFI_SSL_SEQUENCE; /* does not tell whether it has a password */
    bool locked = !der && (strstr(text, "ENCRYPTED PRIVATE KEY") != NULL ||
                           strstr(text, "Proc-Type: 4,ENCRYPTED") != NULL);
    int ret = pyfi_ssl_parse_key(ctx, &own->key, blob, NULL, 0);
    if (ret != 0 && from->password != NULL && (locked || der)) {
        char password[1024];
        int n = from->password(from->password_arg, password, sizeof password);
        bool given = n >= 0 && n <= (int)sizeof password;
        if (given) ret = pyfi_ssl_parse_key(ctx, &own->key, blob, password, (size_t)n);
        mbedtls_platform_zeroize(password, sizeof password);
        if (!given)
            return pyfi_ssl_refuse(ctx, PYF_SSL_ERROR, PYF_SSL_REASON_KEY, 0,
                                   "the private key has a password, and none was given", NULL);
    } else if (ret != 0 && locked) {
        return pyfi_ssl_refuse(ctx, PYF_SSL_ERROR, PYF_SSL_REASON_KEY, ret,
                               "the private key has a password: give .password", NULL);
    }
    if (pyfi_ssl_is_memory(ret)) return pyfi_ssl_no_memory(ctx);
    if (ret != 0)
        return pyfi_ssl_refuse(ctx, PYF_SSL_ERROR, PYF_SSL_REASON_KEY, ret,
                               "the private key cannot be read", NULL);
    ret = pyfi_ssl_check_pair(ctx, own);
    if (pyfi_ssl_is_memory(ret)) return pyfi_ssl_no_memory(ctx);
    if (ret != 0)
        return pyfi_ssl_refuse(ctx, PYF_SSL_ERROR, PYF_SSL_REASON_KEY, ret,
                               "the private key is not that of the certificate", NULL);
    return PYF_OK;
}

PYFI_FN pyf_status pyfi_ssl_load_own(pyf_ssl_context *ctx, struct pyfi_ssl_own *own,
                                     const pyf_ssl_cert_chain *from)
{
    struct pyfi_ssl_blob cert, key;
    struct pyfi_ssl_count n;
    pyf_status st;
    memset(&n, 0, sizeof n);
    if (from->certfile != NULL) st = pyfi_ssl_blob_file(ctx, &cert, from->certfile);
    else st = pyfi_ssl_blob_memory(ctx, &cert, from->cert, from->cert_size);
    if (st != PYF_OK) return st;
    pyfi_ssl_add_blob(&own->chain, &cert, false, &n);
    st =
        pyfi_ssl_counted_status(ctx, &n, false, from->certfile != NULL ? from->certfile : "memory");
    if (st == PYF_OK && (from->keyfile != NULL || from->key != NULL)) {
        if (from->keyfile != NULL) st = pyfi_ssl_blob_file(ctx, &key, from->keyfile);
        else st = pyfi_ssl_blob_memory(ctx, &key, from->key, from->key_size);
        if (st == PYF_OK) {
            st = pyfi_ssl_load_key(ctx, own, &key, from);
            pyfi_ssl_blob_free(ctx, &key);
        }
    } else if (st == PYF_OK) {
        st = pyfi_ssl_load_key(ctx, own, &cert, from);
    }
    pyfi_ssl_blob_free(ctx, &cert);
    return st;
}

PYFI_PUBLIC pyf_status pyf_ssl_context_load_cert_chain_with(pyf_ssl_context *ctx,
                                                            const pyf_ssl_cert_chain *chain)
{
    pyf_status st = pyfi_ssl_may_set(ctx);
    struct pyfi_ssl_own *own, **last;
    int ret;
    if (st != PYF_OK) return st;
    if (chain == NULL || (chain->certfile == NULL && chain->cert == NULL))
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "there is no certificate: give .certfile or .cert", NULL);
    own = (struct pyfi_ssl_own *)pyfi_ssl_alloc(ctx, sizeof *own);
    if (own == NULL) return pyfi_ssl_no_memory(ctx);
    mbedtls_x509_crt_init(&own->chain);
    mbedtls_pk_init(&own->key);
    st = pyfi_ssl_load_own(ctx, own, chain);
    if (st == PYF_OK) {
        ret = mbedtls_ssl_conf_own_cert(&ctx->conf, &own->chain, &own->key);
        if (ret != 0) st = pyfi_ssl_no_memory(ctx);
    }
    if (st != PYF_OK) {
        pyfi_ssl_own_free(ctx, own);
        return st;
    }
    for (last = &ctx->own; *last != NULL; last = &(*last)->next) {}
    *last = own;
    return PYF_OK;
}

/* Whether all revocation lists say in DER whose they are: others could not be found again. */
PYFI_FN bool pyfi_ssl_lists_fit(const mbedtls_x509_crl *crl)
{
    for (; crl != NULL; crl = crl->next) {
        struct pyfi_ssl_der issuer = { crl->issuer_raw.p, crl->issuer_raw.p + crl->issuer_raw.len };
        struct pyfi_ssl_der name;
        if (!pyfi_ssl_der_take(&issuer, PYFI_SSL_SEQUENCE, &name)) return false;
    }
    return true;
}

PYFI_PUBLIC pyf_status pyf_ssl_context_load_crls(pyf_ssl_context *ctx, const char *file,
                                                 const void *data, size_t size)
{
    struct pyfi_ssl_blob blob;
    mbedtls_x509_crl crl, *last;
    pyf_status st = pyfi_ssl_may_set(ctx);
    int ret;
    if (st != PYF_OK) return st;
    if (file == NULL && data == NULL)
        return pyfi_ssl_refuse(ctx, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "there is no revocation list", NULL);
    if (file != NULL) st = pyfi_ssl_blob_file(ctx, &blob, file);
    else st = pyfi_ssl_blob_memory(ctx, &blob, data, size);
    if (st != PYF_OK) return st;
    mbedtls_x509_crl_init(&crl);
    ret = mbedtls_x509_crl_parse(&crl, blob.p, pyfi_ssl_blob_length(&blob));
    pyfi_ssl_blob_free(ctx, &blob);
    if (ret == 0 && !pyfi_ssl_lists_fit(&crl)) ret = MBEDTLS_ERR_X509_INVALID_NAME;
    for (last = &ctx->crl; last->next != NULL; last = last->next) {}
    if (ret == 0 && ctx->crl.version != 0) {
        last->next = (mbedtls_x509_crl *)mbedtls_calloc(1, sizeof crl);
        last = last->next;
        if (last == NULL) ret = MBEDTLS_ERR_X509_ALLOC_FAILED;
    }
    if (ret != 0) {
        mbedtls_x509_crl_free(&crl);
        if (pyfi_ssl_is_memory(ret)) return pyfi_ssl_no_memory(ctx);
        return pyfi_ssl_refuse(
            ctx, PYF_SSL_ERROR, PYF_SSL_REASON_CRL, ret,
            "a revocation list cannot be read: ", file != NULL ? file : "memory");
    }
    *last = crl;
    ctx->has_crl = true;
    return PYF_OK;
}

/* ---- the connection: transport ---- */

/* What the callbacks below return for a failure that is not Mbed TLS's own; the cause stands in
 * io_status. */
#define PYFI_SSL_IO_FAILED (-0x4e)

#if !PYFEAT_SSL_NO_SOCKETS
PYFI_FN int pyfi_ssl_socket_failed(pyf_ssl_socket *s, int want)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return want;
    s->system_error = errno;
    s->io_status = PYF_OS_ERROR;
    return PYFI_SSL_IO_FAILED;
}
#endif

PYFI_FN int pyfi_ssl_on_send(void *arg, const unsigned char *data, size_t size)
{
    pyf_ssl_socket *s = (pyf_ssl_socket *)arg;
    int n;
    if (s->kind == PYFI_SSL_BIO) {
        size_t put = pyf_memory_bio_write(s->via.bio.out, data, size);
        return put == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : (int)put;
    }
#if !PYFEAT_SSL_NO_SOCKETS
    if (s->kind == PYFI_SSL_SOCKET) {
        ssize_t sent = send(s->via.fd, data, size, PYFI_SSL_SEND_FLAGS);
        return sent >= 0 ? (int)sent : pyfi_ssl_socket_failed(s, MBEDTLS_ERR_SSL_WANT_WRITE);
    }
#endif
    n = s->via.io.send(s->via.io.arg, data, size);
    if (n == PYF_SSL_WANT_WRITE || n == PYF_SSL_WANT_READ || n == 0)
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    if (n > 0 && (size_t)n <= size) return n;
    s->io_status = n < 0 ? n : PYF_VALUE_ERROR;
    return PYFI_SSL_IO_FAILED;
}

/* Bytes from the transport: how many, 0 at its end, or a code of Mbed TLS's. */
PYFI_FN int pyfi_ssl_take_in(pyf_ssl_socket *s, unsigned char *buffer, size_t size)
{
    int n;
    if (s->kind == PYFI_SSL_BIO) {
        size_t got = pyf_memory_bio_read(s->via.bio.in, buffer, size);
        if (got > 0) return (int)got;
        return pyf_memory_bio_eof(s->via.bio.in) ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
    }
#if !PYFEAT_SSL_NO_SOCKETS
    if (s->kind == PYFI_SSL_SOCKET) {
        ssize_t got = recv(s->via.fd, buffer, size, MSG_DONTWAIT);
        return got >= 0 ? (int)got : pyfi_ssl_socket_failed(s, MBEDTLS_ERR_SSL_WANT_READ);
    }
#endif
    n = s->via.io.recv(s->via.io.arg, buffer, size);
    if (n == PYF_SSL_WANT_READ || n == PYF_SSL_WANT_WRITE) return MBEDTLS_ERR_SSL_WANT_READ;
    if (n >= 0 && (size_t)n <= size) return n;
    s->io_status = n < 0 ? n : PYF_VALUE_ERROR;
    return PYFI_SSL_IO_FAILED;
}

/* Remember the last bytes that were received. */
PYFI_FN void pyfi_ssl_remember(pyf_ssl_socket *s, const unsigned char *p, size_t n)
{
    const size_t tail = sizeof s->tail;
    if (n >= tail) {
        memcpy(s->tail, p + n - tail, tail);
    } else {
        memmove(s->tail, s->tail + n, tail - n);
        memcpy(s->tail + (tail - n), p, n);
    }
    s->received += (uint32_t)n;
}

PYFI_FN int pyfi_ssl_on_recv(void *arg, unsigned char *buffer, size_t size)
{
    pyf_ssl_socket *s = (pyf_ssl_socket *)arg;
    int n;
    /* A peer that floods us must not keep a call from seeing its deadline. */
    n = s->deadline != PYF_FOREVER && pyfi_port_now_ms() > s->deadline
            ? MBEDTLS_ERR_SSL_WANT_READ
            : pyfi_ssl_take_in(s, buffer, size);
    if (n == MBEDTLS_ERR_SSL_WANT_READ) s->starved = true;
    if (n <= 0 || s->shaken) return n;
    pyfi_ssl_remember(s, buffer, (size_t)n);
    if (s->received <= PYFEAT_SSL_HANDSHAKE_MAX) return n;
    s->io_status = PYF_SSL_ERROR;
    return PYFI_SSL_IO_FAILED;
}

PYFI_FN void pyfi_ssl_note(pyf_ssl_socket *s, pyf_ssl_reason reason, const char *text)
{
    s->reason = (unsigned char)reason;
    if (s->error != NULL)
        (void)pyfi_ssl_say(s->error, PYF_TIMEOUT_ERROR, reason, 0, text, (char *)NULL);
}

PYFI_FN pyf_status pyfi_ssl_timed_out(pyf_ssl_socket *s)
{
    pyfi_ssl_note(s, PYF_SSL_REASON_TIMEOUT, s->shaken ? "timed out" : "the handshake timed out");
    return PYF_TIMEOUT_ERROR;
}

/* Wait until what Mbed TLS wants may be possible: PYF_OK, or what the call is to return. */
PYFI_FN pyf_status pyfi_ssl_wait(pyf_ssl_socket *s, int ret)
{
    pyf_status want = ret == MBEDTLS_ERR_SSL_WANT_READ ? PYF_SSL_WANT_READ : PYF_SSL_WANT_WRITE;
    int64_t left = PYF_FOREVER;
    bool starved = s->starved;
    s->starved = false;
    /* After a message that is none of the caller's business Mbed TLS wants to be asked again. */
    if (want == PYF_SSL_WANT_READ && !starved) return PYF_OK;
    if (s->deadline != PYF_FOREVER) {
        left = s->deadline - pyfi_port_now_ms();
        if (left <= 0) return pyfi_ssl_timed_out(s);
    }
    if (s->timeout_ms <= 0 || s->kind == PYFI_SSL_BIO) return want;
#if !PYFEAT_SSL_NO_SOCKETS
    if (s->kind == PYFI_SSL_SOCKET) {
        struct pollfd p;
        p.fd = s->via.fd;
        p.events = want == PYF_SSL_WANT_READ ? POLLIN : POLLOUT;
        p.revents = 0;
        if (poll(&p, 1,
                 left == PYF_FOREVER ? -1
                 : left > 1000000    ? 1000000
                                     : (int)left) < 0 &&
            errno != EINTR && errno != EAGAIN) {
            s->system_error = errno;
            s->io_status = PYF_OS_ERROR;
            return PYF_OS_ERROR;
        }
        return PYF_OK;
    }
#endif
    if (s->via.io.wait == NULL) return want;
    {
        pyf_status st = s->via.io.wait(s->via.io.arg, want, left);
        if (st == PYF_TIMEOUT_ERROR) return pyfi_ssl_timed_out(s);
        if (st != PYF_OK) s->io_status = st;
        return st;
    }
}

/* ---- the connection: what went wrong ---- */

PYFI_FN const char *pyfi_ssl_alert(unsigned code)
{
    static const struct {
        unsigned char code;
        const char *name;
    } names[] = { { 0, "close_notify" },
                  { 10, "unexpected_message" },
                  { 20, "bad_record_mac" },
                  { 22, "record_overflow" },
                  { 40, "handshake_failure" },
                  { 42, "bad_certificate" },
                  { 43, "unsupported_certificate" },
                  { 44, "certificate_revoked" },
                  { 45, "certificate_expired" },
                  { 46, "certificate_unknown" },
                  { 47, "illegal_parameter" },
                  { 48, "unknown_ca" },
                  { 49, "access_denied" },
                  { 50, "decode_error" },
                  { 51, "decrypt_error" },
                  { 70, "protocol_version" },
                  { 71, "insufficient_security" },
                  { 80, "internal_error" },
                  { 90, "user_canceled" },
                  { 109, "missing_extension" },
                  { 110, "unsupported_extension" },
                  { 112, "unrecognized_name" },
                  { 116, "certificate_required" },
                  { 120, "no_application_protocol" } };
    size_t i;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].code == code) return names[i].name;
    return "unknown";
}

/* Whether the last that was received in the handshake is an alert in the clear. */
PYFI_FN bool pyfi_ssl_is_alert(const pyf_ssl_socket *s)
{
    const unsigned char *t = s->tail;
    return !s->shaken && t[0] == 21 && t[1] == 3 && t[3] == 0 && t[4] == 2 && t[5] == 2;
}

/* What the peer's fatal alert says; -1: that is not known. */
PYFI_FN int pyfi_ssl_alert_code(const pyf_ssl_socket *s)
{
#if MBEDTLS_VERSION_NUMBER >= 0x04010000 /* also what came encrypted */
    int code = mbedtls_ssl_get_fatal_alert(&s->ssl);
    if (code >= 0) return code;
#endif
    return pyfi_ssl_is_alert(s) ? s->tail[6] : -1;
}

/* The peer has ended the connection; in the handshake it has said why in the clear, perhaps. */
PYFI_FN pyf_status pyfi_ssl_failed_alert(pyf_ssl_socket *s, int ret)
{
    int code = pyfi_ssl_alert_code(s);
    pyf_ssl_reason reason = PYF_SSL_REASON_ALERT;
    char number[8];
    struct pyfi_ssl_text text;
    if (code < 0) {
        pyfi_ssl_break(s, PYF_SSL_ERROR, reason);
        return pyfi_ssl_say(pyfi_ssl_error_of(s), PYF_SSL_ERROR, reason, ret,
                            "the peer has ended the connection with an alert", (char *)NULL);
    }
    if (code == 70) reason = PYF_SSL_REASON_PROTOCOL_VERSION;
    if ((code == 40 && s->received <= sizeof s->tail) || code == 71)
        reason = PYF_SSL_REASON_NO_SHARED_CIPHER; /* before it said anything else */
    pyfi_ssl_text_begin(&text, number, sizeof number);
    pyfi_ssl_put_number(&text, (uint64_t)code);
    pyfi_ssl_break(s, PYF_SSL_ERROR, reason);
    return pyfi_ssl_say(pyfi_ssl_error_of(s), PYF_SSL_ERROR, reason, ret,
                        "the peer has refused: alert ", pyfi_ssl_alert((unsigned)code), " (",
                        number, ")",
                        reason == PYF_SSL_REASON_PROTOCOL_VERSION ? ", no common version of TLS"
                        : reason == PYF_SSL_REASON_NO_SHARED_CIPHER
                            ? ", no common cipher suite, group or signature"
                            : "",
                        (char *)NULL);
}

/* The transport has failed. */
PYFI_FN pyf_status pyfi_ssl_failed_io(pyf_ssl_socket *s)
{
    pyf_status st = s->io_status;
    char number[16];
    struct pyfi_ssl_text text;
    if (!s->shaken && s->received > PYFEAT_SSL_HANDSHAKE_MAX) {
        pyfi_ssl_break(s, PYF_SSL_ERROR, PYF_SSL_REASON_TOO_LONG);
        return pyfi_ssl_say(pyfi_ssl_error_of(s), PYF_SSL_ERROR, PYF_SSL_REASON_TOO_LONG, 0,
                            "the peer's handshake takes no end", (char *)NULL);
    }
    pyfi_ssl_break(s, st, PYF_SSL_REASON_SYSTEM);
    pyfi_ssl_text_begin(&text, number, sizeof number);
    pyfi_ssl_put_number(&text, (uint64_t)(s->system_error < 0 ? 0 : s->system_error));
#if !PYFEAT_SSL_NO_SOCKETS
    if (!s->shaken && s->kind == PYFI_SSL_SOCKET) { /* it may have said why before it hung up */
        unsigned char rest[64];
        ssize_t n;
        while ((n = recv(s->via.fd, rest, sizeof rest, MSG_DONTWAIT)) > 0 &&
               s->received <= PYFEAT_SSL_HANDSHAKE_MAX)
            pyfi_ssl_remember(s, rest, (size_t)n);
        if (pyfi_ssl_is_alert(s))
            return pyfi_ssl_failed_alert(s, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
    }
    if (s->system_error == ECONNRESET || s->system_error == EPIPE)
        return pyfi_ssl_say(pyfi_ssl_error_of(s), st, PYF_SSL_REASON_SYSTEM, 0,
                            "the peer has cut the connection (errno ", number, ")", (char *)NULL);
#endif
    return pyfi_ssl_say(pyfi_ssl_error_of(s), st, PYF_SSL_REASON_SYSTEM, 0,
                        "the transport has failed (errno ", number, ")", (char *)NULL);
}

/* What Mbed TLS's code is about. */
PYFI_FN pyf_ssl_reason pyfi_ssl_reason_of(int ret)
{
    switch (ret) {
    case -0x6e80:
        return PYF_SSL_REASON_PROTOCOL_VERSION;
    case -0x7480:
        return PYF_SSL_REASON_NO_CERTIFICATE;
    case -0x7380: /* no cipher chosen (2.28) */
    case -0x7580: /* no application protocol (3.x) */
#if PYFI_SSL_MBEDTLS >= 3
    case -0x6e00: /* handshake failure */
#endif
        return PYF_SSL_REASON_NO_SHARED_CIPHER;
    default:
        return PYF_SSL_REASON_PROTOCOL;
    }
}

/* Mbed TLS's verdict on a chain that was not, or not only, ours. */
PYFI_FN pyf_ssl_reason pyfi_ssl_reason_of_flags(uint32_t flags)
{
    if (flags & MBEDTLS_X509_BADCERT_MISSING) return PYF_SSL_REASON_NO_CERTIFICATE;
    if (flags & (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
                 MBEDTLS_X509_BADCERT_NS_CERT_TYPE))
        return PYF_SSL_REASON_KEY_USAGE;
    if (flags & (MBEDTLS_X509_BADCERT_BAD_KEY | MBEDTLS_X509_BADCERT_BAD_PK))
        return PYF_SSL_REASON_WEAK_KEY;
    if (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) return PYF_SSL_REASON_HOSTNAME;
    if (flags & MBEDTLS_X509_BADCERT_EXPIRED) return PYF_SSL_REASON_EXPIRED;
    if (flags & MBEDTLS_X509_BADCERT_FUTURE) return PYF_SSL_REASON_NOT_YET_VALID;
    if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) return PYF_SSL_REASON_UNKNOWN_CA;
    if (flags & (MBEDTLS_X509_BADCRL_EXPIRED | MBEDTLS_X509_BADCRL_FUTURE))
        return PYF_SSL_REASON_CRL;
    return PYF_SSL_REASON_CERTIFICATE_TYPE;
}

PYFI_FN pyf_status pyfi_ssl_failed_certificate(pyf_ssl_socket *s, int ret)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(&s->ssl);
    pyf_ssl_reason reason = PYF_SSL_REASON_BAD_CERTIFICATE;
    bool verdict = ret == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED || (flags != 0 && flags + 1 != 0);
    if (verdict) reason = pyfi_ssl_reason_of_flags(flags);
    pyfi_ssl_break(s, PYF_SSL_CERT_VERIFICATION_ERROR, reason);
    return pyfi_ssl_say(
        pyfi_ssl_error_of(s), PYF_SSL_CERT_VERIFICATION_ERROR, reason, ret,
        "certificate verify failed: ",
        verdict ? "the peer's certificate is refused by Mbed TLS: "
                : "a certificate of the peer is malformed or has an unknown critical extension",
        verdict ? pyfi_ssl_reason_text(reason) : "", (char *)NULL);
}

/* Whether Mbed TLS's code is about a certificate that it refuses or cannot parse. */
PYFI_FN bool pyfi_ssl_is_of_certificate(int ret)
{
    int high = -ret & 0xff80;
    return ret == -0x7a00 || (high >= 0x2080 && high <= 0x2980) || high == 0x3000 ||
           (ret <= -0x60 && ret >= -0x68); /* ASN.1, as 4.x has it */
}

/* A call has failed for good: remember why. ret is Mbed TLS's code. */
PYFI_FN pyf_status pyfi_ssl_failed(pyf_ssl_socket *s, int ret)
{
    if (s->problem) { /* the text was written while the certificates were there */
        s->status = PYF_SSL_CERT_VERIFICATION_ERROR;
        if (s->reason == PYF_SSL_REASON_NONE)
            return pyfi_ssl_failed_certificate(s, MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
        if (s->error != NULL) s->error->library = ret;
        return s->status;
    }
    if (s->io_status != PYF_OK) return pyfi_ssl_failed_io(s);
    if (pyfi_ssl_is_memory(ret)) {
        pyfi_ssl_break(s, PYF_MEMORY_ERROR, PYF_SSL_REASON_MEMORY);
        return pyfi_ssl_say(pyfi_ssl_error_of(s), PYF_MEMORY_ERROR, PYF_SSL_REASON_MEMORY, ret,
                            "out of memory", (char *)NULL);
    }
    if (ret == MBEDTLS_ERR_SSL_CONN_EOF) {
        pyfi_ssl_break(s, PYF_SSL_EOF_ERROR, PYF_SSL_REASON_TRUNCATED);
        return pyfi_ssl_say(pyfi_ssl_error_of(s), PYF_SSL_EOF_ERROR, PYF_SSL_REASON_TRUNCATED, 0,
                            s->shaken ? "the stream was cut off: it ended without close_notify"
                                      : "the peer has hung up during the handshake",
                            (char *)NULL);
    }
    if (ret == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) return pyfi_ssl_failed_alert(s, ret);
    if (!s->shaken && pyfi_ssl_is_of_certificate(ret)) return pyfi_ssl_failed_certificate(s, ret);
    pyfi_ssl_break(s, PYF_SSL_ERROR, pyfi_ssl_reason_of(ret));
    return pyfi_ssl_say(pyfi_ssl_error_of(s), PYF_SSL_ERROR, pyfi_ssl_reason_of(ret), ret,
                        s->shaken ? "the connection has failed: " : "the handshake has failed: ",
                        pyfi_ssl_reason_text(pyfi_ssl_reason_of(ret)), (char *)NULL);
}

/* ---- the connection: handshake ---- */

/* A call begins: PYF_OK, or the error that every call returns now. */
PYFI_FN pyf_status pyfi_ssl_begin(pyf_ssl_socket *s)
{
    if (s == NULL) return PYF_VALUE_ERROR;
    if (s->status != PYF_OK) return s->status;
    s->deadline = s->limit;
    if (s->timeout_ms > 0 && s->timeout_ms != PYF_FOREVER) {
        int64_t now = pyfi_port_now_ms();
        if (s->timeout_ms < s->limit - now) s->deadline = now + s->timeout_ms;
    }
    return PYF_OK;
}

/* Prepare to check the peer's certificate when the handshake is over; false if there is none. */
PYFI_FN bool pyfi_ssl_check_begin(struct pyfi_ssl_check *c, pyf_ssl_socket *s)
{
    const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(&s->ssl);
    memset(c, 0, sizeof *c);
    c->s = s;
    c->ctx = s->ctx;
    return crt != NULL && crt->raw.p != NULL && pyfi_ssl_x509_view(&c->x, crt->raw.p, crt->raw.len);
}

/* After a handshake that was shortened by a session the certificate was not shown. It was verified
 * when the session was made; but it may have expired since. */
PYFI_FN bool pyfi_ssl_still_good(pyf_ssl_socket *s)
{
    struct pyfi_ssl_check c;
    if (!s->resuming || !pyfi_ssl_check_begin(&c, s)) return false;
    pyfi_ssl_check_dates(&c);
    if (!s->ctx->no_hostname) pyfi_ssl_check_host(&c);
    pyfi_ssl_check_pins(&c);
    return !c.problem;
}

/* Where certificates are not verified a server must still have a key that is pinned, if any is. */
PYFI_FN bool pyfi_ssl_pinned(pyf_ssl_socket *s)
{
    struct pyfi_ssl_check c;
    if (s->ctx->server || s->ctx->pins == NULL) return true;
    if (!pyfi_ssl_check_begin(&c, s)) return false;
    pyfi_ssl_check_pins(&c);
    return !c.problem;
}

/* Mbed TLS says that the handshake is done. Believe it only if the peer was in fact verified. */
PYFI_FN pyf_status pyfi_ssl_shaken(pyf_ssl_socket *s)
{
    unsigned char mode = s->served->mode;
    const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(&s->ssl);
    uint32_t flags = mbedtls_ssl_get_verify_result(&s->ssl);
    bool good = s->verified;
    if (mode == PYF_SSL_CERT_NONE) good = pyfi_ssl_pinned(s);
    else if (!good && !s->ctx->server) good = pyfi_ssl_still_good(s);
    else if (!good && mode == PYF_SSL_CERT_OPTIONAL) good = crt == NULL;
    /* From 4.1 on Mbed TLS says of a session of TLS 1.3 that nothing was verified this time. */
    if (good && mode != PYF_SSL_CERT_NONE && crt != NULL)
        good = flags == 0 || (!s->verified && flags == MBEDTLS_X509_BADCERT_SKIP_VERIFY);
    if (good && !s->problem) {
        s->shaken = true;
        s->reason = PYF_SSL_REASON_NONE;
        return PYF_OK;
    }
    return pyfi_ssl_failed(s, MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
}

PYFI_FN pyf_status pyfi_ssl_handshake(pyf_ssl_socket *s)
{
    while (!s->shaken) {
        pyf_status st;
        int ret = mbedtls_ssl_handshake(&s->ssl);
        if (ret == 0) return pyfi_ssl_shaken(s);
#if PYFI_SSL_MBEDTLS >= 3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
        if (ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) continue;
#endif
        if (ret != MBEDTLS_ERR_SSL_WANT_READ && ret != MBEDTLS_ERR_SSL_WANT_WRITE)
            return pyfi_ssl_failed(s, ret);
        st = pyfi_ssl_wait(s, ret);
        if (s->io_status != PYF_OK) return pyfi_ssl_failed(s, PYFI_SSL_IO_FAILED);
        if (st != PYF_OK) return st;
    }
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_ssl_do_handshake(pyf_ssl_socket *s)
{
    pyf_status st = pyfi_ssl_begin(s);
    return st != PYF_OK ? st : pyfi_ssl_handshake(s);
}

/* ---- the connection: data ---- */

/* Every call on data: begin, handshake if there was none. */
PYFI_FN pyf_status pyfi_ssl_enter(pyf_ssl_socket *s)
{
    pyf_status st = pyfi_ssl_begin(s);
    if (st == PYF_OK && !s->shaken) st = pyfi_ssl_handshake(s);
    return st;
}

/* After Mbed TLS could not go on: PYF_OK to try again, or what the call returns. */
PYFI_FN pyf_status pyfi_ssl_retry(pyf_ssl_socket *s, int ret)
{
    pyf_status st;
#if PYFI_SSL_MBEDTLS >= 3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
    if (ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
        s->ticket = true;
        return PYF_OK;
    }
#endif
    if (ret != MBEDTLS_ERR_SSL_WANT_READ && ret != MBEDTLS_ERR_SSL_WANT_WRITE)
        return pyfi_ssl_failed(s, ret);
    st = pyfi_ssl_wait(s, ret);
    if (s->io_status != PYF_OK) return pyfi_ssl_failed(s, PYFI_SSL_IO_FAILED);
    return st;
}

PYFI_PUBLIC int pyf_ssl_recv(pyf_ssl_socket *s, void *buffer, size_t size)
{
    pyf_status st;
    int ret;
    if (size == 0 || buffer == NULL) return PYF_VALUE_ERROR;
    st = pyfi_ssl_enter(s);
    if (size > 16384) size = 16384;
    while (st == PYF_OK) {
        if (s->ended) return 0;
        ret = mbedtls_ssl_read(&s->ssl, (unsigned char *)buffer, size);
        if (ret > 0) return ret;
        if (ret == 0) ret = MBEDTLS_ERR_SSL_CONN_EOF;
        if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) s->ended = true;
        else st = pyfi_ssl_retry(s, ret);
    }
    return st;
}

/* Write one record, or go on with the one that was interrupted. */
PYFI_FN int pyfi_ssl_write(pyf_ssl_socket *s, const unsigned char *data, size_t size)
{
    pyf_status st = PYF_OK;
    int ret;
    if (s->goodbye) return PYF_INVALID_STATE_ERROR;
    if (s->held > size) return PYF_VALUE_ERROR;
    if (s->held > 0) size = s->held;
    else if (size > 16384) size = 16384;
    while (st == PYF_OK) {
        ret = mbedtls_ssl_write(&s->ssl, data, size);
        if (ret > 0) {
            s->held = 0;
            return ret;
        }
        s->held = size;
        st = pyfi_ssl_retry(s, ret == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : ret);
    }
    return st;
}

PYFI_PUBLIC int pyf_ssl_send(pyf_ssl_socket *s, const void *data, size_t size)
{
    pyf_status st = pyfi_ssl_enter(s);
    if (st != PYF_OK) return st;
    if (s->sent > 0 || s->sendall) return PYF_INVALID_STATE_ERROR;
    if (size == 0) return 0;
    if (data == NULL) return PYF_VALUE_ERROR;
    return pyfi_ssl_write(s, (const unsigned char *)data, size);
}

PYFI_PUBLIC pyf_status pyf_ssl_sendall(pyf_ssl_socket *s, const void *data, size_t size)
{
    pyf_status st = pyfi_ssl_enter(s);
    if (st != PYF_OK) return st;
    if (s->sent > size || (data == NULL && size > 0)) return PYF_VALUE_ERROR;
    while (s->sent < size) {
        int ret = pyfi_ssl_write(s, (const unsigned char *)data + s->sent, size - s->sent);
        s->sendall = ret < 0;
        if (ret < 0) return ret;
        s->sent += (size_t)ret;
    }
    s->sent = 0;
    return PYF_OK;
}

PYFI_PUBLIC size_t pyf_ssl_pending(const pyf_ssl_socket *s)
{
    return s == NULL || !s->shaken || s->status != PYF_OK ? 0
                                                          : mbedtls_ssl_get_bytes_avail(&s->ssl);
}

PYFI_PUBLIC pyf_status pyf_ssl_unwrap(pyf_ssl_socket *s)
{
    pyf_status st = pyfi_ssl_begin(s);
    unsigned char byte;
    int ret;
    if (st != PYF_OK) return st;
    if (!s->shaken || s->held > 0 || s->sent > 0) return PYF_INVALID_STATE_ERROR;
    while (!s->goodbye) {
        ret = mbedtls_ssl_close_notify(&s->ssl);
        if (ret == 0) s->goodbye = true;
        else if ((st = pyfi_ssl_retry(s, ret)) != PYF_OK) return st;
    }
    while (!s->ended) {
        ret = mbedtls_ssl_read(&s->ssl, &byte, 1);
        if (ret > 0) {
            pyfi_ssl_break(s, PYF_SSL_ERROR, PYF_SSL_REASON_PROTOCOL);
            return pyfi_ssl_say(pyfi_ssl_error_of(s), PYF_SSL_ERROR, PYF_SSL_REASON_PROTOCOL, 0,
                                "there was data from the peer that nobody received", (char *)NULL);
        }
        if (ret == 0) ret = MBEDTLS_ERR_SSL_CONN_EOF;
        if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) s->ended = true;
        else if ((st = pyfi_ssl_retry(s, ret)) != PYF_OK) return st;
    }
    return PYF_OK;
}

/* Release all but the transport. */
PYFI_FN void pyfi_ssl_free(pyf_ssl_socket *s)
{
    pyf_ssl_context *ctx = s->ctx, *served = s->served;
    mbedtls_ssl_free(&s->ssl);
    if (s->own_error) pyfi_ssl_release(ctx, s->error, sizeof *s->error);
    pyfi_ssl_release(ctx, s, sizeof *s);
    if (served != ctx) pyf_ssl_context_free(served);
    pyf_ssl_context_free(ctx);
}

PYFI_FN void pyfi_ssl_say_goodbye(pyf_ssl_socket *s)
{
    if (!s->shaken || s->status != PYF_OK || s->goodbye || s->held > 0) return;
    s->deadline = PYF_FOREVER;
    (void)mbedtls_ssl_close_notify(&s->ssl);
    s->goodbye = true;
}

#if !PYFEAT_SSL_NO_SOCKETS
/* Closing a socket with input unread would tear what is on its way to the peer, an alert that says
 * why, perhaps, out of its hands. */
PYFI_FN void pyfi_ssl_close_socket(int fd)
{
    char rest[1024];
    unsigned rounds = 0;
    if (shutdown(fd, SHUT_WR) == 0)
        while (rounds++ < 64 && recv(fd, rest, sizeof rest, MSG_DONTWAIT) > 0) {}
    (void)close(fd);
}
#endif

PYFI_PUBLIC void pyf_ssl_close(pyf_ssl_socket *s)
{
    if (s == NULL) return;
    pyfi_ssl_say_goodbye(s);
#if !PYFEAT_SSL_NO_SOCKETS
    if (s->kind == PYFI_SSL_SOCKET && !s->keep_open) pyfi_ssl_close_socket(s->via.fd);
#endif
    if (s->kind == PYFI_SSL_IO && !s->keep_open && s->via.io.close != NULL)
        s->via.io.close(s->via.io.arg);
    pyfi_ssl_free(s);
}

PYFI_PUBLIC pyf_status pyf_ssl_settimeout(pyf_ssl_socket *s, int64_t timeout_ms)
{
    if (s == NULL) return PYF_VALUE_ERROR;
    s->timeout_ms = timeout_ms;
    return PYF_OK;
}

PYFI_PUBLIC pyf_status pyf_ssl_set_deadline(pyf_ssl_socket *s, int64_t timeout_ms)
{
    int64_t now = pyfi_port_now_ms();
    if (s == NULL) return PYF_VALUE_ERROR;
    if (timeout_ms < 0) timeout_ms = 0;
    s->limit = timeout_ms > PYF_FOREVER - now ? PYF_FOREVER : now + timeout_ms;
    return PYF_OK;
}

PYFI_PUBLIC const char *pyf_ssl_error_text(const pyf_ssl_socket *s)
{
    if (s == NULL) return "there is no connection";
    if (s->reason == PYF_SSL_REASON_NONE) return "";
    if (s->error != NULL && s->error->text[0] != '\0') return s->error->text;
    return pyfi_ssl_reason_text((pyf_ssl_reason)s->reason);
}

PYFI_PUBLIC pyf_ssl_reason pyf_ssl_error_reason(const pyf_ssl_socket *s)
{
    return s == NULL ? PYF_SSL_REASON_ARGUMENT : (pyf_ssl_reason)s->reason;
}

/* ---- the connection: making one ---- */

#if PYFI_SSL_TICKETS
/* Session tickets. A client that must show a certificate is to show it every time, and none enters
 * one host with a ticket of another. */
PYFI_FN int pyfi_ssl_issue_tickets(pyf_ssl_context *ctx)
{
    int ret;
    if (!ctx->server || ctx->sni != NULL || ctx->mode != PYF_SSL_CERT_NONE) return 0;
#if PYFI_SSL_MBEDTLS < 4
    ret = mbedtls_ssl_ticket_setup(&ctx->tickets, mbedtls_ctr_drbg_random, &ctx->drbg,
                                   MBEDTLS_CIPHER_AES_256_GCM, 86400);
#else
    ret = mbedtls_ssl_ticket_setup(&ctx->tickets, PSA_ALG_GCM, PSA_KEY_TYPE_AES, 256, 86400);
#endif
    if (ret != 0) { /* to be tried again */
        mbedtls_ssl_ticket_free(&ctx->tickets);
        mbedtls_ssl_ticket_init(&ctx->tickets);
        return ret;
    }
    mbedtls_ssl_conf_session_tickets_cb(&ctx->conf, mbedtls_ssl_ticket_write,
                                        mbedtls_ssl_ticket_parse, &ctx->tickets);
    return 0;
}
#endif

/* The first connection of ctx: from now on it stays as it is. What can fail comes first, so that
 * nothing is left half done. */
PYFI_FN int pyfi_ssl_freeze_locked(pyf_ssl_context *ctx)
{
    int ret = 0;
    if (ctx->alpn != NULL) ret = mbedtls_ssl_conf_alpn_protocols(&ctx->conf, ctx->alpn);
#if PYFI_SSL_TICKETS
    if (ret == 0) ret = pyfi_ssl_issue_tickets(ctx);
#endif
    if (ret != 0) return ret;
    mbedtls_ssl_conf_ca_chain(&ctx->conf, ctx->has_ca ? &ctx->ca : NULL,
                              ctx->has_crl ? &ctx->crl : NULL);
    mbedtls_ssl_conf_authmode(&ctx->conf, ctx->mode); /* the numbers are Mbed TLS's too */
    if (ctx->sni != NULL) mbedtls_ssl_conf_sni(&ctx->conf, pyfi_ssl_on_sni, ctx);
    pyfi_port_store_u32(&ctx->frozen, 1);
    return 0;
}

PYFI_FN int pyfi_ssl_freeze(pyf_ssl_context *ctx)
{
    int ret = 0;
    if (pyfi_port_load_u32(&ctx->frozen) != 0) return 0;
    pyfi_port_lock(&ctx->lock);
    if (pyfi_port_load_u32(&ctx->frozen) == 0) ret = pyfi_ssl_freeze_locked(ctx);
    pyfi_port_unlock(&ctx->lock);
    return ret;
}

PYFI_FN int pyfi_ssl_on_sni(void *arg, mbedtls_ssl_context *ssl, const unsigned char *name,
                            size_t size)
{
    pyf_ssl_context *ctx = (pyf_ssl_context *)arg, *chosen;
    pyf_ssl_socket *s = (pyf_ssl_socket *)(void *)ssl; /* its first member */
    struct pyfi_ssl_own *own;
    char text[256];
    int ret = 0;
    if (!pyfi_ssl_is_name(name, size, false)) return -1; /* so that it fits into text */
    memcpy(text, name, size);
    text[size] = '\0';
    chosen = ctx->sni(s, text, ctx, ctx->sni_arg);
    if (s->served != ctx) return chosen == s->served ? 0 : -1; /* a second hello of TLS 1.3 */
    if (chosen == ctx) return 0;
    if (chosen == NULL || !chosen->server || chosen->own == NULL) return -1;
    /* Without CAs of its own Mbed TLS would take those of ctx. */
    if (chosen->mode != PYF_SSL_CERT_NONE && !chosen->has_ca) return -1;
    if (pyfi_ssl_freeze(chosen) != 0) return -1;
    s->served = pyfi_ssl_hold(chosen);
    for (own = chosen->own; own != NULL && ret == 0; own = own->next)
        ret = mbedtls_ssl_set_hs_own_cert(ssl, &own->chain, &own->key);
    mbedtls_ssl_set_hs_ca_chain(ssl, chosen->has_ca ? &chosen->ca : NULL,
                                chosen->has_crl ? &chosen->crl : NULL);
    mbedtls_ssl_set_hs_authmode(ssl, chosen->mode);
    return ret;
}

/* What can be said against a connection before there is one: NULL for nothing. */
PYFI_FN const char *pyfi_ssl_objection(const pyf_ssl_context *ctx, const pyf_ssl_wrap_options *o,
                                       struct pyfi_ssl_host *host, pyf_status *st)
{
    *st = PYF_VALUE_ERROR;
    if (!ctx->server && o->server_hostname == NULL)
        return "a client must name its server: give .server_hostname";
    if (!ctx->server && !pyfi_ssl_host_read(host, o->server_hostname))
        return "this cannot be the name or address of a server: ";
    if (o->session != NULL && ctx->server) return "a server cannot be given a session";
    if (o->session != NULL && o->session->ctx != ctx) return "the session is of another context";
    if (o->session != NULL && (strcmp(o->session->host.name, host->name) != 0 ||
                               o->session->host.address_size != host->address_size ||
                               memcmp(o->session->host.address, host->address, 16) != 0))
        return "the session is of another server than ";
    *st = PYF_INVALID_STATE_ERROR;
    if (ctx->server && ctx->own == NULL) return "a server needs a certificate: load_cert_chain";
    if (ctx->mode != PYF_SSL_CERT_NONE && !ctx->has_ca)
        return "there are no CA certificates to trust: load_verify_locations";
    return NULL;
}

/* Mbed TLS's part of a new connection. */
PYFI_FN int pyfi_ssl_setup(pyf_ssl_socket *s, const pyf_ssl_wrap_options *o,
                           const struct pyfi_ssl_host *host)
{
    int ret = pyfi_ssl_freeze(s->ctx);
    if (ret == 0) ret = mbedtls_ssl_setup(&s->ssl, &s->ctx->conf);
    if (ret == 0 && !s->ctx->server) {
        ret = mbedtls_ssl_set_hostname(&s->ssl, host->address_size > 0 ? NULL : host->name);
        s->address_size = host->address_size;
        memcpy(s->address, host->address, sizeof s->address);
    }
    if (ret == 0 && o->session != NULL) {
        ret = mbedtls_ssl_set_session(&s->ssl, &o->session->session);
        s->resuming = ret == 0;
    }
    if (ret != 0) return ret;
    mbedtls_ssl_set_verify(&s->ssl, pyfi_ssl_on_certificate, s);
    mbedtls_ssl_set_bio(&s->ssl, s, pyfi_ssl_on_send, pyfi_ssl_on_recv, NULL);
    return 0;
}

/* A connection without its transport; NULL, and why in *e, if it cannot be. */
PYFI_FN pyf_ssl_socket *pyfi_ssl_new(pyf_ssl_context *ctx, const pyf_ssl_wrap_options *o,
                                     enum pyfi_ssl_kind kind, pyf_ssl_error *e)
{
    struct pyfi_ssl_host host;
    const char *objection;
    pyf_ssl_socket *s;
    pyf_status st;
    int ret;
    memset(&host, 0, sizeof host);
    objection = pyfi_ssl_objection(ctx, o, &host, &st);
    if (objection != NULL) {
        size_t n = strlen(objection);
        char name[64] = "";
        struct pyfi_ssl_text t;
        pyfi_ssl_text_begin(&t, name, sizeof name);
        if (objection[n - 1] == ' ')
            pyfi_ssl_put_escaped(&t, (const unsigned char *)o->server_hostname,
                                 strlen(o->server_hostname));
        (void)pyfi_ssl_say(e, st, PYF_SSL_REASON_ARGUMENT, 0, objection, name, (char *)NULL);
        return NULL;
    }
    s = (pyf_ssl_socket *)pyfi_ssl_alloc(ctx, sizeof *s);
    if (s != NULL) {
        mbedtls_ssl_init(&s->ssl);
        s->ctx = s->served = pyfi_ssl_hold(ctx);
        s->kind = (unsigned char)kind;
        s->keep_open = o->keep_open;
        s->timeout_ms = o->timeout_ms == 0 ? 30000 : o->timeout_ms;
        s->limit = s->deadline = PYF_FOREVER;
        ret = pyfi_ssl_setup(s, o, &host);
        if (ret == 0) {
            s->error = o->error;
            return s;
        }
        pyfi_ssl_free(s);
    }
    (void)pyfi_ssl_say(e, PYF_MEMORY_ERROR, PYF_SSL_REASON_MEMORY, 0, "out of memory",
                       (char *)NULL);
    return NULL;
}

/* The same, with what every wrap function does before and if it fails. */
PYFI_FN pyf_ssl_socket *pyfi_ssl_wrap(pyf_ssl_context *ctx, const pyf_ssl_wrap_options *options,
                                      enum pyfi_ssl_kind kind, bool sound)
{
    pyf_ssl_wrap_options defaults;
    const pyf_ssl_wrap_options *o = options == NULL ? &defaults : options;
    pyf_ssl_socket *s = NULL;
    pyf_ssl_error e;
    memset(&defaults, 0, sizeof defaults);
    memset(&e, 0, sizeof e);
    if (ctx == NULL) {
        /* An error that made the context NULL says more than this one. */
        if (o->error != NULL && o->error->status == PYF_OK)
            (void)pyfi_ssl_say(o->error, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                               "there is no context", (char *)NULL);
        return NULL;
    }
    if (sound) s = pyfi_ssl_new(ctx, o, kind, &e);
    else
        (void)pyfi_ssl_say(&e, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                           "there is no transport to wrap", (char *)NULL);
    if (s == NULL) (void)pyfi_ssl_keep(ctx, &e, o->error);
    return s;
}

PYFI_PUBLIC pyf_ssl_socket *pyf_ssl_wrap_io_with(pyf_ssl_context *ctx, const pyf_ssl_io *io,
                                                 const pyf_ssl_wrap_options *options)
{
    bool sound = io != NULL && io->send != NULL && io->recv != NULL;
    pyf_ssl_socket *s = pyfi_ssl_wrap(ctx, options, PYFI_SSL_IO, sound);
    if (s != NULL) s->via.io = *io;
    return s;
}

PYFI_PUBLIC pyf_ssl_socket *pyf_ssl_wrap_bio_with(pyf_ssl_context *ctx, pyf_memory_bio *incoming,
                                                  pyf_memory_bio *outgoing,
                                                  const pyf_ssl_wrap_options *options)
{
    bool sound = incoming != NULL && outgoing != NULL;
    pyf_ssl_socket *s = pyfi_ssl_wrap(ctx, options, PYFI_SSL_BIO, sound);
    if (s == NULL) return NULL;
    s->via.bio.in = incoming;
    s->via.bio.out = outgoing;
    return s;
}

#if !PYFEAT_SSL_NO_SOCKETS

PYFI_PUBLIC pyf_ssl_socket *pyf_ssl_wrap_socket_with(pyf_ssl_context *ctx, int fd,
                                                     const pyf_ssl_wrap_options *options)
{
    pyf_ssl_socket *s = pyfi_ssl_wrap(ctx, options, PYFI_SSL_SOCKET, fd >= 0);
    if (s == NULL) return NULL;
    s->via.fd = fd;
#ifdef SO_NOSIGPIPE
    {
        int on = 1;
        (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
    }
#endif
    return s;
}

PYFI_PUBLIC int pyf_ssl_fileno(const pyf_ssl_socket *s)
{
    return s == NULL || s->kind != PYFI_SSL_SOCKET ? -1 : s->via.fd;
}

PYFI_PUBLIC int pyf_ssl_detach(pyf_ssl_socket *s)
{
    int fd = pyf_ssl_fileno(s);
    if (s != NULL) pyfi_ssl_free(s);
    return fd;
}

/* ---- finding and reaching a host ---- */

/* A question to the name service, which has no deadlines: asked in a thread that may outlive the
 * patience of the one who asked. */
struct pyfi_ssl_lookup {
    pyf_ssl_context *ctx;
    struct addrinfo *result;
    pyfi_port_parker parker;
    pyfi_port_thread thread;
    uintptr_t lock;
    int code;
    bool done, abandoned;
    char host[256], port[8];
};

PYFI_FN int pyfi_ssl_resolve(const char *host, const char *port, bool numeric,
                             struct addrinfo **result)
{
    struct addrinfo hints;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = numeric ? AI_NUMERICHOST : 0;
    *result = NULL;
    return getaddrinfo(host, port, &hints, result);
}

PYFI_FN void pyfi_ssl_lookup_free(struct pyfi_ssl_lookup *l)
{
    pyf_ssl_context *ctx = l->ctx;
    if (l->result != NULL) freeaddrinfo(l->result);
    pyfi_port_parker_fini(&l->parker);
    pyfi_ssl_release(ctx, l, sizeof *l);
    pyf_ssl_context_free(ctx);
}

PYFI_FN void pyfi_ssl_lookup_main(void *arg)
{
    struct pyfi_ssl_lookup *l = (struct pyfi_ssl_lookup *)arg;
    bool abandoned;
    l->code = pyfi_ssl_resolve(l->host, l->port, false, &l->result);
    pyfi_port_lock(&l->lock);
    l->done = true;
    abandoned = l->abandoned;
    pyfi_port_unlock(&l->lock);
    if (abandoned) pyfi_ssl_lookup_free(l);
    else pyfi_port_unpark(&l->parker);
}

/* Ask in a thread, and wait until the deadline: false if it has passed; *code as getaddrinfo's. */
PYFI_FN bool pyfi_ssl_ask(struct pyfi_ssl_lookup *l, int64_t deadline, int *code,
                          struct addrinfo **result)
{
    int64_t left = deadline == PYF_FOREVER ? PYF_FOREVER : deadline - pyfi_port_now_ms();
    bool done;
    if (!pyfi_port_thread_start(&l->thread, pyfi_ssl_lookup_main, l, "pyf_ssl_lookup", 0)) {
        *code = EAI_AGAIN;
        pyfi_ssl_lookup_free(l);
        return true;
    }
    done = left > 0 && pyfi_port_park(&l->parker, left);
    if (!done) {
        pyfi_port_lock(&l->lock);
        done = l->done;
        if (!done) {
            pyfi_port_thread_detach(&l->thread);
            l->abandoned = true;
        }
        pyfi_port_unlock(&l->lock);
        if (!done) return false;
    }
    pyfi_port_thread_join(&l->thread);
    *code = l->code;
    *result = l->result;
    l->result = NULL;
    pyfi_ssl_lookup_free(l);
    return true;
}

/* The addresses of a host: PYF_OK, or why there are none. */
PYFI_FN pyf_status pyfi_ssl_addresses(pyf_ssl_context *ctx, const char *host, uint16_t port,
                                      int64_t deadline, struct addrinfo **result, pyf_ssl_error *e)
{
    char number[8];
    struct pyfi_ssl_text t;
    int code;
    pyfi_ssl_text_begin(&t, number, sizeof number);
    pyfi_ssl_put_number(&t, port);
    code = pyfi_ssl_resolve(host, number, true, result);
    if (code != 0 && !PYFI_PORT_THREADS) code = pyfi_ssl_resolve(host, number, false, result);
    if (code != 0 && PYFI_PORT_THREADS) {
        struct pyfi_ssl_lookup *l;
        l = (struct pyfi_ssl_lookup *)pyfi_ssl_alloc(ctx, sizeof *l);
        if (l == NULL)
            return pyfi_ssl_say(e, PYF_MEMORY_ERROR, PYF_SSL_REASON_MEMORY, 0, "out of memory",
                                (char *)NULL);
        l->ctx = pyfi_ssl_hold(ctx);
        pyfi_port_parker_init(&l->parker);
        memcpy(l->host, host, strlen(host) + 1); /* read by pyfi_ssl_host_read: short */
        memcpy(l->port, number, sizeof number);
        if (!pyfi_ssl_ask(l, deadline, &code, result))
            return pyfi_ssl_say(e, PYF_TIMEOUT_ERROR, PYF_SSL_REASON_TIMEOUT, 0,
                                "timed out looking for ", host, (char *)NULL);
    }
    if (code == 0) return PYF_OK;
    return pyfi_ssl_say(e, PYF_OS_ERROR, PYF_SSL_REASON_SYSTEM, 0, "cannot find ", host, ": ",
                        gai_strerror(code), (char *)NULL);
}

/* Wait for a connect that is under way: 0, ETIMEDOUT, or its error. */
PYFI_FN int pyfi_ssl_connecting(int fd, int64_t deadline)
{
    int error = 0;
    socklen_t size = sizeof error;
    for (;;) {
        struct pollfd p;
        int64_t left = deadline == PYF_FOREVER ? 1000000 : deadline - pyfi_port_now_ms();
        int n;
        if (left <= 0) return ETIMEDOUT;
        p.fd = fd;
        p.events = POLLOUT;
        p.revents = 0;
        n = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
        if (n > 0) break;
        if (n < 0 && errno != EINTR && errno != EAGAIN) return errno;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

/* A connected socket for one address, or -1 and *error. It stays non-blocking. */
PYFI_FN int pyfi_ssl_reach(const struct addrinfo *a, int64_t deadline, int *error)
{
    int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol), on = 1, flags;
    *error = 0;
    if (fd < 0) {
        *error = errno;
        return -1;
    }
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        *error = errno;
    } else if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
        *error = errno == EINPROGRESS || errno == EINTR ? pyfi_ssl_connecting(fd, deadline) : errno;
    }
    if (*error != 0) {
        (void)close(fd);
        return -1;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* records are packed already */
    return fd;
}

/* Try all addresses, each for its share of the time that is left. */
PYFI_FN int pyfi_ssl_reach_any(const struct addrinfo *list, int64_t deadline, int *error)
{
    const struct addrinfo *a;
    int64_t count = 0;
    int fd = -1;
    for (a = list; a != NULL; a = a->ai_next) count++;
    *error = ETIMEDOUT;
    for (a = list; a != NULL && fd < 0; a = a->ai_next, count--) {
        int64_t until = deadline;
        if (deadline != PYF_FOREVER) {
            int64_t now = pyfi_port_now_ms();
            if (now >= deadline) break;
            until = now + (deadline - now + count - 1) / count;
        }
        fd = pyfi_ssl_reach(a, until, error);
    }
    return fd;
}

PYFI_FN int pyfi_ssl_dial(pyf_ssl_context *ctx, const pyf_ssl_connect_options *o, int64_t deadline,
                          pyf_ssl_error *e)
{
    struct addrinfo *list = NULL;
    struct pyfi_ssl_text t;
    char number[32];
    int fd, error;
    if (pyfi_ssl_addresses(ctx, o->host, o->port, deadline, &list, e) != PYF_OK) return -1;
    fd = pyfi_ssl_reach_any(list, deadline, &error);
    freeaddrinfo(list);
    if (fd >= 0) return fd;
    pyfi_ssl_text_begin(&t, number, sizeof number);
    pyfi_ssl_put_number(&t, o->port);
    pyfi_ssl_puts(&t, ": errno ");
    pyfi_ssl_put_number(&t, (uint64_t)error);
    if (error == ETIMEDOUT)
        (void)pyfi_ssl_say(e, PYF_TIMEOUT_ERROR, PYF_SSL_REASON_TIMEOUT, 0,
                           "timed out connecting to ", o->host, (char *)NULL);
    else
        (void)pyfi_ssl_say(e, PYF_OS_ERROR, PYF_SSL_REASON_SYSTEM, 0,
                           error == ECONNREFUSED ? "connection refused: " : "cannot connect to ",
                           o->host, " port ", number, (char *)NULL);
    return -1;
}

/* Dial, wrap, shake hands; the cause of a failure in *e. */
PYFI_FN pyf_ssl_socket *pyfi_ssl_connect(pyf_ssl_context *ctx, const pyf_ssl_connect_options *o,
                                         pyf_ssl_error *e)
{
    int64_t now = pyfi_port_now_ms(), wait = o->timeout_ms < 0 ? 0 : o->timeout_ms;
    int64_t deadline = wait > PYF_FOREVER - now ? PYF_FOREVER : now + wait;
    pyf_ssl_wrap_options wrap;
    pyf_ssl_socket *s;
    memset(&wrap, 0, sizeof wrap);
    wrap.server_hostname = o->host;
    wrap.session = o->session;
    wrap.timeout_ms = PYF_FOREVER;
    wrap.error = e;
    if (ctx->server) {
        (void)pyfi_ssl_say(e, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                           "a server's context cannot connect", (char *)NULL);
        return NULL;
    }
    s = pyfi_ssl_new(ctx, &wrap, PYFI_SSL_SOCKET, e); /* before dialling: it reads the name */
    if (s == NULL) return NULL;
    s->via.fd = pyfi_ssl_dial(ctx, o, deadline, e);
    s->limit = deadline;
    if (s->via.fd >= 0 && pyf_ssl_do_handshake(s) == PYF_OK) {
        s->limit = PYF_FOREVER;
        s->timeout_ms = o->timeout_ms;
        s->error = o->error;
        return s;
    }
    if (s->via.fd >= 0) pyfi_ssl_close_socket(s->via.fd);
    pyfi_ssl_free(s);
    return NULL;
}

PYFI_PUBLIC pyf_ssl_socket *pyf_ssl_connect_with(pyf_ssl_context *ctx,
                                                 const pyf_ssl_connect_options *options)
{
    pyf_ssl_socket *s;
    pyf_ssl_error e;
    if (options == NULL || ctx == NULL) {
        pyf_ssl_wrap_options o;
        memset(&o, 0, sizeof o);
        if (options != NULL) o.error = options->error;
        return pyfi_ssl_wrap(ctx, &o, PYFI_SSL_SOCKET, false);
    }
    memset(&e, 0, sizeof e);
    s = pyfi_ssl_connect(ctx, options, &e);
    if (s == NULL) (void)pyfi_ssl_keep(ctx, &e, options->error);
    return s;
}

#endif

/* ---- what was negotiated ---- */

PYFI_PUBLIC pyf_ssl_cipher_info pyf_ssl_cipher(const pyf_ssl_socket *s)
{
    pyf_ssl_cipher_info info;
    struct pyfi_ssl_text t;
    const char *name;
    memset(&info, 0, sizeof info);
    if (s == NULL || !s->shaken) return info;
    name = mbedtls_ssl_get_ciphersuite(&s->ssl);
    info.protocol = mbedtls_ssl_get_version(&s->ssl);
    if (name == NULL) return info;
    info.secret_bits = strstr(name, "256-") != NULL || strstr(name, "CHACHA20") != NULL ? 256 : 128;
    pyfi_ssl_text_begin(&t, info.name, sizeof info.name);
    if (strncmp(name, "TLS1-3-", 7) == 0) {
        pyfi_ssl_puts(&t, "TLS_");
        name += 7;
    }
    for (; *name != '\0'; name++) pyfi_ssl_put(&t, *name == '-' ? '_' : *name);
    return info;
}

PYFI_PUBLIC const char *pyf_ssl_version(const pyf_ssl_socket *s)
{
    return s == NULL || !s->shaken ? NULL : mbedtls_ssl_get_version(&s->ssl);
}

PYFI_PUBLIC const char *pyf_ssl_selected_alpn_protocol(const pyf_ssl_socket *s)
{
    return s == NULL || !s->shaken ? NULL : mbedtls_ssl_get_alpn_protocol(&s->ssl);
}

PYFI_PUBLIC pyf_ssl_session *pyf_ssl_get_session(pyf_ssl_socket *s)
{
    pyf_ssl_session *session;
    if (s == NULL || !s->shaken || s->ctx->server) return NULL;
#if PYFI_SSL_MBEDTLS >= 3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
    if (!s->ticket && mbedtls_ssl_get_version_number(&s->ssl) == MBEDTLS_SSL_VERSION_TLS1_3)
        return NULL;
#endif
    session = (pyf_ssl_session *)pyfi_ssl_alloc(s->ctx, sizeof *session);
    if (session == NULL) return NULL;
    mbedtls_ssl_session_init(&session->session);
    if (mbedtls_ssl_get_session(&s->ssl, &session->session) != 0) {
        mbedtls_ssl_session_free(&session->session);
        pyfi_ssl_release(s->ctx, session, sizeof *session);
        return NULL;
    }
    s->ticket = false;
    session->ctx = pyfi_ssl_hold(s->ctx);
    (void)strncpy(session->host.name, pyfi_ssl_host_of(s), sizeof session->host.name - 1);
    session->host.address_size = s->address_size;
    memcpy(session->host.address, s->address, sizeof s->address);
    return session;
}

PYFI_PUBLIC void pyf_ssl_session_free(pyf_ssl_session *session)
{
    pyf_ssl_context *ctx;
    if (session == NULL) return;
    ctx = session->ctx;
    mbedtls_ssl_session_free(&session->session);
    pyfi_ssl_release(ctx, session, sizeof *session);
    pyf_ssl_context_free(ctx);
}

PYFI_PUBLIC bool pyf_ssl_session_reused(const pyf_ssl_socket *s)
{
    return s != NULL && s->shaken && s->resuming && !s->verified;
}

/* ---- certificates ---- */

/* A number in as many bytes as it needs; a minus before those of a negative one. */
PYFI_FN void pyfi_ssl_put_serial(struct pyfi_ssl_text *t, struct pyfi_ssl_der serial)
{
    bool negative = serial.p[0] >= 0x80, leading = true;
    const unsigned char *last = serial.end - 1;
    while (last > serial.p && *last == 0) last--;
    if (negative) pyfi_ssl_put(t, '-');
    for (; serial.p < serial.end; serial.p++) {
        unsigned char byte = *serial.p;
        if (negative && serial.p < last) byte = (unsigned char)(255 - byte);
        if (negative && serial.p == last) byte = (unsigned char)(256 - byte);
        if (leading && byte == 0 && serial.p + 1 < serial.end) continue;
        leading = false;
        pyfi_ssl_put_hex(t, byte);
    }
}

PYFI_FN void pyfi_ssl_certificate_text(const struct pyfi_ssl_x509 *x, pyf_ssl_certificate *cert,
                                       struct pyfi_ssl_text *t)
{
    struct pyfi_ssl_der names;
    size_t at[4];
    at[0] = t->used;
    pyfi_ssl_put_dn(t, x->subject);
    pyfi_ssl_put(t, '\0');
    at[1] = t->used;
    pyfi_ssl_put_dn(t, x->issuer);
    pyfi_ssl_put(t, '\0');
    at[2] = t->used;
    pyfi_ssl_put_serial(t, x->serial);
    pyfi_ssl_put(t, '\0');
    at[3] = t->used;
    if (pyfi_ssl_names(x, &names) == 1) pyfi_ssl_put_names(t, names);
    pyfi_ssl_put(t, '\0');
    if (t->used >= t->size) return;
    cert->subject = t->p + at[0];
    cert->issuer = t->p + at[1];
    cert->serial_number = t->p + at[2];
    cert->subject_alt_name = t->p + at[3];
}

PYFI_PUBLIC pyf_status pyf_ssl_certificate_parse(pyf_ssl_certificate *cert, const void *der,
                                                 size_t der_size, char *text, size_t size)
{
    struct pyfi_ssl_x509 x;
    struct pyfi_ssl_text t;
    pyf_ssl_certificate c;
    bool good;
    if (cert == NULL || der == NULL || text == NULL) return PYF_VALUE_ERROR;
    if (!pyfi_ssl_x509_view(&x, (const unsigned char *)der, der_size)) return PYF_VALUE_ERROR;
    memset(&c, 0, sizeof c);
    pyfi_ssl_text_begin(&t, text, size);
    pyfi_ssl_certificate_text(&x, &c, &t);
    if (t.used >= t.size) return PYF_OVERFLOW_ERROR;
    c.not_before = x.not_before;
    c.not_after = x.not_after;
    c.version = x.version;
    c.der = x.der.p;
    c.der_size = pyfi_ssl_der_size(x.der);
    good = pyfi_ssl_sha256(c.der, c.der_size, c.fingerprint) == 0 &&
           pyfi_ssl_sha256(x.key.p, pyfi_ssl_der_size(x.key), c.public_key) == 0;
    if (good) *cert = c;
    return good ? PYF_OK : PYF_MEMORY_ERROR;
}

PYFI_PUBLIC pyf_status pyf_ssl_getpeercert(const pyf_ssl_socket *s, pyf_ssl_certificate *cert,
                                           char *text, size_t size)
{
    const mbedtls_x509_crt *crt;
    if (s == NULL || !s->shaken) return PYF_VALUE_ERROR;
    crt = mbedtls_ssl_get_peer_cert(&s->ssl);
    if (crt == NULL || crt->raw.p == NULL) return PYF_SSL_ERROR;
    return pyf_ssl_certificate_parse(cert, crt->raw.p, crt->raw.len, text, size);
}

PYFI_PUBLIC pyf_status pyf_ssl_match_hostname(const pyf_ssl_certificate *cert, const char *hostname,
                                              pyf_ssl_error *error)
{
    struct pyfi_ssl_x509 x;
    struct pyfi_ssl_host host;
    pyf_ssl_reason reason;
    if (cert == NULL || cert->der == NULL || !pyfi_ssl_x509_view(&x, cert->der, cert->der_size))
        return pyfi_ssl_say(error, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                            "there is no certificate", (char *)NULL);
    if (!pyfi_ssl_host_read(&host, hostname))
        return pyfi_ssl_say(error, PYF_VALUE_ERROR, PYF_SSL_REASON_ARGUMENT, 0,
                            "this cannot be the name or address of a host", (char *)NULL);
    reason = pyfi_ssl_match(&x, host.name, host.address, host.address_size);
    if (reason == PYF_SSL_REASON_NONE) return PYF_OK;
    return pyfi_ssl_say(
        error, PYF_SSL_CERT_VERIFICATION_ERROR, reason, 0, pyfi_ssl_reason_text(reason),
        ": the certificate is not valid for '", hostname, "', but for: ",
        cert->subject_alt_name != NULL && cert->subject_alt_name[0] != '\0' ? cert->subject_alt_name
                                                                            : "nothing",
        (char *)NULL);
}

/* ---- the library ---- */

PYFI_PUBLIC pyf_ssl_library_info pyf_ssl_library(void)
{
    pyf_ssl_library_info info;
    memset(&info, 0, sizeof info);
    info.version = "Mbed TLS " MBEDTLS_VERSION_STRING;
#if defined(MBEDTLS_VERSION_C)
    info.number = mbedtls_version_get_number();
#endif
    info.tls13 = pyfi_ssl_has_version(PYF_SSL_TLSV1_3);
#if defined(MBEDTLS_THREADING_C)
    info.threads = true;
#endif
    return info;
}

#ifdef __cplusplus
}
#endif
#endif /* PYFI_SSL_IMPL */

/* ==== @history ===================================================================================
 *
 * 0.1.0  2026-11-21  contexts, connections over sockets, memory and callbacks, certificates
 */

/* ==== @licence ===================================================================================
 *
 * This is free and unencumbered software released into the public domain.
 *
 * Anyone is free to copy, modify, publish, use, compile, sell, or distribute this software, either
 * in source code form or as a compiled binary, for any purpose, commercial or non-commercial, and
 * by any means.
 *
 * In jurisdictions that recognize copyright laws, the author or authors of this software dedicate
 * any and all copyright interest in the software to the public domain. We make this dedication for
 * the benefit of the public at large and to the detriment of our heirs and successors. We intend
 * this dedication to be an overt act of relinquishment in perpetuity of all present and future
 * rights to this software under copyright law.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
 * NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
 * NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
 * CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 *
 * For more information, please refer to <https://unlicense.org>
 */
