#include "client.h"
void run_stream(const struct options *options) { (void)options; fail("later"); }
void run_idle(const struct options *options) { (void)options; fail("later"); }
