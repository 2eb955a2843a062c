// What tests need of C: Swift does not import fork, and Glibc hides closefrom behind _GNU_SOURCE.

#ifndef SESSION_POOL_CTESTSUPPORT_H
#define SESSION_POOL_CTESTSUPPORT_H

#include <spawn.h>
#include <sys/types.h>

/// fork(2), which Swift marks as unavailable.
pid_t ctest_fork(void);

/// Closes every descriptor from `first` on in a process to be spawned.
int ctest_spawn_close_from(posix_spawn_file_actions_t *_Nonnull actions, int first);

/// How many look-ups of names under `.hanging.test` hang now.
int ctest_hanging_lookups(void);

/// Lets every look-up that hangs fail now.
void ctest_release_lookups(void);

/// The same for names under `.stuck.test`.
int ctest_stuck_lookups(void);
void ctest_release_stuck_lookups(void);

/// Whether names under `.moving.test` have the loopback address, or one where nobody listens; look-ups count from 0 again.
void ctest_move_names(int to_loopback);

/// How often names under `.moving.test` have been looked up.
int ctest_moving_lookups(void);

#endif
