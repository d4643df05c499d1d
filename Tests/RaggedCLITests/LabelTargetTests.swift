import Foundation
import Testing

/// Lists of labels as what is predicted, in each command, and tags that a crf puts in order.
@Suite struct LabelTargetTests {
  /// Sequences of letters, each twice with a gap behind it, with the letters as labels; the last do not fit.
  private func store(infeasible: Int = 3) throws -> Workspace {
    let work = try Workspace()
    var rows = ["id,letter,phones,fold"]
    for number in 0..<60 {
      let letters = (0..<number % 5).map { ["a", "b", "c"][(number * 7 + $0 * 5 + number / 5) % 3] }
      let steps = letters.isEmpty ? ["-"] : letters.flatMap { [$0, $0, "-"] }
      for step in steps {
        rows.append("s\(number),\(step),\(letters.joined(separator: "|")),\(number % 4 == 0 ? "test" : "train")")
      }
    }
    for number in 0..<infeasible { rows.append("short\(number),a,a|a,train") }
    try work.write("a.csv", rows.joined(separator: "\n") + "\n")
    try work.good(
      "import", "s.sqlite", "a.csv", "--id", "id", "--labels", "phones", "--split-column", "fold")
    return work
  }

  private static let options = [
    "train", "s.sqlite", "--inputs", "letter", "--target", "phones", "--model", "embedding(6) lstm(8, sequences)",
    "--batch-size", "8",
    "--learning-rate", "0.03", "--validation-split", "test",
  ]

