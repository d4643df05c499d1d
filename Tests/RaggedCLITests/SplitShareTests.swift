import Foundation
import Testing

/// The shares and names of `--split`.
@Suite struct SplitShareTests {
  private static let rows = (0..<10).map { "\($0),0,\($0 % 2 == 0 ? "a" : "b")\n\($0),1,\($0 % 2 == 0 ? "a" : "b")\n" }
    .joined()

  private func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("d.csv", "id,v,label\n" + Self.rows)
    return work
  }

  @Test(arguments: [
    "0.8:0.2", "80/20", "0.8 0.2", "0.8;0.1;0.1", "80%", "80%,20%", "80-20", "0.8|0.2", "0.8+0.2", "0.8", "1,",
  ])
  func whatIsMeantForSharesIsNoName(text: String) throws {
    let work = try workspace()
    let message = "--split is \"\(text)\", expected a name, or two or three shares: 0.8,0.1,0.1"
    try work.bad(64, message, "import", "s.sqlite", "d.csv", "--split", text)
    #expect(work.names == ["d.csv"])
    try work.good("import", "s.sqlite", "d.csv")
    try work.bad(64, message, "split", "s.sqlite", "--split", text)
  }

  @Test(arguments: ["train", "fold 1", "2020-01", "2020-01-31", "a/b", "v1.2", "1st"]) func namesAreNames(text: String)
    throws
  {
    let work = try workspace()
    try work.good("import", "s.sqlite", "d.csv", "--split", text)
    #expect(try work.good("stats", "s.sqlite", "--split", text, "--json").output.contains("\"sequences\" : 10"))
  }

  @Test func anEmptySplitIsSaid() throws {
    let work = try workspace()
    // By a hash of the keys all ten fall into the first split or the last.
    let shares = "0.98,0.01,0.01"
    let note = "split \"validation\" and \"test\" are empty: shares go by a hash and hold on average"
    let advice = "; --stratify divides each class as exactly as whole sequences allow"
    #expect(try work.good("import", "s.sqlite", "d.csv", "--split", shares).errors.contains(note + advice + "\n"))
    #expect(try work.good("import", "q.sqlite", "d.csv", "--split", shares, "-q").errors == "")
    let result = try work.good("split", "s.sqlite", "--split", shares)
    let became = "splits: train 10 (a 5, b 5)\n"
    #expect(result.output == "train: 10\n" && result.errors == became + note + advice + "\n")
    let stratified = try work.good("split", "s.sqlite", "--split", shares, "--stratify")
    #expect(stratified.errors == became + "split \"validation\" and \"test\" are empty\n")
    #expect(
      try work.good("split", "s.sqlite", "--split", "0.6,0.2,0.2", "--stratify").errors
        == "splits: train 6 (a 3, b 3), validation 2 (a 1, b 1), test 2 (a 1, b 1)\n")
    try work.good("import", "n.sqlite", "d.csv", "--target", "none")
    #expect(try work.good("split", "n.sqlite", "--split", shares).errors == "splits: train 10\n" + note + "\n")
  }
}
