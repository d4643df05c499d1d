import Foundation
import Testing

/// Files of tagged tokens and of series, in and out by the command.
@Suite struct TaggedFileTests {
  private static let news = """
    -DOCSTART- -X- -X- O

    Nordic NNP B-NP B-ORG
    buys VBZ B-VP O
    Ada NNP B-NP B-PER
    . . O O

    It NN B-NP O
    snowed VBD B-VP O

    """

  @Test func taggedTokensComeInWithOneCommand() throws {
    let work = try Workspace()
    try work.write("tiny.conll", Self.news)
    let imported = try work.good("import", "s.sqlite", "tiny.conll")
    #expect(
      imported.errors.contains(
        #"id: sent_id, or file and number of the sentence; tokens (words): "c1"; target (class-per-step): "c4"; "#
          + #"categories: "c2", "c3""#), "\(imported.errors)")
    #expect(imported.errors.contains("tiny.conll: left out 1 line of -DOCSTART-"), "\(imported.errors)")
    #expect(
      (imported.output + imported.errors).contains("2 sequences, 6 timesteps"), "\(imported.output)\(imported.errors)")
    #expect(
      try work.good("export", "s.sqlite", "-", "--to", "conll", "--quiet").output == """
        # sent_id = tiny:1
        # split = train
        Nordic\tNNP\tB-NP\tB-ORG
        buys\tVBZ\tB-VP\tO
        Ada\tNNP\tB-NP\tB-PER
        .\t.\tO\tO

        # sent_id = tiny:2
        # split = train
        It\tNN\tB-NP\tO
        snowed\tVBD\tB-VP\tO


        """)
    try work.good("train", "s.sqlite", "--target", "c2", "-e", "1", "-q", "--output", "m")
  }

  @Test func anyFileIsTakenForTaggedTokensWhereItIsSaid() throws {
    let work = try Workspace()
    try work.write("emerging.annotated", "a\tO\n#\tB-x\n\n\"\tO\n")
    #expect(
      try work.good(
        "import", "s.sqlite", "emerging.annotated", "--format", "conll", "--features", "1", "--target", "2", "-q"
      )
      .status == 0)
    let stdin = try work.good("import", "t.sqlite", "-", "--format", "conll", "-q", input: "a O\n\nb X\n")
    #expect(stdin.status == 0)
    try work.bad(
      64, "a kind of target is given, but no target", "import", "u.sqlite", "emerging.annotated", "--format", "conll",
      "--target", "none", "--target-kind", "class-per-step")
    try work.bad(
      64, #"there is no column "7"; the columns are "c1", "c2""#, "import", "u.sqlite", "emerging.annotated",
      "--format",
      "conll", "--target", "7")
    try work.write("bad.conll", "a O\nb\n\nc O\n")
    try work.bad(
      65, "bad.conll:2: the line has 1 column, expected 2, as many as the first token's line", "import", "u.sqlite",
      "bad.conll")
    let skipped = try work.good("import", "u.sqlite", "bad.conll", "--on-error", "skip")
    #expect((skipped.output + skipped.errors).contains("bad.conll:2"), "\(skipped.output)\(skipped.errors)")
  }

  /// The command that an export shows gives the same dataset again.
  @Test(arguments: [
    (
      "a.conllu",
      "# sent_id = 1\n# text = It snowed\n1\tIt\tit\tPRON\t_\t_\t2\tnsubj\t_\t_\n2\tsnowed\tsnow\tVERB\t_\t_\t0\troot\t_\t_\n\n"
    ),
    ("b.conll", "# global.columns = word pos ner\nAda NN B-PER\nleft _ O\n\n# sent_id = none\n\n"),
    (
      "c.tsf",
      "@relation x\n@attribute series_name string\n@attribute start_timestamp date\n@attribute state string\n@frequency daily\n"
        + "@data\nT1:1990-01-01 00-00-00:NSW:1,?,3\nT2:?::4.5\n"
    ),
    (
      "d.arff",
      "@relation x\n@attribute a real\n@attribute b real\n@attribute class {u,'v w'}\n@data\n1,?,u\n2,3,'v w'\n"
    ),
  ])
  func theCommandThatIsShownReadsTheSameDataset(name: String, text: String) throws {
    let work = try Workspace()
    try work.write(name, text)
    try work.good("import", "s.sqlite", name, "--quiet")
    let exported = try work.good("export", "s.sqlite", "out.\(name)")
    let mark = "to read it again: ragged import STORE "
    let line = try #require(exported.errors.range(of: mark).map { String(exported.errors[$0.upperBound...]) })
    #expect(try work.shell("\"$RAGGED\" import t.sqlite --quiet \(line)").status == 0)
    if !exported.errors.contains("not kept") {
      #expect(
        try work.good("export", "s.sqlite", "-", "--to", "jsonl").output
          == work.good("export", "t.sqlite", "-", "--to", "jsonl").output)
    }
    #expect(try work.good("export", "t.sqlite", "again.\(name)").errors.contains("again"))
    #expect(try work.text("again.\(name)") == work.text("out.\(name)"))
  }

  @Test func paddingIsSaid() throws {
    let work = try Workspace()
    try work.write(
      "p.arff", "@relation x\n@attribute a real\n@attribute b real\n@attribute class {u,v}\n@data\n1,?,u\n2,3,v\n")
    let imported = try work.good("import", "s.sqlite", "p.arff")
    #expect(
      imported.errors.contains(
        "p.arff: 1 of 2 series ends in missing values, which are taken for padding: it ends with the last value"),
      "\(imported.errors)")
  }
}

