/// Reads the arguments of one command: `--name value`, `--name=value`, `--flag`, `--` before operands with dashes.
struct ArgumentParser {
    let command: CommandSpecification

    /// Sorts the arguments into options and operands.
    ///
    /// - Parameter arguments: What follows the command's name.
    /// - Returns: The options and operands.
    /// - Throws: ``UsageError`` for an option that is unknown, lacks its value or has one too many.
    func parse(_ arguments: [String]) throws(UsageError) -> ParsedArguments {
        var parsed = ParsedArguments()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                parsed.operands += rest
                break
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                parsed.operands.append(argument)
                continue
            }
            guard argument != "--help", argument != "-h" else {
                parsed.wantsHelp = true
                continue
            }
            try parseOption(argument, &rest, into: &parsed)
        }
        if command.operands == nil, let first = parsed.operands.first, !parsed.wantsHelp {
            throw UsageError(message: "\(command.name) takes no argument, but was given '\(first)'")
        }
        return parsed
    }

    private func parseOption(
        _ argument: String,
        _ rest: inout ArraySlice<String>,
        into parsed: inout ParsedArguments
    ) throws(UsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts[0].hasPrefix("--"), let option = command.option(String(parts[0].dropFirst(2))) else {
            throw UsageError.unknown("option", parts[0], of: command.options.map { "--" + $0.name } + ["--help"])
        }
        guard let placeholder = option.value else {
            guard parts.count == 1 else { throw UsageError(message: "--\(option.name) takes no value") }
            parsed.flags.insert(option.name)
            return
        }
        let value: String
        if parts.count == 2 {
            value = parts[1]
        } else if let next = rest.first, !next.hasPrefix("--") {
            value = next
            rest.removeFirst()
        } else {
            throw UsageError(message: "--\(option.name) needs a value: --\(option.name) \(placeholder)")
        }
        parsed.values[option.name] = (option.isRepeatable ? parsed.values[option.name] ?? [] : []) + [value]
    }
}
