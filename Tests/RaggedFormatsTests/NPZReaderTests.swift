import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// What numpy wrote; see `fixtures/ecosystem/make_fixtures.py`.
@Suite struct NPZReaderTests {
  private static let steps: [[Float]] = [[0.5, -1, 1.5, 2, -0.0, 4], [5, 6], [7, 8, 9, 10]]

  private func expect(
    _ reading: Reading, keys: [String], targets: [RecordTarget], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(reading.messages == [], sourceLocation: sourceLocation)
    #expect(reading.keys == keys, sourceLocation: sourceLocation)
    #expect(reading.records.map(\.target) == targets, sourceLocation: sourceLocation)
    #expect(reading.records.allSatisfy { $0.validity == nil }, sourceLocation: sourceLocation)
    for (record, values) in zip(reading.records, Self.steps) {
      guard case .values(let found, 2) = record.input else {
        Issue.record("\(record.input)", sourceLocation: sourceLocation)
        continue
      }
      #expect(found.map(\.bitPattern) == values.map(\.bitPattern), sourceLocation: sourceLocation)
    }
  }

  @Test func paddedWithLengths() {
    expect(
      readEcosystem("padded-lengths.npz"), keys: ["a", "b, é", "c😀"],
      targets: [.label("run"), .label("walk"), .label("run")])
  }

  @Test func aMaskWithHolesIsCompacted() {
    let reading = readEcosystem("padded-mask.npz")
    expect(reading, keys: ["a", "b", "é"], targets: [.label("run"), .label("walk"), .label("run")])
    #expect(reading.description?.target == .classPerSequence(declared: ["walk", "run"]))
  }

  @Test func fortranOrderAndTheOtherByteOrder() {
    expect(
      readEcosystem("fortran.npz"), keys: ["a", "b, é", "c😀"],
      targets: [.labels(["0", "1", "2"]), .labels(["1"]), .labels(["2", "0"])])
  }

  @Test func endToEndWithOffsets() {
    let reading = readEcosystem("ragged.npz")
    expect(
      reading, keys: ["0", "1", "2"],
      targets: [
        .stepValues([0, 0.25, 0.5], width: 1), .stepValues([0.75], width: 1), .stepValues([1, 1.25], width: 1),
      ])
    #expect(reading.records.map(\.weight) == [1, 0.5, 2])
    #expect(reading.records.map(\.split) == ["train", "test", "train"])
    #expect(reading.description?.target == .valuesPerTimestep(["targets"]))
  }

