// swift-tools-version: 6.3
import PackageDescription

// The clients of Scripts/chaos; its servers are Python programs.
let package = Package(
    name: "chaos",
    dependencies: [.package(name: "session-pool", path: "../..")],
    targets: [
        .target(name: "CChaos", linkerSettings: [.linkedLibrary("dl")]),
        .executableTarget(
            name: "chaos",
            dependencies: ["CChaos", .product(name: "HTTPSessionPool", package: "session-pool")],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
