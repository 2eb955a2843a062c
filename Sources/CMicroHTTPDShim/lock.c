#include "CMicroHTTPDShim.h"

#include <pthread.h>
#include <stdlib.h>

struct cmhd_lock {
    pthread_mutex_t mutex;
};

cmhd_lock *cmhd_lock_create(void) {
    cmhd_lock *lock = malloc(sizeof *lock);
    if (lock == NULL || pthread_mutex_init(&lock->mutex, NULL) != 0) abort();
    return lock;
}

void cmhd_lock_acquire(cmhd_lock *lock) { (void)pthread_mutex_lock(&lock->mutex); }

void cmhd_lock_release(cmhd_lock *lock) { (void)pthread_mutex_unlock(&lock->mutex); }

void cmhd_lock_destroy(cmhd_lock *lock) {
    (void)pthread_mutex_destroy(&lock->mutex);
    free(lock);
}
