import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

/// Targets that lie later than their timesteps, from a store: those of the same columns shifted by hand.
@Suite struct StoreShiftTests {
  private func source(_ store: SequenceStore, _ inputs: [String]? = nil, _ target: [String]) throws -> StoreSource {
    try store.source(SequenceSelection(dataset: "d"), choice: ColumnChoice(inputs: inputs, target: target))
  }

  private func mixed(_ directory: TemporaryDirectory) throws -> SequenceStore {
    let store = try directory.store()
    try store.add(mixedRecords(60), .mixed)
    return store
  }

  /// The targets of a batch as they would be of the cells themselves, moved by hand within each sequence's valid timesteps.
  private func moved(_ own: SequenceBatch, by step: Int) -> [Float] {
    let isClass = own.targets.values.isEmpty
    let cells = isClass ? own.targets.classes.map(Float.init) : own.targets.values
    var result = [Float](repeating: isClass ? -1 : .nan, count: cells.count)
    for b in 0..<own.count {
      let valid = own.range(b).filter { own.validity?[$0] ?? true }
      for (place, n) in valid.enumerated() where place + step < valid.count { result[n] = cells[valid[place + step]] }
    }
    return result
  }

  private func bits(_ values: [Float]) -> [UInt32] { values.map { $0.isNaN ? 1 : $0.bitPattern } }

  private func cells(_ batch: SequenceBatch) -> [Float] {
    batch.targets.values.isEmpty ? batch.targets.classes.map(Float.init) : batch.targets.values
  }

  @Test(arguments: [
    ("amount", 1), ("cost", 2), ("x", 1), ("activity", 1), ("resource", 3), ("when:delta", 1), ("when:log-delta", 2),
    ("when:elapsed", 1), ("when:hour:sin", 1),
  ]) func aShiftIsTheColumnMovedByHand(column: String, step: Int) throws {
    let directory = try TemporaryDirectory()
    let store = try mixed(directory)
    let own = try source(store, ["y"], [column])
    let later = try source(store, ["y"], ["\(column)@\(step)"])
    let all = Array(0..<own.count)
    let (mine, theirs) = (try later.gather(all), try own.gather(all))
    #expect(bits(cells(mine)) == bits(moved(theirs, by: step)))
    #expect(mine.input == theirs.input && mine.validity == theirs.validity && mine.offsets == theirs.offsets)
    #expect(later.lengths == own.lengths && later.fingerprint != own.fingerprint)
    #expect(later.unlabelled == [] && mine.validity?.contains(false) == true)
  }

  /// A part of a sequence has the targets that these timesteps have in the whole one, whatever lies in the part.
  @Test(arguments: ["amount@1..4", "activity@2", "when:delta@1", "score@every", "kind@every"])
  func aPartHasTheTargetsOfTheWhole(target: String) throws {
    let directory = try TemporaryDirectory()
    let store = try mixed(directory)
    let source = try source(store, ["y", "activity", "when:delta"], [target])
    for position in 0..<source.count {
      let whole = try source.gather([position])
      let width = max(1, whole.targets.values.count / max(1, whole.timesteps))
      let length = Int(source.lengths[position])
      for start in 0...length {
        for count in 0...(length - start) {
          let part = try source.gather(slices: [SequenceSlice(position: position, start: start, count: count)])
          let range = start..<start + count
          #expect(bits(cells(part)) == bits(Array(cells(whole)[range.lowerBound * width..<range.upperBound * width])))
          #expect(part.timesteps == count && part.input.codes == Array(whole.input.codes[range]))
          #expect(bits(part.input.values) == bits(Array(whole.input.values[2 * start..<2 * (start + count)])))
        }
      }
    }
  }

