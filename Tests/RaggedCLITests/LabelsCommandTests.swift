import Foundation
import Testing

/// Columns of labels in each command.
@Suite struct LabelsCommandTests {
  private func store() throws -> Workspace {
    let work = try Workspace()
    try work.write(
      "a.csv",
      "id,x,label,phones\na,1,u,sil|k|sil\nb,2,v,k\nb,3,v,k\nc,4,u,\nc,5,u,\nc,6,u,\nd,7,v,sil\n")
    try work.good("import", "s.sqlite", "a.csv", "--labels", "phones")
    return work
  }

  @Test func anImportSaysWhatItTookForLabels() throws {
    let work = try Workspace()
    try work.write("a.csv", "id,x,phones\na,1,sil;k\nb,2,\n")
    let result = try work.ragged(
      "import", "s.sqlite", "a.csv", "--labels", "phones", "--labels-separator", ";")
    #expect(result.status == 0)
    #expect(result.errors.contains(#"labels: "phones""#) || result.output.contains(#"labels: "phones""#))
    #expect(result.errors.contains(#"sequences without a label: 1 of 2 in "phones""#), "\(result.errors)")
  }

  @Test func statsShowAndReportHaveThem() throws {
    let work = try store()
    let stats = try work.good("stats", "s.sqlite").output
    #expect(stats.contains("sil (3), k (2)"), "\(stats)")
    #expect(stats.contains("Of labels: mean, std, min and max of their number a sequence."))
    let shown = try work.good("show", "s.sqlite", "a").output
    #expect(shown.contains("phones: 3 labels: sil | k | sil"), "\(shown)")
    #expect(try work.good("show", "s.sqlite", "c").output.contains("phones: 0 labels"))
    #expect(try work.good("show", "s.sqlite", "a", "--format", "json").output.contains(#""phones":["sil","k","sil"]"#))
    try work.good("report", "s.sqlite", "-o", "r.html")
    let page = try String(contentsOf: work.url.appending(path: "r.html"), encoding: .utf8)
    #expect(page.contains("the most frequent labels"))
    let some = try work.good("stats", "s.sqlite", "--where", #"phones LIKE '%"k"%'"#).output
    #expect(some.contains("2 sequences"))
  }

  @Test func theCommandOfAnExportGivesThemBack() throws {
    let work = try store()
    for file in ["out.csv", "out.jsonl", "out.npz"] {
      let report = try work.good("export", "s.sqlite", file)
      let command = try #require(
        (report.output + report.errors).split(separator: "\n").first { $0.contains("ragged import") })
      if file != "out.npz" { #expect(command.contains("--labels phones"), "\(command)") }
      let words = command[command.range(of: "ragged import")!.upperBound...].split(separator: " ").map(String.init)
      let name = "\(file).sqlite"
      let again = try work.ragged(
        ["import", name] + words.dropFirst().map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "'\"")) })
      #expect(again.status == 0, "\(again.errors)")
      #expect(
        try work.good("show", name, "a", "--format", "json").output.contains(#""phones":["sil","k","sil"]"#), "\(file)")
    }
    let series = try work.ragged("export", "s.sqlite", "out.ts", "--where", "length > 0")
    #expect((series.output + series.errors).contains(#"column "phones""#))
  }

  @Test func batchesHaveThemWhereTheyAreAskedFor() throws {
    let work = try store()
    let options = ["batches", "s.sqlite", "--batching", "padded", "--batch-size", "4", "--no-shuffle", "-o"]
    #expect(try work.ragged(options + ["b", "--labels", "phones"]).status == 0)
    #expect(try work.ragged(options + ["c"]).status == 0)
    guard BatchesCommandTests.hasNumpy else { return }
    try work.write(
      "p.py",
      """
      import numpy
      b = numpy.load("b/batch-00000.npz"); c = numpy.load("c/batch-00000.npz")
      order = numpy.argsort(b["ids"])
      print(b["labels_0"][order].tolist(), b["label_counts_0"][order].tolist(), "labels_0" in c)
      """)
    #expect(
      try work.shell("python3 p.py").output
        == "[[1, 2, 1], [2, 0, 0], [0, 0, 0], [1, 0, 0]] [3, 1, 0, 1] False\n")
  }

  @Test func theyAreNoInput() throws {
    let work = try store()
    let result = try work.ragged("train", "s.sqlite", "-o", "m", "--inputs", "x,phones")
    #expect(result.status != 0)
    #expect(
      result.errors.contains(
        #"column "phones" is a list of labels per sequence, which can be a target: it cannot be an input"#),
      "\(result.errors)")
  }

  @Test func aModelIsTrainedBesideThem() throws {
    let work = try store()
    try work.good("train", "s.sqlite", "-m", "lstm(2)", "--epochs", "1", "-o", "m", "-q")
    try work.good("evaluate", "m.best.ragged", "s.sqlite")
    try work.good("verify", "s.sqlite", "--model", "m.best.ragged")
  }

  @Test func aLaterFileWithoutTheOptionSaysWhichIsMissing() throws {
    let work = try store()
    try work.write("b.csv", "id,x,label,phones\ne,1,u,sil|k\n")
    let result = try work.ragged("import", "s.sqlite", "b.csv")
    #expect(result.status != 0 && result.errors.contains("use --labels phones"), "\(result.errors)")
    try work.good("import", "s.sqlite", "b.csv", "--labels", "phones")
    #expect(try work.good("show", "s.sqlite", "e").output.contains("sil | k"))
  }
}
