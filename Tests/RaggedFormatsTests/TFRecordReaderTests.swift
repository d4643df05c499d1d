import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// What TensorFlow wrote; see `fixtures/ecosystem/make_fixtures.py`.
@Suite struct TFRecordReaderTests {
  private static let movements = [
    SequenceRecord(
      key: "a", input: .values([0.5, 1, 2, 1.5, 3, 4, -0.0, 5, 6], featureCount: 3), target: .label("run")),
    SequenceRecord(key: "b é", input: .values([2, 7, 8], featureCount: 3), target: .label("walk")),
    SequenceRecord(key: "none", input: .values([], featureCount: 3), target: .label("run")),
  ]

  @Test(arguments: ["movements.tfrecord", "movements.tfrecord.gz"])
  func featureListsArePutTogether(file: String) {
    let reading = readEcosystem(file)
    #expect(reading.messages == [])
    #expect(reading.records == Self.movements)
    #expect(
      reading.description
        == InputDescription(input: .features(["ax", "pos0", "pos1"]), target: .classPerSequence(declared: nil)))
  }

  @Test func namedFeatureLists() {
    let reading = readEcosystem("movements.tfrecord", options: TFRecordOptions(features: ["pos"], target: []))
    #expect(reading.description == InputDescription(input: .features(["pos0", "pos1"]), target: .none))
    #expect(reading.records.first?.input == .values([1, 2, 3, 4, 5, 6], featureCount: 2))
    let unknown = readEcosystem("movements.tfrecord", options: TFRecordOptions(features: ["poss"]))
    #expect(
      unknown.messages == [
        "movements.tfrecord: record 1 (byte 0): has no feature list \"poss\", did you mean \"pos\"? "
          + "The feature lists are \"ax\", \"pos\""
      ])
  }

  @Test func tokensAndClassesATimestep() {
    let reading = readEcosystem("tagged.tfrecord")
    #expect(reading.messages == [])
    #expect(
      reading.records == [
        SequenceRecord(key: "s1", input: .tokens([4, 0, 7]), target: .labels(["1", "0", "1"]), weight: 0.5),
        SequenceRecord(key: "s2", input: .tokens([3]), target: .labels(["0"])),
      ])
  }

  @Test func valuesATimestep() {
    let reading = readEcosystem("forecast.tfrecord")
    #expect(
      reading.description
        == InputDescription(input: .features(["f0"]), target: .valuesPerTimestep(["target0", "target1"])))
    #expect(
      reading.records == [
        SequenceRecord(
          key: "forecast/1", input: .values([1, 2], featureCount: 1), target: .stepValues([0.5, 1, 1.5, 2], width: 2)),
        SequenceRecord(
          key: "forecast/2", input: .values([3], featureCount: 1), target: .stepValues([2.5, 3], width: 2)),
      ])
  }

  // MARK: - Checksums and lies

  @Test func checksumsOfKnownBytes() {
    // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.checksum(Array(0..<32)) == 0x46dd_794e)
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: ecosystemFixtures.appendingPathComponent(name)))
  }

  private func read(_ bytes: [UInt8], _ options: TFRecordOptions = TFRecordOptions()) throws -> Reading {
    try withFile("a.tfrecord", bytes) { readAll($0, options: options) }
  }

  @Test func damagedDataRejectsItsSequence() throws {
    var bytes = try bytes("movements.tfrecord")
    let length = bytes.number(0, 8)
    bytes[12 + length + 4 + 12 + 20] ^= 1
    let reading = try read(bytes)
    let second = bytes.number(length + 16, 8)
    #expect(
      reading.messages == [
        "a.tfrecord: record 2 (byte \(length + 16)): the checksum of its \(second) bytes of data is wrong; they are damaged"
      ])
    #expect(reading.errors.map(\.isFatal) == [false])
    #expect(reading.keys == ["a", "none"])
  }

  @Test func aDamagedLengthEndsTheReading() throws {
    var bytes = try bytes("movements.tfrecord")
    let second = bytes.number(0, 8) + 16
    bytes[second + 7] = 0x7f
    let reading = try read(bytes)
    #expect(reading.keys == ["a"])
    #expect(reading.errors.map(\.isFatal) == [true])
    #expect(reading.messages[0].hasPrefix("a.tfrecord: record 2 (byte \(second)): the checksum of its length, 915131"))
    #expect(reading.messages[0].hasSuffix("is wrong; this is no TFRecord, or it is damaged"))
  }

  @Test func everyCutIsTold() throws {
    let whole = try bytes("movements.tfrecord")
    let first = whole.number(0, 8) + 16
    let second = first + whole.number(first, 8) + 16
    for count in stride(from: 1, to: whole.count, by: 5) where ![first, second].contains(count) {
      let reading = try read(Array(whole[..<count]))
      #expect(reading.errors.last?.isFatal == true, "\(count)")
      #expect(reading.messages.last?.contains("is cut short") == true, "\(count)")
    }
    #expect(try read([]).messages == ["a.tfrecord: the file is empty"])
  }

  @Test func aClaimedLengthIsNotBelieved() throws {
    let reading = try read(TFRecordFrame.head(length: .max) + [1, 2, 3])
    #expect(
      reading.messages == [
        "a.tfrecord: record 1 (byte 0): claims 9223372036854775807 bytes, expected at most 1073741824"
      ])
    let short = try read(TFRecordFrame.head(length: 1 << 30) + [1, 2, 3])
    #expect(short.messages == ["a.tfrecord: record 1 (byte 0): is cut short: it has 3 bytes of 1073741824"])
  }

  @Test func aFirstLengthLikeGzipIsNoGzip() throws {
    // 0x8b1f = 35615 bytes: the first two bytes are those of gzip.
    var message: [UInt8] = []
    let text = [UInt8](repeating: 0x78, count: 35_612)
    message += [0x7A, 0x9B, 0x96, 0x02] + text.dropLast(1)
    let frame = TFRecordFrame.head(length: message.count)
    #expect(message.count == 0x8b1f && frame.starts(with: [0x1f, 0x8b]))
    let reading = try read(frame + message + TFRecordFrame.sum(message))
    #expect(reading.messages.first?.hasPrefix("a.tfrecord: record 1 (byte 0): ") == true)
    #expect(reading.messages.first?.contains("gzip") == false)
  }

  @Test func dataThatIsNoExample() throws {
    func framed(_ data: [UInt8]) -> [UInt8] { TFRecordFrame.head(length: data.count) + data + TFRecordFrame.sum(data) }
    #expect(
      try read(framed([0x0A, 0xff, 0xff, 0xff, 0xff, 0x0f])).messages == [
        "a.tfrecord: record 1 (byte 0): is no SequenceExample: byte 6 of its data makes no sense"
      ])
    #expect(
      try read(framed([])).messages == [
        "a.tfrecord: record 1 (byte 0): has no feature list for the input; its feature lists are none"
      ])
    let good = try bytes("movements.tfrecord")
    let mixed = try read(framed([]) + good)
    #expect(mixed.keys == ["a", "b é", "none"])
    #expect(mixed.errors.map(\.isFatal) == [false])
  }
}
