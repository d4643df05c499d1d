import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

@Suite struct SplitAssignmentTests {
  private let thirds = [SplitFraction("train", 0.6), SplitFraction("validation", 0.1), SplitFraction("test", 0.3)]

  private func splits(
    _ records: [SequenceRecord], _ assignment: SplitAssignment
  ) throws -> [String: String] {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(records, options: ImportOptions(split: assignment))
    return try store.splits()
  }

  @Test(arguments: [SplitUnit.key, .keyWithinClass, .group])
  func orderDoesNotMatter(_ unit: SplitUnit) throws {
    let records = classifiedRecords(200)
    let assignment = SplitAssignment.hashed(thirds, seed: 3, by: unit)
    let expected = try splits(records, assignment)
    #expect(Set(expected.values) == ["train", "validation", "test"])
    #expect(try splits(records.reversed(), assignment) == expected)
    var random = SeededRandom(seed: 1)
    let shuffled = records.map { ($0, random.next()) }.sorted { $0.1 < $1.1 }.map(\.0)
    #expect(try splits(shuffled, assignment) == expected)
    #expect(try splits(records, .hashed(thirds, seed: 4, by: unit)) != expected)
  }

  @Test func aKeyKeepsItsSplitWhenOthersCome() throws {
    let assignment = SplitAssignment.hashed(thirds, seed: 3)
    let few = try splits(classifiedRecords(50), assignment)
    let many = try splits(classifiedRecords(200), assignment)
    #expect(few == many.filter { few[$0.key] != nil })
  }

  /// The letters come from a few lines of Python that follow the definition of `StableHash`.
  @Test func theSplitsAreTheSameOnEveryMachine() throws {
    let letters = [SplitFraction("a", 0.5), SplitFraction("b", 0.3), SplitFraction("c", 0.2)]
    let assignment = SplitAssignment.hashed(letters, seed: 3)
    let found = try splits(classifiedRecords(20), assignment)
    #expect((0..<20).compactMap { found["key \($0)"] }.joined() == "cbbaaabaaccaaabcbbbb")
  }

  @Test func sharesHoldOnAverage() throws {
    let found = try splits(classifiedRecords(10_000), .hashed(thirds, seed: 0))
    let counts = Dictionary(grouping: found.values) { $0 }.mapValues(\.count)
    // Four standard deviations of a binomial count.
    for fraction in thirds {
      let deviation = (10_000 * fraction.fraction * (1 - fraction.fraction)).squareRoot()
      #expect(abs(Double(counts[fraction.name] ?? 0) - 10_000 * fraction.fraction) < 4 * deviation)
    }
  }

  @Test func everyClassIsDividedAlike() throws {
    let records = classifiedRecords(300)
    let found = try splits(records, .hashed(thirds, seed: 3, by: .keyWithinClass))
    for name in ["a", "b", "c"] {
      let ofClass = records.filter { $0.target == .label(name) }
      #expect(ofClass.count == 100)
      for fraction in thirds {
        let count = ofClass.count { found[$0.key] == fraction.name }
        #expect(count == Int((100 * fraction.fraction).rounded()))
      }
      // The first splits take the lowest hashes.
      let ordered = ofClass.map(\.key).sorted {
        Int64(bitPattern: StableHash.of($0, seed: 3)) < Int64(bitPattern: StableHash.of($1, seed: 3))
      }
      let places = ordered.compactMap { key in thirds.firstIndex { $0.name == found[key] } }
      #expect(places == places.sorted() && places.count == 100)
    }
  }

  @Test func aGroupStaysTogether() throws {
    let records = classifiedRecords(200)
    let found = try splits(records, .hashed(thirds, seed: 3, by: .group))
    for group in Dictionary(grouping: records, by: \.group).values {
      #expect(Set(group.map { found[$0.key] }).count == 1)
    }
  }

  @Test func aGroupAndAKeyOfOneNameAreNotTheSame() throws {
    let assignment = SplitAssignment.hashed((0..<64).map { SplitFraction("\($0)", 1.0 / 64) }, seed: 0, by: .group)
    let key = SequenceRecord(key: "a", input: .values([], featureCount: 2), target: .label("x"))
    let group = SequenceRecord(key: "b", input: .values([], featureCount: 2), target: .label("x"), group: "a")
    let found = try splits([key, group], assignment)
    #expect(found["a"] != found["b"])
  }

  @Test func theFileOrTheCallerNamesTheSplit() throws {
    let records = classifiedRecords(10)
    #expect(try Set(splits(records, .named("all")).values) == ["all"])
    let found = try splits(records, .fromRecord(default: "rest"))
    for record in records { #expect(found[record.key] == record.split ?? "rest") }
  }

  @Test func aShareOfNothingGetsNothing() throws {
    let assignment = SplitAssignment.hashed([SplitFraction("a", 1), SplitFraction("b", 0)], seed: 1)
    #expect(try Set(splits(classifiedRecords(1000), assignment).values) == ["a"])
  }

  @Test(arguments: [
    (SplitAssignment.hashed([SplitFraction("a", 0.5)]), "the shares of the splits add up to 0.5, expected 1"),
    (.hashed([SplitFraction("a", 1.5)]), "the share of split \"a\" is 1.5, expected 0 to 1"),
    (.hashed([SplitFraction("a", .nan)]), "the share of split \"a\" is nan, expected 0 to 1"),
    (
      .hashed([SplitFraction("a", 0.5), SplitFraction("a", 0.5)]),
      "the splits are \"a\", \"a\", expected names that differ"
    ),
    (.named(""), "a split needs a name"),
  ])
  func nonsenseIsRefused(_ bad: (assignment: SplitAssignment, message: String)) throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    #expect(throws: StoreError(.invalidOption, bad.message)) {
      try store.add([], options: ImportOptions(split: bad.assignment))
    }
  }

  @Test func stratifyingNeedsAClass() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let message = "a stratified split needs a class per sequence; the target of dataset \"d\" is none"
    #expect(throws: StoreError(.invalidOption, message)) {
      try store.add([], .plain, options: ImportOptions(split: .hashed(thirds, seed: 0, by: .keyWithinClass)))
    }
  }
}
