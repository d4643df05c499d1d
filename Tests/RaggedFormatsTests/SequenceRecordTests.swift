import RaggedCore
import RaggedFormats
import Testing

/// The one form in which sequences are read and written.
@Suite struct SequenceRecordTests {
  @Test func textsAreTheSameHoweverTheyAreHeld() {
    let shared = Categories(codes: [1, 1, 0], names: ["b", "a", "unused"])
    #expect(shared == Categories(["a", "a", "b"]))
    #expect(Array(shared) == ["a", "a", "b"])
    #expect(shared == Categories(codes: [0, 2, 1], names: ["a", "b", "a"]))
    #expect(shared != Categories(["a", "a"]) && shared != Categories(["a", "a", "c"]))
    // Texts differ where their bytes do, as in a file.
    #expect(Categories(["\u{E9}"]) != Categories(["e\u{301}"]))
    #expect(RecordInput.text(["a", "b"]) == .texts(Categories(codes: [1, 0], names: ["b", "a"])))
    #expect(RecordTarget.label("a") == .classPerSequence(Categories(["a"])))
    #expect(RecordTarget.labels([]) == .classPerTimestep(Categories(codes: [], names: ["a"])))
  }

  /// Readers that know their names share them, so that no text is made for each timestep.
  @Test func readersHoldANameOnce() throws {
    let table = try readText(
      "s.csv", "id,x,label\na,1,up\na,2,down\na,3,up\nb,4,down\n", options: TableOptions(targetKind: .classPerTimestep))
    #expect(table.messages == [])
    #expect(table.records.map(\.target) == [.labels(["up", "down", "up"]), .labels(["down"])])
    guard case .classPerTimestep(let labels)? = table.records.first?.target else { return #expect(Bool(false)) }
    #expect(labels.codes[0] == labels.codes[2])
    let text = try readText("s.txt", "aba\nba\n", options: TextOptions())
    #expect(text.records.map(\.input) == [.text(["a", "b", "a"]), .text(["b", "a"])])
    guard case .texts(let tokens)? = text.records.first?.input else { return #expect(Bool(false)) }
    #expect(tokens.codes[0] == tokens.codes[2])
  }
}
