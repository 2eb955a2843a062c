// What the kernel tells about this process.

#include "CPoolServer.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int64_t resident_bytes(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) return -1;
    long long pages = -1;
    if (fscanf(file, "%*lld %lld", &pages) != 1) pages = -1;
    (void)fclose(file);
    return pages < 0 ? -1 : pages * sysconf(_SC_PAGESIZE);
}

static int64_t count_entries(const char *path) {
    DIR *directory = opendir(path);
    if (directory == NULL) return -1;
    int64_t count = 0;
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') count += 1;
    }
    (void)closedir(directory);
    return count;
}

cps_process_facts cps_read_process_facts(void) {
    struct rusage usage;
    double seconds = -1;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    int64_t descriptors = count_entries("/proc/self/fd");
    return (cps_process_facts){
        .processor_seconds = seconds,
        .resident_bytes = resident_bytes(),
        // One of them is that of the directory itself.
        .open_descriptors = descriptors > 0 ? descriptors - 1 : descriptors,
        .threads = count_entries("/proc/self/task"),
    };
}

int64_t cps_wall_now(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
