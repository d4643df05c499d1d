import Foundation
import Ragged
import Testing

/// The proof on a user's own data.
@Suite struct VerifyCommandTests {
  @Test func promisesHoldOnAUsersData() throws {
    let work = try MainJobTests.trained()
    let text = try work.good("verify", "s.sqlite", "--model", "model.best.ragged", "--sequences", "17").output
    #expect(text.contains("padded right ") && text.contains("padded left ") && text.contains("each alone "))
    #expect(text.contains("packed in ") && text.contains("one thread ") && text.contains("batches of 16 "))
    #expect(text.contains("buckets:8, epoch 2, three ranks") && text.contains("  each once\n"))
    #expect(text.hasSuffix("timesteps: every promise holds.\n") && text.contains("\n17 sequences, "))
    #expect(!text.contains("BROKEN"))
    for line in text.split(separator: "\n").dropFirst().prefix(6) {
      #expect(line.components(separatedBy: "same bits").count == 5, "\(line)")
    }

    struct Report: Decodable {
      struct Figure: Decodable {
        var largest: Double
        var isSameBits: Bool
      }
      struct Check: Decodable {
        var layout: String
        var outputs: Figure
        var outputPromise: Double
        var gradients: Figure
        var sumPromise: Double
      }
      var sequences: Int
      var checks: [Check]
    }
    let report = try work.good("verify", "s.sqlite", "-m", "model.best.ragged", "--json").json(Report.self)
    #expect(report.sequences == 40)
    #expect(report.checks[0].layout == "padded right" && report.checks[0].sumPromise == 0)
    let alone = try #require(report.checks.first { $0.layout == "each alone" })
    #expect(alone.outputs.isSameBits && alone.sumPromise == 1e-5 && alone.gradients.largest <= 1e-5)
  }

  /// On normal numbers of every size, with biases that begin at 0 or 1.
  @Test(arguments: ["1e-5", "1e-3", "1", "1e3"])
  func featuresOfEverySize(_ size: String) throws {
    let work = try Workspace()
    let scale = try #require(Double(size))
    var random = SeededRandom(seed: 5)
    func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + random.uniformDouble() } }
    var text = "id,t,a,b,label\n"
    for id in 0..<60 {
      for t in 0...random.below(19) {
        text += "\(id),\(t),\(normal() * scale),\(normal() * scale),\(id % 2 == 0 ? "x" : "y")\n"
      }
    }
    try work.write("f.csv", text)
    try work.good("import", "s.sqlite", "f.csv")
    try work.good("train", "s.sqlite", "--model", "lstm(8)", "--epochs", "1", "--learning-rate", "1e-6")
    try work.good("verify", "s.sqlite", "--model", "model.best.ragged")
  }

  @Test func badInputsSaySo() throws {
    let work = try MainJobTests.trained()
    try work.bad(66, "none.ragged: cannot read the checkpoint", "verify", "s.sqlite", "--model", "none.ragged")
    try work.bad(66, "none.sqlite", "verify", "none.sqlite", "--model", "model.best.ragged")
    try work.bad(64, "--sequences is 0", "verify", "s.sqlite", "--model", "model.best.ragged", "--sequences", "0")
    try work.bad(64, "no split", "verify", "s.sqlite", "--model", "model.best.ragged", "--split", "tset")
    try work.write("other.csv", "id,t,bx,by,label\na,1,1,2,run\n")
    try work.good("import", "o.sqlite", "other.csv")
    try work.bad(65, "model.best.ragged", "verify", "o.sqlite", "--model", "model.best.ragged")
  }
}
