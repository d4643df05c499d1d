import Foundation
import Ragged
import Testing

/// Any choice of a file's columns is input and target, in memory.
@Suite struct RecordChoiceTests {
  private static let log = """
    id,time,activity,amount,channel,age,label
    a,2024-01-01T08:00:00Z,open,1.5,web,30,won
    a,2024-01-01T08:00:02Z,check,,web,30,won
    a,2024-01-01T08:00:05Z,open,4,web,30,won
    b,2024-01-03T00:00:00Z,open,2,shop,41,lost
    b,2024-01-03T00:01:00Z,,3,shop,41,lost
    c,2024-01-04T00:00:00Z,open,2,,,lost

    """

  private static func withFiles<R>(_ texts: [String], _ body: ([String]) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ragged-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(
      texts.enumerated().map { index, text in
        let path = folder.appending(path: "\(index).csv").path
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
      })
  }

  /// The log without its target.
  private static let inputs = log.split(separator: "\n").map { line in
    line.split(separator: ",", omittingEmptySubsequences: false).dropLast().joined(separator: ",") + "\n"
  }.joined()

  private static func source(_ text: String = log, _ choice: ColumnChoice = ColumnChoice()) throws -> RecordSource {
    try withFiles([text]) { try RecordSource($0[0], choice: choice) }
  }

