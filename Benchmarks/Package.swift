// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "Benchmarks",
    dependencies: [
        .package(name: "session-pool", path: "..")
    ],
    targets: [
        // Clocks, processor time and memory, the same for the clients in C and in Swift.
        .target(name: "CBenchSupport"),
        .target(name: "BenchSupport", dependencies: ["CBenchSupport"]),

        // The yardstick: libcurl without anything on top, in both of its drive modes.
        .executableTarget(
            name: "bench-curl",
            dependencies: ["CBenchSupport"],
            linkerSettings: [.linkedLibrary("curl")]
        ),
        // Streams of events, as fast as a client takes them or paced.
        .executableTarget(name: "bench-sse-server"),
        // This package.
        .executableTarget(
            name: "bench-pool",
            dependencies: ["BenchSupport", .product(name: "HTTPSessionPool", package: "session-pool")]
        ),
        // A mixed day with the providers' clients, and the providers.
        .executableTarget(
            name: "bench-providers",
            dependencies: [
                "BenchSupport",
                .product(name: "AIProviders", package: "session-pool"),
                .product(name: "HTTPSessionPool", package: "session-pool"),
                .product(name: "ProviderSimulator", package: "session-pool"),
            ]
        ),
        .executableTarget(
            name: "bench-simulator",
            dependencies: [.product(name: "ProviderSimulator", package: "session-pool")]
        ),
        // What Foundation offers.
        .executableTarget(name: "bench-urlsession", dependencies: ["BenchSupport"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where !["CBenchSupport", "bench-curl", "bench-sse-server"].contains(target.name) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
}
