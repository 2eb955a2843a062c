// What tests need of C: Swift does not import fork.

#ifndef SESSION_POOL_CTESTSUPPORT_H
#define SESSION_POOL_CTESTSUPPORT_H

#include <sys/types.h>

/// fork(2), which Swift marks as unavailable.
pid_t ctest_fork(void);

#endif
