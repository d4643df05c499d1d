import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// What columns are where several files say it together.
@Suite struct FileAgreementTests {
  /// The readers of files of these texts once they were decided together, with what is worth knowing.
  private func agreed(
    _ texts: [String], names: [String] = ["one.csv", "two.csv", "three.csv"], settings: ReaderSettings = [:],
    _ body: (inout [FileReader], [InputNote]) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ragged-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in zip(names, texts) { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
    var readers = try zip(names, texts).map { name, _ in
      try FileReader(folder.appendingPathComponent(name).path, settings: settings)
    }
    let notes = try FileReader.decideTogether(&readers).map {
      InputNote($0.text.replacing(folder.path + "/", with: ""), remedy: $0.remedy)
    }
    try body(&readers, notes)
  }

  private static let numbers = "id,t,v,w\na,0,1,2\na,1,2,3\nb,0,1,2\n"
  private static let words = "id,t,v,w\nc,0,up,2\nc,1,down,3\nd,0,up,2\n"

  @Test func aColumnThatIsTextInOneFileIsTextInAll() throws {
    for texts in [[Self.numbers, Self.words], [Self.words, Self.numbers]] {
      try agreed(texts) { readers, notes in
        for index in readers.indices {
          let description = try readers[index].description()
          #expect(description.input == .features(["w"]))
          #expect(description.columns.first { $0.name == "v" }?.kind == .category)
        }
        let names = texts[0] == Self.words ? ["one.csv", "two.csv"] : ["two.csv", "one.csv"]
        #expect(
          notes == [
            InputNote(
              "column \"v\" is text in \(names[0]) (\"up\") and numbers in \(names[1]), so it is taken for text in all files",
              remedy: .sayColumnKind("v", .number))
          ])
      }
    }
    // As an option has it.
    try agreed([Self.numbers, Self.words], settings: [.skipped: ["v"]]) { readers, _ in
      let own = try readers[0].takeNotes()
      #expect(own == [])
    }
  }

  @Test func theOrderOfFilesDecidesNothing() throws {
    let narrow = "id,t,v\ne,0,1\ne,1,2\n"
    for texts in [[Self.numbers, narrow], [narrow, Self.numbers]] {
      try agreed(texts) { readers, notes in
        let data = try RecordSource(readers)
        #expect(Set(data.signature.input.names) == ["v", "w"])
        let place = try #require(texts.firstIndex(of: Self.numbers))
        let (full, short) = (["one.csv", "two.csv"][place], ["one.csv", "two.csv"][1 - place])
        #expect(
          notes == [
            InputNote(
              "column \"w\" of \(full) is not in \(short): its cells are missing there", remedy: .skipColumns(["w"]))
          ])
        let keys = try data.externalKeys(Array(data.lengths.indices))
        let position = try #require(keys.firstIndex(of: "e"))
        let batch = try data.gather(slices: [SequenceSlice(position: position, start: 0, count: 2)])
        let names = data.signature.input.names
        for (index, name) in names.enumerated() {
          #expect((0..<2).allSatisfy { batch.input.isObserved($0, index) == (name == "v") })
        }
      }
    }
  }

  @Test func aLabelThatIsAFractionInOneFileIsAValueInAll() throws {
    let (whole, real) = ("id,v,label\na,1,0\nb,2,1\n", "id,v,label\nc,1,0.5\nd,2,1\n")
    for texts in [[whole, real], [real, whole]] {
      try agreed(texts) { readers, _ in
        for index in readers.indices {
          let target = try readers[index].description().target
          #expect(target == .valuesPerSequence(["label"]))
        }
      }
    }
  }

  @Test func aCellPerFileIsOneOfTheSequence() throws {
    let texts = (0..<3).map { file in
      "id,t,v,site\n" + (0..<4).map { "s\(file),\($0),\($0 * $0 % 3),\(file * 10)\n" }.joined()
    }
    try agreed(texts) { readers, _ in
      for index in readers.indices {
        let site = try readers[index].description().columns.first { $0.name == "site" }
        #expect(site?.extent == .sequence)
      }
    }
    // One alone cannot tell.
    #expect(try readText("s.csv", texts[0]).description?.input == .features(["v", "site"]))
  }

  @Test func whatCannotAgreeIsRefusedWithBothNames() throws {
    let bare = "id,t,v\na,0,1\n"
    let classes = "id,t,v,label\nb,0,1,x\n"
    let error = #expect(throws: InputError.self) { try agreed([bare, classes]) { _, _ in } }
    #expect(error?.file.hasSuffix("two.csv") == true && error?.isFatal == true)
    #expect(
      error?.problem.hasPrefix("its target is a class per sequence, that of ") == true
        && error?.problem.hasSuffix("one.csv none") == true, "\(String(describing: error))")
    let list = #"{"id": "b", "features": [[1]], "v": ["x"]}"# + "\n"
    let number = #"{"id": "a", "features": [[1]], "v": [1]}"# + "\n"
    let kinds = #expect(throws: InputError.self) {
      try agreed([number, list], names: ["one.jsonl", "two.jsonl"]) { _, _ in }
    }
    #expect(kinds?.problem.hasPrefix("column \"v\" is text here and number in ") == true)
    #expect(kinds?.remedy == .sayColumnKind("v", .number))
  }

  @Test func oneFileIsReadAsBefore() throws {
    try agreed([Self.numbers]) { readers, notes in
      #expect(notes == [])
      let input = try readers[0].description().input
      #expect(input == .features(["v", "w"]))
    }
  }
}
