import RaggedCore
import RaggedFormats
import Testing

/// Names get indices as they come, told apart by their bytes.
@Suite struct NameTableTests {
  @Test func indicesAreThoseOfADictionary() {
    var random = SeededRandom(seed: 7)
    var (table, known, order) = (NameTable([], firstIndex: 1), [ExactName: Int32](), [String]())
    for _ in 0..<20_000 {
      let length = Int(random.next() % 20)
      let name = String(
        (0..<length).map { _ in ["a", "b", "é", "e\u{301}", "K", "\u{212A}"][Int(random.next() % 6)] }.joined())
      let expected = known[ExactName(name)]
      #expect(table.index(name) == expected)
      let index = table.index(adding: name)
      #expect(index == expected ?? Int32(order.count + 1))
      if expected == nil {
        known[ExactName(name)] = index
        order.append(name)
      }
    }
    #expect(table.names.areExactly(order))
    #expect(order.count > 3000)
  }

  @Test func ofNamesThatAreTheSameTheFirstIsFound() {
    var table = NameTable(["a", "b", "a", ""])
    #expect(table.index("a") == 0 && table.index("") == 3 && table.index("c") == nil)
    #expect(table.index(adding: "b") == 1 && table.index(adding: "c") == 4)
  }
}
