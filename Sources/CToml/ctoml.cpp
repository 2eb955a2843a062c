// toml++ is used as headers only and without exceptions of its own; what the standard library throws ends here.

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
// Settings nest three deep; every level costs stack, here and in Swift.
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>

#include "ctoml.h"

#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

struct ctoml_document {
    std::vector<ctoml_node> nodes;
    // A deque never moves its strings: the nodes point into them.
    std::deque<std::string> texts;
    ctoml_text message{"", 0};
    ctoml_position position{1, 1};

    ctoml_text keep(std::string text) {
        texts.push_back(std::move(text));
        return {texts.back().data(), texts.back().size()};
    }
};

namespace {

/// More dots than any sensible key has.
constexpr int most_dots = 32;

ctoml_position position_of(const toml::source_region &region) {
    return {static_cast<uint32_t>(region.begin.line), static_cast<uint32_t>(region.begin.column)};
}

/// The first key of more than `most_dots` dots, which toml++ would follow until the stack ends.
///
/// Strings and comments are skipped. After a syntax error they may be misread, but toml++ stops at such an error.
class KeyScanner {
public:
    explicit KeyScanner(std::string_view text) : text(text) {}

    std::optional<ctoml_position> find_deep_key() {
        while (at < text.size()) {
            const char byte = text[at];
            if (byte == '#') {
                skip_comment();
            } else if (byte == '"' || byte == '\'') {
                skip_string(byte);
            } else {
                if (byte == '.' && ++dots > most_dots) { return place(); }
                if (std::string_view("=,{}[]\n").find(byte) != std::string_view::npos) { dots = 0; }
                step();
            }
        }
        return std::nullopt;
    }

private:
    std::string_view text;
    size_t at = 0;
    uint32_t line = 1;
    size_t line_start = 0;
    int dots = 0;

    ctoml_position place() const { return {line, static_cast<uint32_t>(at - line_start + 1)}; }

    void step() {
        if (text[at] == '\n') {
            ++line;
            line_start = at + 1;
        }
        ++at;
    }

    void skip_comment() {
        while (at < text.size() && text[at] != '\n') { step(); }
    }

    void skip_string(char quote) {
        const std::string triple(3, quote);
        const bool is_long = text.substr(at, 3) == triple;
        for (int count = is_long ? 3 : 1; count > 0; --count) { step(); }
        while (at < text.size()) {
            if (text[at] == '\\' && quote == '"') {
                step();
                if (at < text.size()) { step(); }
            } else if (is_long ? text.substr(at, 3) == triple : text[at] == quote) {
                // A long string may end with up to two quotes of its own.
                while (at < text.size() && text[at] == quote) {
                    step();
                    if (!is_long) { return; }
                }
                return;
            } else if (!is_long && text[at] == '\n') {
                return;
            } else {
                step();
            }
        }
    }
};

template <typename Value> std::string printed(const Value &value) {
    std::ostringstream stream;
    stream << value;
    return stream.str();
}

void add(ctoml_document &document, const toml::node &node, const toml::key *key) {
    ctoml_node added{};
    added.position = position_of(node.source());
    added.key = {"", 0};
    added.text = {"", 0};
    if (key != nullptr) {
        added.key = document.keep(std::string(key->str()));
        added.key_position = position_of(key->source());
    }
    if (const toml::table *table = node.as_table()) {
        added.kind = CTOML_TABLE;
        added.children = table->size();
        document.nodes.push_back(added);
        for (auto &&[name, child] : *table) { add(document, child, &name); }
        return;
    }
    if (const toml::array *array = node.as_array()) {
        added.kind = CTOML_ARRAY;
        added.children = array->size();
        document.nodes.push_back(added);
        for (auto &&child : *array) { add(document, child, nullptr); }
        return;
    }
    if (const auto *string = node.as_string()) {
        added.kind = CTOML_STRING;
        added.text = document.keep(string->get());
    } else if (const auto *integer = node.as_integer()) {
        added.kind = CTOML_INTEGER;
        added.integer = integer->get();
    } else if (const auto *number = node.as_floating_point()) {
        added.kind = CTOML_NUMBER;
        added.number = number->get();
    } else if (const auto *boolean = node.as_boolean()) {
        added.kind = CTOML_BOOLEAN;
        added.boolean = boolean->get();
    } else if (const auto *date = node.as_date()) {
        added.kind = CTOML_DATE;
        added.text = document.keep(printed(date->get()));
    } else if (const auto *time = node.as_time()) {
        added.kind = CTOML_DATE;
        added.text = document.keep(printed(time->get()));
    } else if (const auto *date_time = node.as_date_time()) {
        added.kind = CTOML_DATE;
        added.text = document.keep(printed(date_time->get()));
    }
    document.nodes.push_back(added);
}

void parse(ctoml_document &document, std::string_view text) {
    if (const auto deep = KeyScanner(text).find_deep_key()) {
        document.message = document.keep("key of more than " + std::to_string(most_dots + 1) + " parts");
        document.position = *deep;
        return;
    }
    const toml::parse_result result = toml::parse(text);
    if (result.failed()) {
        document.message = document.keep(std::string(result.error().description()));
        document.position = position_of(result.error().source());
        return;
    }
    add(document, result.table(), nullptr);
}

} // namespace

extern "C" {

const char *ctoml_library_version(void) {
#define CTOML_TEXT_OF(number) #number
#define CTOML_TEXT(number) CTOML_TEXT_OF(number)
    return CTOML_TEXT(TOML_LIB_MAJOR) "." CTOML_TEXT(TOML_LIB_MINOR) "." CTOML_TEXT(TOML_LIB_PATCH);
}

ctoml_document *ctoml_parse(const char *bytes, size_t count) {
    try {
        auto document = std::make_unique<ctoml_document>();
        parse(*document, bytes == nullptr ? std::string_view() : std::string_view(bytes, count));
        return document.release();
    } catch (...) {
        // Nothing here throws but an allocation.
        return nullptr;
    }
}

void ctoml_free(ctoml_document *document) { delete document; }

bool ctoml_is_valid(const ctoml_document *document) { return !document->nodes.empty(); }

ctoml_text ctoml_error_message(const ctoml_document *document) { return document->message; }

ctoml_position ctoml_error_position(const ctoml_document *document) { return document->position; }

size_t ctoml_count(const ctoml_document *document) { return document->nodes.size(); }

ctoml_node ctoml_node_at(const ctoml_document *document, size_t index) { return document->nodes[index]; }

} // extern "C"