/// What is written is read by the readers of each format's own ecosystem: scipy's, sktime's, and a count in Python.
@Suite struct TaggedEcosystemTests {
  private static let script = BuiltCommand.fixtures.deletingLastPathComponent().appending(path: "reference/tagged.py")
    .path

  /// What the script makes of a file; nil where Python or the package is not there.
  private func python(_ arguments: [String], in folder: URL) throws -> String? {
    let given = ProcessInfo.processInfo.environment["RAGGED_PYTHON"]
    let interpreter = URL(filePath: given ?? "/usr/bin/env")
    let result = try RunningCommand(
      interpreter, (given == nil ? ["python3"] : []) + ["-B", Self.script] + arguments, in: folder
    ).result()
    // 127 is what env ends with where there is no Python.
    if result.output.hasPrefix("no ") || result.status == 127 { return nil }
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }

  @Test func aCountInPython() throws {
    let work = try Workspace()
    try work.write("a.conll", "-DOCSTART- O\n\nx O\n# B-a\n\n\" O\n")
    guard let counted = try python(["conll", "a.conll"], in: work.url) else { return }
    #expect(counted == "2 3\n")
    try work.good("import", "s.sqlite", "a.conll", "-q")
    try work.good("export", "s.sqlite", "out.conll", "-q")
    #expect(try python(["conll", "out.conll"], in: work.url) == "2 3\n")
  }

  /// scipy leaves the quotes around a value of data where the declaration has none, so there is no value with a blank.
  @Test func scipyReadsFlatSeries() throws {
    let work = try Workspace()
    try work.write(
      "a.jsonl",
      """
      {"id": "a", "features": [[1], [2.5], [null]], "label": "up"}
      {"id": "b", "features": [[3]], "label": "down"}

      """)
    try work.good("import", "s.sqlite", "a.jsonl", "-q")
    try work.good("export", "s.sqlite", "a.arff", "-q")
    guard let read = try python(["arff", "a.arff"], in: work.url) else { return }
    #expect(read == "[[1.0, 2.5, null, \"up\"], [3.0, null, null, \"down\"]]\n")
  }

  @Test func sktimeReadsSeries() throws {
    let work = try Workspace()
    try work.write(
      "a.jsonl",
      """
      {"id": "a", "features": [[1, 4], [2.5, 5], [3, 6]], "label": "up"}
      {"id": "b", "features": [[7, 8], [9, 1], [2, 3]], "label": "down"}

      """)
    try work.good("import", "s.sqlite", "a.jsonl", "-q")
    try work.good("export", "s.sqlite", "a.arff", "-q")
    guard let arff = try python(["sktime-arff", "a.arff"], in: work.url) else { return }
    #expect(arff == "[[[1.0, 2.5, 3.0], [4.0, 5.0, 6.0], \"up\"], [[7.0, 9.0, 2.0], [8.0, 1.0, 3.0], \"down\"]]\n")
    try work.write(
      "b.tsf",
      "@relation x\n@attribute series_name string\n@attribute start_timestamp date\n@frequency daily\n@horizon 2\n"
        + "@missing true\n@equallength false\n@data\nT1:1990-01-01 00-00-00:1,?,3\nT2:1991-02-03 04-05-06:4.5\n")
    try work.good("import", "t.sqlite", "b.tsf", "-q")
    try work.good("export", "t.sqlite", "out.tsf", "-q")
    let tsf = try python(["sktime-tsf", "out.tsf"], in: work.url)
    #expect(
      tsf == #"["daily", 2, true, false, ["T1", "1990-01-01 00:00:00", [1.0, null, 3.0]], "#
        + #"["T2", "1991-02-03 04:05:06", [4.5]]]"# + "\n")
  }
}
