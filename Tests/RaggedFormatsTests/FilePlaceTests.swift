import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// What the path of a file says of the sequences in it.
@Suite struct FilePlaceTests {
  private func paths(_ files: String...) -> [String] { FilePlace.places(of: files).map(\.path) }

  @Test func pathsBeginBelowTheCommonFolder() {
    #expect(paths("d/walk/rec01.csv", "d/run/rec01.csv") == ["walk/rec01", "run/rec01"])
    #expect(paths("rec01.csv") == ["rec01"])
    #expect(paths("/x/y/rec01.csv.gz", "/x/y/rec02.csv") == ["rec01", "rec02"])
    #expect(paths("a/x.csv", "a/b/x.csv") == ["x", "b/x"])
    #expect(paths("./a/../b/x.csv", "c/x.csv") == ["b/x", "c/x"])
    #expect(paths("-", "a/x.csv") == ["stdin", "x"])
    #expect(FilePlace.places(of: []) == [])
  }

  @Test func endingsStayWhereTheyAloneTellFilesApart() {
    #expect(paths("a/x.csv", "a/x.tsv", "a/y.csv") == ["x.csv", "x.tsv", "y"])
    #expect(paths("x.csv", "x.csv.gz") == ["x.csv", "x.csv.gz"])
    // One file given twice is no two files.
    #expect(paths("a/x.csv", "a/x.csv") == ["x", "x"])
  }

  /// The order of the command does not matter, nor does a file without which the common folder is the same.
  @Test func aPlaceIsThatOfTheFileAlone() {
    let files = ["d/a/1.csv", "d/b/1.csv", "d/a/c/1.csv", "d/2.csv"]
    let places = FilePlace.places(of: files)
    #expect(Set(places.map(\.path)).count == files.count)
    for (file, place) in zip(files, FilePlace.places(of: files.reversed()).reversed()) {
      #expect(place == places[files.firstIndex(of: file) ?? 0])
    }
  }

  private static let table = "time,ax\n0,1\n1,2\n"

