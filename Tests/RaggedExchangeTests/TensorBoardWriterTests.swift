import Foundation
import RaggedCore
import RaggedExchange
import RaggedFormats
import RaggedStore
import Testing

/// The bytes of event files, by hand.
@Suite struct TensorBoardWriterTests {
  /// The check value that every description of CRC-32C gives, and those of RFC 3720, B.4.
  @Test func theChecksumIsCastagnolis() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
    #expect(CRC32C.checksum(Array(repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.checksum(Array(repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46dd_794e)
    #expect(TFRecordFrame.masked(0) == 0xa282_ead8)
  }

  /// Records of a file without their frames, which must be right.
  static func records(_ path: String) throws -> [[UInt8]] {
    var rest = try bytes(of: path)[...]
    var records: [[UInt8]] = []
    while !rest.isEmpty {
      let length = rest.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      let record = Array(rest.dropFirst(12).prefix(length))
      #expect(Array(rest.prefix(16 + length)) == TFRecordFrame.framed(record))
      records.append(record)
      rest = rest.dropFirst(16 + length)
    }
    return records
  }

  @Test func anEventsBytesAreTensorFlows() throws {
    let folder = try Folder()
    let writer = try TensorBoardWriter(folder: folder.file("a/b"), now: { 1.5 })
    #expect(writer.path == folder.file("a/b/events.out.tfevents.0000000001.ragged.0"))
    try writer.scalars([("loss", 0.5)], step: 3)
    try writer.scalars([], step: 4)
    try writer.restart(at: 4)
    let time: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]  // field 1, the double 1.5
    let version = time + [0x1a, 13] + Array("brain.Event:2".utf8)
    // Field 5, the summary; in it field 1, the value; in it the tag and the float.
    let loss = time + [0x10, 3, 0x2a, 13, 0x0a, 11, 0x0a, 4] + Array("loss".utf8) + [0x15, 0, 0, 0, 0x3f]
    let restart = time + [0x10, 4, 0x3a, 2, 0x08, 1]
    #expect(try TensorBoardWriterTests.records(writer.path) == [version, loss, restart])
    // What TensorFlow's own TFRecordWriter makes of the first record.
    #expect(try bytes(of: writer.path).prefix(40) == bytes(of: fixture("tensorboard/version.tfevents"))[...])
    #expect(TensorBoardWriter.isInUse(folder.file("a/b")))
    #expect(!TensorBoardWriter.isInUse(folder.file("a")) && !TensorBoardWriter.isInUse(folder.file("none")))
    let second = try TensorBoardWriter(folder: folder.file("a/b"), now: { 1.9 })
    #expect(second.path.hasSuffix("0000000001.ragged.1"))
  }

  @Test func aHistogramCountsEveryLength() throws {
    let folder = try Folder()
    let writer = try TensorBoardWriter(folder: folder.path, now: { 0 })
    try writer.histogram("lengths", of: LengthStatistics(lengths: [1, 2, 2]), step: 0)
    try writer.histogram("lengths", of: LengthStatistics(lengths: [Int]()), step: 0)
    func double(_ value: Double) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
    var histogram: [UInt8] = []
    for (field, value) in [(1, 1.0), (2, 2), (3, 3), (4, 5), (5, 9)] {
      histogram += [UInt8(field << 3 | 1)] + double(value)
    }
    histogram += [0x32, 16] + double(1.5) + double(2.5) + [0x3a, 16] + double(1) + double(2)
    let value = [0x0a, 7] + Array("lengths".utf8) + [0x2a, UInt8(histogram.count)] + histogram
    let event = [0x2a, UInt8(value.count + 2), 0x0a, UInt8(value.count)] + value
    #expect(try TensorBoardWriterTests.records(writer.path).dropFirst() == [event])
  }

  @Test func aFolderThatCannotBeIsTold() throws {
    let folder = try Folder()
    let path = try folder.write("file", [1])
    #expect(message { _ = try TensorBoardWriter(folder: path) } == "\(path): cannot make the folder")
  }
}
