#ifndef SESSION_POOL_CMICROHTTPD_SHIM_H
#define SESSION_POOL_CMICROHTTPD_SHIM_H

#include <microhttpd.h>
#include <gnutls/gnutls.h>

#endif