  @Test func columnsHaveTheirNames() throws {
    let source = try Self.source()
    #expect(
      source.columns.map { "\($0.name): \($0.kind.rawValue) per \($0.extent.rawValue), \($0.role.rawValue)" } == [
        "amount: number per timestep, input", "label: category per sequence, target", "time: time per timestep, input",
        "activity: category per timestep, input", "channel: category per sequence, input",
        "age: number per sequence, input",
      ])
    #expect(source.columns[3].vocabulary?.tokens == ["open", "check"])
  }

  @Test func allInputsAreTakenByDefault() throws {
    let source = try Self.source()
    #expect(source.signature.input.timestep.names == ["amount", "activity"])
    #expect(source.signature.input.statics.names == ["age", "channel"])
    #expect(source.signature.target == .classPerSequence(["won", "lost"]))
    let batch = try source.gather([0, 1])
    #expect(batch.input.values == [1.5, 0, 4, 2, 3] && batch.input.observed == [true, false, true, true, true])
    #expect(batch.input.codes == [1, 2, 1, 1, 0])
    #expect(batch.statics.values == [30, 41] && batch.statics.codes == [1, 2] && batch.statics.observed == nil)
    let last = try source.gather([2])
    #expect(last.statics.codes == [0] && last.statics.observed == [false])
  }

  @Test func anyColumnCanBeTheTarget() throws {
    let source = try Self.source()
    let activity = try source.choosing(ColumnChoice(inputs: ["amount", "time:delta"], target: ["activity"]))
    #expect(activity.signature.target == .classPerTimestep(["open", "check"]))
    let batch = try activity.gather([0, 1])
    #expect(batch.targets == .classPerTimestep([0, 1, 0, 0, -1]))
    #expect(batch.validity == nil)
    #expect(batch.input.values == [1.5, 0, 0, 2, 4, 3, 2, 0, 3, 60])
    #expect(activity.notes.last?.text.hasSuffix(#"1 timestep has no target "activity" and is not judged"#) == true)

    let amount = try source.choosing(ColumnChoice(inputs: ["activity"], target: ["amount"]))
    #expect(amount.signature.target == .valuesPerTimestep(["amount"]) && amount.signature.input.isTokens)
    let values = try amount.gather([0])
    #expect(values.validity == nil && values.targets.values.map(\.isNaN) == [false, true, false])

    let age = try source.choosing(ColumnChoice(inputs: ["amount"], target: ["age"]))
    #expect(age.lengths == [3, 2])
    #expect(try age.keys([0, 1]) == ["a", "b"] && age.splits([1]) == ["train"])
    #expect(try age.gather([1, 0]).targets == .valuesPerSequence([41, 30], width: 1))
    #expect(age.notes.last?.text.hasSuffix(#"1 sequence has no target "age" and is left out"#) == true)
    #expect(try age.choosing(ColumnChoice()).lengths == [3, 2, 1])

    let channel = try source.choosing(ColumnChoice(inputs: ["amount"], target: ["channel"]))
    #expect(try channel.gather([0, 1]).targets == .classPerSequence([0, 1]))
    let label = try source.choosing(ColumnChoice(inputs: ["channel"], target: ["label"]))
    #expect(try label.gather([0, 1, 2]).targets == .classPerSequence([0, 1, 1]))
    #expect(throws: RaggedCoreError.self) { try source.choosing(ColumnChoice(target: ["agee"])) }
  }

  @Test func whatIsDerivedFromATimeIsATarget() throws {
    let text = Self.log.replacing("2024-01-03T00:01:00Z", with: "")
    let source = try Self.withFiles([text]) {
      try RecordSource(
        $0[0], options: TableOptions(time: "", times: ["time"]), choice: ColumnChoice(target: ["time:delta"]))
    }
    #expect(source.signature.target == .valuesPerTimestep(["time:delta"]))
    let values = try source.gather([0, 1, 2]).targets.values
    #expect(values.map { $0.isNaN ? -1 : $0 } == [0, 2, 3, 0, -1, 0])
    #expect(source.notes.last?.text.hasSuffix(#"1 timestep has no target "time:delta" and is not judged"#) == true)
    let both = try source.choosing(ColumnChoice(inputs: ["activity"], target: ["time:elapsed", "amount"]))
    #expect(try both.gather([0]).targets.values.map { $0.isNaN ? -1 : $0 } == [0, 1.5, 2, -1, 5, 4])
  }

  @Test func aWindowHasTheDerivedInputsOfTheWhole() throws {
    let source = try Self.source(Self.log, ColumnChoice(inputs: ["time:delta", "time:elapsed"]))
    let part = try source.gather(slices: [SequenceSlice(position: 0, start: 1, count: 2)])
    #expect(part.input.values == [2, 2, 3, 5])
  }

  @Test func aWeightIsAColumnOfTheSequence() throws {
    let text = Self.log.replacing("open,2,,,lost", with: "open,2,,7,lost")
    let source = try Self.source(text, ColumnChoice(inputs: ["amount"], weight: "age"))
    #expect(try source.gather([0, 1, 2]).weights == [30, 41, 7])
    #expect(throws: RaggedCoreError.self) { try Self.source(Self.log, ColumnChoice(weight: "age")) }
  }

  /// Without further inputs the batches are those of before, whatever else the file holds.
  @Test func namedFeaturesGiveTheSameBitsWithAndWithoutOtherColumns() throws {
    let text = Self.log.replacing("check,,", with: "check,9,")
    let bare = text.split(separator: "\n").map { line -> String in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      return "\(cells[0]),\(cells[3]),\(cells[6])\n"
    }.joined()
    let sources = try Self.withFiles([text, bare]) { paths in
      try paths.map { try RecordSource($0, options: TableOptions(features: ["amount"])) }
    }
    #expect(sources[0].columns.count == 6 && sources[1].columns.count == 2)
    #expect(sources[0].signature == sources[1].signature && sources[0].fingerprint == sources[1].fingerprint)
    #expect(try sources[0].gather([2, 0, 1]) == sources[1].gather([2, 0, 1]))
  }

  /// A second file is put in the order of the first, by names.
  @Test func aSecondFileFitsByItsNames() throws {
    let other = """
      id,label,amount,activity,time,channel,age
      d,won,7,close,2024-02-01T00:00:00Z,web,50
      d,won,8,open,2024-02-01T00:00:01Z,web,50
      e,won,9,open,2024-02-01T00:00:00Z,fair,51
      e,won,9,open,2024-02-01T00:00:00Z,fair,51

      """
    try Self.withFiles([Self.log, other]) { paths in
      let source = try RecordSource(paths.map { try FileReader($0) })
      let batch = try source.gather([3, 4])
      #expect(batch.input.values == [7, 8, 9, 9] && batch.input.codes == [3, 1, 1, 1])
      #expect(batch.statics.values == [50, 51] && batch.statics.codes == [1, 3])
      #expect(source.columns[3].vocabulary?.tokens == ["open", "check", "close"])
    }
  }

  @Test func aColumnThatAFileLacksIsMissing() throws {
    let other = "id,time,activity,age\nd,2024-02-01T00:00:00Z,open,50\nd,2024-02-01T00:00:00Z,close,50\n"
    try Self.withFiles([Self.log.replacing(",label", with: ",kind"), other]) { paths in
      let source = try RecordSource(paths.map { try FileReader($0, options: TableOptions(target: [])) })
      let batch = try source.gather([3])
      #expect(batch.input.observed == [false, false] && batch.input.codes == [1, 3])
      // One row long sequences do not show that the age is the sequence's.
      #expect(batch.statics.values == [50] && batch.statics.codes == [0, 0])
      for name in ["amount", "channel", "kind"] {
        #expect(
          source.notes.contains(
            InputNote(
              "column \"\(name)\" of \(paths[0]) is not in \(paths[1]): its cells are missing there",
              remedy: .skipColumns([name]))))
      }
      #expect(!source.notes.contains { $0.text.contains("lacks") })
    }
  }

  /// What one file has as text, another as numbers or not at all is decided by both, in either order.
  @Test(arguments: [
    ("id,time,activity,amount,extra\nd,2024-02-01T00:00:00Z,open,1,2\n", "extra", Column.Kind.number),
    ("id,time,activity,amount\nd,2024-02-01T00:00:00Z,5,1\n", "activity", .category),
    ("id,time,activity,amount\nd,2024-02-01T00:00:00Z,open,much\n", "amount", .category),
  ])
  func filesThatDifferAreDecidedTogether(text: String, name: String, kind: Column.Kind) throws {
    let first = Self.inputs
    for texts in [[first, text], [text, first]] {
      try Self.withFiles(texts) { paths in
        let source = try RecordSource(paths.map { try FileReader($0) })
        #expect(source.count == 4)
        #expect(source.columns.first { $0.name == name }?.kind == kind)
        #expect(source.notes.contains { $0.text.hasPrefix("column \"\(name)\" ") })
      }
    }
  }

  @Test func aFileThatDoesNotFitIsRefused() throws {
    let first = Self.inputs
    try Self.withFiles([first, Self.log.replacing("a,", with: "d,")]) { paths in
      let error = #expect(throws: InputError.self) { try RecordSource(paths.map { try FileReader($0) }) }
      #expect(error?.message == "\(paths[1]): its target is a class per sequence, that of \(paths[0]) none")
    }
  }

  /// What a sample of one file calls a column of the sequence may be one of the timesteps in another.
  @Test func extentsOfTwoFilesAreBroughtTogether() throws {
    let changing = "id,time,activity,amount,channel,age\nd,2024-02-01,open,1,web,5\nd,2024-02-02,open,1,shop,5\n"
    for texts in [[Self.inputs, changing], [changing, Self.inputs]] {
      try Self.withFiles(texts) { paths in
        let source = try RecordSource(paths.map { try FileReader($0) })
        #expect(source.columns.first { $0.name == "channel" }?.extent == .timestep)
        #expect(source.columns.first { $0.name == "age" }?.extent == .sequence)
        #expect(try source.gather([0, 1, 2, 3]).input.values.reduce(0, +) == 14.5)
      }
    }
  }

  /// A file that is written from memory has the same columns.
  @Test func whatIsWrittenFromMemoryIsReadAgain() throws {
    let data = try Self.source()
    var before: [SequenceRecord] = []
    try data.forEachRecord { before.append($0) }
    for format in [FileFormat.csv, .jsonl, .npz, .tfrecord] {
      try StoreLoadingTests.inFolder { folder in
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "out.\(format)").path
        let report = try SequenceExport(format).write(data, to: .file(path))
        let again = try RecordSource([FileReader(path, settings: report.readerSettings)])
        #expect(again.columns == data.columns, "\(format)")
        #expect(again.signature == data.signature && again.fingerprint == data.fingerprint, "\(format)")
      }
    }
  }
}
