// TOML 1.0 documents, read by toml++ and handed out as a flat list of nodes. Plain C: no C++ type and no exception
// crosses this header.

#ifndef SESSION_POOL_CTOML_H
#define SESSION_POOL_CTOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

#ifdef __cplusplus
extern "C" {
#endif

/// What a node holds.
typedef enum ctoml_kind : int {
    CTOML_TABLE = 0,
    CTOML_ARRAY = 1,
    CTOML_STRING = 2,
    CTOML_INTEGER = 3,
    CTOML_NUMBER = 4,
    CTOML_BOOLEAN = 5,
    /// A date, a time, or both; `text` has it as TOML writes it.
    CTOML_DATE = 6,
} ctoml_kind;

/// UTF-8 that belongs to the document and may contain NUL.
typedef struct ctoml_text {
    const char *bytes;
    size_t count;
} ctoml_text;

/// A place in the document; both count from 1, columns in characters.
typedef struct ctoml_position {
    uint32_t line;
    uint32_t column;
} ctoml_position;

/// A value. Which of the last fields counts is said by `kind`.
typedef struct ctoml_node {
    ctoml_kind kind;
    ctoml_position position;
    /// The name in its table; empty for elements of arrays and the root.
    ctoml_text key;
    ctoml_position key_position;
    /// Direct children of a table or array.
    size_t children;
    ctoml_text text;
    int64_t integer;
    double number;
    bool boolean;
} ctoml_node;

typedef struct ctoml_document ctoml_document;

/// The version of toml++ that this was compiled with, such as "3.3.0"; the wording of errors depends on it.
const char *ctoml_library_version(void);

/// Parses a document. Returns NULL only when memory runs out.
ctoml_document *_Nullable ctoml_parse(const char *_Nullable bytes, size_t count);
void ctoml_free(ctoml_document *_Nullable document);

/// Whether the text is a TOML document; otherwise there is a message and no node.
bool ctoml_is_valid(const ctoml_document *document);
ctoml_text ctoml_error_message(const ctoml_document *document);
ctoml_position ctoml_error_position(const ctoml_document *document);

/// The nodes, each followed by all that is in it; the first is the root table.
size_t ctoml_count(const ctoml_document *document);
/// `index` must be below the count.
ctoml_node ctoml_node_at(const ctoml_document *document, size_t index);

#ifdef __cplusplus
}
#endif

#pragma clang assume_nonnull end

#endif
