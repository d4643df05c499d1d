import Foundation
import Testing

/// Ways of batching side by side, and the limits that all commands take.
@Suite struct PlanCommandTests {
  /// Lengths 1, 2 and 5 with one feature.
  private func store() throws -> Workspace {
    let work = try Workspace()
    try work.write("a.csv", "id,x,label\na,1,u\nb,2,v\nb,3,v\nc,4,u\nc,5,u\nc,6,u\nc,7,u\nc,8,u\n")
    try work.good("import", "s.sqlite", "a.csv")
    return work
  }

  @Test func waysAreCompared() throws {
    let work = try store()
    let plan = try work.good("plan", "s.sqlite", "--batch-size", "2", "--batch-cost", "4", "--no-shuffle")
    #expect(
      plan.output == """
        data: 3 sequences, 8 timesteps

                                     widest  largest  cost    cost
                   batches  padding   batch    batch  real  padded  adjacent  moved  lengths  classes
        padded           2   11.1 %       5   0.0 kB  2.00    2.12         –   0.00     1.00     0.50
        buckets:2        2   11.1 %       5   0.0 kB  2.00    2.12         –   0.00     1.00     0.50
        exact            3    0.0 %       5   0.0 kB  2.50    2.50         –   0.00     1.00     1.00
        pool:32          2   11.1 %       5   0.0 kB  2.00    2.12         –   0.00     1.00     0.50
        packed:10        1    0.0 %       8   0.0 kB  1.50    1.50         –   1.50        –        –

        recommended for ragged train: padded
          it costs least, and mixes lengths best of the 3 within 2 %

        recommended for a framework that computes padding: padded
          it costs least, and mixes lengths best of the 3 within 2 %

        """)
  }

  @Test func theTableFitsAHundredColumns() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings(0..<3000))
    try work.good("import", "s.sqlite", "a.csv", "--split", "test")
    for options in [
      [], ["--drop-remainder", "--batch-size", "100"], ["--batch-size", "1", "--largest-first"],
      ["--max-timesteps", "20"],
    ] {
      let result = try work.ragged(["plan", "s.sqlite"] + options)
      #expect(result.status == 0, "\(result.errors)")
      for line in result.outputLines { #expect(line.count <= 100, "\(line)") }
    }
  }

  private struct Plans: Decodable {
    struct Policy: Decodable { var grouping: String }
    struct Row: Decodable {
      var policy: Policy
      var batches: Int
      var dropped: Int
      var timesteps: Int
      var paddedTimesteps: Int
      var paddingShare: Double
      var widestBatch: Int
      var largestBytes: Int
      var realCost: Double
      var paddedCost: Double
    }
    struct Advice: Decodable {
      var counted: String
      var grouping: String
      var reason: String
    }
    var plans: [Row]
    var recommended: [Advice]
  }

  @Test func theyAreAlsoJSON() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    try work.good("import", "s.sqlite", "a.csv")
    let options = ["plan", "s.sqlite", "--json", "--max-padded-timesteps", "40", "--max-bytes", "270"]
    let plans = try work.ragged(options).json(Plans.self)
    #expect(
      plans.plans.map(\.policy.grouping) == ["padded", "buckets:2", "buckets:4", "exact", "pool:32", "packed:18"])
    for row in plans.plans {
      // Two features and a mask: 9 bytes.
      #expect(row.widestBatch <= 30 && row.largestBytes == 9 * row.widestBatch)
      #expect(row.timesteps == 235 && row.dropped == 0)
      #expect(row.paddingShare == 1 - 235 / Double(row.paddedTimesteps))
      #expect(abs(row.realCost - (1 + 1000 * Double(row.batches) / 235)) < 1e-9)
    }
    #expect(plans.recommended.map(\.counted) == ["real", "padded"])
    #expect(try work.ragged(options).output == work.ragged(options).output)
  }

  @Test func partsAndDroppedSequencesAreTold() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    try work.good("import", "s.sqlite", "a.csv")
    let part = try work.good("plan", "s.sqlite", "--class", "run", "--drop-remainder", "--batch-size", "8").output
    #expect(part.hasPrefix("data: 20 sequences, "))
    #expect(part.contains("left out: 4 by padded, "))
  }

  /// The limits that `plan` takes are those of `batches` and `train`.
  @Test func limitsHoldForBatches() throws {
    struct Plan: Decodable {
      struct Batch: Decodable {
        var ids: [Int]
        var longest: Int
      }
      struct Cost: Decodable { var widestBatch: Int }
      var cost: Cost
      var batches: [Batch]
    }
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    try work.good("import", "s.sqlite", "a.csv")
    let plan = try work.good(
      "batches", "s.sqlite", "--json", "--max-padded-timesteps", "50", "--largest-first", "--batching", "pool:2",
      "--shuffle", "blocks:10,2"
    ).json(Plan.self)
    #expect(plan.cost.widestBatch <= 50)
    #expect(plan.batches.map { $0.ids.count * $0.longest }.max() == plan.batches[0].ids.count * plan.batches[0].longest)
    #expect(plan.batches.flatMap(\.ids).sorted() == Array(0..<40))
    // With a cost a batch, a budget moves the limits of the buckets.
    func buckets(_ options: String...) throws -> String {
      let all = ["batches", "s.sqlite", "--batching", "buckets:2", "--max-padded-timesteps", "12"] + options
      return try work.ragged(all).outputLines.map { String($0.prefix(7)) }.joined()
    }
    #expect(try buckets() != buckets("--batch-cost", "100"))
    let trained = try work.good(
      "train", "s.sqlite", "--model", "lstm(2)", "--epochs", "1", "--max-timesteps", "30", "--batching", "packed:20")
    #expect(trained.output.contains("finished after 1 epoch"))
  }

  @Test func packedBatchesAreListedAndWritten() throws {
    let work = try store()
    let options = ["batches", "s.sqlite", "--batching", "packed:6", "--batch-size", "2", "--no-shuffle"]
    let listed = try work.ragged(options + ["--list"])
    #expect(
      listed.output == """
        lengths  sequences  batches  timesteps  padded  padding
        0–               3        1          8      12   33.3 %

        1 batch, 33.3 % padding, widest batch 12 timesteps

        batch  sequences  rows  T  timesteps  padding
        0              3     2  6          8   33.3 %

        """)
    #expect(try work.ragged(options + ["--output", "rows"]).output == "wrote 1 batch to rows\n")
    guard BatchesCommandTests.hasNumpy else { return }
    try work.write(
      "show.py",
      """
      import numpy, sys
      batch = numpy.load(sys.argv[1])
      for name in ("values", "resets", "rows", "starts", "lengths", "targets", "ids"):
          print(name, batch[name].squeeze().astype(int).tolist())
      """)
    let shown = try work.shell("python3 show.py rows/batch-00000.npz")
    #expect(
      shown.output == """
        values [[4, 5, 6, 7, 8, 1], [2, 3, 0, 0, 0, 0]]
        resets [[1, 0, 0, 0, 0, 1], [1, 0, 0, 0, 0, 0]]
        rows [0, 0, 1]
        starts [0, 5, 0]
        lengths [5, 1, 2]
        targets [0, 0, 1]
        ids [2, 0, 1]

        """)
  }

  @Test func whatHasNoMeaningIsRefused() throws {
    let work = try store()
    try work.bad(
      64, "sequence \"c\" has 5 timesteps, more than the limit of 4 timesteps per batch", "plan", "s.sqlite",
      "--max-timesteps", "4")
    try work.bad(
      64, "sequence \"c\" has 5 timesteps, more than a packed row's 3", "batches", "s.sqlite", "--batching",
      "packed:3")
    try work.bad(
      64, "--max-bytes is 0, expected at least 1", "plan", "s.sqlite", "--max-bytes", "0")
    try work.bad(64, "--batch-cost is -1, expected at least 0", "plan", "s.sqlite", "--batch-cost=-1")
    try work.bad(
      64, "the cost of a batch is -2.0, expected at least 0", "batches", "s.sqlite", "--batch-cost=-2")
    try work.bad(64, "'some' is invalid for '--shuffle", "plan", "s.sqlite", "--shuffle", "some")
    try work.bad(
      64, "--no-shuffle and --shuffle full exclude each other", "batches", "s.sqlite", "--shuffle", "full",
      "--no-shuffle")
    try work.bad(
      64, "the order mixes 8 blocks of 0 sequences", "train", "s.sqlite", "--shuffle", "blocks:0")
  }
}
