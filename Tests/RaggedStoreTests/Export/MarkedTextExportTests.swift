import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Whatever text cells hold, a table that is exported comes in as it was: nothing in it is taken for a comment.
@Suite struct MarkedTextExportTests {
  private static let pieces = ["#", "# ", "\n", "\n#", "\"", "\"\"", ",", ";", "\t", "a", "é", "\r\n", "1", "\n# a, b"]

  private static func text(_ random: inout SeededRandom) -> String {
    // Text of blanks alone is none in CSV.
    let all = (0..<random.below(4)).map { _ in pieces[random.below(pieces.count)] }.joined()
    return [all + "x", "#" + all + "x", "x" + all + "#"][random.below(3)]
  }

  @Test(arguments: 0..<40)
  func whateverTextTableHolds(seed: Int) throws {
    let folder = try TemporaryDirectory()
    var random = SeededRandom(seed: UInt64(seed))
    let store = try folder.store()
    let classes = (0..<3).map { _ in Self.text(&random) }
    let records = (0..<[1, 2, 90][seed % 3]).map { index in
      let words = (0..<(random.below(4) + (index == 0 ? 1 : 0))).map { _ in Self.text(&random) }
      var record = SequenceRecord(
        key: Self.text(&random) + "\(index)", input: .text(words), target: .label(classes[random.below(3)]))
      record.group = Self.text(&random)
      if random.below(2) == 0 { record.split = Self.text(&random) }
      return record
    }
    try store.add(records, InputDescription(input: .text(.words), target: .classPerSequence(declared: nil)))
    for isCompressed in [false, true] {
      let copy = try folder.store("\(isCompressed).ragged")
      _ = try reimport(of: store, SequenceExport(.csv), into: copy, isCompressed: isCompressed)
      #expect(try DatasetContents(copy) == DatasetContents(store))
    }
  }
}
