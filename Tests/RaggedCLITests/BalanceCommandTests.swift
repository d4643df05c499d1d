import Foundation
import Testing

/// `--class-weight`, `--sample` and weights of timesteps, from a file to figures.
@Suite struct BalanceCommandTests {
  /// Sequences of which every tenth is a fall, by two channels and a weight per timestep; the class can be told by `x`, but
  /// not surely.
  static func log(_ sequences: Int = 120) -> String {
    var rows = ["id,channel,x,w,label,step"]
    for number in 0..<sequences {
      let isFall = number % 10 == 3
      for t in 0..<2 + number % 5 {
        let x = (isFall ? 0.4 : -0.2) + Double((number * 37 + t * 11) % 20) / 20
        let step = isFall && t == 1 ? "hit" : "none"
        rows.append(
          "s\(number),\(number % 4 == 0 ? "shop" : "web"),\(x),\(1 + t % 2),\(isFall ? "fall" : "walk"),\(step)")
      }
    }
    return rows.joined(separator: "\n") + "\n"
  }

  private func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("a.csv", Self.log())
    try work.good(
      "import", "s.sqlite", "a.csv", "--id", "id", "--features", "x", "--target", "label", "--static", "channel",
      "--number", "w", "--category", "step", "-q", "--split", "0.8,0.2")
    return work
  }

  private func trained(_ work: Workspace, _ options: [String]) throws -> CommandResult {
    try work.ragged(
      ["train", "s.sqlite", "--inputs", "x", "-m", "lstm(4)", "-e", "2", "--force", "--threads", "1", "-o", "m"]
        + options)
  }

  @Test func classWeightsAreSaidKeptAndChangeTheModel() throws {
    let work = try workspace()
    #expect(try trained(work, []).status == 0)
    let plain = try work.good("predict", "m.last.ragged", "s.sqlite").output
    let result = try trained(work, ["--class-weight", "balanced"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("class weights: fall "), "\(result.errors)")
    #expect(result.errors.contains("the loss has them, val_loss and \"ragged evaluate\" have not"))
    #expect(try work.good("predict", "m.last.ragged", "s.sqlite").output != plain)
    let judged = try work.good("evaluate", "m.last.ragged", "s.sqlite")
    #expect(judged.errors.contains("trained with class weights; the loss here is without them"))
    // Weights that are all alike are none, but for their size.
    let alike = try trained(work, ["--class-weight", "fall=1,walk=1", "-q"])
    #expect(alike.status == 0)
    #expect(try work.good("predict", "m.last.ragged", "s.sqlite").output == plain)
  }

  @Test func resumingTakesTheSameWeights() throws {
    let work = try workspace()
    let options = ["--class-weight", "balanced", "--sample", "channel:web=0.5,shop=0.5", "-q"]
    #expect(try trained(work, options + ["-e", "4"]).status == 0)
    let whole = try work.good("predict", "m.last.ragged", "s.sqlite").output
    #expect(try trained(work, options).status == 0)
    try work.good("train", "s.sqlite", "--resume", "m.last.ragged", "-e", "4", "-q")
    #expect(try work.good("predict", "m.last.ragged", "s.sqlite").output == whole)
  }

  @Test func timestepsAndLaterOnesAreWeighted() throws {
    let work = try workspace()
    let model = ["-m", "lstm(3, sequences)"]
    for target in ["step", "step@1"] {
      let options = ["--target", target, "--class-weight", "hit=20", "--weight", "w"] + model
      let result = try trained(work, options)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("class weights: hit 20, none 1"))
      #expect(try work.ragged(["evaluate", "m.last.ragged", "s.sqlite", "--split", "test"]).status == 0)
      #expect(try trained(work, options + ["--batching", "exact", "--window", "3", "--keep-tail"]).status == 0)
      #expect(try trained(work, options + ["--bptt", "2"]).status == 0)
      #expect(try trained(work, options + ["--window", "2", "--stateful"]).status == 0)
    }
    try work.good("verify", "s.sqlite", "--model", "m.last.ragged", "-s", "10")
    let binary = try trained(work, ["-m", "lstm(3) dense(1, sigmoid)", "--class-weight", "balanced"])
    #expect(binary.status == 0, "\(binary.errors)")
  }

  @Test func anEpochIsWhatIsAsked() throws {
    let work = try workspace()
    let result = try trained(work, ["--sample", "balanced"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.contains(#/an epoch takes \d+ sequences: walk \d+ of \d+, fall \d+ of \d+/#), "\(result.errors)")
    let shop = try trained(work, ["--sample", "channel:shop=1", "--epoch-size", "10"])
    #expect(shop.errors.contains("an epoch takes 10 sequences: shop 10 of "), "\(shop.errors)")
    #expect(shop.errors.contains("have no share of an epoch and are left out"))
    let windows = try trained(work, ["--sample", "channel:balanced", "--window", "2"])
    #expect(windows.status == 0 && windows.errors.contains("an epoch takes"), "\(windows.errors)")
    let plan = try work.good("plan", "s.sqlite", "--sample", "balanced", "--split", "train")
    #expect(plan.output.contains("An epoch takes "))
    #expect(plan.output.contains("share of"))
    struct Plan: Decodable {
      struct Share: Decodable {
        var name: String
        var sequences, timesteps, drawn, drawnTimesteps: Int
        var asked: Double
      }
      var shares: [Share]?
    }
    let shares = try #require(
      try work.good("plan", "s.sqlite", "--sample", "balanced", "--epoch-size", "51", "--json").json(Plan.self).shares)
    #expect(shares.map(\.asked) == [0.5, 0.5] && shares.reduce(0) { $0 + $1.drawn } == 51)
    #expect(shares.allSatisfy { abs($0.drawn - 25) <= 1 && $0.drawnTimesteps > $0.drawn })
    #expect(try work.good("plan", "s.sqlite", "--json").json(Plan.self).shares == nil)
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let work = try workspace()
    func bad(_ status: Int32, _ message: String, _ options: [String]) throws {
      let result = try trained(work, options)
      #expect(result.status == status && result.errors.contains(message), "\(options): \(result.errors)")
    }
    try bad(
      64, "name class \"fell\", which the target does not have, did you mean \"fall\"?", ["--class-weight", "fell=2"])
    try bad(64, "The value 'balance' is invalid for '--class-weight", ["--class-weight", "balance"])
    try bad(64, "Did you mean 'balanced'?", ["--class-weight", "balance"])
    try bad(
      64, "weights of classes are for a class",
      ["--class-weight", "balanced", "--target", "w", "-m", "lstm(2, sequences)"])
    try bad(64, "balance the classes twice", ["--class-weight", "balanced", "--sample", "balanced"])
    try bad(
      64, "crf judges the tags", ["--class-weight", "balanced", "--target", "step", "-m", "lstm(2, sequences) crf"])
    try bad(64, "--epoch-size goes with --sample", ["--epoch-size", "5"])
    try bad(64, "needs a class per sequence", ["--sample", "balanced", "--target", "step", "-m", "lstm(2, sequences)"])
    try bad(64, "there is no column \"chanel\", did you mean \"channel\"?", ["--sample", "chanel:balanced"])
    try bad(64, "expected a category per sequence", ["--sample", "step:balanced"])
    try bad(
      64, "name \"webb\", which no sequence to train on has, did you mean \"web\"?", ["--sample", "channel:webb=1"])
    try bad(64, "expected 1 to ", ["--sample", "balanced", "--epoch-size", "1000000"])
    try bad(64, "the shares of an epoch add up to 0.9, expected 1", ["--sample", "channel:web=0.5,shop=0.4"])
    try bad(64, "expected a number per sequence as weight: the target is one per sequence", ["--weight", "w"])
    try bad(64, "each sequence is taken once", ["--sample", "balanced", "--window", "2", "--stateful"])
  }

  @Test func aConfigurationKeepsTheOptions() throws {
    let work = try workspace()
    let options = ["--class-weight", "fall=9,walk=1", "--sample", "channel:web=0.5,shop=0.5", "--epoch-size", "40"]
    let printed = try work.ragged(["train", "s.sqlite", "--print-config"] + options)
    #expect(printed.status == 0, "\(printed.errors)")
    for line in [
      "class-weight: \"fall=9,walk=1\"", "sample: \"channel:web=0.5,shop=0.5\"", "epoch-size: 40", "folds: null",
    ] {
      #expect(printed.output.contains(line), "\(line)")
    }
    try work.write("c.yaml", printed.output)
    #expect(try work.good("train", "--config", "c.yaml", "--print-config").output == printed.output)
    try work.write("l.yaml", "store: s.sqlite\nclass-weight: [fall=9, walk=1]\n")
    #expect(try work.good("train", "--config", "l.yaml", "--print-config").output.contains("\"fall=9,walk=1\""))
  }
}
