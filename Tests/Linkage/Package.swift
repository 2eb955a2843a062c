// swift-tools-version: 6.3
import PackageDescription

// A program that uses the core product and nothing else; CI looks at what it links.
let package = Package(
    name: "linkage-probe",
    dependencies: [.package(name: "session-pool", path: "../..")],
    targets: [
        .executableTarget(
            name: "linkage-probe",
            dependencies: [.product(name: "HTTPSessionPool", package: "session-pool")]
        )
    ]
)
