import Foundation
import Testing

/// Windows in `ragged batches` and `ragged plan`.
@Suite struct WindowCommandTests {
  private func store() throws -> Workspace {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    try work.good("import", "s.sqlite", "a.csv")
    return work
  }

  private struct Window: Hashable {
    var key: String
    var range: Range<Int>

    /// From its key: `s3[4..<6]`.
    init?(_ text: some StringProtocol) {
      guard let match = try? #/(.+)\[(\d+)\.\.<(\d+)\]/#.wholeMatch(in: String(text)),
        let start = Int(match.2), let end = Int(match.3)
      else { return nil }
      (key, range) = (String(match.1), start..<end)
    }
  }

  /// The windows of `keys.txt` by id.
  private func windows(_ work: Workspace, _ folder: String) throws -> [Int: Window] {
    var result: [Int: Window] = [:]
    for line in try work.text("\(folder)/keys.txt").split(separator: "\n") {
      let parts = line.split(separator: "\t")
      guard let id = Int(parts[0]), let window = Window(parts[1]) else {
        Issue.record("\(line) names no window")
        continue
      }
      result[id] = window
    }
    return result
  }

  @Test(arguments: [1, 3, 4, 100]) func eachTimestepIsWrittenOnce(length: Int) throws {
    let work = try store()
    let options = ["batches", "s.sqlite", "--window", "\(length)", "--keep-tail", "--batch-size", "7"]
    #expect(try work.ragged(options + ["--output", "out"]).status == 0)
    var seen: [String: [Int]] = [:]
    for window in try windows(work, "out").values {
      #expect(window.range.count <= length)
      seen[window.key, default: []] += window.range
    }
    #expect(seen.mapValues { $0.sorted() } == Dictionary((0..<40).map { ("s\($0)", Array(0..<3 + $0 % 7)) }) { $1 })
    struct Plan: Decodable {
      struct Batch: Decodable { var ids: [Int] }
      var timesteps: Int
      var batches: [Batch]
    }
    let plan = try work.ragged(options + ["--json"]).json(Plan.self)
    #expect(plan.timesteps == 235)
    #expect(plan.batches.flatMap(\.ids).sorted() == Array(0..<(try windows(work, "out").count)))
  }

  @Test func strideAndTailAreThoseOfTraining() throws {
    let work = try store()
    let lengths = (0..<40).map { 3 + $0 % 7 }
    let full = lengths.map { $0 < 4 ? 0 : ($0 - 4) / 2 + 1 }.reduce(0, +)
    let tails = lengths.filter { $0 % 2 == 1 }.count
    for (extra, count) in [([String](), full), (["--keep-tail"], full + tails)] {
      let options = ["s.sqlite", "--window", "4", "--stride", "2"] + extra
      let plan = try work.ragged(["plan"] + options).output
      let timesteps = 4 * full + (extra.isEmpty ? 0 : 3 * tails)
      #expect(plan.hasPrefix("data: 40 sequences in \(count) windows, \(timesteps) timesteps\n"), "\(plan)")
      let listed = try work.ragged(["batches", "--list", "--batch-size", "1", "--batching", "padded"] + options)
      #expect(listed.output.contains("\n\(count) batches, 0.0 % padding, widest batch 4 timesteps\n"))
      #expect(listed.outputLines.count { $0.hasSuffix(" 0.0 %") } == count + 1)
    }
  }

  @Test(.enabled(if: BatchesCommandTests.hasNumpy)) func aWindowHoldsItsTimesteps() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,x,label\na,1,u\nb,2,v\nb,3,v\nc,4,u\nc,5,u\nc,6,u\nc,7,u\nc,8,u\n")
    try work.good("import", "s.sqlite", "a.csv")
    let written = try work.good(
      "batches", "s.sqlite", "--window", "3", "--stride", "2", "--keep-tail", "--batching", "padded", "--no-shuffle",
      "--output", "out")
    #expect(written.output == "wrote 1 batch to out\n")
    #expect(try work.text("out/keys.txt") == "0\ta[0..<1]\n1\tb[0..<2]\n2\tc[0..<3]\n3\tc[2..<5]\n")
    try work.write(
      "show.py",
      """
      import numpy
      batch = numpy.load("out/batch-00000.npz")
      for name in ("values", "mask", "lengths", "targets", "ids"):
          print(name, batch[name].squeeze().astype(int).tolist())
      """)
    #expect(
      try work.shell("python3 show.py").output == """
        values [[1, 0, 0], [2, 3, 0], [4, 5, 6], [6, 7, 8]]
        mask [[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 1, 1]]
        lengths [1, 2, 3, 3]
        targets [0, 1, 0, 0]
        ids [0, 1, 2, 3]

        """)
  }

  /// A class is counted once a window.
  @Test func classesGoWithTheirWindows() throws {
    struct Plans: Decodable {
      struct Row: Decodable {
        struct Quality: Decodable { var classImbalance: Double? }
        var quality: Quality
      }
      var plans: [Row]
    }
    let work = try Workspace()
    // 30 windows of one class, then 30 of the other, in stored order: as unequal as can be.
    let rows = (0..<6).flatMap { sequence in (0..<20).map { "s\(sequence),\($0),\(sequence < 3 ? "u" : "v")" } }
    try work.write("a.csv", "id,x,label\n" + rows.joined(separator: "\n") + "\n")
    try work.good("import", "s.sqlite", "a.csv")
    let plans = try work.good(
      "plan", "s.sqlite", "--window", "2", "--batch-size", "15", "--no-shuffle", "--json"
    ).json(Plans.self)
    // χ² = 60 against a mean of (4 - 1)(2 - 1) 60 / 59.
    let imbalance = try #require(plans.plans.first?.quality.classImbalance)
    #expect(abs(imbalance - 59 / 3) < 1e-9)
  }

  @Test(arguments: ["batches", "plan"]) func windowsWithoutMeaningAreRefused(command: String) throws {
    let work = try store()
    for (message, options) in [
      ("--window is 0, expected at least 1", ["--window", "0"]),
      ("--stride is -1, expected at least 1", ["--window", "3", "--stride=-1"]),
      ("--stride needs --window", ["--stride", "3"]), ("--keep-tail needs --window", ["--keep-tail"]),
      (
        "--window is 9223372036854775807, expected at most 2147483647",
        ["--window", "9223372036854775807", "--stride", "1"]
      ),
    ] {
      let result = try work.ragged([command, "s.sqlite"] + options)
      #expect(result.status == 64, "\(options): \(result.errors)")
      #expect(result.errors.contains(message), "\(options): \(result.errors)")
      #expect(result.output == "")
    }
    try work.bad(
      65,
      "no window of 10 timesteps fits into the sequences, the longest of which has 9; shorter windows may be kept",
      command, "s.sqlite", "--window", "10")
    try work.bad(
      64, "sequence \"s0[0..<3]\" has 3 timesteps, more than the limit of 2 timesteps per batch", command, "s.sqlite",
      "--window", "3", "--max-timesteps", "2")
  }
}
