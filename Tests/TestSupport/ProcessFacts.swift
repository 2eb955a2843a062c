import Foundation
import Glibc

/// What this process holds, read from `/proc/self`.
package enum ProcessFacts {
    /// Open descriptors, without the one that the count itself needs and those of the runtime's own timers, which it
    /// opens when it first needs them.
    package static func openDescriptors() throws -> Int {
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return descriptors.count { descriptor in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
            // The descriptor of the listing is closed by now, and has no target any more.
            guard let target else { return false }
            return target != "anon_inode:[timerfd]"
        }
    }

    /// Open sockets of all kinds.
    package static func openSockets() throws -> Int {
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        // A descriptor may close between the listing and the look: it is then no open socket.
        return descriptors.count { descriptor in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
            return target?.hasPrefix("socket:") == true
        }
    }

    /// Threads alive.
    package static func threads() throws -> Int {
        try status("Threads")
    }

    /// Threads alive whose name begins so.
    ///
    /// While a thread ends, the kernel's listing may leave out another one: only two lists that agree count.
    package static func threads(named prefix: String) throws -> Int {
        var last = try identifiers(ofThreadsNamed: prefix)
        while true {
            let next = try identifiers(ofThreadsNamed: prefix)
            guard next != last else { return next.count }
            last = next
        }
    }

    private static func identifiers(ofThreadsNamed prefix: String) throws -> Set<String> {
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
        return Set(
            tasks.filter { task in
                // A thread may end between the listing and the look: it is then none.
                let name = try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)
                return name?.hasPrefix(prefix) == true
            }
        )
    }

    /// Resident memory in bytes.
    package static func residentBytes() throws -> Int {
        try status("VmRSS") * 1_024
    }

    /// CPU time of the whole process, user and system.
    package static func cpuTime() -> Duration {
        var usage = rusage()
        unsafe getrusage(RUSAGE_SELF.rawValue, &usage)
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    private static func seconds(_ time: timeval) -> Duration {
        .seconds(time.tv_sec) + .microseconds(time.tv_usec)
    }

    private static func status(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        guard let number = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
            throw MissingFact(name: name)
        }
        return number
    }

    /// `/proc/self/status` has no such line.
    package struct MissingFact: Error {
        package let name: String
    }
}