  private func reading(
    _ files: [(name: String, text: String)], _ facts: FileFacts, options: (any FormatOptions)? = nil
  ) throws -> [Reading] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ragged-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let paths = try files.map { file in
      let url = folder.appendingPathComponent(file.name)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.text.utf8).write(to: url)
      return url.path
    }
    return zip(paths, FilePlace.places(of: paths)).map { path, place in
      readAll(path, options: options, facts: facts, place: place)
    }
  }

  @Test func aTableWithoutAnIDIsASequenceWhereThereAreSeveral() throws {
    let files = [("walk/rec01.csv", Self.table), ("run/rec01.csv", Self.table + "2,3\n")]
    let readings = try reading(files, FileFacts())
    #expect(readings.map(\.keys) == [["walk/rec01"], ["run/rec01"]])
    #expect(readings.map { $0.records[0].length } == [2, 3])
    #expect(readings[1].records[0].input == .values([1, 2, 3], featureCount: 1))
    // By itself it is one, too.
    #expect(try reading([files[0]], FileFacts())[0].keys == ["rec01"])
    #expect(try reading([files[0]], FileFacts(keyFrom: .path))[0].keys == ["rec01"])
    #expect(try reading(files, FileFacts(keyFrom: .name)).map(\.keys) == [["rec01"], ["rec01"]])
  }

  @Test func keysOfSeveralSequencesHaveTheirIDBehindThePath() throws {
    let files = [
      ("a/x.csv", "id,v\n1,1\n2,2\n"), ("b/x.csv", "id,v\n1,1\n"), ("b/y.txt", "one\ntwo\n"), ("c/y.txt", "one\n"),
      ("c/z.jsonl", #"{"features":[1],"id":"k"}"# + "\n"),
    ]
    #expect(
      try reading(files, FileFacts(keyFrom: .path)).map(\.keys)
        == [["a/x:1", "a/x:2"], ["b/x"], ["b/y:1", "b/y:2"], ["c/y"], ["c/z"]])
    // What the file says is left as it is where nothing is asked; what is made of the file is made of its path.
    #expect(
      try reading(files, FileFacts()).map(\.keys) == [["1", "2"], ["1"], ["b/y:1", "b/y:2"], ["c/y:1"], ["k"]])
  }

  @Test func aFaultOfOneOfSeveralSequencesHasItsKey() throws {
    let files = [("a/x.csv", "id,v\n1,n\n2,2\n3,4\n"), ("a/y.csv", "id,v\n1,1\n")]
    let reading = try reading(files, FileFacts(keyFrom: .path), options: TableOptions(numbers: ["v"]))[0]
    #expect(reading.errors.map(\.key) == ["x:1"])
    #expect(reading.keys == ["x:2", "x:3"])
  }

  @Test func classAndSplitAreNamesOfFolders() throws {
    let files = [
      ("train/walk/1.csv", Self.table), ("test/run/1.csv", Self.table), ("dev/run/2.csv", Self.table),
      ("other/run/3.csv", Self.table),
    ]
    let readings = try reading(files, FileFacts(classFrom: .folder, splitFrom: .folder))
    #expect(readings.map { $0.records[0].target } == ["walk", "run", "run", "run"].map { .label($0) })
    #expect(readings.map { $0.records[0].split } == ["train", "test", "validation", "other"])
    #expect(readings[0].description?.target == .classPerSequence(declared: nil))
    // The split may stand below the class.
    let below = try reading(
      [("walk/Train/1.csv", Self.table), ("run/Val/1.csv", Self.table)],
      FileFacts(classFrom: .folder, splitFrom: .folder))
    #expect(below.map { $0.records[0].target } == [.label("walk"), .label("run")])
    #expect(below.map { $0.records[0].split } == ["train", "validation"])
    let names = try reading(files, FileFacts(classFrom: .fileName))
    #expect(names.map { $0.records[0].target } == ["1", "1", "2", "3"].map { .label($0) })
  }

  /// Every format has its files in folders.
  @Test func theTargetOfTheFileGivesWay() throws {
    let files = [
      ("up/a.csv", "id,v,label\n1,1,x\n2,2,y\n"), ("up/b.jsonl", #"{"id":"a","features":[1],"target":"x"}"# + "\n"),
      ("up/c.ts", "@univariate true\n@classLabel true x y\n@data\n1,2:x\n"), ("down/d.txt", "word\n"),
    ]
    let readings = try reading(files, FileFacts(classFrom: .folder))
    #expect(readings.flatMap(\.messages) == [])
    #expect(readings.map { Set($0.records.map { "\($0.target)" }).count } == [1, 1, 1, 1])
    #expect(readings.map { $0.records.first?.target } == ["up", "up", "up", "down"].map { .label($0) })
  }

  @Test func whatIsAskedTwiceOrIsNotThereIsRefused() throws {
    let file = [("walk/a.csv", "id,v,label\n1,1,x\n")]
    func message(_ facts: FileFacts, _ options: TableOptions) throws -> String? {
      try reading(file, facts, options: options)[0].errors.first?.problem
    }
    #expect(
      try message(FileFacts(classFrom: .folder), TableOptions(target: ["label"]))
        == "the class is to come from the folder's name and from a column, expected one of them")
    #expect(
      try message(FileFacts(classFrom: .fileName), TableOptions(targetKind: .valuesPerSequence))
        == "the target is to be values, but the file's name is a class per sequence")
    #expect(
      try message(FileFacts(splitFrom: .folder), TableOptions(split: "label"))
        == "the split is to come from the file's path and from a column, expected one of them")
    #expect(
      try message(FileFacts(classFrom: .folder), TableOptions(classes: ["run"]))
        == #"the class from the folder's name is "walk", expected one of the declared classes "run""#)
    #expect(try message(FileFacts(classFrom: .folder), TableOptions(classes: ["walk"])) == nil)
    let error = #expect(throws: InputError.self) { try FileReader("a.csv", settings: [.keyFrom: ["folder"]]) }
    #expect(error?.message == #"a.csv: a key from the file's path is "folder", expected one of "path", "name""#)
  }

  @Test func standardInputLiesNowhere() {
    let error = #expect(throws: InputError.self) {
      try FileReader("-", format: .csv, facts: FileFacts(classFrom: .folder))
    }
    #expect(error?.message == "standard input: lies in no folder that says the class")
  }

  @Test func linesOfBlanksHoldNoWord() throws {
    let text = "a b\n\n  \nx y\n"
    #expect(try readText("w.txt", text, options: TextOptions(unit: .words)).keys == ["w:1", "w:4"])
    #expect(
      try readText("w.txt", text, options: TextOptions(unit: .words, keepsEmptyLines: true)).records.map(\.length)
        == [2, 0, 0, 2])
    // Cut into characters the blanks are two of them.
    #expect(try readText("w.txt", text, options: TextOptions()).records.map(\.length) == [3, 2, 3])
    try withFile("w.txt", text.utf8) { path in
      var reader = try FileReader(path, options: TextOptions(unit: .words))
      while try reader.next() != nil {}
      #expect(
        try reader.takeNotes().map(\.text) == ["1 line holds blanks alone, first line 3: passed over as empty ones are"]
      )
    }
  }
}
