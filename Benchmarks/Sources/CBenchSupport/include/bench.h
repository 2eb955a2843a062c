// What a client measures of itself: time, processor time, memory.

#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

/// Nanoseconds of the monotonic clock.
int64_t bench_now_ns(void);

/// Nanoseconds of processor time, user and system together, that this process has used.
int64_t bench_cpu_ns(void);

/// Memory of this process that is in RAM, in KiB.
int64_t bench_rss_kib(void);

/// The most memory of this process that was in RAM at any time, in KiB.
int64_t bench_peak_rss_kib(void);

#endif
