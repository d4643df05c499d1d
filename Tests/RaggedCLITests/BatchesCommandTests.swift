import Foundation
import Testing

/// Plans, and batches as files that numpy reads.
@Suite struct BatchesCommandTests {
  static let hasNumpy = (try? Workspace().shell("python3 -c 'import numpy'").status) == 0

  /// Lengths 1, 2 and 5 with one feature that counts 1, 2, ….
  private func store() throws -> Workspace {
    let work = try Workspace()
    try work.write("a.csv", "id,x,label\na,1,u\nb,2,v\nb,3,v\nc,4,u\nc,5,u\nc,6,u\nc,7,u\nc,8,u\n")
    try work.good("import", "s.sqlite", "a.csv")
    return work
  }

  @Test func thePlanIsPrinted() throws {
    let work = try store()
    let plan = try work.good(
      "batches", "s.sqlite", "--batching", "boundaries:2", "--batch-size", "2", "--list", "--no-shuffle")
    #expect(
      plan.output == """
        lengths  sequences  batches  timesteps  padded  padding
        0–2              2        1          3       4   25.0 %
        3–               1        1          5       5    0.0 %

        2 batches, 11.1 % padding, widest batch 5 timesteps

        batch  sequences  T  timesteps  padding
        0              2  2          3   25.0 %
        1              1  5          5    0.0 %

        """)
    let dropped = try work.good(
      "batches", "s.sqlite", "--batching", "boundaries:2", "--batch-size", "2", "--drop-remainder")
    #expect(dropped.output.contains("1 left out"))
  }

  @Test func thePlanIsAlsoJSON() throws {
    struct Plan: Decodable {
      struct Batch: Decodable {
        var ids: [Int]
        var longest: Int
      }
      var timesteps: Int
      var paddedTimesteps: Int
      var paddingShare: Double
      var batches: [Batch]
    }
    let work = try store()
    let options = ["batches", "s.sqlite", "--batching", "padded", "--batch-size", "2", "--json"]
    let first = try work.ragged(options)
    let plan = try first.json(Plan.self)
    #expect(plan.batches.flatMap(\.ids).sorted() == [0, 1, 2])
    #expect(plan.batches.count == 2 && plan.timesteps == 8)
    #expect(plan.paddingShare == 1 - 8 / Double(plan.paddedTimesteps))
    #expect(try work.ragged(options).output == first.output)
    let orders = try (1...8).map { try work.ragged(options + ["--epoch", "\($0)"]).json(Plan.self).batches.map(\.ids) }
    #expect(Set(orders).count > 1)
  }

  @Test(.enabled(if: hasNumpy)) func numpyReadsValuesMasksLengthsAndTargets() throws {
    let work = try store()
    let script = """
      import numpy, sys
      batch = numpy.load(sys.argv[1])
      print(sorted(batch.files))
      print(batch["values"][..., 0].tolist(), batch["values"].dtype, batch["values"].shape)
      print(batch["mask"].astype(int).tolist(), batch["mask"].dtype)
      print(batch["lengths"].tolist(), batch["targets"].tolist(), batch["ids"].tolist())
      """
    try work.write("show.py", script)
    func show(_ folder: String, _ options: String...) throws -> [String] {
      let written = try work.ragged(
        ["batches", "s.sqlite", "--batching", "padded", "--no-shuffle", "--output", folder] + options)
      #expect(written.output == "wrote 1 batch to \(folder)\n", "\(written.errors)")
      #expect(try work.text(folder + "/keys.txt") == "0\ta\n1\tb\n2\tc\n")
      let shown = try work.shell("python3 show.py \(folder)/batch-00000.npz")
      #expect(shown.status == 0, "\(shown.errors)")
      return Array(shown.outputLines.dropFirst().dropLast())
    }
    #expect(
      try show("post") == [
        "[[1.0, 0.0, 0.0, 0.0, 0.0], [2.0, 3.0, 0.0, 0.0, 0.0], [4.0, 5.0, 6.0, 7.0, 8.0]] float32 (3, 5, 1)",
        "[[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 1, 1]] bool", "[1, 2, 5] [0, 1, 0] [0, 1, 2]",
      ])
    #expect(
      try show(
        "pre", "--padding-side", "pre", "--padding-value=-1", "--maximum-length", "4", "--truncation-side", "pre")
        == [
          "[[-1.0, -1.0, -1.0, 1.0], [-1.0, -1.0, 2.0, 3.0], [5.0, 6.0, 7.0, 8.0]] float32 (3, 4, 1)",
          "[[0, 0, 0, 1], [0, 0, 1, 1], [1, 1, 1, 1]] bool", "[1, 2, 4] [0, 1, 0] [0, 1, 2]",
        ])
    #expect(
      try show("fixed", "--fixed-length", "2")[0] == "[[1.0, 0.0], [2.0, 3.0], [4.0, 5.0]] float32 (3, 2, 1)")
    #expect(try show("multiple", "--multiple", "4")[0].hasSuffix("(3, 8, 1)"))
    // Lengths that cannot both be had are refused, whatever is to be shown.
    for options in [[], ["-o", "never"], ["--json"]] {
      for (option, length) in [("fixed", "3"), ("maximum", "6")] {
        let result = try work.ragged(
          ["batches", "s.sqlite", "--\(option)-length", length, "--multiple", "4"] + options)
        #expect(result.status == 64 && result.output == "")
        #expect(
          result.errors.contains("the \(option) length is \(length), expected a multiple of 4"), "\(result.errors)")
      }
    }
  }

  @Test func theSameSeedWritesTheSameBytes() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    try work.good("import", "s.sqlite", "a.csv")
    for (folder, seed) in [("one", "3"), ("two", "3"), ("three", "4")] {
      try work.good(
        "batches", "s.sqlite", "--batching", "buckets:3", "--batch-size", "4", "--seed", seed, "--output", folder)
    }
    func files(_ folder: String) throws -> [String: Data] {
      let names = try FileManager.default.contentsOfDirectory(atPath: work.url.appending(path: folder).path)
      return try Dictionary(uniqueKeysWithValues: names.map { ($0, try work.data("\(folder)/\($0)")) })
    }
    let first = try files("one")
    #expect(first.count > 10 && first["keys.txt"] != nil)
    #expect(try files("two") == first)
    #expect(try files("three") != first)
    try work.bad(73, "one: has batches already", "batches", "s.sqlite", "--output", "one")
    try work.bad(73, "a.csv/x: cannot make the folder", "batches", "s.sqlite", "--output", "a.csv/x")
  }

  @Test func optionsWithoutAMeaningAreRefused() throws {
    let work = try store()
    let cases: [(String, [String])] = [
      ("'some' is invalid for '--batching", ["--batching", "some"]),
      ("the number of buckets is 0, expected at least 1", ["--batching", "buckets:0"]),
      ("bucket boundary 3 follows 5, expected rising boundaries", ["--batching", "boundaries:5,3"]),
      ("--batch-size is 0, expected at least 1", ["--batch-size", "0"]),
      ("--bucket-batch-sizes has \"x\", expected whole numbers", ["--bucket-batch-sizes", "1,x"]),
      ("2 batch sizes for 8 buckets", ["--bucket-batch-sizes", "1,2"]),
      ("--epoch is 0, expected at least 1", ["--epoch=0"]),
    ]
    for (message, options) in cases {
      let result = try work.ragged(["batches", "s.sqlite"] + options)
      #expect(result.status == 64, "\(options): \(result.errors)")
      #expect(result.errors.contains(message), "\(options): \(result.errors)")
    }
  }
}
