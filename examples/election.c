/* election - polling stations that meet at a barrier
 *
 *     election FILE FILE...
 *
 * Each file is a polling station and each line of it a ballot. In round one a ballot is for the
 * first letter in it. The two letters that lead meet in round two, where a ballot is for whichever
 * of the two comes first. Nobody may go on to round two before all have reported: that is the
 * barrier, and its action adds the votes up. Then a recount shows what a station that is late does
 * to a barrier. */

#define PYFEAT_IMPLEMENTATION
#include "../pyfeat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LETTERS = 26, MAX_STATIONS = 64, PATIENCE_MS = 20000, RECOUNT_MS = 100 };

struct station {
    pyf_future future;
    struct election *election;
    const char *file;
    unsigned long votes[LETTERS];
};

struct election {
    struct station stations[MAX_STATIONS];
    size_t count;
    pyf_barrier meeting;
    int round;
    char candidates[LETTERS +
                    1]; /* who stands in this round; after the last: the winner, or a tie */
};

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz";

/* Count the ballots: each goes to the first letter in it that is a candidate; 0 or an errno value.
 */
static int count_votes(struct station *station, const char *candidates)
{
    FILE *ballots = fopen(station->file, "r");
    if (ballots == NULL) return errno;
    memset(station->votes, 0, sizeof station->votes);
    errno = 0;
    bool cast = false;
    for (int c; (c = getc(ballots)) != EOF;) {
        if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
        if (c == '\n') {
            cast = false;
        } else if (!cast && c >= 'a' && c <= 'z' && strchr(candidates, c) != NULL) {
            station->votes[c - 'a']++;
            cast = true;
        }
    }
    int error = ferror(ballots) ? errno : 0;
    fclose(ballots);
    return error;
}

/* The barrier's action: runs once a round, in the last station to arrive, while the others still
 * wait. So it may use what all of them counted, and they see the candidates that it leaves, without
 * a lock. */
static void tally(void *arg)
{
    struct election *election = arg;
    unsigned long total[LETTERS] = {0}, ballots = 0;
    for (size_t i = 0; i < election->count; i++)
        for (int c = 0; c < LETTERS; c++) total[c] += election->stations[i].votes[c];
    for (int c = 0; c < LETTERS; c++) ballots += total[c];
    int first = total[1] > total[0], second = !first;
    for (int c = 2; c < LETTERS; c++) {
        if (total[c] > total[first]) {
            second = first;
            first = c;
        } else if (total[c] > total[second]) {
            second = c;
        }
    }
    printf("round %d: %lu ballots, %c %lu, %c %lu\n", ++election->round, ballots, alphabet[first],
           total[first], alphabet[second], total[second]);
    bool tie = total[first] == total[second];
    election->candidates[0] = alphabet[first];
    election->candidates[1] = election->round == 1 || tie ? alphabet[second] : '\0';
    election->candidates[2] = '\0';
}

/* A task: one station, both rounds. A station that cannot count lets the others know at once, who
 * would wait for it in vain otherwise. */
static pyf_status vote(void *arg)
{
    struct station *station = arg;
    struct election *election = station->election;
    for (int round = 1; round <= 2; round++) {
        int error = count_votes(station, round == 1 ? alphabet : election->candidates);
        if (error != 0) {
            pyf_barrier_abort(&election->meeting);
            return error;
        }
        pyf_status st = pyf_barrier_wait(&election->meeting, PYF_FOREVER, NULL);
        if (st != PYF_OK) return st;
    }
    return PYF_OK;
}

/* A task: the last station comes when the others have lost patience. */
static pyf_status recount(void *arg)
{
    struct station *station = arg;
    struct election *election = station->election;
    const struct timespec nap = {0, 10 * 1000 * 1000};
    if (station == &election->stations[election->count - 1])
        while (!pyf_barrier_broken(&election->meeting)) nanosleep(&nap, NULL);
    return pyf_barrier_wait(&election->meeting, RECOUNT_MS, NULL);
}

/* A task: the stations meet once more. */
static pyf_status sign(void *arg)
{
    struct station *station = arg;
    return pyf_barrier_wait(&station->election->meeting, PYF_FOREVER, NULL);
}

/* Run task once for each station, all at the same time. Returns how many ended with the status
 * expected, and says of the others what happened. */
static size_t run_stations(struct election *election, pyf_executor *pool, pyf_callable task,
                           pyf_status expected)
{
    size_t as_expected = 0, submitted = 0;
    for (; submitted < election->count; submitted++) {
        struct station *station = &election->stations[submitted];
        pyf_status st = pyf_executor_submit(pool, &station->future, task, station);
        if (st != PYF_OK) {
            fprintf(stderr, "election: %s: %s\n", station->file, pyf_status_name(st));
            pyf_barrier_abort(&election->meeting); /* not everybody will come */
            break;
        }
    }
    for (size_t i = 0; i < submitted; i++) {
        struct station *station = &election->stations[i];
        pyf_status st = pyf_future_result(&station->future, PYF_FOREVER);
        if (st == expected) as_expected++;
        else
            fprintf(stderr, "election: %s: %s\n", station->file,
                    st > 0 ? strerror(st) : pyf_status_name(st));
    }
    return as_expected;
}

static int hold(struct election *election, pyf_executor *pool)
{
    size_t count = election->count;
    if (run_stations(election, pool, vote, PYF_OK) != count) return EXIT_FAILURE;
    if (election->candidates[1] == '\0') printf("winner: %c\n", election->candidates[0]);
    else printf("a tie: %c and %c\n", election->candidates[0], election->candidates[1]);

    /* from here on without votes to add up: the same barrier made anew, without an action */
    pyf_status st =
        pyf_barrier_init(&election->meeting, .parties = (unsigned)count, .timeout_ms = PATIENCE_MS);
    if (st != PYF_OK) return EXIT_FAILURE;
    size_t broken = run_stations(election, pool, recount, PYF_BROKEN_BARRIER_ERROR);
    printf("recount: one is late, %zu of %zu get %s\n", broken, count,
           pyf_status_name(PYF_BROKEN_BARRIER_ERROR));
    pyf_barrier_reset(&election->meeting);
    size_t signatures = run_stations(election, pool, sign, PYF_OK);
    printf("after a reset: %zu of %zu sign the result\n", signatures, count);
    return broken == count && signatures == count ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct election election;
    if (argc < 3 || argc - 1 > MAX_STATIONS) {
        fprintf(stderr, "usage: election FILE FILE...   (2 to %d files)\n", MAX_STATIONS);
        return 2;
    }
    election.count = (size_t)argc - 1;
    for (size_t i = 0; i < election.count; i++) {
        election.stations[i].election = &election;
        election.stations[i].file = argv[i + 1];
    }
    pyf_status st = pyf_barrier_init(&election.meeting, .parties = (unsigned)election.count,
                                     .action = tally, .arg = &election, .timeout_ms = PATIENCE_MS);
    /* a worker for each station: they wait for each other, so all must run at the same time */
    pyf_executor *pool = NULL;
    if (st == PYF_OK)
        pool = pyf_thread_pool_executor(.max_workers = (unsigned)election.count, .status = &st);
    if (pool == NULL) {
        fprintf(stderr, "election: %s\n", pyf_status_name(st));
        return EXIT_FAILURE;
    }
    int status = hold(&election, pool);
    st = pyf_executor_shutdown(pool, PYF_SHUTDOWN_WAIT);
    return fflush(stdout) == 0 && st == PYF_OK ? status : EXIT_FAILURE;
}
