import Foundation
import Testing

@testable import RaggedCLI

/// Numbers with the word that goes with them, and figures that are no number.
@Suite struct WordingTests {
  /// "1 batches", "1 sequences": a one before a word for several.
  private static func wrong(_ text: String) -> [String] {
    text.matches(of: #/(?:^|[^0-9,.\-])(1 (?:[a-z]+s|classes|batches)\b)/#).map { String($0.output.1) }.filter {
      // Milliseconds are no word for several.
      !$0.hasSuffix("ss") && !$0.hasSuffix(" ms")
    }
  }

  @Test func oneThingHasTheWordForOne() throws {
    let work = try Workspace()
    try work.write("d.csv", "id,ax,y\na,1,0.5\n")
    try work.write("e.csv", "id,ax,label\na,1,u\nb,2,v\n")
    try work.good("import", "s.sqlite", "d.csv", "--target", "y", "--target-kind", "values", "-q")
    try work.good("train", "s.sqlite", "-m", "lstm(1)", "-e", "1", "-q", "-o", "m")
    try work.write("f.csv", "id,ax,ay,y\na,1,2,0.5\n")
    try work.good("import", "f.sqlite", "f.csv", "--target", "y", "--target-kind", "values", "-q")
    for arguments in [
      ["import", "n.sqlite", "d.csv", "--target", "y", "--target-kind", "values"], ["stats", "s.sqlite"],
      ["plan", "s.sqlite"], ["plan", "s.sqlite", "--window", "1"], ["batches", "s.sqlite", "--list"],
      ["batches", "s.sqlite", "--output", "b"], ["show", "s.sqlite", "a"], ["evaluate", "m.best.ragged", "s.sqlite"],
      ["verify", "s.sqlite", "--model", "m.best.ragged"], ["export", "s.sqlite", "o.csv"],
      ["export", "m.best.ragged", "o.onnx"], ["check", "s.sqlite"], ["train", "s.sqlite", "-e", "1", "-o", "n"],
      ["evaluate", "m.best.ragged", "f.sqlite"], ["split", "s.sqlite", "--split", "1"], ["runs", "s.sqlite"],
      ["merge", "all.sqlite", "s.sqlite"], ["delete", "all.sqlite", "--all"],
    ] {
      let result = try work.ragged(arguments)
      #expect(Self.wrong(result.output + result.errors).isEmpty, "\(arguments): \(result.output)\(result.errors)")
    }
    #expect(try work.good("batches", "s.sqlite").output.contains("\n1 batch, 0.0 % padding, widest batch 1 timestep\n"))
    #expect(try work.good("batches", "s.sqlite", "-o", "c").output == "wrote 1 batch to c\n")
    #expect(Self.wrong("1 batches, 11 batches, 0.1 batches") == ["1 batches"])
  }

  /// The sign of a NaN means nothing, but C shows it; it is one sign on one processor and the other on another.
  @Test(arguments: [Double.nan, -.nan, Double(-Float.nan)]) func aNaNHasNoSign(_ value: Double) {
    #expect(Format.fixed(value, 4) == "nan" && Format.figure(value) == "nan" && Format.difference(value) == "nan")
    #expect(Format.percent(value) == "nan %")
  }

  @Test func tokensAreNamedFromTheFirstToTheLast() throws {
    let work = try Workspace()
    try work.write("d.csv", Sample.readings(0..<8))
    try work.good("import", "s.sqlite", "d.csv", "-q")
    try work.good("train", "s.sqlite", "-m", "lstm(1)", "-e", "1", "-q", "-o", "m")
    try work.write("t.csv", "id,token,label\na,12,u\nb,3,v\n")
    try work.good("import", "t.sqlite", "t.csv", "--features", "token", "--tokens", "numbers", "-q")
    try work.bad(
      65, "the data has tokens 0 to 12, the model was trained on 2 features per timestep", "evaluate", "m.best.ragged",
      "t.sqlite")
  }
}
