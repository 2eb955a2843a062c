#include "client.h"

// Values below 16 have a bucket each, larger ones share 16 buckets per power of two.
static int bucket_of(int64_t microseconds) {
    if (microseconds < 16) return (int)(microseconds < 0 ? 0 : microseconds);
    int exponent = 63 - __builtin_clzll((unsigned long long)microseconds);
    return (exponent - 3) * 16 + (int)((microseconds >> (exponent - 4)) & 15);
}

static double middle_of(int bucket) {
    if (bucket < 16) return bucket;
    int exponent = bucket / 16 + 3;
    double width = (double)(1LL << (exponent - 4));
    return (double)(1LL << exponent) + (bucket % 16 + 0.5) * width;
}

void histogram_add(struct histogram *histogram, int64_t nanoseconds) {
    histogram->buckets[bucket_of(nanoseconds / 1000)]++;
    histogram->count++;
}

double histogram_percentile(const struct histogram *histogram, double share) {
    int64_t rank = (int64_t)(share * (double)histogram->count), seen = 0;
    for (int bucket = 0; bucket < 1024; bucket++) {
        seen += histogram->buckets[bucket];
        if (seen > rank) return middle_of(bucket);
    }
    return 0;
}
