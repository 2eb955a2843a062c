// What makes rare orders of events frequent: calls of libcurl that come back late, and a name with two addresses.

#ifndef SESSION_POOL_CCHAOS_H
#define SESSION_POOL_CCHAOS_H

/// In how many of 1000 calls of `send` the thread is held up until the peer has answered, as if it had been preempted.
void cchaos_hold_sends(int per_mille, unsigned seed);

/// How often a thread was held up.
long cchaos_held(void);

/// Ends the process at once, whatever its threads do.
_Noreturn void cchaos_exit(int status);

#endif
