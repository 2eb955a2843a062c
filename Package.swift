// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "session-pool",
    products: [
        .library(name: "HTTPSessionPool", targets: ["HTTPSessionPool"]),
        .library(name: "AIProviders", targets: ["AIProviders"]),
        .library(name: "PoolServer", targets: ["PoolServer"]),
        .library(name: "PoolSettings", targets: ["PoolSettings"]),
        .library(name: "ProviderSimulator", targets: ["ProviderSimulator"]),
        .executable(name: "session-pool", targets: ["session-pool"]),
    ],
    targets: [
        // System libraries: module maps and static inline wrappers for what Swift cannot call.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),

        // libmicrohttpd behind a few plain functions: whole requests in, answers pulled piece by piece.
        .target(
            name: "CMicroHTTPDShim",
            dependencies: ["CMicroHTTPD"],
            linkerSettings: [.linkedLibrary("microhttpd"), .linkedLibrary("gnutls")]
        ),

        // toml++ behind a few plain C functions; the only C++ in the package.
        .target(name: "CToml"),
        // libmicrohttpd again, for a server of whole answers that slow clients cannot hold up.
        .target(
            name: "CPoolServer",
            dependencies: ["CMicroHTTPD"],
            linkerSettings: [.linkedLibrary("microhttpd")]
        ),

        // The core product: the engine and the pool. It links libcurl and nothing else.
        .target(name: "CurlTransport", dependencies: ["CCurl", "CLinux"]),
        .target(name: "HTTPSessionPool", dependencies: ["CurlTransport"]),

        // Around it.
        .target(name: "AIProviders", dependencies: ["HTTPSessionPool"]),
        .target(name: "PoolSettings", dependencies: ["AIProviders", "CToml", "CurlTransport", "HTTPSessionPool"]),
        .target(name: "PoolServer", dependencies: ["CPoolServer", "CurlTransport", "HTTPSessionPool"]),
        .target(name: "ProviderSimulator", dependencies: ["CMicroHTTPDShim"]),
        .executableTarget(
            name: "session-pool",
            dependencies: [
                "AIProviders", "CurlTransport", "HTTPSessionPool", "PoolServer", "PoolSettings", "ProviderSimulator",
            ]
        ),

        // Tests: a target per library, then real servers and long random runs.
        .target(name: "CTestSupport", path: "Tests/CTestSupport"),
        .target(name: "TestSupport", dependencies: ["CLinux", "CTestSupport"], path: "Tests/TestSupport"),
        .testTarget(name: "CurlTransportTests", dependencies: ["CurlTransport", "TestSupport"]),
        .testTarget(name: "HTTPSessionPoolTests", dependencies: ["CurlTransport", "HTTPSessionPool", "TestSupport"]),
        .testTarget(
            name: "AIProvidersTests",
            dependencies: ["AIProviders", "HTTPSessionPool", "ProviderSimulator", "TestSupport"]
        ),
        .testTarget(
            name: "PoolSettingsTests",
            dependencies: ["AIProviders", "HTTPSessionPool", "PoolSettings", "ProviderSimulator", "TestSupport"]
        ),
        .testTarget(
            name: "PoolServerTests",
            dependencies: ["CurlTransport", "HTTPSessionPool", "PoolServer", "TestSupport"],
            exclude: ["python"]
        ),
        .testTarget(name: "ProviderSimulatorTests", dependencies: ["ProviderSimulator", "TestSupport"]),
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["AIProviders", "CurlTransport", "HTTPSessionPool", "ProviderSimulator", "TestSupport"],
            exclude: ["python"]
        ),
        .testTarget(name: "StressTests", dependencies: ["CurlTransport", "HTTPSessionPool", "TestSupport"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

for target in package.targets where [.regular, .executable, .test].contains(target.type) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("ImmutableWeakCaptures"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
}
