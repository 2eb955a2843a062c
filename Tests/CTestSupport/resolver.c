#define _GNU_SOURCE 1
#include "CTestSupport.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

// Names under this domain hang until they are released; every other name is looked up as ever.
static const char hanging_domain[] = ".hanging.test";
// A forgotten release must not outlive the test run by much.
enum { longest_hang_seconds = 20 };

// There is no name under this one, and no name server is asked about it.
static const char unknown_domain[] = ".unknown.test";

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int hanging;
static int generation;

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

// libcurl's own call lands here too: the dynamic linker asks the program before the C library.
int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict result) {
    if (node != NULL && ends_with(node, hanging_domain)) {
        struct timespec deadline;
        clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_sec += longest_hang_seconds;
        pthread_mutex_lock(&mutex);
        int entered = generation, code = 0;
        hanging++;
        while (entered == generation && code == 0) code = pthread_cond_timedwait(&changed, &mutex, &deadline);
        hanging--;
        pthread_mutex_unlock(&mutex);
        return EAI_AGAIN;
    }
    if (node != NULL && ends_with(node, unknown_domain)) return EAI_NONAME;
    // Two addresses: nobody listens at the first.
    if (node != NULL && strcmp(node, "two.addresses.test") == 0) return two_addresses(service, hints, result);
    return look_up(node, service, hints, result);
}

int ctest_hanging_lookups(void) {
    pthread_mutex_lock(&mutex);
    int count = hanging;
    pthread_mutex_unlock(&mutex);
    return count;
}

void ctest_release_lookups(void) {
    pthread_mutex_lock(&mutex);
    generation++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}