  /// Of a long sequence only the part is read, and of what is not valid behind it as much as it takes.
  @Test func behindManyInvalidTimestepsMoreIsRead() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let length = 60_000
    let validity = (0..<length).map { $0 < 10 || $0 % 5000 == 0 }
    try store.add(
      [
        SequenceRecord(
          key: "long", input: .values((0..<length).map(Float.init), featureCount: 1), target: .none, validity: validity)
      ], .plain)
    let source = try source(store, nil, ["x@1..3"])
    #expect(source.signature.input.names == ["x"])
    let part = try source.gather(slices: [SequenceSlice(position: 0, start: 8, count: 3)])
    #expect(bits(part.targets.values) == bits([9, 5000, 10_000, 5000, 10_000, 15_000, .nan, .nan, .nan]))
    let last = try source.gather(slices: [SequenceSlice(position: 0, start: 50_000, count: 1)])
    #expect(bits(last.targets.values) == bits([55_000, .nan, .nan]))
  }

  @Test func everyTimestepIsAskedForWhatBelongsToTheSequence() throws {
    let directory = try TemporaryDirectory()
    let store = try mixed(directory)
    for (column, isClass) in [("score", false), ("outcome", true), ("kind", true), ("age", false)] {
      let own = try source(store, ["y"], [column])
      let every = try source(store, ["y"], ["\(column)@every"])
      #expect(every.signature.target.isPerTimestep && every.signature.target.isClass == isClass)
      #expect(every.unlabelled == [] && every.count == own.count && every.fingerprint != own.fingerprint)
      let (mine, theirs) = (try every.gather(Array(0..<own.count)), try own.gather(Array(0..<own.count)))
      let spread = (0..<own.count).flatMap { b in Array(repeating: cells(theirs)[b], count: mine.length(b)) }
      #expect(bits(cells(mine)) == bits(spread), "\(column)")
    }
  }

  @Test func whatIsUsedIsSaid() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let lengths = [0, 1, 2, 5]
    try store.add(
      lengths.enumerated().map { index, length in
        SequenceRecord(
          key: "\(index)", input: .values((0..<length).map(Float.init), featureCount: 1), target: .none)
      }, .plain)
    func note(_ target: String, _ dataset: String = "d") throws -> [String] {
      try store.snapshot().targetGaps(SequenceSelection(dataset: dataset), choice: ColumnChoice(target: [target]))
        .map { $0.note(" to train on") }
    }
    #expect(
      try note("x@1") == [
        "5 of 8 valid timesteps to train on have a target \"x@1\"; the others have no loss and are not judged; "
          + "2 of 4 sequences have none"
      ])
    #expect(
      try note("x@1..4") == [
        "5 of 8 valid timesteps to train on have a target \"x@1..4\", 4 of them not all of its values: those that are "
          + "there count; the others have no loss and are not judged; 2 of 4 sequences have none"
      ])
    // With cells missing and timesteps invalid they are counted one by one.
    try store.add(
      [
        SequenceRecord(
          key: "a", input: .values([1, .nan, 3, 4], featureCount: 1), target: .none,
          validity: [true, true, true, false]),
        SequenceRecord(key: "b", input: .values([1, .nan], featureCount: 1), target: .none),
      ], .plain, into: "holes")
    #expect(
      try note("x@1", "holes") == [
        "1 of 5 valid timesteps to train on has a target \"x@1\"; the others have no loss and are not judged; "
          + "1 of 2 sequences has none"
      ])
  }

  /// A begin before the first timestep, an end behind the last one; parts of it have what the whole has.
  @Test func endsStandAtBothEnds() throws {
    let directory = try TemporaryDirectory()
    let store = try mixed(directory)
    let plain = try source(store, ["y", "activity", "when:delta"], ["activity@1"])
    let ended = try store.source(
      SequenceSelection(dataset: "d"),
      choice: ColumnChoice(inputs: ["y", "activity", "when:delta"], target: ["activity@1"], ends: true))
    #expect(ended.lengths == plain.lengths.map { $0 + 1 } && ended.fingerprint != plain.fingerprint)
    let names = plain.signature.target.names
    #expect(ended.signature.target == .classPerTimestep(names + ["<end>"]))
    #expect(ended.signature.input.timestep.categories[0].vocabulary?.tokens == names + ["<end>", "<begin>"])
    for position in 0..<ended.count {
      let (own, whole) = (try plain.gather([position]), try ended.gather([position]))
      try ended.signature.check(whole)
      #expect(Array(whole.input.codes.dropFirst()) == own.input.codes && whole.input.codes[0] == Int32(names.count + 2))
      #expect(bits(Array(whole.input.values.dropFirst(2))) == bits(own.input.values))
      #expect(whole.input.observed?.prefix(2) == [false, false] && whole.validity?.first ?? true)
      // By hand: of each valid timestep the next valid one, and the end behind the last.
      let cells = own.input.codes.map { $0 - 1 }
      var expected = [Int32](repeating: -1, count: whole.timesteps)
      let valid = [0] + (0..<own.timesteps).filter { own.validity?[$0] ?? true }.map { $0 + 1 }
      for (n, next) in zip(valid, valid.dropFirst()) { expected[n] = cells[next - 1] }
      expected[valid[valid.count - 1]] = Int32(names.count)
      #expect(whole.targets == .classPerTimestep(expected))
      for start in 0...whole.timesteps {
        for count in 0...(whole.timesteps - start) {
          let part = try ended.gather(slices: [SequenceSlice(position: position, start: start, count: count)])
          #expect(part.targets.classes == Array(expected[start..<start + count]) && part.timesteps == count)
          #expect(part.input.codes == Array(whole.input.codes[start..<start + count]))
        }
      }
    }
  }
}
