#include "CMicroHTTPDShim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cmhd_private_directory_create(char *path, size_t capacity) {
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || *parent == '\0') parent = "/tmp";
    int length = snprintf(path, capacity, "%s/session-pool-XXXXXX", parent);
    if (length < 0 || (size_t)length >= capacity) return ENAMETOOLONG;
    return mkdtemp(path) == NULL ? errno : 0;
}

int cmhd_private_file_write(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return errno;
    size_t left = strlen(text);
    int error = 0;
    while (left > 0 && error == 0) {
        ssize_t written = write(file, text, left);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            error = errno;
        } else {
            text += written;
            left -= (size_t)written;
        }
    }
    if (close(file) != 0 && error == 0) error = errno;
    return error;
}

int cmhd_private_path_remove(const char *path) { return remove(path) == 0 ? 0 : errno; }
