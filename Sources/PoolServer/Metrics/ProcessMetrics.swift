internal import CPoolServer
internal import CurlTransport

/// What the kernel and libcurl tell about the process, by the names that other Prometheus clients use.
enum ProcessMetrics {
    static var families: [MetricFamily] {
        let facts = cps_read_process_facts()
        let known: [(String, MetricFamily.Kind, String, String?, Double)] = [
            ("process_cpu_seconds", .counter, "Processor time of the process.", "seconds", facts.processor_seconds),
            (
                "process_resident_memory_bytes", .gauge, "Memory of the process that is in RAM.", "bytes",
                Double(facts.resident_bytes)
            ),
            ("process_open_fds", .gauge, "Open file descriptors.", nil, Double(facts.open_descriptors)),
            ("process_threads", .gauge, "Threads.", nil, Double(facts.threads)),
        ]
        let build = MetricFamily.numbers(
            "session_pool_build",
            .info,
            "The versions of the package and of libcurl.",
            [([("version", PoolServer.version), ("libcurl", CurlGlobal.shared.version)], 1)]
        )
        // What the kernel does not tell is left out, not zero.
        return known.filter { $0.4 >= 0 }.map { .numbers($0.0, $0.1, $0.2, unit: $0.3, [([], $0.4)]) } + [build]
    }
}
