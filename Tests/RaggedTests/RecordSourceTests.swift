import Foundation
import Ragged
import Synchronization
import Testing

/// Files in memory, without a store between.
@Suite struct RecordSourceTests {
  private static let inputs = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../fixtures/input").standardizedFileURL

  /// A file, with what a store makes of it.
  private static func store(
    _ reader: FileReader, _ body: (SequenceStore) throws -> Void
  ) throws {
    var reader = reader
    try StoreLoadingTests.inFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let store = try SequenceStore(path: folder.appending(path: "a.sqlite").path, mode: .create)
      _ = try store.importSequences(
        from: &reader, named: reader.source.name, into: "d", rowPerTimestep: reader.format.hasRowPerTimestep)
      try body(store)
    }
  }

  private static func options(_ name: String) -> (any FormatOptions)? {
    name == "readings.csv" ? TableOptions(target: ["label"]) : nil
  }

  /// Everything is the same bit for bit: names and their numbers, keys, batches in any order.
  private static func expectEqual(_ memory: RecordSource, _ stored: StoreSource) throws {
    #expect(memory.count > 0)
    #expect(memory.signature == stored.signature)
    #expect(memory.lengths == stored.lengths)
    let all = Array(0..<memory.count)
    #expect(try memory.keys(all) == stored.keys(all))
    #expect(try memory.splits(all) == stored.splits(all))
    #expect(try memory.metadata(all) == stored.metadata(all))
    for positions in [all, all.reversed(), [all.count - 1], []] {
      #expect(try memory.gather(positions) == stored.gather(positions))
    }
    let slices = all.filter { memory.lengths[$0] > 1 }.map { SequenceSlice(position: $0, start: 1, count: 1) }
    #expect(try memory.gather(slices: slices).input == stored.gather(slices: slices).input)
  }

  @Test(arguments: [
    "readings.csv", "readings.tsv", "readings.csv.gz", "readings-two-members.csv.gz", "readings-crlf-bom.csv",
    "quoted.csv", "empty-sequence.csv", "values.csv", "sequences.jsonl",
    "text.jsonl", "tokens.jsonl", "forecast.jsonl", "vowels.ts", "regression.ts", "univariate.ts", "French.txt",
    "../ecosystem/padded-lengths.npz", "../ecosystem/padded-mask.npz", "../ecosystem/ragged.npz",
    "../ecosystem/words.npz", "../ecosystem/tokens.npy", "../ecosystem/kind-f8.npy", "../ecosystem/movements.tfrecord",
    "../ecosystem/tagged.tfrecord", "../ecosystem/forecast.tfrecord",
  ])
  func aFileIsWhatAStoreMakesOfIt(_ name: String) throws {
    let path = Self.inputs.appending(path: name).path
    let options = Self.options(name)
    try Self.store(FileReader(path, options: options)) { store in
      let stored = try store.source(SequenceSelection(dataset: "d"))
      let memory = try RecordSource(path, options: options)
      #expect(!memory.roles.isEmpty)
      try Self.expectEqual(memory, stored)
    }
  }

  /// Formats that hold everything, written and read again: invalid timesteps, weights, classes and tokens among them.
  @Test(arguments: ["text.jsonl", "readings.csv", "forecast.jsonl"])
  func arraysAndRecordsToo(_ name: String) throws {
    try Self.store(FileReader(Self.inputs.appending(path: name).path, options: Self.options(name))) { store in
      let whole = SequenceSelection(dataset: "d")
      let forms: [(FileFormat, SequenceExport.Layout?)] = [
        (.npz, .ragged), (.npz, .padded), (.tfrecord, nil), (.csv, nil), (.jsonl, nil),
      ]
      for (format, layout) in forms {
        try StoreLoadingTests.inFolder { folder in
          try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
          let path = folder.appending(path: "out.\(format.name)").path
          let report = try store.export(whole, as: SequenceExport(format, layout: layout), to: .file(path))
          let reader = try FileReader(path, settings: report.readerSettings)
          try Self.store(reader) { again in
            try Self.expectEqual(
              RecordSource([FileReader(path, settings: report.readerSettings)]), again.source(whole))
          }
        }
      }
    }
  }

  /// Records go from a file into memory and from there into a file, and come back the same.
  @Test(arguments: ["text.jsonl", "tokens.jsonl", "sequences.jsonl", "readings.csv", "values.csv"])
  func whatIsWrittenFromMemoryIsReadAgain(_ name: String) throws {
    func records(_ source: RecordSource) throws -> [SequenceRecord] {
      var records: [SequenceRecord] = []
      try source.forEachRecord { records.append($0) }
      return records
    }
    let data = try RecordSource(Self.inputs.appending(path: name).path, options: Self.options(name))
    let before = try records(data)
    #expect(before.count == data.count)
    for format in [FileFormat.npz, .tfrecord, .csv, .jsonl] {
      try StoreLoadingTests.inFolder { folder in
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "out.\(format)").path
        let report = try SequenceExport(format).write(data, to: .file(path))
        let again = try RecordSource([FileReader(path, settings: report.readerSettings)])
        #expect(again.signature == data.signature, "\(format)")
        #expect(try records(again) == before, "\(format)")
      }
    }
  }

  @Test func splitsGroupsAndClassesAreKept() throws {
    try StoreLoadingTests.inFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let path = folder.appending(path: "a.csv").path
      let text = "id,a,label,part,who,room\nx,1,p,test,k,n\ny,2,q,,,\nz,3,q,test,,s\n"
      try Data(text.utf8).write(to: URL(filePath: path))
      let data = try RecordSource(
        path,
        options: TableOptions(features: ["a"], target: ["label"], split: "part", group: "who", metadata: ["room"]))
      #expect(try data.splits([0, 1, 2]) == ["test", "train", "test"])
      #expect(try data.groups([0, 1, 2]) == ["k", nil, nil])
      #expect(try data.metadata([2, 1]) == ["{\"room\":\"s\"}", "{\"room\":\"\"}"])
      #expect(throws: RaggedCoreError.self) { try data.splits([3]) }

      #expect(try data.positions() == [0, 1, 2])
      #expect(try data.positions(splits: ["test"]) == [0, 2])
      #expect(try data.positions(classes: ["q"]) == [1, 2])
      #expect(try data.positions(splits: ["test", "train"], classes: ["q", "p"]) == [0, 1, 2])
      #expect(try data.positions(splits: ["test"], classes: ["q"]) == [2])
      #expect(try data.positions(splits: []) == [] && data.positions(classes: []) == [])
      func refused(_ problem: String, splits: [String]? = nil, classes: [String]? = nil) {
        let error = #expect(throws: InputError.self) { try data.positions(splits: splits, classes: classes) }
        #expect(error?.message == "\(path): \(problem)")
        #expect(error?.failureClass == .usage)
      }
      refused("there is no split \"tset\", did you mean \"test\"?", splits: ["tset"])
      refused("there is no class \"walk\"; there is \"p\", \"q\"", classes: ["walk"])
      let plain = try RecordSource(path, options: TableOptions(features: ["a"], target: []))
      #expect(throws: InputError.self) { try plain.positions(classes: ["p"]) }
    }
  }

  @Test func aKeyOfAnotherFileIsRefused() throws {
    let readers = try [("readings.csv", []), ("readings-other-order.csv", ["note"])].map { name, skipped in
      try FileReader(Self.inputs.appending(path: name).path, options: TableOptions(skipped: skipped))
    }
    let error = #expect(throws: InputError.self) { try RecordSource(readers) }
    #expect(
      error?.message
        == "\(readers[1].source.name):2: key \"a\" is already taken (from \(readers[0].source.name):2)")
  }

  /// Names decide, not positions; classes and tokens of a later file come behind.
  @Test func filesAreBroughtIntoOneOrder() throws {
    try StoreLoadingTests.inFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let texts = ["id,a,b,label\nx,1,2,p\n", "label,b,id,a\nq,4,y,3\n"]
      let readers = try texts.enumerated().map { index, text in
        let path = folder.appending(path: "\(index).csv").path
        try Data(text.utf8).write(to: URL(filePath: path))
        return try FileReader(
          path, options: TableOptions(id: "id", features: index == 0 ? ["a", "b"] : ["b", "a"], target: ["label"]))
      }
      let data = try RecordSource(readers)
      #expect(try data.gather([0, 1]).input == .values([1, 2, 3, 4], featureCount: 2))
      #expect(try data.gather([0, 1]).targets == .classPerSequence([0, 1]))
      #expect(data.signature.target == .classPerSequence(["p", "q"]))
      #expect(try data.keys([1, 0]) == ["y", "x"])
    }
  }

  @Test func aModelIsTrainedWithoutAStore() throws {
    let data = try RecordSource(Self.inputs.appending(path: "vowels.ts").path)
    let batches = try PlannedBatches(data, policy: BatchPolicy(batchSize: 32, seed: 1))
    let model = try Sequential(
      input: ModelInput(data.signature.input),
      layers: [LSTM(8), Dense(data.signature.target.names.count, activation: .softmax)])
    let trainer = try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy, normalization: Normalization(fitting: data))
    let history = try trainer.fit(batches, epochs: 2)
    #expect(history.epochs.count == 2)
  }

  @Test(arguments: [
    ("id,a\nx,1\nx,zwei\n", ":3: column \"a\" is \"zwei\", expected a number"),
    ("id,a\nx,1\ny,2\nx,3\n", ":4: id \"x\" comes back after its rows ended (first seen on line 2); sort the rows"),
  ])
  func badInputSaysWhere(_ text: String, _ message: String) throws {
    try StoreLoadingTests.inFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let path = folder.appending(path: "bad.csv").path
      try Data(text.utf8).write(to: URL(filePath: path))
      let error = #expect(throws: InputError.self) {
        try RecordSource(path, options: TableOptions(id: "id", features: ["a"], grouping: .never))
      }
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }

  @Test func whatIsNotThereOrHasNoFormatIsRefused() throws {
    let absent = #expect(throws: InputError.self) { try RecordSource("/nowhere/a.csv") }
    #expect(absent?.failureClass == .noInput)
    let unknown = #expect(throws: InputError.self) { try RecordSource("a.xyz") }
    #expect(unknown?.message.contains("the name does not tell the format") == true)
  }

  @Test func readingCanBeStopped() throws {
    let reader = try FileReader(Self.inputs.appending(path: "readings.csv").path)
    #expect(throws: Cancelled("\(reader.source.name): the reading was stopped")) {
      try RecordSource([reader], monitor: ProgressMonitor(isCancelled: { true }))
    }
  }

  @Test func progressEndsWithAllThatWasRead() throws {
    let told = Mutex<WorkProgress?>(nil)
    let data = try RecordSource(
      [FileReader(Self.inputs.appending(path: "readings.csv").path)],
      monitor: ProgressMonitor(report: { progress in told.withLock { $0 = progress } }))
    let last = told.withLock { $0 }
    #expect(last?.sequences == data.count)
    #expect(last?.timesteps == data.lengths.reduce(0) { $0 + Int($1) })
  }
}
