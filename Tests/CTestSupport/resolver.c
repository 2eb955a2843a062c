#define _GNU_SOURCE 1
#include "CTestSupport.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

// Names under these domains hang until they are released; every other name is looked up as ever. There are two, so that
// tests of different suites do not release each other's.
static const char *const hanging_domains[] = {".hanging.test", ".stuck.test"};
enum { domains = sizeof hanging_domains / sizeof hanging_domains[0] };
// A forgotten release must not outlive the test run by much.
enum { longest_hang_seconds = 20 };

// There is no name under this one, and no name server is asked about it.
static const char unknown_domain[] = ".unknown.test";

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int hanging[domains];
static int generation[domains];

// No name server answers for this one.
static const char unanswered_domain[] = ".unanswered.test";

// These names move from an address where nobody listens to one where somebody may.
static const char moving_domain[] = ".moving.test";
static int has_moved;
static int moving_lookups;

static int ends_with(const char *text, const char *ending) {
    size_t length = strlen(text), ending_length = strlen(ending);
    return length >= ending_length && strcmp(text + length - ending_length, ending) == 0;
}

static int look_up(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    lookup *next = (lookup *)dlsym(RTLD_NEXT, "getaddrinfo");
    return next == NULL ? EAI_SYSTEM : next(node, service, hints, result);
}

static int two_addresses(const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    struct addrinfo *second = NULL;
    int code = look_up("127.77.77.77", service, hints, result);
    if (code == 0) code = look_up("127.0.0.1", service, hints, &second);
    // freeaddrinfo walks the list, so one list may be appended to another.
    if (code == 0) (*result)->ai_next = second;
    return code;
}

static int hang(int domain) {
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += longest_hang_seconds;
    pthread_mutex_lock(&mutex);
    int entered = generation[domain], code = 0;
    hanging[domain]++;
    while (entered == generation[domain] && code == 0) code = pthread_cond_timedwait(&changed, &mutex, &deadline);
    hanging[domain]--;
    pthread_mutex_unlock(&mutex);
    return EAI_AGAIN;
}

static const char *moving_address(void) {
    pthread_mutex_lock(&mutex);
    moving_lookups++;
    const char *address = has_moved ? "127.0.0.1" : "127.77.77.77";
    pthread_mutex_unlock(&mutex);
    return address;
}

// libcurl's own call lands here too: the dynamic linker asks the program before the C library.
int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict result) {
    for (int domain = 0; node != NULL && domain < domains; domain++) {
        if (ends_with(node, hanging_domains[domain])) return hang(domain);
    }
    if (node != NULL && ends_with(node, unanswered_domain)) return EAI_AGAIN;
    if (node != NULL && ends_with(node, moving_domain)) return look_up(moving_address(), service, hints, result);
    if (node != NULL && ends_with(node, unknown_domain)) return EAI_NONAME;
    // Two addresses: nobody listens at the first.
    if (node != NULL && strcmp(node, "two.addresses.test") == 0) return two_addresses(service, hints, result);
    return look_up(node, service, hints, result);
}

static int hanging_lookups(int domain) {
    pthread_mutex_lock(&mutex);
    int count = hanging[domain];
    pthread_mutex_unlock(&mutex);
    return count;
}

static void release_lookups(int domain) {
    pthread_mutex_lock(&mutex);
    generation[domain]++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

int ctest_hanging_lookups(void) { return hanging_lookups(0); }

void ctest_release_lookups(void) { release_lookups(0); }

int ctest_stuck_lookups(void) { return hanging_lookups(1); }

void ctest_release_stuck_lookups(void) { release_lookups(1); }

void ctest_move_names(int to_loopback) {
    pthread_mutex_lock(&mutex);
    has_moved = to_loopback;
    moving_lookups = 0;
    pthread_mutex_unlock(&mutex);
}

int ctest_moving_lookups(void) {
    pthread_mutex_lock(&mutex);
    int count = moving_lookups;
    pthread_mutex_unlock(&mutex);
    return count;
}
