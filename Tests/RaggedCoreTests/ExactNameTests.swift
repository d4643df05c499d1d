import RaggedCore
import Testing

/// Names are told apart by their bytes.
@Suite struct ExactNameTests {
  private static let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")

  @Test func equivalentTextsAreDifferentNames() {
    #expect(Self.composed == Self.decomposed)
    #expect(ExactName(Self.composed) != ExactName(Self.decomposed))
    #expect(ExactName(Self.composed) == ExactName("caf" + "\u{E9}"))
    #expect(Set([ExactName("K"), ExactName("\u{212A}"), ExactName("K")]).count == 2)
    #expect([Self.composed, Self.decomposed].positions(from: 1)[ExactName(Self.decomposed)] == 2)
    #expect(["\u{212A}"].containsExactly("\u{212A}") && !["\u{212A}"].containsExactly("K"))
    #expect([Self.composed, Self.decomposed].firstIndex(exactly: Self.decomposed) == 1)
  }

  @Test func theOrderIsThatOfBytes() {
    let names = ["b", "a", "\u{E9}", "e\u{301}", "", "Z"]
    #expect(names.map(ExactName.init).sorted().map(\.text.utf8.count) == [0, 1, 1, 1, 3, 2])
    #expect(ExactName("e\u{301}") < ExactName("\u{E9}"))
  }

  @Test func signaturesCompareNamesByBytes() {
    let names = ([Self.composed], [Self.decomposed])
    #expect(InputSignature.features(names.0) != .features(names.1))
    #expect(InputSignature.features(names.0) == .features(names.0))
    for make in [
      TargetSignature.classPerSequence, TargetSignature.classPerTimestep, TargetSignature.valuesPerSequence,
      TargetSignature.valuesPerTimestep,
    ] {
      #expect(make(names.0) != make(names.1) && make(names.0) == make(names.0) && make(names.0) != .none)
    }
    #expect(Vocabulary(unit: .words, tokens: names.0) != Vocabulary(unit: .words, tokens: names.1))
  }
}
