// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "Examples",
    dependencies: [
        .package(name: "session-pool", path: "..")
    ],
    targets: [
        .executableTarget(
            name: "Tour",
            dependencies: [
                .product(name: "AIProviders", package: "session-pool"),
                .product(name: "HTTPSessionPool", package: "session-pool"),
                .product(name: "ProviderSimulator", package: "session-pool"),
            ]
        ),
        .executableTarget(
            name: "Resources",
            dependencies: [.product(name: "HTTPSessionPool", package: "session-pool")]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
}
