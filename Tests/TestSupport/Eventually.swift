/// Waits for something that has no event to await; a task that yields instead of sleeping would starve the others.
package func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(1)) }
}
