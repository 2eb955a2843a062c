#define _GNU_SOURCE 1
#include "CTestSupport.h"

int ctest_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