  @Test(
    arguments: [
      ("i1", 127), ("u1", 255), ("i2", 32767), ("big-i2", 32767), ("u2", 65535), ("i4", 0x1p31), ("big-u4", 0x1p32),
      ("i8", 0x1p63), ("big-i8", 0x1p63), ("u8", 0x1p64), ("bool", 1), ("f2", 65504), ("big-f2", 65504), ("f4", 65504),
      ("big-f4", 65504), ("f8", 65504), ("big-f8", 65504),
    ] as [(String, Float)])
  func kindsOfNumbers(name: String, largest: Float) {
    let reading = readEcosystem("kind-\(name).npy")
    #expect(reading.messages == [])
    #expect(
      reading.records == [
        SequenceRecord(key: "kind-\(name)/1", input: .values([0, 1, largest], featureCount: 1))
      ])
  }

  @Test func tokensAsNumbersAndAsText() {
    #expect(readEcosystem("kind-i4.npy").description?.input == .features(["f0"]))
    #expect(
      readEcosystem("kind-i4.npy", options: NPYOptions(tokens: .numbers)).records.map(\.input) == [
        .tokens([0, 1, .max])
      ])
    let numbers = readEcosystem("tokens.npy")
    #expect(numbers.messages == [])
    #expect(numbers.description?.input == .tokens)
    #expect(numbers.records.map(\.input) == [.tokens([4, 0, 2]), .tokens([1, 1, 1])])
    let words = readEcosystem("words.npz")
    #expect(words.description?.input == .text(.words))
    #expect(words.records.map(\.input) == [.text(["one", "two"]), .text(["two"])])
  }

  @Test func sixtyFourBitRecords() {
    #expect(readEcosystem("zip64.npz").records.map(\.input) == [.values([1, 2], featureCount: 1)])
  }

  @Test func pythonObjectsAreNeverRead() {
    let reading = readEcosystem("objects.npz")
    #expect(
      reading.messages == [
        "objects.npz: array \"x_train\" "
          + "holds Python objects (pickle), which may run code and are never read: save a list of arrays of different "
          + "lengths as numpy.savez(path, *arrays), or end to end as numpy.savez(path, values=numpy.concatenate(arrays), "
          + "offsets=numpy.cumsum([0] + [len(array) for array in arrays]))"
      ])
    #expect(reading.errors.map(\.isFatal) == [true])
  }

  @Test func rolesAreTold() throws {
    var reader = try FileReader(ecosystemFixtures.appendingPathComponent("padded-mask.npz").path)
    #expect(
      try reader.roles() == """
        id: "keys" |S2 [3]; features: "values" <f8 [3, 4, 2]; mask: "mask" |b1 [3, 4]; target (class): "targets" |u1 [3]
        """)
  }

  @Test func otherNames() throws {
    let options = NPZOptions(
      id: "names", input: "series", target: ["truth"], targetValueNames: ["depth"], weight: "importance", lengths: "n")
    let reading = try readArrays(
      [
        ("series", values.1), ("n", npy("'|u1'", "(2,)", [2, 1])), ("truth", npy("'<f8'", "(2,)", little([0.5, 2]))),
        ("importance", npy("'<f4'", "(2,)", little([1, 3] as [Float]))),
        ("names", npy("'|S1'", "(2,)", Array("pq".utf8))),
      ], options: options)
    #expect(reading.messages == [])
    #expect(
      reading.records == [
        SequenceRecord(key: "p", input: .values([1, 2], featureCount: 1), target: .values([0.5]), weight: 1),
        SequenceRecord(key: "q", input: .values([3], featureCount: 1), target: .values([2]), weight: 3),
      ])
    #expect(reading.description?.target == .valuesPerSequence(["depth"]))
  }

  @Test func notANumberIsMissing() throws {
    let arrays = [("values", npy("'<f4'", "(2, 2)", little([1, .nan, 3, 4] as [Float])))]
    for options in [NPZOptions(), NPZOptions(missing: ["NaN"])] {
      let reading = try readArrays(arrays, options: options)
      #expect(reading.messages == [])
      #expect(
        reading.records.map(\.input) == [.values([1, .nan], featureCount: 1), .values([3, 4], featureCount: 1)])
      #expect(reading.records.map(\.validity) == [nil, nil])
    }
    let infinite = [("values", npy("'<f4'", "(1, 2)", little([1, .infinity] as [Float])))]
    #expect(
      try readArrays(infinite).messages == [
        "a.npz: sequence 1: array \"values\" is inf at timestep 2, place 1, expected a finite number (beyond float32, or "
          + "infinite)"
      ])
  }

  @Test func anArraySaysWhatWasObserved() throws {
    let arrays = [
      ("values", npy("'<f4'", "(2, 2, 1)", little([1, 2, 3, 4] as [Float]))),
      ("observed", npy("'|b1'", "(2, 2, 1)", [1, 0, 1, 1])),
    ]
    let reading = try readArrays(arrays)
    #expect(reading.messages == [])
    #expect(reading.records.map(\.input) == [.values([1, .nan], featureCount: 1), .values([3, 4], featureCount: 1)])
  }

  /// Arrays without names of columns, as another program writes them.
  @Test func planesWithoutNamesAreColumns() throws {
    let arrays = [
      ("values", npy("'<f4'", "(1, 2, 1)", little([1, 2] as [Float]))),
      ("codes", npy("'<i4'", "(1, 2, 2)", little([3, 0, 4, 1] as [Int32]))),
      ("static_values", npy("'<f8'", "(1,)", little([0.5]))),
      ("times", npy("'<i8'", "(1, 3)", little([1, 2, 3] as [Int64]))),
    ]
    let reading = try readArrays(arrays)
    #expect(reading.messages == [])
    #expect(reading.description?.columns.map(\.name) == ["codes0", "codes1", "static_values"])
    #expect(
      reading.records.map { Contents($0).cells } == [[["=3", "=4"], ["missing", "=1"], ["\(Float(0.5).bitPattern)"]]])
  }
}
