// swift-tools-version: 6.3
import PackageDescription

// Fuzzers of what reads bytes from a wire; Scripts/fuzz builds it with libFuzzer and AddressSanitizer, which brings the
// entry point, and runs it.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "session-pool", path: "../..")],
    targets: [
        .executableTarget(
            name: "fuzz",
            dependencies: [.product(name: "HTTPSessionPool", package: "session-pool")],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
