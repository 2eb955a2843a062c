/// Waits for something that has no event to await; a task that yields instead of sleeping would starve the others.
///
/// `pause` lies between two looks: more than the default where a look is a request or a command of its own.
package func eventually(
    every pause: Duration = .milliseconds(1),
    _ condition: () async throws -> Bool
) async throws {
    while try await !condition() { try await Task.sleep(for: pause) }
}
