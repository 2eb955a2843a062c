#include "CTestSupport.h"

#include <unistd.h>

pid_t ctest_fork(void) { return fork(); }
