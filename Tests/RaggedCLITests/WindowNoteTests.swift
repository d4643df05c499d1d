import Foundation
import Testing

/// What training and planning say of timesteps that are in no window.
@Suite struct WindowNoteTests {
  @Test func trainingSaysWhatIsInNoWindow() throws {
    let work = try Workspace()
    let lines = [3, 10, 25, 40].enumerated().map { index, length in
      let steps = (0..<length).map { "[\($0)]" }.joined(separator: ", ")
      return "{\"id\": \"s\(index)\", \"features\": [\(steps)], \"target\": \"\(index % 2 == 0 ? "a" : "b")\"}\n"
    }
    try work.write("d.jsonl", lines.joined())
    try work.good("import", "s.sqlite", "d.jsonl")
    let note =
      "2 of 4 sequences to train on and 18 of 78 timesteps are in no window: --keep-tail keeps what is left after the last "
      + "full one\n"
    #expect(
      try work.good("train", "s.sqlite", "-m", "lstm(2)", "--window", "20", "--epochs", "1").errors.contains(note))
    let train = ["train", "s.sqlite", "-m", "lstm(2)", "--window", "20", "--epochs", "1", "--force"]
    #expect(try !work.ragged(train + ["-q"]).errors.contains("window"))
    #expect(try !work.ragged(train + ["--keep-tail"]).errors.contains("window"))
    #expect(try !work.ragged(train + ["--stateful"]).errors.contains("window"))
    #expect(
      try work.good("plan", "s.sqlite", "--window", "20").errors.contains(
        "2 of 4 sequences and 18 of 78 timesteps are in"))
    #expect(
      try work.good(
        "train", "s.sqlite", "-m", "lstm(2)", "--window", "5", "--stride", "10", "--keep-tail", "--epochs", "1",
        "--force"
      ).errors
        .contains("are in no window: a --stride of at most the window takes those between windows"))
  }
}
