import RaggedCore
import Testing

@Suite struct PackedBatchTests {
  /// A batch of any shape, and how many of its sequences go into each row.
  private func problem(_ number: Int) -> (batch: SequenceBatch, rows: [Int]) {
    var random = SeededRandom(seed: 9, stream: UInt64(number))
    let lengths = (0..<random.below(12)).map { _ in random.below(4) == 0 ? 0 : random.below(9) }
    let (n, b) = (lengths.reduce(0, +), lengths.count)
    func floats(_ count: Int) -> [Float] { (0..<count).map { _ in random.uniform() } }
    func classes(_ count: Int) -> [Int32] { (0..<count).map { _ in Int32(random.below(5)) } }
    let input: BatchCells =
      random.below(2) == 0 ? .tokens(classes(n)) : .values(floats(3 * n), featureCount: 3)
    let targets: BatchTargets =
      switch random.below(5) {
      case 0: .none
      case 1: .classPerSequence(classes(b))
      case 2: .classPerTimestep(classes(n))
      case 3: .valuesPerSequence(floats(2 * b), width: 2)
      default: .valuesPerTimestep(floats(2 * n), width: 2)
      }
    var validity: [Bool]?
    if n > 0, random.below(3) == 0 {
      validity = (0..<n).map { _ in random.below(3) > 0 }
      validity?[random.below(n)] = false
    }
    var (rows, left) = ([Int](), b)
    while left > 0 {
      rows.append(random.below(left + 1))
      left -= rows[rows.count - 1]
    }
    let batch = SequenceBatch(
      input: input, offsets: lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }, targets: targets,
      weights: random.below(2) == 0 ? floats(b) : nil, validity: validity, ids: (0..<b).map { $0 * 3 + 1 })
    return (batch, rows)
  }

  @Test func packingAndUnpackingIsTheIdentity() throws {
    for number in 0..<2000 {
      let (batch, rows) = problem(number)
      #expect(try batch.packed(sequencesPerRow: rows).unpacked() == batch, "case \(number)")
      #expect(try batch.packed(sequencesPerRow: rows, rowLength: 200).unpacked() == batch, "case \(number)")
    }
  }

  @Test func resetsStandWhereSequencesBeginAndTheMaskWhereTheyAre() throws {
    for number in 0..<2000 {
      let (batch, rows) = problem(number)
      let packed = try batch.packed(sequencesPerRow: rows)
      #expect(packed.resets.count { $0 } == batch.lengths.count { $0 > 0 }, "case \(number)")
      #expect(packed.mask.count { $0 } == batch.validity?.count { $0 } ?? batch.timesteps, "case \(number)")
      for (b, lane) in packed.lanes.enumerated() where lane.length > 0 {
        let first = lane.row * packed.rowLength + lane.start
        #expect(packed.resets[first], "case \(number)")
        #expect(lane.length == batch.length(b) && lane.start + lane.length <= packed.rowLength, "case \(number)")
        #expect(!packed.resets[(first + 1)..<(first + lane.length)].contains(true), "case \(number)")
      }
      let cells = packed.rowCount * packed.rowLength
      #expect(packed.efficiency == (cells == 0 ? 1 : Double(batch.timesteps) / Double(cells)), "case \(number)")
    }
  }

  @Test func anExampleByHand() throws {
    let batch = SequenceBatch(
      input: .values([1, 2, 3, 4, 5, 6], featureCount: 1), offsets: [0, 2, 2, 3, 6],
      targets: .classPerTimestep([1, 2, 3, 4, 5, 6]))
    let packed = try batch.packed(sequencesPerRow: [3, 1], rowLength: 4)
    #expect(packed.input == .values([1, 2, 3, 0, 4, 5, 6, 0], featureCount: 1))
    #expect(packed.targets == .classPerTimestep([1, 2, 3, 0, 4, 5, 6, 0]))
    #expect(packed.mask.elements == [true, true, true, false, true, true, true, false])
    #expect(packed.resets.elements == [true, false, true, false, true, false, false, false])
    #expect(packed.lanes.map(\.row) == [0, 0, 0, 1])
    #expect(packed.lanes.map(\.start) == [0, 2, 2, 0])
    #expect(packed.efficiency == 0.75)
  }

  /// Rows from elsewhere: sequences in any order of rows, with room between them.
  @Test func partsFromElsewhereMakeABatch() throws {
    let packed = try PackedBatch(
      rowCount: 2, rowLength: 3, input: .tokens([0, 7, 8, 9, 0, 5]),
      lanes: [
        .init(row: 1, start: 2, length: 1), .init(row: 0, start: 1, length: 2), .init(row: 1, start: 0, length: 1),
      ],
      ids: [4, 5, 6])
    #expect(
      packed.unpacked()
        == SequenceBatch(input: .tokens([5, 7, 8, 9]), offsets: [0, 1, 3, 4], ids: [4, 5, 6]))
    #expect(packed.mask.elements == [false, true, true, true, false, true])
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let batch = SequenceBatch(input: .tokens([1, 2, 3]), offsets: [0, 2, 3])
    func message(_ body: () throws -> Void) -> String? {
      #expect(throws: RaggedCoreError.self, performing: body)?.message
    }
    #expect(
      message { _ = try batch.packed(sequencesPerRow: [1]) } == "the rows take [1] sequences, expected 2 in all")
    #expect(
      message { _ = try batch.packed(sequencesPerRow: [3, -1]) }
        == "the rows take [3, -1] sequences, expected 2 in all")
    #expect(
      message { _ = try batch.packed(sequencesPerRow: [2], rowLength: 2) }
        == "row 0 has 3 timesteps, expected at most 2")
    func make(_ lanes: PackedBatch.Lane..., rows: Int = 1) throws {
      _ = try PackedBatch(rowCount: rows, rowLength: 3, input: .tokens([1, 2, 3]), lanes: lanes)
    }
    #expect(
      message { try make(.init(row: 0, start: 0, length: 2), .init(row: 0, start: 1, length: 1)) }
        == "sequences 0 and 1 overlap at timestep 1 of row 0")
    #expect(
      message { try make(.init(row: 0, start: 2, length: 2)) }
        == "sequence 0 takes 2 timesteps from 2 of row 0, expected a place in [1, 3]")
    #expect(message { try make(.init(row: 1, start: 0, length: 1)) } != nil)
    #expect(message { try make(.init(row: 0, start: -1, length: 1)) } != nil)
    #expect(message { try make(.init(row: 0, start: 4, length: -1)) } != nil)
    #expect(
      message { try make(rows: 2) }
        == "the buffers of a packed batch do not have the sizes of [2, 3] and 0 sequences")
    #expect(message { try make(rows: .max) } != nil)
    // Whose product is 3 where nobody looks.
    for (rows, length) in [(-1, -3), (-3, -1)] {
      #expect(
        message { _ = try PackedBatch(rowCount: rows, rowLength: length, input: .tokens([1, 2, 3]), lanes: []) } != nil)
    }
    #expect(
      message { _ = try PackedBatch(rowCount: 1 << 62, rowLength: 4, input: .tokens([]), lanes: []) } != nil)
  }
}
