import RaggedCore
import RaggedStore
import Testing

/// A selection that names nothing selects nothing; only what is left out selects everything.
@Suite struct EmptySelectionTests {
  private static let empty: [SequenceSelection] = [
    SequenceSelection(dataset: "d", splits: []), SequenceSelection(dataset: "d", classes: []),
    SequenceSelection(dataset: "d", keys: []), SequenceSelection(dataset: "d", splits: [], condition: "length > 0"),
    SequenceSelection(dataset: "d", splits: ["train"], classes: []),
  ]

  @Test(arguments: empty) func anEmptyListSelectsNothing(_ selection: SequenceSelection) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(30))
    #expect(try store.source(selection).count == 0)
    #expect(try store.statistics(selection)[0].sequences == 0)
    #expect(try store.deleteSequences(selection) == 0)
    #expect(try store.source(SequenceSelection(dataset: "d")).count == 30)
  }

  @Test func whatIsLeftOutSelectsEverything() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(30))
    #expect(try store.source(SequenceSelection(dataset: "d", splits: nil, classes: nil, keys: nil)).count == 30)
  }
}