  @Test func aModelIsTrainedJudgedAndAsked() throws {
    let work = try store()
    let run = try work.ragged(Self.options + ["--epochs", "30", "-o", "m"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      run.errors.contains(
        #"target "phones" is a list of labels per sequence: trained with ctc, 3 labels and a blank, which is output 0"#)
    )
    #expect(
      run.errors.contains(
        "3 of 48 sequences to train on have too few timesteps for their labels and are left out (--infeasible refuse ends there): "
          + #""short0" (1 for 2 labels, needs 3), "short1" (1 for 2 labels, needs 3), "short2" (1 for 2 labels, needs 3)"#
      ),
      "\(run.errors)")
    #expect(run.output.contains("(None, None, 4)") && run.output.contains(", label_error_rate 0."), "\(run.output)")
    #expect(run.output.contains(", val_label_error_rate "))

    let judged = try work.good("evaluate", "m.best.ragged", "s.sqlite", "--split", "test", "--beam", "4")
    #expect(judged.output.contains("label error rate") && judged.output.contains("beam of 4: label error rate 0."))
    struct Report: Decodable {
      struct Figures: Decodable {
        var labelErrorRate: Double?
        var unaligned: Int?
        var rightLists: Double?
      }
      struct Beam: Decodable {
        var edits: Int
        var labels: Int
      }
      var overall: Figures
      var beamSearch: Beam?
    }
    let text = try work.good("evaluate", "m.best.ragged", "s.sqlite", "--json", "--beam", "4").output
    let report = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
    // Six labels do not fit into one timestep, of which one at most is said.
    #expect(report.overall.labelErrorRate ?? 1 < 0.1 && report.overall.unaligned == 3, "\(text)")
    #expect(report.beamSearch?.labels == 120 + 6)
    let words = try work.good("evaluate", "m.best.ragged", "s.sqlite").output
    #expect(words.contains("3 sequences have no loss"))

    let predicted = try work.good("predict", "m.best.ragged", "s.sqlite", "--split", "test").output
    let lines = predicted.split(separator: "\n")
    #expect(lines[0] == "key,prediction,actual" && lines.count == 16)
    let right = lines.dropFirst().count { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      return cells[1] == cells[2]
    }
    #expect(right >= 13, "\(predicted)")
    let beam = try work.good("predict", "m.best.ragged", "s.sqlite", "--split", "test", "--beam", "8", "--to", "jsonl")
    #expect(beam.output.contains(#""logLikelihood":-"#) && beam.output.contains(#""actual":["#))
    // Other data, which need not have labels.
    try work.write("new.csv", "id,letter\nx,a\nx,a\nx,-\nx,c\nx,c\nx,-\n")
    let other = try work.good("predict", "m.best.ragged", "new.csv", "--id", "id").output
    #expect(other == "key,prediction\nx,a c\n")

    let verified = try work.good("verify", "s.sqlite", "--model", "m.best.ragged", "--split", "test")
    #expect(!verified.output.contains("broken"))
    try work.good("report", "s.sqlite", "--run", "1", "-o", "r.html")
    #expect(try work.text("r.html").contains("label error rate"))
  }

  @Test func aRunThatIsResumedIsTheWholeOne() throws {
    let work = try store(infeasible: 1)
    #expect(try work.ragged(Self.options + ["--epochs", "4", "-o", "whole", "-q"]).status == 0)
    #expect(try work.ragged(Self.options + ["--epochs", "2", "-o", "part", "-q"]).status == 0)
    let again = try work.ragged("train", "s.sqlite", "--resume", "part.last.ragged", "--epochs", "4", "-q")
    #expect(again.status == 0, "\(again.errors)")
    let options = ["--to", "jsonl", "--beam", "3"]
    let one = try work.ragged(["predict", "whole.last.ragged", "s.sqlite"] + options).output
    #expect(try work.ragged(["predict", "part.last.ragged", "s.sqlite"] + options).output == one)
  }

  @Test func whatCannotBeAlignedCanBeRefused() throws {
    let work = try store()
    let refused = try work.ragged(Self.options + ["-o", "m", "--infeasible", "refuse"])
    #expect(refused.status == 65)
    #expect(
      refused.errors.contains(
        #"3 of 48 sequences to train on have too few timesteps for their labels: "short0" (1 for 2"#),
      "\(refused.errors)")
    let windows = try work.ragged(Self.options + ["-o", "m", "--window", "3"])
    #expect(windows.status == 64 && windows.errors.contains("windows cut sequences"), "\(windows.errors)")
    let pieces = try work.ragged(Self.options + ["-o", "m", "--bptt", "3"])
    #expect(pieces.status == 64, "\(pieces.errors)")
    let loss = try work.ragged(Self.options + ["-o", "m", "--loss", "mean_squared_error"])
    #expect(loss.errors.contains("expected ctc"), "\(loss.errors)")
    let few = try work.ragged(
      "train", "s.sqlite", "-o", "m", "--inputs", "letter", "--target", "phones", "--model",
      "lstm(4, sequences) dense(3, softmax)")
    // The labels stand in the order of the training split.
    #expect(few.errors.contains("to which a blank is added: expected dense(4, softmax)"), "\(few.errors)")
  }

  @Test func eachLabelCanBeAYesOrNo() throws {
    let work = try Workspace()
    var rows = ["id,x,y,tags"]
    for number in 0..<80 {
      let (first, second) = (number % 2 == 0, number % 3 == 0)
      let tags = (first ? ["warm"] : []) + (second ? ["wet"] : [])
      for t in 0..<2 + number % 4 {
        rows.append("s\(number),\(first ? 1 : -1),\(second ? t + 1 : -1 - t),\(tags.joined(separator: "|"))")
      }
    }
    try work.write("a.csv", rows.joined(separator: "\n") + "\n")
    try work.good("import", "s.sqlite", "a.csv", "--id", "id", "--labels", "tags")
    let run = try work.good(
      "train", "s.sqlite", "--inputs", "x,y", "--target", "tags", "--loss", "binary_crossentropy", "--model", "lstm(8)",
      "--learning-rate", "0.05", "--epochs", "20", "-o", "m")
    #expect(
      run.errors.contains(
        #"target "tags" is a list of labels per sequence: each of 2 labels is a yes or no of its own"#))
    #expect(run.output.contains("dense (Dense)") && run.output.contains("accuracy 1.0000"), "\(run.output)")
    let lines = try work.good("predict", "m.best.ragged", "s.sqlite").output.split(separator: "\n")
    #expect(lines[0] == "key,prediction,warm,wet" && lines.count == 81)
    for (number, line) in lines.dropFirst().enumerated() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      let truth = (number % 2 == 0 ? ["warm"] : []) + (number % 3 == 0 ? ["wet"] : [])
      #expect(cells[1] == truth.joined(separator: "|"))
      let shares = cells.dropFirst(2).compactMap { Double($0) }
      #expect(shares.count == 2 && (shares[0] > 0.5) == (number % 2 == 0) && (shares[1] > 0.5) == (number % 3 == 0))
    }
    #expect(try work.good("evaluate", "m.best.ragged", "s.sqlite").output.contains("1.0000"))
    try work.good("train", "s.sqlite", "--resume", "m.last.ragged", "--epochs", "22", "-q")
    try work.good("verify", "s.sqlite", "--model", "m.best.ragged")
  }

  @Test func tagsArePutInOrder() throws {
    let work = try Workspace()
    var lines = ""
    for number in 0..<40 {
      let name =
        number % 2 == 0 ? ["in B-L O", "new B-L", "york I-L", "now O"] : ["we O", "saw O", "york B-L", "today O"]
      lines += (number % 2 == 0 ? ["in O"] + name.dropFirst() : name[...]).joined(separator: "\n") + "\n\n"
    }
    try work.write("t.conll", lines)
    try work.good("import", "s.sqlite", "t.conll")
    let run = try work.good(
      "train", "s.sqlite", "--model", "embedding(6) lstm(8, sequences) crf(bio)", "--epochs", "12", "--learning-rate",
      "0.03", "--batch-size", "8", "-o", "m")
    #expect(run.output.contains("crf (CRF)") && run.output.contains("accuracy 1.0000"), "\(run.output)")
    let predicted = try work.good("predict", "m.best.ragged", "s.sqlite", "--to", "jsonl").output
    #expect(predicted.contains(#""prediction":["O","B-L","I-L","O"]"#), "\(predicted)")
    try work.good("verify", "s.sqlite", "--model", "m.best.ragged")
    try work.good("train", "s.sqlite", "--resume", "m.last.ragged", "--epochs", "14", "-q")
    try work.bad(64, "--beam searches lists of labels", "predict", "m.best.ragged", "s.sqlite", "--beam", "4")
    let wrong = try work.ragged(
      "train", "s.sqlite", "--model", "lstm(4, sequences) crf", "--loss", "binary_crossentropy", "-o", "n")
    #expect(wrong.errors.contains("the last layer is a crf, whose loss is crf"), "\(wrong.errors)")
  }
}
