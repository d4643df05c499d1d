// swift-tools-version: 6.2
import PackageDescription

// The arrows between the modules are the architecture: a target may import what it names here and nothing else.
// A file imports what it names, and shows to others only what its declarations need. In CI every warning is an error.
let strict: [SwiftSetting] =
  ["MemberImportVisibility", "InternalImportsByDefault", "ExistentialAny"].map { .enableUpcomingFeature($0) }
  + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])
let strictC: [CSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let package = Package(
  name: "ragged",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Ragged", targets: ["Ragged"]),
    // Without SQLite: batches and masks alone, and with them formats and training.
    .library(name: "RaggedBatches", targets: ["RaggedCore", "RaggedBatching"]),
    .library(name: "RaggedModels", targets: ["RaggedCore", "RaggedBatching", "RaggedFormats", "RaggedTraining"]),
    .executable(name: "ragged", targets: ["RaggedCLI"]),
    .executable(name: "ragged-benchmarks", targets: ["RaggedBenchmarks"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Training on several ranks: `mpirun -n 4 ragged train`. Needs MPI's headers.")
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
    .systemLibrary(
      name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"]), .brew(["libxml2"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .target(name: "CRaggedKernels", cSettings: strictC),
    .target(
      name: "RaggedProtobuf", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["Messages"], swiftSettings: strict),
    .target(name: "RaggedCore", swiftSettings: strict),
    .target(name: "RaggedParquet", dependencies: ["RaggedCore", "CZlib", "CZstd"], swiftSettings: strict),
    .target(
      name: "RaggedFormats",
      dependencies: [
        "RaggedCore", "RaggedParquet", "RaggedProtobuf", "CXML2", "CZlib",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: strict),
    .target(
      name: "RaggedStore",
      dependencies: [
        "RaggedCore", "RaggedFormats", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .target(name: "RaggedBatching", dependencies: ["RaggedCore"], swiftSettings: strict),
    .target(
      name: "RaggedTraining",
      dependencies: [
        "RaggedCore", "RaggedBatching", "CRaggedKernels", .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    // Empty without the trait.
    .target(
      name: "RaggedMPI",
      dependencies: ["RaggedCore", "RaggedTraining", .target(name: "CMPI", condition: .when(traits: ["MPI"]))],
      swiftSettings: strict),
    .target(name: "RaggedReport", dependencies: ["RaggedCore"], swiftSettings: strict),
    .target(
      name: "RaggedExchange",
      dependencies: [
        "RaggedCore", "RaggedFormats", "RaggedTraining", "RaggedProtobuf",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: strict),
    .target(
      name: "RaggedRuns",
      dependencies: [
        "RaggedCore", "RaggedFormats", "RaggedStore", "RaggedBatching", "RaggedTraining", "RaggedReport",
        "RaggedExchange",
      ],
      swiftSettings: strict),
    .target(
      name: "Ragged",
      dependencies: [
        "RaggedCore", "RaggedFormats", "RaggedStore", "RaggedBatching", "RaggedTraining", "RaggedExchange",
        "RaggedRuns", .target(name: "RaggedMPI", condition: .when(traits: ["MPI"])),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "RaggedCLI",
      dependencies: [
        "Ragged", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"), .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "RaggedBenchmarks", dependencies: ["Ragged", .product(name: "GRDBSQLite", package: "GRDB.swift")],
      exclude: ["compare.py", "import_table.py", "ranks.py"], swiftSettings: strict),
    .target(
      name: "RaggedTestSupport", dependencies: ["RaggedCore"], path: "Tests/RaggedTestSupport", swiftSettings: strict),
    .testTarget(name: "RaggedCoreTests", dependencies: ["RaggedCore"], swiftSettings: strict),
    .testTarget(name: "RaggedParquetTests", dependencies: ["RaggedParquet"], swiftSettings: strict),
    .testTarget(
      name: "RaggedFormatsTests", dependencies: ["RaggedFormats", "RaggedParquet"], swiftSettings: strict),
    .testTarget(
      name: "RaggedStoreTests",
      dependencies: [
        "RaggedStore", "RaggedFormats", "RaggedTestSupport", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RaggedBatchingTests", dependencies: ["RaggedBatching", "RaggedTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "RaggedTrainingTests", dependencies: ["RaggedTraining", "CRaggedKernels", "RaggedTestSupport"],
      swiftSettings: strict),
    .testTarget(name: "RaggedReportTests", dependencies: ["RaggedReport"], swiftSettings: strict),
    .testTarget(
      name: "RaggedExchangeTests", dependencies: ["RaggedExchange", "RaggedFormats", "Ragged"], swiftSettings: strict),
    .testTarget(
      name: "RaggedTests", dependencies: ["Ragged", "RaggedRuns", "RaggedBatching", "RaggedTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "RaggedCLITests",
      dependencies: ["Ragged", "RaggedCLI", .product(name: "GRDB", package: "GRDB.swift")], swiftSettings: strict),
    .target(
      name: "RaggedFuzzing",
      dependencies: ["Ragged", .product(name: "GRDB", package: "GRDB.swift")], path: "Tests/RaggedFuzzing",
      swiftSettings: strict),
    .testTarget(name: "RaggedFuzzTests", dependencies: ["RaggedFuzzing"], swiftSettings: strict),
  ]
)

// libFuzzer brings its own main and wants every module built for it, so its program is made on demand alone: see
// Tests/README.md.
if Context.environment["RAGGED_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "RaggedFuzzer", dependencies: ["RaggedFuzzing"], path: "Tests/RaggedFuzzer",
      swiftSettings: strict))
}
