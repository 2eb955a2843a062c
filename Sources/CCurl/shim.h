#ifndef SESSION_POOL_CCURL_SHIM_H
#define SESSION_POOL_CCURL_SHIM_H

#include <curl/curl.h>

#endif
